from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.clock import city_date
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.events import publish
from taihu.records.facts.events import FactsAdded, FactWithdrawn
from taihu.records.facts.models import Evidence, Exchange, Fact, Source
from taihu.records.facts.properties import PERSON, Property, property_named
from taihu.records.facts.queries import Subject, facts_of_people, find_contradictions
from taihu.records.identity.models import Account, Organisation, Person
from taihu.records.identity.permissions import can_act_as, can_recruit_for, is_officer


@transaction.atomic
def add_fact(
    *,
    acting_user: Account | None,
    at: datetime,
    subject: Subject,
    property_name: str,
    value: Any,
    valid_from: date,
    valid_to: date | None = None,
    source: str,
    source_name: str = "",
    evidence: Evidence | None = None,
) -> Fact:
    """Write down what is known; saying the same again changes nothing, saying otherwise is refused.

    `acting_user` None is the system itself or an import. Who may speak: a person for themselves, an employer's recruiters for
    the employer, officers for departments.
    """
    _check_speaker(acting_user, subject, source, at)
    _lock(subject)
    item = property_named(property_name)
    stored = _check(item, subject, value, valid_from, valid_to, at)
    same = Fact.objects.filter(
        **_columns(subject), property=item.name, value=stored, valid_from=valid_from, valid_to=valid_to,
        source=source, known_to__isnull=True,
    ).first()  # fmt: skip
    if same is not None:
        return same
    if item.is_single:
        _refuse_contradiction(item, find_contradictions(subject, item.name, stored, valid_from, valid_to).first())
    fact = Fact.objects.create(
        **_columns(subject),
        property=item.name,
        value=stored,
        valid_from=valid_from,
        valid_to=valid_to,
        known_from=at,
        source=source,
        source_name=source_name,
        evidence=evidence,
        **_verified(acting_user, source, at),
    )
    record(at=at, acting_user=acting_user, action="facts.add", subject=fact, data={"property": item.name})
    publish(FactsAdded(property_name=item.name, fact_ids=[fact.pk]), at=at)
    return fact


def _columns(subject: Subject) -> dict[str, Subject]:
    return {"person" if isinstance(subject, Person) else "organisation": subject}


def _lock(subject: Subject) -> None:
    """Two writers about the same subject wait for each other, or both could pass the check."""
    model = Person if isinstance(subject, Person) else Organisation
    model.objects.select_for_update().get(pk=subject.pk)


def _verified(acting_user: Account | None, source: str, at: datetime) -> dict[str, Any]:
    is_checked = source == Source.DEPARTMENT and acting_user is not None
    return {"verified_by": acting_user, "verified_at": at} if is_checked else {}


def _check_speaker(acting_user: Account | None, subject: Subject, source: str, at: datetime) -> None:
    if acting_user is None or (is_officer(acting_user, at=at) and source in {Source.DEPARTMENT, Source.SYSTEM}):
        return
    if source == Source.SELF and isinstance(subject, Person) and can_act_as(acting_user, subject, at=at):
        return
    is_employer = isinstance(subject, Organisation) and can_recruit_for(acting_user, subject)
    if source == Source.EMPLOYER and is_employer:
        return
    raise NotAllowed("not_your_fact", _("您不能以这个来源登记这项事实。"))


def _check(item: Property, subject: Subject, value: Any, valid_from: date, valid_to: date | None, at: datetime) -> Any:
    if (item.subject == PERSON) != isinstance(subject, Person):
        raise Refused("fact_subject", _("“%(label)s”不属于这类对象。") % {"label": item.label}, field="property")
    if valid_to is not None and valid_to <= valid_from:
        raise Refused("fact_period", _("结束日期必须晚于开始日期。"), field="valid_to")
    if valid_from > city_date(at) and not item.may_be_future:
        raise Refused("fact_future", _("“%(label)s”不能从将来开始。") % {"label": item.label}, field="valid_from")
    return item.check(value)


def _refuse_contradiction(item: Property, other: Fact | None) -> None:
    if other is None:
        return
    end = other.valid_to.isoformat() if other.valid_to else "…"
    raise Refused(
        "fact_contradiction",
        _("已知“%(label)s”在 %(start)s – %(end)s 是“%(value)s”。")
        % {"label": item.label, "start": other.valid_from.isoformat(), "end": end, "value": other.value},
        _("请改成不重叠的时间，或先更正原有记录。"),
        field="value",
        fact=other.pk,
    )


