"""People paid without applying (免申即享): the monthly list, its checking, a person's no, and the way to notice and payment."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.clock import city_date
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.events import publish
from taihu.records.identity.models import Account, Person
from taihu.records.identity.permissions import can_act_as
from taihu.systems.policies.actions.runs import request_run
from taihu.systems.policies.enums import DirectState, EntryState, Group, VersionState
from taihu.systems.policies.events import DirectRunConfirmed, DirectRunNoticed
from taihu.systems.policies.models import DirectEntry, DirectRun, OptOut, PolicyVersion
from taihu.systems.policies.permissions import can_publish_policies, can_start_runs
from taihu.systems.policies.queries.entitlements import standing_of
from taihu.systems.policies.rulebook import rules_of

OPEN = (DirectState.WAITING, DirectState.LISTED, DirectState.CONFIRMED, DirectState.NOTICED)


def _require_officer(acting_user: Account, at: datetime) -> None:
    if not can_start_runs(acting_user, at=at):
        raise NotAllowed("not_officer", _("只有经办人员可以办理免申即享。"))


@transaction.atomic
def set_direct(*, acting_user: Account, at: datetime, version: PolicyVersion, is_direct: bool) -> PolicyVersion:
    """Say that a policy is paid by monthly lists, without applications; its rules are not touched."""
    if not can_publish_policies(acting_user, at=at):
        raise NotAllowed("not_decider", _("只有审批负责人可以设定免申即享。"))
    if not PolicyVersion.objects.filter(pk=version.pk, state=VersionState.PUBLISHED).update(is_direct=is_direct):
        raise Refused("not_published", _("只有已发布的版本可以设为免申即享。"))
    version.refresh_from_db()
    record(at=at, acting_user=acting_user, action="policies.set_direct", subject=version, data={"is_direct": is_direct})
    return version


@transaction.atomic
def request_direct_runs(
    *, acting_user: Account | None, at: datetime, versions: Iterable[PolicyVersion] | None = None
) -> list[DirectRun]:
    """Ask for this month's lists; one evaluation serves them all. A list of the month that is there already is refused.

    `acting_user` None is the monthly schedule, which leaves out what somebody asked for before it.
    """
    if acting_user is not None:
        _require_officer(acting_user, at)
    month = city_date(at).replace(day=1)
    chosen = list(versions) if versions is not None else list(direct_versions(month))
    there = set(DirectRun.objects.filter(month=month, version__in=chosen).values_list("version_id", flat=True))
    if acting_user is not None and (there or not chosen):
        raise Refused(
            "direct_run_exists" if there else "nothing_direct",
            _("本月的名单已经有了。") if there else _("没有设为免申即享的政策。"),
            _("请在列表中打开它。") if there else _("请先由审批负责人设定。"),
        )
    fresh = [version for version in chosen if version.pk not in there]
    if not fresh:
        return []
    if any(version.state != VersionState.PUBLISHED or not version.is_direct for version in fresh):
        raise Refused("not_direct", _("只有已发布并设为免申即享的政策可以生成名单。"))
    run = request_run(at=at, acting_user=acting_user)
    lists = DirectRun.objects.bulk_create(
        DirectRun(version=version, run=run, month=month, created_by=acting_user, created_at=at) for version in fresh
    )
    for item in lists:
        record(at=at, acting_user=acting_user, action="policies.direct_requested", subject=item, data={"run": run.pk})
    return lists


def direct_versions(day: date) -> Iterable[PolicyVersion]:
    """Published versions that are paid by lists and can apply on that day."""
    rows = PolicyVersion.objects.filter(state=VersionState.PUBLISHED, is_direct=True).order_by("policy", "version")
    return [item for item in rows if item.effective_to is None or item.effective_to > day]


@transaction.atomic
def recheck_entry(*, acting_user: Account, at: datetime, entry: DirectEntry) -> DirectEntry:
    """Look again with what is known now: after a department answered or a fact was corrected."""
    _require_officer(acting_user, at)
    current = _open_entry(entry, {EntryState.MANUAL, EntryState.LISTED, EntryState.EXCLUDED, EntryState.OBJECTED})
    direct = current.direct_run
    versions = sorted(direct.run.versions.all(), key=lambda version: version.key)
    standing = standing_of(current.person, at=at, day=direct.run.day, policies=rules_of(versions))
    found = standing.of(direct.version.key)
    assert found is not None
    explanation = found.explanation
    if found.group is Group.ENTITLED and explanation.payable > 0:
        current.state, current.open_clauses = EntryState.LISTED, []
    elif found.group in (Group.CHECK, Group.SCARCE):
        current.state, current.open_clauses = EntryState.MANUAL, list(explanation.unknown)
    else:
        current.state, current.open_clauses = EntryState.EXCLUDED, list(explanation.failing)
    is_listed = current.state == EntryState.LISTED
    current.amount = explanation.payable if is_listed else 0
    current.payers = {payer: fen for payer, fen in explanation.payers.items() if fen} if is_listed else {}
    current.instalments = [[part.due, part.amount] for part in explanation.instalments] if is_listed else []
    current.note = "" if is_listed else " ".join(explanation.sentences)[:300]
    return _decide(current, acting_user, at, "policies.direct_recheck")


@transaction.atomic
def exclude_entry(*, acting_user: Account, at: datetime, entry: DirectEntry, reason: str) -> DirectEntry:
    """Take a person off the list, by a human and with a reason; they keep the right to apply and to object."""
    _require_officer(acting_user, at)
    if not reason.strip():
        raise Refused("reason", _("请写明原因。"), field="reason")
    current = _open_entry(entry, {EntryState.MANUAL, EntryState.LISTED, EntryState.OBJECTED})
    current.state, current.note, current.amount = EntryState.EXCLUDED, reason.strip()[:300], 0
    current.payers, current.instalments = {}, []
    return _decide(current, acting_user, at, "policies.direct_exclude")


def _open_entry(entry: DirectEntry, states: set[EntryState]) -> DirectEntry:
    current = (
        DirectEntry.objects.select_for_update(of=("self",))
        .select_related("direct_run__version", "direct_run__run", "person")
        .get(pk=entry.pk)
    )
    if current.direct_run.state not in {DirectState.LISTED, DirectState.NOTICED} or current.state not in states:
        raise Refused("entry_closed", _("这一条已经不能再改。"), _("请刷新后查看最新状态。"))
    return current


def _decide(entry: DirectEntry, acting_user: Account, at: datetime, action: str) -> DirectEntry:
    entry.decided_by, entry.decided_at = acting_user, at
    entry.save()
    data = {"state": entry.state, "amount": entry.amount, "note": entry.note}
    record(at=at, acting_user=acting_user, action=action, subject=entry, data=data)
    return entry


@transaction.atomic
def confirm_list(*, acting_user: Account, at: datetime, direct_run: DirectRun, defer_manual: bool = False) -> DirectRun:
    """Close the checking. People still to be checked stop it, unless they are deferred to next month's list."""
    if not can_publish_policies(acting_user, at=at):
        raise NotAllowed("not_decider", _("只有审批负责人可以确认名单。"))
    current = DirectRun.objects.select_for_update().get(pk=direct_run.pk)
    if current.state != DirectState.LISTED:
        raise Refused("not_listed", _("这份名单不在核对阶段。"))
    manual = current.entries.filter(state=EntryState.MANUAL)
    count = manual.count()
    if count and not defer_manual:
        raise Refused(
            "manual_left",
            _("还有 %(count)s 人需要人工核实。") % {"count": count},
            _("请先核实，或把他们转到下个月的名单。"),
        )
    if not current.entries.filter(state=EntryState.LISTED).exists():
        raise Refused("nobody_listed", _("名单上没有可以拨付的人。"))
    manual.update(state=EntryState.EXCLUDED, note=_("转下月名单核实"), decided_by=acting_user, decided_at=at)
    current.state, current.confirmed_by, current.confirmed_at = DirectState.CONFIRMED, acting_user, at
    current.save(update_fields=["state", "confirmed_by", "confirmed_at"])
    record(at=at, acting_user=acting_user, action="policies.direct_confirm", subject=current, data={"deferred": count})
    publish(DirectRunConfirmed(direct_run_id=current.pk), at=at)
    return current


