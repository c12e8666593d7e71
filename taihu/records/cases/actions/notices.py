"""Public notices: published with exactly what may be shown, ended when nothing stands against the case."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.clock import city_date
from taihu.records.base.errors import Refused
from taihu.records.cases.actions.acting import SYSTEM, Actor, handler_actor, locked_run, note
from taihu.records.cases.actions.moving import end_of_term, next_number, pass_on, start_of
from taihu.records.cases.enums import NoticeState, ObjectionState, RunState, Verb
from taihu.records.cases.masking import mask_name
from taihu.records.cases.models import NoticeEntry, PublicNotice, StageRun
from taihu.records.cases.procedures.tree import Kind, NoticeRule
from taihu.records.identity.models import Account

INDEX_PREFIX = "公示"


@transaction.atomic
def publish_notice(
    *, acting_user: Account, runs: list[StageRun], at: datetime, title: str, contact: str
) -> PublicNotice:
    """Put one or more cases of the same rule on public notice; the period begins on the next day."""
    if not runs:
        raise Refused("nothing_to_publish", _("请选择要公示的事项。"))
    held = [locked_run(run) for run in sorted(runs, key=lambda run: run.pk)]
    actors = [handler_actor(acting_user, run, at=at) for run in held]
    rules = {_rule(run) for run in held}
    if len(rules) > 1:
        raise Refused("mixed_rules", _("所选事项的公示期限或内容不同。"), _("请分开公示。"))
    taken = NoticeEntry.objects.filter(run__in=held).select_related("notice").first()
    if taken is not None:
        raise Refused("already_published", _("已经在公示：%(notice)s。") % {"notice": taken.notice.index_number})
    if not title.strip() or not contact.strip():
        raise Refused("notice_text", _("请填写公示标题和受理异议的联系方式。"), field="title" if title else "contact")
    notice = _create(held, rules.pop(), acting_user, at, title.strip(), contact.strip())
    for run, actor in zip(held, actors, strict=True):
        note(run.case, Verb.PUBLISH, actor=actor, at=at, run=run, after={"notice": notice.index_number})
    record(at=at, acting_user=acting_user, action="cases.publish_notice", subject=notice, data={"cases": len(held)})
    return notice


def _rule(run: StageRun) -> NoticeRule:
    rule = run.template.notice
    if run.kind != Kind.PUBLIC_NOTICE or rule is None:
        raise Refused("wrong_act", _("这一环节不公示。"))
    return rule


def _create(
    runs: list[StageRun], rule: NoticeRule, account: Account, at: datetime, title: str, contact: str
) -> PublicNotice:
    ends_at = end_of_term(rule.period, at)
    last_day = rule.period.last_day(city_date(at))
    unit = runs[0].unit or runs[0].case.office_unit
    notice = PublicNotice.objects.create(
        index_number=next_number(INDEX_PREFIX, at),
        title=title[:200],
        unit=unit,
        contact=contact[:120],
        needs_evidence=rule.needs_evidence,
        published_at=at,
        published_by=account,
        ends_at=ends_at,
        withdraw_at=max(ends_at, start_of(rule.keep.first_day_after(last_day))),
    )
    NoticeEntry.objects.bulk_create(_entry(notice, run, rule) for run in runs)
    StageRun.objects.filter(pk__in=[run.pk for run in runs]).update(due_at=ends_at)
    return notice


def _entry(notice: PublicNotice, run: StageRun, rule: NoticeRule) -> NoticeEntry:
    """Only what the rule shows is copied: what is not here cannot leak from the page."""
    case, shows = run.case, set(rule.shows)
    name = str(case.person or case.organisation or "")
    is_person = case.person is not None
    decision = case.decisions.filter(resolution="grant").order_by("-pk").first()
    return NoticeEntry(
        notice=notice,
        case=case,
        run=run,
        name=(mask_name(name) if rule.masks_name and is_person else name) if "name" in shows else "",
        organisation=case.organisation.name if "organisation" in shows and case.organisation else "",
        category=case.category if "category" in shows else "",
        amount=case.data.get("amount") if "amount" in shows else None,
        grounds=decision.grounds if "grounds" in shows and decision else "",
    )


def end_due_notices(*, at: datetime) -> int:
    """Close notices whose period is over; cases without open objection go on. Withdraw pages whose time is over."""
    ended = 0
    for notice in PublicNotice.objects.filter(state=NoticeState.PUBLISHED, ends_at__lte=at).order_by("pk"):
        with transaction.atomic():
            if not PublicNotice.objects.filter(pk=notice.pk, state=NoticeState.PUBLISHED).update(
                state=NoticeState.ENDED
            ):
                continue
            ended += 1
            record(at=at, action="cases.end_notice", subject=notice)
            for entry in notice.entries.select_related("run__case").order_by("pk"):
                pass_if_clear(entry, at=at)
    withdrawn = PublicNotice.objects.filter(state=NoticeState.ENDED, withdraw_at__lte=at)
    for notice in withdrawn.order_by("pk"):
        with transaction.atomic():
            PublicNotice.objects.filter(pk=notice.pk).update(state=NoticeState.WITHDRAWN)
            record(at=at, action="cases.withdraw_notice", subject=notice)
    return ended


def pass_if_clear(entry: NoticeEntry, *, at: datetime, actor: Actor = SYSTEM) -> bool:
    """Let the case go on when its notice is over and no objection is open or upheld."""
    run = StageRun.objects.get(pk=entry.run_id)
    if run.state != RunState.OPEN or at < entry.notice.ends_at:
        return False
    if entry.objections.exclude(state=ObjectionState.DISMISSED).exists():
        return False
    run = locked_run(run)
    data = {"notice": entry.notice.index_number, "objections": entry.objections.count()}
    pass_on(run, actor=actor, at=at, data=data)
    return True


@transaction.atomic
def withdraw_notice(*, acting_user: Account, notice: PublicNotice, at: datetime, reason: str) -> PublicNotice:
    """Take a page down before its time, as where it shows what it should not."""
    from taihu.records.base.errors import NotAllowed
    from taihu.records.cases.actions.acting import need_reason
    from taihu.records.cases.permissions import DESK, holds_office

    if not holds_office(acting_user, [notice.unit], DESK, at=at):
        raise NotAllowed("not_your_notice", _("只有发布单位可以撤下公示。"))
    text = need_reason(reason)
    if notice.state == NoticeState.WITHDRAWN:
        raise Refused("notice_withdrawn", _("公示已经撤下。"))
    notice.state = NoticeState.WITHDRAWN
    notice.save(update_fields=["state"])
    record(at=at, acting_user=acting_user, action="cases.withdraw_notice", subject=notice, data={"reason": text})
    return notice