@transaction.atomic
def withdraw_fact(
    *, acting_user: Account | None, fact: Fact, at: datetime, reason: str, replaced_by: Fact | None = None
) -> Fact:
    """Stop believing a row; it stays readable for decisions made while it was believed."""
    subject = fact.person or fact.organisation
    assert subject is not None
    _check_speaker(acting_user, subject, fact.source, at)
    if not reason.strip():
        raise Refused("reason", _("请写明原因。"), field="reason")
    if not Fact.objects.filter(pk=fact.pk, known_to__isnull=True).update(known_to=at):
        raise Refused("fact_gone", _("这条记录已经更正过。"), _("请刷新后查看最新记录。"))
    fact.refresh_from_db()
    record(at=at, acting_user=acting_user, action="facts.withdraw", subject=fact, data={"reason": reason.strip()})
    publish(FactWithdrawn(fact_id=fact.pk, replaced_by=replaced_by.pk if replaced_by else None), at=at)
    return fact


@transaction.atomic
def correct_fact(
    *,
    acting_user: Account | None,
    fact: Fact,
    at: datetime,
    reason: str,
    value: Any,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> Fact:
    """Replace a row by a better one. Nothing is overwritten: the old row keeps what was believed until `at`."""
    withdraw_fact(acting_user=acting_user, fact=fact, at=at, reason=reason)
    subject = fact.person or fact.organisation
    assert subject is not None
    return add_fact(
        acting_user=acting_user,
        at=at,
        subject=subject,
        property_name=fact.property,
        value=value,
        valid_from=valid_from or fact.valid_from,
        valid_to=valid_to if valid_to is not None else fact.valid_to,
        source=fact.source,
        source_name=fact.source_name,
        evidence=fact.evidence,
    )


@dataclass(frozen=True)
class FactRow:
    """One line of a batch; `place` is its line in the file."""

    person: Person
    property_name: str
    value: Any
    valid_from: date
    valid_to: date | None
    place: int


@dataclass
class BulkReport:
    added: int = 0
    known: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)


@transaction.atomic
def load_facts(
    *, acting_user: Account, at: datetime, rows: Iterable[FactRow], exchange: Exchange, source_name: str
) -> BulkReport:
    """Add a department's answers, a fixed number of statements for any number of rows; bad rows are listed, not added."""
    if not is_officer(acting_user, at=at):
        raise NotAllowed("not_officer", _("只有经办人员可以导入部门数据。"))
    lines = list(rows)
    known = facts_of_people({row.person.pk for row in lines}, {row.property_name for row in lines})
    report, fresh = BulkReport(), list[Fact]()
    for row in lines:
        peers = known.setdefault((row.person.pk, row.property_name), [])
        try:
            fact = _fact_of(row, peers, at)
        except Refused as refused:
            report.rejected.append({"line": row.place, "code": refused.code, "reason": str(refused)})
            continue
        if fact is None:
            report.known += 1
            continue
        fact.exchange, fact.source_name = exchange, source_name
        fact.verified_by, fact.verified_at = acting_user, at
        peers.append(fact)
        fresh.append(fact)
    created = Fact.objects.bulk_create(fresh, batch_size=500)
    report.added = len(created)
    for name in sorted({fact.property for fact in created}):
        ids = [fact.pk for fact in created if fact.property == name]
        publish(FactsAdded(property_name=name, fact_ids=ids), at=at)
    record(
        at=at,
        acting_user=acting_user,
        action="facts.load",
        subject=exchange,
        data={"added": report.added, "known": report.known, "rejected": len(report.rejected)},
    )
    return report


def _fact_of(row: FactRow, peers: list[Fact], at: datetime) -> Fact | None:
    """The row as a fact; None when it is known already."""
    item = property_named(row.property_name)
    value = _check(item, row.person, row.value, row.valid_from, row.valid_to, at)
    for peer in peers:
        period = (peer.valid_from, peer.valid_to)
        if peer.value == value and period == (row.valid_from, row.valid_to) and peer.source == Source.DEPARTMENT:
            return None
        overlaps = (peer.valid_to is None or peer.valid_to > row.valid_from) and (
            row.valid_to is None or peer.valid_from < row.valid_to
        )
        if item.is_single and overlaps and peer.value != value:
            _refuse_contradiction(item, peer)
    return Fact(
        person=row.person,
        property=item.name,
        value=value,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        known_from=at,
        source=Source.DEPARTMENT,
    )