@transaction.atomic
def cancel_list(*, acting_user: Account, at: datetime, direct_run: DirectRun, reason: str) -> DirectRun:
    """Give a list up before anything was paid; the people on it can be listed again."""
    if not can_publish_policies(acting_user, at=at):
        raise NotAllowed("not_decider", _("只有审批负责人可以取消名单。"))
    if not reason.strip():
        raise Refused("reason", _("请写明原因。"), field="reason")
    if not DirectRun.objects.filter(pk=direct_run.pk, state__in=OPEN).update(state=DirectState.CANCELLED):
        raise Refused("list_closed", _("已交付拨付的名单不能取消。"))
    direct_run.refresh_from_db()
    record(at=at, acting_user=acting_user, action="policies.direct_cancel", subject=direct_run, data={"reason": reason})
    return direct_run


@transaction.atomic
def begin_notice(*, acting_user: Account | None, at: datetime, direct_run: DirectRun, until: datetime) -> DirectRun:
    """The list is published, masked, for objections until then."""
    if acting_user is not None:
        _require_officer(acting_user, at)
    rows = DirectRun.objects.filter(pk=direct_run.pk, state=DirectState.CONFIRMED)
    if not rows.update(state=DirectState.NOTICED, notice_until=until):
        raise Refused("not_confirmed", _("只有已确认的名单可以公示。"))
    direct_run.refresh_from_db()
    record(at=at, acting_user=acting_user, action="policies.direct_notice", subject=direct_run, data={"until": until})
    publish(DirectRunNoticed(direct_run_id=direct_run.pk), at=at)
    return direct_run


