"""Three months of applications, answers and hires, so that no page of the demo city is empty."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from taihu.portal.demo.accounts import DemoAccounts
from taihu.portal.demo.city import CityDraw
from taihu.portal.demo.hiring import build_hiring
from taihu.portal.demo.queues import build_queues
from taihu.records.facts.models import Fact, Source
from taihu.records.facts.properties import INSURED_BY
from taihu.records.identity.enums import Ground, Purpose
from taihu.records.identity.models import Account, Consent, Disclosure, Organisation
from taihu.systems.jobs.enums import ApplicationState, Origin, RefusalReason
from taihu.systems.jobs.models import Application, ApplicationEvent, Hire, Message, Opening, Profile

ANSWER_DAYS = timedelta(days=60)
PER_OPENING = 1.3
STEPS = {
    ApplicationState.SUBMITTED: (),
    ApplicationState.VIEWED: (ApplicationState.VIEWED,),
    ApplicationState.SHORTLISTED: (ApplicationState.VIEWED, ApplicationState.SHORTLISTED),
    ApplicationState.INTERVIEW: (ApplicationState.VIEWED, ApplicationState.SHORTLISTED, ApplicationState.INTERVIEW),
    ApplicationState.REFUSED: (ApplicationState.VIEWED, ApplicationState.REFUSED),
    ApplicationState.ACCEPTED: (
        ApplicationState.VIEWED,
        ApplicationState.SHORTLISTED,
        ApplicationState.INTERVIEW,
        ApplicationState.OFFERED,
        ApplicationState.ACCEPTED,
    ),
    ApplicationState.UNANSWERED: (ApplicationState.UNANSWERED,),
    ApplicationState.WITHDRAWN: (ApplicationState.WITHDRAWN,),
}


def build_history(
    draw: CityDraw,
    *,
    organisations: Sequence[Organisation],
    openings: Sequence[Opening],
    profiles: Sequence[Profile],
    accounts: DemoAccounts,
) -> None:
    listed = [opening for opening in openings if opening.is_listed]
    applications = _applications(draw, listed, profiles)
    _consents(applications)
    Application.objects.bulk_create(applications, batch_size=2000)
    _events(applications)
    _disclosures(applications)
    _hires(draw, applications, accounts.employer)
    _conversation(applications, accounts)
    build_hiring(draw, applications, accounts)
    build_queues(draw, organisations, openings, accounts)


def _applications(draw: CityDraw, openings: Sequence[Opening], profiles: Sequence[Profile]) -> list[Application]:
    """People apply near their occupation; the better they fit, the better the answer."""
    by_occupation: dict[str, list[Profile]] = {}
    for profile in profiles:
        for code in profile.wanted_occupations:
            by_occupation.setdefault(code, []).append(profile)
    made: list[Application] = []
    taken: set[int] = set()
    for opening in openings:
        pool = by_occupation.get(opening.occupation_code, [])
        for profile in draw.some(pool, 0, round(2 * PER_OPENING)) if pool else []:
            if profile.person_id in taken:
                continue
            application = _application(draw, opening, profile)
            if application.state == ApplicationState.ACCEPTED:
                taken.add(profile.person_id)
            made.append(application)
    seeker = profiles[0]
    own = [opening for opening in openings if opening.occupation_code in seeker.wanted_occupations]
    known = {a.opening_id for a in made if a.person_id == seeker.person_id}
    new = draw.some([opening for opening in own if opening.pk not in known], 4, 4)
    return made + [_application(draw, opening, seeker) for opening in new]


def _application(draw: CityDraw, opening: Opening, profile: Profile) -> Application:
    wanted = set(opening.skill_codes)
    fit = len(wanted & set(profile.skill_codes)) / max(1, len(wanted))
    is_suited = profile.education_rank >= opening.education_rank and profile.experience_months >= opening.experience_min
    state = _state(draw, fit if is_suited else fit * 0.3)
    span = (draw.at - (opening.published_at or draw.at)).total_seconds()
    applied_at = draw.at - timedelta(seconds=span * float(draw.random.random()))
    if state == ApplicationState.UNANSWERED:
        applied_at = draw.at - ANSWER_DAYS - timedelta(days=float(draw.random.random()) * 20)
    changed_at = applied_at + (draw.at - applied_at) * float(draw.random.random())
    is_answered = state not in {ApplicationState.SUBMITTED, ApplicationState.VIEWED, ApplicationState.WITHDRAWN}
    return Application(
        person=profile.person,
        opening=opening,
        state=state,
        origin=draw.pick((Origin.SEARCH, Origin.MATCH, Origin.INVITATION), (0.45, 0.45, 0.1)),
        resume=_resume(profile),
        applied_at=applied_at,
        changed_at=changed_at,
        answer_due_at=applied_at + ANSWER_DAYS,
        answered_at=changed_at if is_answered else None,
        refusal_reason=draw.pick(RefusalReason.values[:6]) if state == ApplicationState.REFUSED else "",
    )


def _resume(profile: Profile) -> dict[str, object]:
    return {
        "basics": {"name": profile.person.name, "label": profile.headline, "summary": profile.summary},
        "education": [{"institution": profile.school, "area": "、".join(profile.majors)}] if profile.school else [],
        "skills": [{"name": code} for code in profile.skill_codes],
        "certificates": [{"name": code} for code in profile.certificate_codes],
    }


def _state(draw: CityDraw, fit: float) -> ApplicationState:
    luck = float(draw.random.random())
    if luck < 0.22:
        return draw.pick((ApplicationState.SUBMITTED, ApplicationState.VIEWED))
    if luck < 0.26:
        return draw.pick((ApplicationState.UNANSWERED, ApplicationState.WITHDRAWN))
    if float(draw.random.random()) < 0.12 + 0.7 * fit:
        options = (ApplicationState.SHORTLISTED, ApplicationState.INTERVIEW, ApplicationState.ACCEPTED)
        return draw.pick(options, (0.5, 0.3, 0.2))
    return ApplicationState.REFUSED


def _consents(applications: Sequence[Application]) -> None:
    """One consent per person and employer, as the law asks; two applications to one employer share it."""
    needed: dict[tuple[int, int], Consent] = {}
    for application in applications:
        key = (application.person_id, application.opening.organisation_id)
        if key not in needed:
            needed[key] = Consent(
                person=application.person,
                purpose=Purpose.SHARE_RESUME,
                recipient_id=application.opening.organisation_id,
                text_version="demo-1",
                given_at=application.applied_at,
            )
    Consent.objects.bulk_create(needed.values(), batch_size=2000)
    for application in applications:
        application.consent = needed[(application.person_id, application.opening.organisation_id)]


def _events(applications: Sequence[Application]) -> None:
    rows = []
    for application in applications:
        person = application.person.name
        rows.append(
            ApplicationEvent(application=application, at=application.applied_at, actor=person, to_state="submitted")
        )
        steps = STEPS[ApplicationState(application.state)]
        before = "submitted"
        for number, step in enumerate(steps, 1):
            at = application.applied_at + (application.changed_at - application.applied_at) * number / len(steps)
            actor = person if step in {"withdrawn", "accepted"} else application.opening.organisation.name
            rows.append(ApplicationEvent(application=application, at=at, actor=actor, from_state=before, to_state=step))
            before = step
    ApplicationEvent.objects.bulk_create(rows, batch_size=2000)


def _disclosures(applications: Sequence[Application]) -> None:
    Disclosure.objects.bulk_create(
        (
            Disclosure(
                person=application.person,
                at=application.applied_at,
                viewer=application.opening.organisation.name,
                organisation=application.opening.organisation,
                purpose=Purpose.SHARE_RESUME,
                ground=Ground.CONSENT,
                what="投递时的简历",
            )
            for application in applications
        ),
        batch_size=2000,
    )


def _hires(draw: CityDraw, applications: Sequence[Application], claimed_by: Account) -> None:
    """Employers claim; for about half a social-insurance fact of the same employer confirms."""
    for application in applications:
        if application.state != ApplicationState.ACCEPTED or draw.random.random() > 0.7:
            continue
        start = application.changed_at.date()
        fact = None
        if draw.random.random() < 0.55:
            month = start.replace(day=1)
            fact = Fact.objects.create(
                person=application.person,
                property=INSURED_BY.name,
                value=application.opening.organisation.credit_code,
                valid_from=month,
                known_from=draw.at,
                source=Source.DEPARTMENT,
                source_name="社会保险（示例）",
            )
        Hire.objects.create(
            application=application,
            start_date=start,
            claimed_by=claimed_by,
            claimed_at=application.changed_at,
            confirming_fact=fact,
            confirmed_at=draw.at if fact else None,
        )


def _conversation(applications: Sequence[Application], accounts: DemoAccounts) -> None:
    own = [a for a in applications if a.person.account_id == accounts.seeker.pk]
    for application in own[:2]:
        at: datetime = application.applied_at
        lines = ((True, "您好，请问最快什么时候可以到岗？"), (False, "您好，办完交接后两周可以到岗。"))
        for number, (is_from_employer, body) in enumerate(lines):
            Message.objects.create(
                application=application,
                sender=accounts.employer if is_from_employer else accounts.seeker,
                is_from_employer=is_from_employer,
                body=body,
                sent_at=at + timedelta(hours=number),
            )
