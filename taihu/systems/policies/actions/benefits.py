"""What a policy paid somebody becomes a fact: so that other policies can deduct it, cap it, or refuse a second one."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet, Sum

from taihu.engines.rules.sets import PolicySet
from taihu.engines.rules.tree import COUNTED
from taihu.records.facts.actions import add_fact, withdraw_fact
from taihu.records.facts.models import Fact, Source
from taihu.records.identity.models import Person
from taihu.records.ledger.enums import AccountKind, InstalmentState
from taihu.records.ledger.models import Commitment, Instalment, Posting, Recovery, Share
from taihu.systems.policies.enums import DIRECT_ORIGIN, ORIGIN
from taihu.systems.policies.models import Application, DirectRun
from taihu.systems.policies.queries.entitlements import standing_of
from taihu.systems.policies.rulebook import published_rules, rules_of

PROPERTY, SOURCE = "benefit", "资金台账"
_FIGURES = ("amount", *COUNTED.values())
Lists = Callable[[str], "tuple[DirectRun, PolicySet] | None"]


@dataclass(frozen=True, order=True)
class Enjoyed:
    """Somebody and what paid them, or for them an organisation: a policy, or without one the procedure of a track."""

    person: int
    policy: str
    procedure: str = ""

    def is_of(self, record: Mapping[str, Any]) -> bool:
        """Is this benefit one of theirs?"""
        return record.get("policy", "") == self.policy and (bool(self.policy) or record["programme"] == self.procedure)


def note_benefits(*, instalment_ids: Iterable[int], at: datetime) -> int:
    """Bring the benefits of whoever these instalments are for up to what the ledger says; return how many facts changed."""
    touched = Commitment.objects.filter(instalments__in=list(instalment_ids), origin__in=[ORIGIN, DIRECT_ORIGIN])
    found = sorted(_enjoyed(touched))
    people = Person.objects.in_bulk({item.person for item in found})
    groups = _groups() if found else {}
    lists = cache(_counting_list)
    return sum(
        _bring_up(people[item.person], item, groups.get(item.policy) or item.policy or item.procedure, lists, at=at)
        for item in found
    )


def note_recoveries(*, recovery_ids: Iterable[int], at: datetime) -> int:
    """What was demanded, came back, was waived or kept back changes what somebody has in the end."""
    recoveries = Recovery.objects.filter(pk__in=list(recovery_ids))
    rows = Instalment.objects.filter(Q(commitment__recoveries__in=recoveries) | Q(offsets__recovery__in=recoveries))
    return note_benefits(instalment_ids=set(rows.values_list("pk", flat=True)), at=at)


def _enjoyed(commitments: QuerySet[Commitment]) -> set[Enjoyed]:
    rows = set(commitments.values_list("origin", "origin_ref", "person", "beneficiary"))
    lists = DirectRun.objects.filter(pk__in={int(ref) for origin, ref, *_who in rows if origin == DIRECT_ORIGIN})
    applications = Application.objects.filter(pk__in={int(ref) for origin, ref, *_who in rows if origin == ORIGIN})
    paid_by = {(DIRECT_ORIGIN, str(pk)): (policy, "") for pk, policy in lists.values_list("pk", "version__policy")}
    for pk, policy, procedure in applications.values_list("pk", "track__policy", "track__procedure"):
        paid_by[ORIGIN, str(pk)] = (policy, "" if policy else procedure)
    return {
        Enjoyed(person or beneficiary, *paid_by[origin, ref])
        for origin, ref, person, beneficiary in rows
        if (origin, ref) in paid_by and (person or beneficiary)
    }


def _groups() -> Mapping[str, str]:
    """Policies of one exclusion group count as one programme, so that what one paid stands in the way of the others."""
    return {item.id: item.exclusion.group for item in published_rules().policies if item.exclusion is not None}


@transaction.atomic
def _bring_up(person: Person, item: Enjoyed, programme: str, lists: Lists, *, at: datetime) -> int:
    """One fact per day of payment: what is left of that day's sum, and the months or years that it counts for."""
    wanted = _kept(person, item, lists)
    known = Fact.objects.filter(
        person=person, property=PROPERTY, source=Source.SYSTEM, source_name=SOURCE, known_to__isnull=True
    )
    changed = 0
    for fact in known.order_by("pk"):
        record = fact.value[0]
        if not item.is_of(record):
            continue
        if wanted.get(fact.valid_from) == {name: record[name] for name in _FIGURES if name in record}:
            del wanted[fact.valid_from]
            continue
        withdraw_fact(acting_user=None, fact=fact, at=at, reason="ledger")
        changed += 1
    for day, figures in sorted(wanted.items()):
        policy = {"policy": item.policy} if item.policy else {}
        value = [{"programme": programme, **policy, **figures, "paid_on": day.isoformat()}]
        add_fact(
            acting_user=None,
            at=at,
            subject=person,
            property_name=PROPERTY,
            value=value,
            valid_from=day,
            source=Source.SYSTEM,
            source_name=SOURCE,
        )
        changed += 1
    return changed


