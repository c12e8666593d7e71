"""What an employer reads of its applicants: the board by stage, one application, the counts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Case,
    Count,
    DateTimeField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
    Window,
)
from django.db.models.functions import RowNumber
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from taihu.records.base.clock import city_date
from taihu.records.identity.enums import MemberRole, OrganisationState
from taihu.records.identity.models import Account
from taihu.records.identity.queries import employers_of
from taihu.systems.jobs.actions.steps import allowed_verbs
from taihu.systems.jobs.enums import OPEN_APPLICATION, ApplicationState, ApplicationVerb, OpeningState, Side
from taihu.systems.jobs.models import Application, Hire, InterviewSlot, Message, Opening

PER_COLUMN = 8
ENDED_SHOWN = 3
SOON = timedelta(days=7)
State = ApplicationState


@dataclass(frozen=True)
class Stage:
    """One column of the board and the states that stand in it."""

    key: str
    label: str | Promise
    states: tuple[State, ...]


STAGES = (
    Stage("new", _("新投递"), (State.SUBMITTED,)),
    Stage("viewed", _("已查看"), (State.VIEWED,)),
    Stage("shortlisted", _("初筛通过"), (State.SHORTLISTED,)),
    Stage("interview", _("面试"), (State.INTERVIEW,)),
    Stage("offer", _("录用意向"), (State.OFFERED,)),
    Stage("hired", _("已接受录用"), (State.ACCEPTED,)),
    Stage(
        "ended", _("未录用或已结束"), (State.REFUSED, State.DECLINED, State.WITHDRAWN, State.OBSOLETE, State.UNANSWERED)
    ),
)
STAGE_OF = {state: number for number, stage in enumerate(STAGES) for state in stage.states}
WAITING = (State.SUBMITTED, State.VIEWED, State.SHORTLISTED, State.INTERVIEW)


@dataclass(frozen=True)
class Scope:
    """The employers whose applications an account may see; names and CVs only where it recruits."""

    recruits_for: tuple[int, ...]
    views: tuple[int, ...]

    @property
    def all(self) -> tuple[int, ...]:
        return tuple(sorted({*self.recruits_for, *self.views}))


def scope_of(account: Account, *, organisation: int | None = None) -> Scope:
    """Own employers and their branches; one of them and its branches when `organisation` is named. Two statements."""
    rows = [(row, role) for row, role in employers_of(account) if row.state != OrganisationState.SUSPENDED]
    if any(row.pk == organisation for row, _role in rows):
        rows = [(row, role) for row, role in rows if organisation in (row.pk, row.parent_id)]
    recruiting = {MemberRole.OWNER, MemberRole.RECRUITER}
    return Scope(
        tuple(row.pk for row, role in rows if role in recruiting),
        tuple(row.pk for row, role in rows if role not in recruiting),
    )


@dataclass(frozen=True)
class Filter:
    """What the board shows of all: one opening, one origin, only what must be answered soon, a name."""

    opening: int | None = None
    origin: str = ""
    due: bool = False
    name: str = ""


@dataclass(frozen=True)
class Card:
    """An application on the board, with what is left of the time to answer it."""

    row: Any
    days_left: int

    @property
    def is_waiting(self) -> bool:
        return self.row.state in WAITING

    @property
    def is_ended(self) -> bool:
        return STAGES[STAGE_OF[self.row.state]].key == "ended"

    @property
    def may_shortlist(self) -> bool:
        return ApplicationVerb.SHORTLIST in allowed_verbs(self.row.state, Side.EMPLOYER)


def card_of(application: Any, *, at: datetime) -> Card:
    return Card(application, (city_date(application.answer_due_at) - city_date(at)).days)


@dataclass
class Column:
    stage: Stage
    total: int = 0
    cards: list[Card] = field(default_factory=list)

    @property
    def more(self) -> int:
        return self.total - len(self.cards)


def applications_in(organisations: Sequence[int], chosen: Filter, *, at: datetime) -> QuerySet[Application]:
    rows = Application.objects.filter(opening__organisation__in=organisations)
    if chosen.opening is not None:
        rows = rows.filter(opening=chosen.opening)
    if chosen.origin:
        rows = rows.filter(origin=chosen.origin)
    if chosen.due:
        rows = rows.filter(state__in=WAITING, answer_due_at__lte=at + SOON)
    if chosen.name:
        rows = rows.filter(person__name__icontains=chosen.name)
    return rows


def board(organisations: Sequence[int], chosen: Filter, *, at: datetime) -> list[Column]:
    """Every stage with its count and its first cards. Two statements, however many there are."""
    rows = applications_in(organisations, chosen, at=at)
    columns = [Column(stage) for stage in STAGES]
    for state, count in rows.order_by().values_list("state").annotate(count=Count("pk")):
        columns[STAGE_OF[State(state)]].total += count
    for row in _first_of_each(_with_details(rows, at=at)):
        columns[STAGE_OF[State(row.state)]].cards.append(card_of(row, at=at))
    return columns


def stage_rows(organisations: Sequence[int], stage: Stage, chosen: Filter, *, at: datetime) -> QuerySet[Application]:
    """One stage in full, the most urgent first."""
    rows = applications_in(organisations, chosen, at=at).filter(state__in=stage.states)
    order = ("answer_due_at", "pk") if stage.states[0] in OPEN_APPLICATION else ("-changed_at", "-pk")
    return _with_details(rows, at=at).order_by(*order)


def _first_of_each(rows: QuerySet[Any]) -> QuerySet[Any]:
    """In hand: what must be answered first. Ended: what ended last."""
    stage = Case(
        *(When(state__in=stage.states, then=Value(number)) for number, stage in enumerate(STAGES)),
        output_field=IntegerField(),
    )
    due = Case(When(state__in=OPEN_APPLICATION, then=F("answer_due_at")), output_field=DateTimeField())
    order = (due.asc(), F("changed_at").desc(), F("pk").desc())
    placed = rows.annotate(stage=stage).annotate(
        place=Window(RowNumber(), partition_by=[F("stage")], order_by=list(order))
    )
    shown = Q(place__lte=ENDED_SHOWN) | Q(place__lte=PER_COLUMN, stage__lt=len(STAGES) - 1)
    first: QuerySet[Any] = placed.filter(shown).order_by("stage", "place")
    return first


def _with_details(rows: QuerySet[Application], *, at: datetime) -> QuerySet[Any]:
    unread = Message.objects.filter(application=OuterRef("pk"), is_from_employer=False, read_at__isnull=True)
    meeting = InterviewSlot.objects.filter(
        interview__application=OuterRef("pk"),
        interview__cancelled_at__isnull=True,
        chosen_at__isnull=False,
        ends_at__gt=at,
    )
    return rows.select_related("person", "opening__organisation", "hire").annotate(
        has_unread=Exists(unread), meets_at=Subquery(meeting.order_by("starts_at", "pk").values("starts_at")[:1])
    )


@dataclass(frozen=True)
class Hires:
    """Claimed by the employer, and confirmed by social insurance. Two counters that are never added."""

    claimed: int
    confirmed: int


def hires_of(organisations: Sequence[int], *, opening: int | None = None) -> Hires:
    """`claimed` counts every claim, confirmed or not. One statement."""
    rows = Hire.objects.filter(application__opening__organisation__in=organisations)
    if opening is not None:
        rows = rows.filter(application__opening=opening)
    found = rows.aggregate(claimed=Count("pk"), confirmed=Count("pk", filter=Q(confirmed_at__isnull=False)))
    return Hires(found["claimed"], found["confirmed"])


def openings_with_applicants(organisations: Sequence[int]) -> QuerySet[Opening]:
    """For the choice on the board: what recruits now, and whatever has applications in hand."""
    waiting = Application.objects.filter(opening=OuterRef("pk"), state__in=OPEN_APPLICATION)
    rows = Opening.objects.filter(organisation__in=organisations, source="").annotate(has_waiting=Exists(waiting))
    live = Q(state__in=[OpeningState.PUBLISHED, OpeningState.PAUSED])
    return rows.filter(live | Q(has_waiting=True)).order_by("title", "pk")


def employer_applications(organisations: Sequence[int]) -> QuerySet[Application]:
    return Application.objects.filter(opening__organisation__in=organisations).select_related(
        "person", "opening__organisation", "hire", "consent"
    )
