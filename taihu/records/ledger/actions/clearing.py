"""Due instalments: looked at again, cleared for payment or held for a person."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.identity.models import Account
from taihu.records.identity.permissions import is_officer
from taihu.records.ledger.actions.commitments import cancel_instalments
from taihu.records.ledger.enums import AccountKind, EntryKind, InstalmentState
from taihu.records.ledger.events import InstalmentHeld, publish_ids
from taihu.records.ledger.journal import (
    move_shares,
    open_entry,
    post_shares,
    refresh_instalments,
    seal,
    show_states,
)
from taihu.records.ledger.models import Commitment, Instalment, Share
from taihu.records.ledger.permissions import require_finance, require_office, require_office_of
from taihu.records.ledger.rechecks import Finding, recheck_of

CHUNK = 1000


@dataclass
class RecheckReport:
    passed: int = 0
    held: int = 0
    held_ids: list[int] = field(default_factory=list)


def recheck_due(
    *, acting_user: Account | None, at: datetime, until: date, origin: str | None = None, unit_id: int | None = None
) -> RecheckReport:
    """Ask for every planned instalment due by `until` whether its condition still holds.

    Each chunk is a transaction of its own: a look that is broken off is simply gone on with.
    """
    require_office(acting_user, at=at)
    report = RecheckReport()
    while chunk := _next_due(until, origin, unit_id):
        before = report.passed + report.held
        _recheck_chunk(chunk, report, acting_user=acting_user, at=at)
        if report.passed + report.held == before:
            break
    return report


def _next_due(until: date, origin: str | None, unit_id: int | None) -> list[Instalment]:
    """The first planned ones: whoever was looked at is planned no more, so the next call finds the next."""
    rows = Instalment.objects.filter(state=InstalmentState.PLANNED, due_date__lte=until)
    if origin is not None:
        rows = rows.filter(commitment__origin=origin)
    if unit_id is not None:
        rows = rows.filter(pk__in=Share.objects.filter(line__unit=unit_id).values("instalment"))
    return list(rows.select_related("commitment").order_by("due_date", "pk")[:CHUNK])


@transaction.atomic
def _recheck_chunk(
    chunk: Sequence[Instalment], report: RecheckReport, *, acting_user: Account | None, at: datetime
) -> None:
    findings = _findings(chunk, at)
    passed = [row for row in chunk if findings[row.pk].is_passed]
    held = [row for row in chunk if not findings[row.pk].is_passed]
    if passed:
        report.passed += _clear([row.pk for row in passed], InstalmentState.PLANNED, acting_user=acting_user, at=at)
    if held:
        report.held += _hold(held, findings, acting_user=acting_user, at=at)
        report.held_ids += [row.pk for row in held]
    record(
        at=at,
        acting_user=acting_user,
        action="ledger.recheck",
        subject=chunk[0],
        data={
            "first": chunk[0].pk,
            "last": chunk[-1].pk,
            "passed": len(passed),
            "held": {row.pk: findings[row.pk].reasons for row in held},
        },
    )


def _findings(chunk: Sequence[Instalment], at: datetime) -> dict[int, Finding]:
    """What the systems say; whoever says nothing about a condition leaves it to a person."""
    found: dict[int, Finding] = {}
    for origin in sorted({row.commitment.origin for row in chunk}):
        mine = [row for row in chunk if row.commitment.origin == origin]
        ask = recheck_of(origin)
        if ask is not None:
            found |= ask(mine, at)
        else:
            found |= {row.pk: Finding(True) for row in mine if not row.recheck}
    silent = Finding(False, (_("没有得到复核结果，需要人工核对。"),))
    return {row.pk: found.get(row.pk, silent) for row in chunk}


def _clear(
    ids: Sequence[int], come_from: InstalmentState, *, acting_user: Account | None, at: datetime, note: str = ""
) -> int:
    entry = open_entry(EntryKind.CLEAR, at=at, made_by=acting_user, note=note)
    count = move_shares(entry, Q(instalment__in=ids), come_from=[come_from], to=InstalmentState.CLEARED)
    if not count:
        raise Refused("moved_meanwhile", _("这些分期刚刚由别人处理过。"), _("请刷新后再看。"))
    post_shares(entry, source=AccountKind.COMMITTED, target=AccountKind.CLEARED)
    seal(entry)
    return refresh_instalments(entry, checked_at=at, checked_by=acting_user, reasons=[])


def _hold(
    rows: Sequence[Instalment], findings: dict[int, Finding], *, acting_user: Account | None, at: datetime
) -> int:
    ids = [row.pk for row in rows]
    Share.objects.filter(instalment__in=ids, state=InstalmentState.PLANNED).update(state=InstalmentState.HELD)
    Instalment.objects.filter(pk__in=ids, state=InstalmentState.PLANNED).update(
        state=InstalmentState.HELD, checked_at=at, checked_by=acting_user
    )
    for row in rows:
        row.reasons = list(findings[row.pk].reasons) or [_("复核条件不再满足。")]
    Instalment.objects.bulk_update(rows, ["reasons"], batch_size=100)
    publish_ids(lambda part: InstalmentHeld(instalment_ids=part), ids, at=at)
    return len(rows)


@transaction.atomic
def clear_held(*, acting_user: Account, at: datetime, instalment: Instalment, reason: str, document: str = "") -> None:
    """A person decides that a held instalment is paid all the same, and says why."""
    _require_officer(acting_user, at)
    reason = _reason(reason)
    _refuse_not_held(instalment)
    _clear([instalment.pk], InstalmentState.HELD, acting_user=acting_user, at=at, note=reason)
    Instalment.objects.filter(pk=instalment.pk).update(reasons=[reason])
    _record(instalment, "ledger.clear_held", reason, document, acting_user, at)


@transaction.atomic
def cancel_held(*, acting_user: Account, at: datetime, instalment: Instalment, reason: str, document: str = "") -> None:
    """A person decides that a held instalment is not paid; its money is free again."""
    _require_officer(acting_user, at)
    reason = _reason(reason)
    _refuse_not_held(instalment)
    cancel_instalments(
        acting_user=acting_user,
        at=at,
        commitment=instalment.commitment,
        reason=reason,
        document=document,
        numbers=[instalment.number],
    )


@transaction.atomic
def postpone_held(*, acting_user: Account, at: datetime, instalment: Instalment, due_date: date, reason: str) -> None:
    """Look again on a later day, for instance once a missing month of insurance has been delivered."""
    _require_officer(acting_user, at)
    reason = _reason(reason)
    _refuse_not_held(instalment)
    if due_date <= instalment.due_date:
        raise Refused("not_later", _("新的日期应晚于原到期日。"), field="due_date")
    Share.objects.filter(instalment=instalment, state=InstalmentState.HELD).update(state=InstalmentState.PLANNED)
    Instalment.objects.filter(pk=instalment.pk).update(
        state=InstalmentState.PLANNED, due_date=due_date, reasons=[reason], announced_at=None
    )
    _record(instalment, "ledger.postpone_held", reason, due_date.isoformat(), acting_user, at)


@transaction.atomic
def hold_instalments(
    *, acting_user: Account | None, at: datetime, instalments: Sequence[Instalment], reason: str
) -> int:
    """Stop payments for the time being (暂停发放): what is planned or cleared waits for a person."""
    _require_office_of_all(acting_user, instalments, at)
    reason = _reason(reason)
    ids = [row.pk for row in instalments]
    count = Share.objects.filter(instalment__in=ids, state=InstalmentState.PLANNED).update(state=InstalmentState.HELD)
    if Share.objects.filter(instalment__in=ids, state=InstalmentState.CLEARED, offset=0).exists():
        entry = open_entry(EntryKind.HOLD, at=at, made_by=acting_user, note=reason)
        count += move_shares(
            entry, Q(instalment__in=ids, offset=0), come_from=[InstalmentState.CLEARED], to=InstalmentState.HELD
        )
        post_shares(entry, source=AccountKind.CLEARED, target=AccountKind.COMMITTED)
        seal(entry)
    held = Instalment.objects.filter(
        pk__in=ids, shares__state=InstalmentState.HELD, state__in=[InstalmentState.PLANNED, InstalmentState.CLEARED]
    )
    held_ids = sorted(set(held.values_list("pk", flat=True)))
    Instalment.objects.filter(pk__in=held_ids).update(reasons=[reason])
    show_states(Instalment.objects.filter(pk__in=held_ids))
    if not count:
        raise Refused("nothing_to_hold", _("没有可以暂停的分期。"))
    record(
        at=at,
        acting_user=acting_user,
        action="ledger.hold",
        subject=instalments[0],
        data={"instalments": held_ids, "reason": reason},
    )
    publish_ids(lambda part: InstalmentHeld(instalment_ids=part), held_ids, at=at)
    return count


@transaction.atomic
def resume_instalments(*, acting_user: Account, at: datetime, instalments: Sequence[Instalment], reason: str) -> int:
    """Go on with payments that were stopped (恢复发放): they are planned again, and looked at again before they are paid."""
    _require_officer(acting_user, at)
    reason = _reason(reason)
    ids = [row.pk for row in instalments]
    count = Share.objects.filter(instalment__in=ids, state=InstalmentState.HELD).update(state=InstalmentState.PLANNED)
    if not count:
        raise Refused("nothing_held", _("没有暂停的分期。"), _("请刷新后再看。"))
    held = Instalment.objects.filter(pk__in=ids, state=InstalmentState.HELD)
    resumed = list(held.order_by("pk").values_list("pk", flat=True))
    held.update(reasons=[reason], announced_at=None)
    show_states(Instalment.objects.filter(pk__in=resumed))
    record(
        at=at,
        acting_user=acting_user,
        action="ledger.resume",
        subject=instalments[0],
        data={"instalments": resumed, "reason": reason},
    )
    return count


@transaction.atomic
def release_returned(*, acting_user: Account, at: datetime, instalment: Instalment, note: str) -> int:
    """Put what the bank sent back among the payments to be made again, once the cause is gone."""
    note = _reason(note)
    units = set(instalment.shares.values_list("line__unit", flat=True))
    for unit in sorted(units):
        require_finance(acting_user, unit, at=at)
    count = Share.objects.filter(instalment=instalment, state=InstalmentState.RETURNED).update(
        state=InstalmentState.CLEARED, batch=None
    )
    if not count:
        raise Refused("not_returned", _("这一期没有被银行退回的款项。"))
    Instalment.objects.filter(pk=instalment.pk).update(state=InstalmentState.CLEARED, reasons=[])
    _record(instalment, "ledger.release_returned", note, "", acting_user, at)
    return count


def _require_office_of_all(acting_user: Account | None, instalments: Sequence[Instalment], at: datetime) -> None:
    for commitment in Commitment.objects.filter(instalments__in=instalments).distinct().order_by("pk"):
        require_office_of(acting_user, commitment, at=at)


def _require_officer(acting_user: Account, at: datetime) -> None:
    if not is_officer(acting_user, at=at):
        raise NotAllowed("not_officer", _("只有经办人员和审批负责人可以处理暂停的分期。"))


def _reason(text: str) -> str:
    if not text.strip():
        raise Refused("reason_needed", _("请写明理由。"), field="reason")
    return text.strip()[:300]


def _refuse_not_held(instalment: Instalment) -> None:
    state = Instalment.objects.select_for_update().get(pk=instalment.pk).state
    if state != InstalmentState.HELD:
        raise Refused(
            "not_held", _("这一期现在是“%(state)s”。") % {"state": InstalmentState(state).label}, _("请刷新后再看。")
        )


def _record(
    instalment: Instalment, action: str, reason: str, document: str, acting_user: Account, at: datetime
) -> None:
    record(
        at=at,
        acting_user=acting_user,
        action=action,
        subject=instalment,
        data={"reason": reason, "document": document},
    )