@transaction.atomic
def object_to_entry(
    *, acting_user: Account | None, at: datetime, entry: DirectEntry, reason: str, name: str = "", contact: str = ""
) -> DirectEntry:
    """A real-name objection against one person on a published list: held back until an officer has looked again.

    Who objects is for officers alone; the person concerned is told the reason.
    """
    if not (reason.strip() and name.strip() and contact.strip()):
        raise Refused("objection", _("请写明您的姓名、联系方式和异议理由。"), field="reason")
    current = _open_entry(entry, {EntryState.LISTED})
    if current.direct_run.state != DirectState.NOTICED:
        raise Refused("no_notice", _("这份名单不在公示期。"))
    current.state, current.note = EntryState.OBJECTED, reason.strip()[:300]
    current.objector = f"{name.strip()[:80]} {contact.strip()[:80]}"
    current.save(update_fields=["state", "note", "objector"])
    record(at=at, acting_user=acting_user, action="policies.direct_object", subject=current, data={"reason": reason})
    return current


@transaction.atomic
def hand_over(*, acting_user: Account | None, at: datetime, direct_run: DirectRun) -> list[DirectEntry]:
    """The people whose notice ended without objection, once: whoever pays calls this in the transaction that commits the money."""
    if acting_user is not None:
        _require_officer(acting_user, at)
    current = DirectRun.objects.select_for_update().get(pk=direct_run.pk)
    if current.state != DirectState.NOTICED or current.notice_until is None or current.notice_until > at:
        raise Refused("notice_open", _("公示期还没有结束。"), _("公示期满、没有异议后才能拨付。"))
    entries = list(current.entries.filter(state=EntryState.LISTED).select_related("person").order_by("pk"))
    current.entries.filter(pk__in=[entry.pk for entry in entries]).update(state=EntryState.HANDED)
    current.state, current.handed_over_at = DirectState.HANDED, at
    current.save(update_fields=["state", "handed_over_at"])
    data = {"people": len(entries), "fen": sum(entry.amount for entry in entries)}
    record(at=at, acting_user=acting_user, action="policies.direct_hand_over", subject=current, data=data)
    return entries


@transaction.atomic
def opt_out(*, acting_user: Account, at: datetime, person: Person, policy: str) -> OptOut:
    """A person does not want this policy without asking; it takes them off lists that are not paid yet."""
    if not can_act_as(acting_user, person, at=at):
        raise NotAllowed("not_you", _("只有本人可以选择不参加。"))
    if not PolicyVersion.objects.filter(policy=policy).exists():
        raise Refused("unknown_policy", _("没有这个政策。"))
    row, is_new = OptOut.objects.get_or_create(person=person, policy=policy, ended_at=None, defaults={"made_at": at})
    if is_new:
        entries = DirectEntry.objects.filter(
            person=person, direct_run__version__policy=policy, direct_run__state__in=OPEN
        )
        entries.exclude(state=EntryState.HANDED).update(state=EntryState.OPTED_OUT, decided_at=at)
        record(at=at, acting_user=acting_user, action="policies.opt_out", subject=row, data={"policy": policy})
    return row


@transaction.atomic
def opt_in(*, acting_user: Account, at: datetime, person: Person, policy: str) -> None:
    """Take the refusal back; the next list counts the person again."""
    if not can_act_as(acting_user, person, at=at):
        raise NotAllowed("not_you", _("只有本人可以选择参加。"))
    for row in OptOut.objects.filter(person=person, policy=policy, ended_at__isnull=True):
        row.ended_at = at
        row.save(update_fields=["ended_at"])
        record(at=at, acting_user=acting_user, action="policies.opt_in", subject=row, data={"policy": policy})