def _kept(person: Person, item: Enjoyed, lists: Lists) -> dict[date, dict[str, int]]:
    """Day of payment → fen that are left of it, and months and years in the proportion that was paid so far."""
    found: dict[date, dict[str, int]] = {}
    for commitments in _awards(person, item):
        kept = _money_kept(commitments)
        whole, done = _whole(commitments, kept), 0
        counts = _counts(commitments[0], person, lists)
        for (_commitment, day), amount in sorted(kept.items(), key=lambda item: item[0][1]):
            figures = found.setdefault(day, {"amount": 0})
            figures["amount"] += amount
            for name, count in counts.items():
                more = count * (done + amount) // whole - count * done // whole
                figures[name] = figures.get(name, 0) + more
            done += amount
    return {
        day: {name: value for name, value in figures.items() if value}
        for day, figures in found.items()
        if figures["amount"]
    }


def _awards(person: Person, item: Enjoyed) -> list[list[Commitment]]:
    """What one list or one application promised: a commitment, and those that took its place, in that order."""
    lists = DirectRun.objects.filter(version__policy=item.policy).values_list("pk", flat=True)
    applications = Application.objects.filter(track__policy=item.policy, person=person)
    if item.procedure:
        applications = applications.filter(track__procedure=item.procedure)
    made_for = Q(origin=DIRECT_ORIGIN, origin_ref__in=[str(pk) for pk in lists]) | Q(
        origin=ORIGIN, origin_ref__in=[str(pk) for pk in applications.values_list("pk", flat=True)]
    )
    rows = Commitment.objects.filter(made_for, Q(person=person) | Q(beneficiary=person)).order_by("pk")
    found: dict[tuple[str, str], list[Commitment]] = {}
    for row in rows:
        found.setdefault((row.origin, row.origin_ref), []).append(row)
    return list(found.values())


def _money_kept(commitments: list[Commitment]) -> dict[tuple[int, date], int]:
    """(commitment, day) → fen paid, less what was demanded back, plus what of that was waived."""
    shares = Share.objects.filter(
        instalment__commitment__in=commitments,
        state__in=[InstalmentState.PAID, InstalmentState.RECOVERED],
        paid_on__isnull=False,
    ).order_by()
    sums = shares.values_list("instalment__commitment", "paid_on").annotate(sum=Sum(F("amount") - F("recalled")))
    kept = {(commitment, day): int(amount) for commitment, day, amount in sums if day is not None}
    for side, sign in (("target", 1), ("source", -1)):
        waived = Posting.objects.filter(share__in=shares, **{f"{side}__kind": AccountKind.WAIVED}).order_by()
        by_day = waived.values_list("share__instalment__commitment", "share__paid_on").annotate(sum=Sum("amount"))
        for commitment, day, amount in by_day:
            kept[commitment, day] += sign * int(amount)
    return kept


def _whole(commitments: list[Commitment], kept: Mapping[tuple[int, date], int]) -> int:
    """All that the award comes to: the last promise, and what came of those that it replaced."""
    last = commitments[-1]
    return last.total + sum(amount for (commitment, _day), amount in kept.items() if commitment != last.pk)


def _counts(commitment: Commitment, person: Person, lists: Lists) -> Mapping[str, int]:
    """How many months and years the whole award uses up, as the rules said when it was granted."""
    if commitment.origin == ORIGIN:
        counts: Mapping[str, int] = Application.objects.get(pk=commitment.origin_ref).entitlement.get("counts", {})
        return counts
    counting = lists(commitment.origin_ref)
    if counting is None:
        return {}
    direct, rules = counting
    entry = direct.entries.get(person=person)
    standing = standing_of(person, at=entry.decided_at or direct.run.known_at, day=direct.run.day, policies=rules)
    found = standing.of(direct.version.key)
    return found.explanation.counts if found else {}


def _counting_list(number: str) -> tuple[DirectRun, PolicySet] | None:
    """A list with the rules that its policy needs, where that policy counts months or years."""
    direct = DirectRun.objects.select_related("version", "run").get(pk=number)
    rules = rules_of(sorted(direct.run.versions.all(), key=lambda version: version.key)).only([direct.version.key])
    policy = next(item for item in rules.policies if item.key == direct.version.key)
    return (direct, rules) if COUNTED.keys() & dict(policy.definitions) else None
