"""Who has to keep out of a case (回避), as far as the city's records know."""

from datetime import datetime

from taihu.records.base.clock import city_date
from taihu.records.cases.enums import ConflictKind
from taihu.records.cases.models import Case
from taihu.records.facts.properties import HOUSEHOLD, INSURED_BY
from taihu.records.facts.queries import values_as_of
from taihu.records.identity.models import Account, Membership, Person


def find_conflict(case: Case, account: Account, *, at: datetime) -> str:
    """What speaks against an account: the applicant, somebody of the same household or employer; "" for nothing known."""
    if case.person is not None and case.person.account_id == account.pk:
        return ConflictKind.SELF
    person = Person.objects.filter(account=account).first()
    if person is not None and case.person is not None and _share_household(person, case.person, at):
        return ConflictKind.RELATIVE
    return ConflictKind.COWORKER if _share_employer(case, account, person, at) else ""


def _share_household(one: Person, other: Person, at: datetime) -> bool:
    """One register's answer is enough to ask: whoever is named may be wrong, but keeping silent would be worse."""
    pairs = ((one, other), (other, one))
    return any(
        other_one.pk in members
        for first, other_one in pairs
        for members in values_as_of(first, city_date(at)).get(HOUSEHOLD.name, [])
    )


def _share_employer(case: Case, account: Account, person: Person | None, at: datetime) -> bool:
    if case.organisation is None:
        return False
    if Membership.objects.filter(organisation=case.organisation, account=account, ended_at__isnull=True).exists():
        return True
    if person is None or not case.organisation.credit_code:
        return False
    return case.organisation.credit_code in values_as_of(person, city_date(at)).get(INSURED_BY.name, [])
