"""Reads on calls and applications; each list has a fixed number of statements."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Min, Prefetch, Q, QuerySet

from taihu.records.base.clock import city_date
from taihu.records.cases.enums import CaseOutcome
from taihu.records.cases.models import Case, CaseEvent, StageRun
from taihu.records.cases.permissions import DESK
from taihu.records.cases.queries.progress import Clock, Step, clock_of, runs_of, steps_of, timeline
from taihu.records.identity.models import Account, Organisation, Person, Unit
from taihu.records.identity.queries import open_grants
from taihu.records.ledger.models import Instalment
from taihu.systems.policies.enums import CallState
from taihu.systems.policies.models import Application, Call, Track
from taihu.systems.policies.queries.money import application_instalments
from taihu.systems.policies.windows import Window, window_of

_WITH = (
    "case__procedure",
    "case__person",
    "case__organisation",
    "case__office_unit",
    "track__call",
    "person",
    "organisation",
)


@dataclass(frozen=True)
class Progress:
    """What the status page and the officer's page show of one application."""

    runs: list[StageRun]
    steps: list[Step]
    clock: Clock
    events: list[CaseEvent]


def progress_of(case: Case, *, at: datetime) -> Progress:
    runs = runs_of(case)
    by_number = {run.pk: run for run in runs}
    events = list(timeline(case))
    for event in events:
        event.run = by_number.get(event.run_id) if event.run_id else None
    return Progress(runs, steps_of(case, runs), clock_of(case, runs, at=case.closed_at or at), events)


def public_calls() -> QuerySet[Call]:
    """Published and closed calls with their tracks, the newest first."""
    rows = Call.objects.exclude(state=CallState.DRAFT).select_related("office_unit")
    return rows.prefetch_related(
        Prefetch("tracks", Track.objects.select_related("department_unit").order_by("position"))
    ).order_by("-published_at", "-pk")


def open_calls(*, at: datetime) -> list[tuple[Call, Window]]:
    """Calls that take applications now, those that close first before the others."""
    rows = [(call, window_of(call, at=at)) for call in public_calls().filter(state=CallState.PUBLISHED)]
    return sorted(
        (row for row in rows if row[1].is_open), key=lambda row: (row[1].closes_at is None, row[1].closes_at or at)
    )


def office_calls() -> QuerySet[Call]:
    rows = Call.objects.select_related("office_unit").annotate(
        track_count=Count("tracks", distinct=True),
        application_count=Count(
            "tracks__applications", filter=Q(tracks__applications__case__submitted_at__isnull=False), distinct=True
        ),
    )
    return rows.order_by("-created_at", "-pk")


def offices_of(account: Account, *, at: datetime) -> QuerySet[Unit]:
    """The units at whose desk an account works, the oldest grant first."""
    grants = open_grants(account, at=at).filter(role__in=DESK)
    return Unit.objects.filter(grants__in=grants).annotate(since=Min("grants__pk")).order_by("since")


def applications_of(person: Person) -> QuerySet[Application]:
    return Application.objects.filter(person=person).select_related(*_WITH).order_by("-created_at", "-pk")


def applications_of_organisation(organisation: Organisation, reader: Account) -> QuerySet[Application]:
    """Its own ones, those of its staff that were handed in, and the drafts that the reader began for staff."""
    mine = Q(organisation=organisation, person__isnull=True) | Q(organisation=organisation, applied_by=reader)
    handed_in = Q(case__organisation=organisation, case__submitted_at__isnull=False)
    rows = Application.objects.filter(mine | handed_in).select_related(*_WITH)
    return rows.order_by("-created_at", "-pk")


def application_with(number: int) -> Application | None:
    return Application.objects.filter(pk=number).select_related(*_WITH).first()


def appeal_until(case: Case) -> date | None:
    """The last day on which a refused applicant may ask for review; None where there is none to ask for."""
    rule = case.procedure.template.appeal
    if rule is None or case.outcome != CaseOutcome.REFUSED or case.closed_at is None:
        return None
    return rule.within.last_day(city_date(case.closed_at))


def payments_of(application: Application) -> list[Instalment]:
    if application.commitment_id is None:
        return []
    return list(application_instalments(application))
