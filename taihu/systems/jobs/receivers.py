"""What the job market does when something happened. Thin: ids in, one action."""

from contextlib import suppress
from datetime import datetime, time, timedelta

from taihu.records.base.errors import Refused
from taihu.records.base.events import SLOW, handles
from taihu.records.base.schedules import schedule
from taihu.records.facts.events import FactsAdded
from taihu.records.facts.properties import INSURED_BY
from taihu.records.identity.enums import Purpose
from taihu.records.identity.events import ConsentChanged, OrganisationStateChanged
from taihu.records.identity.models import Organisation
from taihu.systems.jobs.actions import answers, invitations, offers, personal_data  # noqa: F401 - registers what is held of people
from taihu.systems.jobs.actions.fairness import audit_run
from taihu.systems.jobs.actions.hires import confirm_hires_of
from taihu.systems.jobs.actions.imports import perform_import
from taihu.systems.jobs.actions.openings import (
    expire_openings,
    refresh_organisation_listing,
    tell_of_review,
    tell_of_takedown,
    warn_of_ending,
)
from taihu.systems.jobs.actions.profiles import follow_matching_consent
from taihu.systems.jobs.actions.runs import perform_match, request_match
from taihu.systems.jobs.actions.searches import send_alerts
from taihu.systems.jobs.enums import RunState
from taihu.systems.jobs.events import (
    AnswersDue,
    ImportRequested,
    MatchFinished,
    MatchRequested,
    MatchScheduled,
    OpeningReviewed,
    OpeningsExpiryDue,
    OpeningTakenDown,
    OpeningUnlisted,
    SearchAlertsDue,
)
from taihu.systems.jobs.models import ImportBatch, MatchRun, Opening, Takedown

schedule("jobs.nightly_match", MatchScheduled, time_of_day=time(2, 30))
schedule("jobs.expire_openings", OpeningsExpiryDue, every=timedelta(minutes=5))
schedule("jobs.answers", AnswersDue, time_of_day=time(7, 0))
schedule("jobs.search_alerts", SearchAlertsDue, time_of_day=time(8, 0))


@handles(MatchScheduled)
def start_nightly_match(event: MatchScheduled, at: datetime) -> None:
    request_match(at=at, acting_user=None)


@handles(MatchRequested, lane=SLOW)
def match_city(event: MatchRequested, at: datetime) -> None:
    run = MatchRun.objects.get(pk=event.run_id)
    if run.state in {RunState.WAITING, RunState.RUNNING}:
        perform_match(run, at=at)


@handles(MatchFinished, lane=SLOW)
def audit_match(event: MatchFinished, at: datetime) -> None:
    """Every run is audited; one whose files are gone already was followed by a newer one."""
    run = MatchRun.objects.filter(pk=event.run_id).first()
    if run is not None:
        with suppress(Refused):
            audit_run(run=run, at=at)


@handles(OpeningsExpiryDue)
def expire(event: OpeningsExpiryDue, at: datetime) -> None:
    expire_openings(at=at)


@handles(AnswersDue)
def keep_answers_coming(event: AnswersDue, at: datetime) -> None:
    offers.expire_offers(at=at)
    invitations.expire_invitations(at=at)
    answers.remind_employers(at=at)
    warn_of_ending(at=at)
    answers.answer_overdue(at=at)


@handles(OpeningUnlisted)
def tell_applicants(event: OpeningUnlisted, at: datetime) -> None:
    opening = Opening.objects.select_related("organisation").filter(pk=event.opening_id).first()
    if opening is not None:
        answers.tell_applicants_of_end(opening=opening, reason=event.reason, at=at)


@handles(OpeningReviewed)
def tell_employer_of_review(event: OpeningReviewed, at: datetime) -> None:
    opening = Opening.objects.select_related("organisation").filter(pk=event.opening_id).first()
    if opening is not None:
        tell_of_review(opening=opening, is_approved=event.is_approved, at=at)


@handles(OpeningTakenDown)
def tell_employer_of_takedown(event: OpeningTakenDown, at: datetime) -> None:
    takedown = Takedown.objects.select_related("opening__organisation").filter(pk=event.takedown_id).first()
    if takedown is not None:
        tell_of_takedown(takedown=takedown, at=at)


@handles(OrganisationStateChanged)
def follow_verification(event: OrganisationStateChanged, at: datetime) -> None:
    """An employer that is no longer verified shows nothing; one that is again, shows what it had."""
    organisation = Organisation.objects.filter(pk=event.organisation_id).first()
    if organisation is not None:
        refresh_organisation_listing(organisation=organisation, at=at)


@handles(ConsentChanged)
def follow_consent(event: ConsentChanged, at: datetime) -> None:
    """Without consent to matching, no list of this person may be ordered by personal data."""
    if event.purpose == Purpose.MATCHING:
        follow_matching_consent(person_id=event.person_id, at=at)


@handles(FactsAdded)
def confirm_hires(event: FactsAdded, at: datetime) -> None:
    """Social insurance spoke: whoever was claimed as hired there is now confirmed."""
    if event.property_name == INSURED_BY.name:
        confirm_hires_of(fact_ids=event.fact_ids, at=at)


@handles(SearchAlertsDue, lane=SLOW)
def tell_of_new_openings(event: SearchAlertsDue, at: datetime) -> None:
    send_alerts(at=at)


@handles(ImportRequested, lane=SLOW)
def import_openings(event: ImportRequested, at: datetime) -> None:
    batch = ImportBatch.objects.filter(pk=event.batch_id).first()
    if batch is None:
        return
    try:
        perform_import(batch, at=at)
    except Refused as refused:
        # A file that cannot be read stays unreadable; another import that is running is a reason to come again.
        if refused.code == "import_running":
            raise
