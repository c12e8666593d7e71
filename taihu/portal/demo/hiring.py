"""The demo employer in the middle of hiring: talks ahead, an offer out, somebody hired, invitations sent."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from taihu.portal.demo.accounts import DemoAccounts
from taihu.portal.demo.city import CityDraw
from taihu.records.base.clock import CITY_ZONE, city_date
from taihu.records.identity.models import Account
from taihu.systems.jobs.enums import ApplicationState, InterviewMode
from taihu.systems.jobs.models import (
    Application,
    ApplicationEvent,
    Hire,
    Interview,
    InterviewSlot,
    Invitation,
    Message,
    Offer,
)

INTERVIEW_HOURS = (9, 14, 16)
OFFERED_BEFORE = timedelta(hours=30)
MESSAGE = "您好，我们在推荐名单里看到您的经历很合适，想请您了解一下这个岗位。"


def build_hiring(draw: CityDraw, applications: Sequence[Application], accounts: DemoAccounts) -> None:
    own = accounts.employer.memberships.values_list("organisation_id", flat=True)
    mine = [row for row in applications if row.opening.organisation_id in own]
    _interviews(draw, [row for row in mine if row.state == ApplicationState.INTERVIEW][:6])
    _interviews(draw, [row for row in applications if row.person.account_id == accounts.seeker.pk and row not in mine])
    listed = [
        row for row in mine if row.state == ApplicationState.SHORTLISTED and row.changed_at < draw.at - OFFERED_BEFORE
    ]
    if len(listed) >= 3:
        _offer(draw, listed[0], accounts.employer)
        _hire(draw, listed[1], accounts.employer)
        _message(draw, listed[2])
    _invitations(draw, mine, applications, accounts)


def _interviews(draw: CityDraw, applications: Sequence[Application]) -> None:
    """Three times each; of every two people one has chosen already."""
    for number, application in enumerate(row for row in applications if row.state == ApplicationState.INTERVIEW):
        interview = Interview.objects.create(
            application=application,
            mode=InterviewMode.ONSITE if number % 2 else InterviewMode.VIDEO,
            place=application.opening.address if number % 2 else "https://meet.example/taihu",
            created_at=application.changed_at,
        )
        day = city_date(draw.at) + timedelta(days=3 + number)
        for hour in INTERVIEW_HOURS:
            start = datetime.combine(day, time(hour), tzinfo=CITY_ZONE)
            is_chosen = number % 2 == 0 and hour == INTERVIEW_HOURS[1]
            InterviewSlot.objects.create(
                interview=interview,
                starts_at=start,
                ends_at=start + timedelta(minutes=45),
                chosen_at=draw.at if is_chosen else None,
            )


def _move(application: Application, state: ApplicationState, at: datetime, actor: str) -> None:
    ApplicationEvent.objects.create(
        application=application, at=at, actor=actor, from_state=application.state, to_state=state
    )
    application.state, application.changed_at = state, at
    application.save(update_fields=["state", "changed_at"])


def _offer(draw: CityDraw, application: Application, employer: Account, *, answered: bool = False) -> None:
    at = draw.at - OFFERED_BEFORE
    _move(application, ApplicationState.OFFERED, at, application.opening.organisation.name)
    Offer.objects.create(
        application=application,
        pay=application.opening.pay_max or 1_200_000,
        pay_months=application.opening.pay_months,
        start_date=city_date(draw.at) + timedelta(days=20) if not answered else city_date(draw.at),
        text="试用期三个月，试用期工资不打折；缴纳五险一金。",
        made_by=employer,
        made_at=at,
        expires_at=draw.at + timedelta(days=6),
        state="accepted" if answered else "open",
        answered_at=draw.at - timedelta(hours=6) if answered else None,
    )


def _hire(draw: CityDraw, application: Application, employer: Account) -> None:
    _offer(draw, application, employer, answered=True)
    _move(application, ApplicationState.ACCEPTED, draw.at - timedelta(hours=6), application.person.name)
    Hire.objects.create(
        application=application,
        start_date=city_date(draw.at),
        claimed_by=employer,
        claimed_at=draw.at - timedelta(hours=1),
    )


def _message(draw: CityDraw, application: Application) -> None:
    Message.objects.create(
        application=application,
        sender=None,
        is_from_employer=False,
        body="您好，请问面试大概安排在什么时候？我下周都方便。",
        sent_at=draw.at - timedelta(hours=5),
    )


def _invitations(
    draw: CityDraw, mine: Sequence[Application], applications: Sequence[Application], accounts: DemoAccounts
) -> None:
    """The demo employer asks the demo seeker, unless the seeker applied there already; another one was declined."""
    seeker = next((row.person for row in applications if row.person.account_id == accounts.seeker.pk), None)
    if seeker is None or not mine:
        return
    applied = {row.opening_id for row in applications if row.person_id == seeker.pk}
    openings = {row.opening_id: row.opening for row in mine if row.opening_id not in applied}
    for number, opening in enumerate(list(openings.values())[:2]):
        sent_at = draw.at - timedelta(days=2 + 9 * number)
        Invitation.objects.create(
            opening=opening,
            person=seeker,
            state="declined" if number else "sent",
            message=MESSAGE,
            sent_by=accounts.employer,
            sent_at=sent_at,
            answered_at=sent_at + timedelta(days=1) if number else None,
            expires_at=sent_at + timedelta(days=14),
        )
