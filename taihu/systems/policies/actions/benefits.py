"""What lists paid out becomes a fact: so that other policies can deduct it, cap it, or refuse a second one."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import F, Sum

from taihu.records.facts.actions import add_fact, withdraw_fact
from taihu.records.facts.models import Fact, Source
from taihu.records.identity.models import Person
from taihu.records.ledger.enums import InstalmentState
from taihu.records.ledger.models import Instalment, Share
from taihu.systems.policies.enums import DIRECT_ORIGIN
from taihu.systems.policies.models import DirectRun

PROPERTY, SOURCE = "benefit", "资金台账"


def note_benefits(*, instalment_ids: Iterable[int], at: datetime) -> int:
    """Bring the benefits of whoever these instalments are for up to what the ledger says; return how many facts changed."""
    rows = Instalment.objects.filter(pk__in=list(instalment_ids), commitment__origin=DIRECT_ORIGIN)
    touched = set(rows.values_list("commitment__person", "commitment__origin_ref"))
    lists = DirectRun.objects.filter(pk__in={int(ref) for _person, ref in touched})
    policies = {str(pk): policy for pk, policy in lists.values_list("pk", "version__policy")}
    pairs = sorted({(person, policies[ref]) for person, ref in touched if person is not None and ref in policies})
    people = Person.objects.in_bulk({person for person, _policy in pairs})
    return sum(_bring_up(people[person], policy, at=at) for person, policy in pairs)


@transaction.atomic
def _bring_up(person: Person, policy: str, *, at: datetime) -> int:
    """One fact per day of payment: the sum of that day. What the bank took back is withdrawn."""
    wanted = _paid(person, policy)
    known = Fact.objects.filter(
        person=person, property=PROPERTY, source=Source.SYSTEM, source_name=SOURCE, known_to__isnull=True
    )
    changed = 0
    for fact in known.order_by("pk"):
        record = fact.value[0]
        if record.get("policy") != policy:
            continue
        if wanted.get(fact.valid_from) == record["amount"]:
            del wanted[fact.valid_from]
            continue
        withdraw_fact(acting_user=None, fact=fact, at=at, reason="ledger")
        changed += 1
    for day, amount in sorted(wanted.items()):
        value = [{"programme": policy, "policy": policy, "amount": amount, "paid_on": day.isoformat()}]
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


def _paid(person: Person, policy: str) -> dict[date, int]:
    lists = DirectRun.objects.filter(version__policy=policy).values_list("pk", flat=True)
    rows = Share.objects.filter(
        instalment__commitment__person=person,
        instalment__commitment__origin=DIRECT_ORIGIN,
        instalment__commitment__origin_ref__in=[str(pk) for pk in lists],
        state=InstalmentState.PAID,
        paid_on__isnull=False,
    )
    sums = rows.order_by().values_list("paid_on").annotate(sum=Sum(F("amount") - F("recalled")))
    return {day: int(amount) for day, amount in sums if day is not None and amount}
