"""What waits for an employer: applications of its staff to confirm, and staff that may have left."""

from collections.abc import Iterable
from datetime import date

from django.db.models import QuerySet

from taihu.records.cases.enums import CaseState, RunState
from taihu.records.cases.models import StageRun
from taihu.records.cases.procedures.tree import Kind, Role
from taihu.records.facts.models import Fact
from taihu.records.facts.properties import INSURED_BY
from taihu.records.facts.queries import facts_of_people
from taihu.records.identity.models import Organisation
from taihu.systems.policies.models import Application


def waiting_for(organisation: Organisation) -> QuerySet[Application]:
    """Handed in and waiting for the employer's word, the oldest first."""
    runs = StageRun.objects.filter(state=RunState.OPEN, role=Role.EMPLOYER).exclude(kind=Kind.DRAFT)
    rows = Application.objects.filter(
        case__organisation=organisation, case__state=CaseState.OPEN, case__in=runs.values("case")
    )
    return rows.select_related("case__person", "track__call").order_by("case__submitted_at", "pk")


def perhaps_left(organisation: Organisation, *, day: date) -> list[Application]:
    """Under way or being paid, while social insurance names the person elsewhere or no longer here; nobody reported it."""
    rows = Application.objects.filter(
        case__organisation=organisation, case__state=CaseState.OPEN, case__submitted_at__isnull=False,
        person__isnull=False, left_on__isnull=True,
    )  # fmt: skip
    found = list(rows.select_related("case__person", "track__call").order_by("case__submitted_at", "pk"))
    told = facts_of_people([row.person_id for row in found if row.person_id], [INSURED_BY.name])
    code = organisation.credit_code
    return [row for row in found if row.person_id and _moved(told.get((row.person_id, INSURED_BY.name), ()), code, day)]


def _moved(answers: Iterable[Fact], code: str | None, day: date) -> bool:
    """Insurance told of this person, and not of this employer on that day; nothing told says nothing."""
    begun = [fact for fact in answers if fact.valid_from <= day]
    return bool(begun) and not any(
        fact.value == code and (fact.valid_to is None or fact.valid_to > day) for fact in begun
    )
