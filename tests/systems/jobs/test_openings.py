"""The life of an opening: what may be published, who may do it, and what the public sees of it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from factories import make_account, make_member, make_official, make_opening, make_organisation

from taihu.records.audit.models import AuditEntry
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.models import OutboxEvent
from taihu.records.identity.models import AgencyLicence
from taihu.systems.jobs.actions import openings as actions
from taihu.systems.jobs.actions.oversight import decide_complaint, decide_review, file_complaint
from taihu.systems.jobs.enums import ComplaintKind, ComplaintState, OpeningState
from taihu.systems.jobs.models import Opening
from taihu.systems.jobs.validators import OpeningFields

pytestmark = pytest.mark.django_db

FIELDS = OpeningFields(
    title="数控操作工",
    description="操作数控机床完成零件加工。",
    requirements="会看图纸。",
    occupation_code="6-18-01-07",
    area_code="320214",
    address="示例路 1 号",
    pay_min=600_000,
    pay_max=900_000,
)


def draft(at, **changes):
    organisation = make_organisation()
    recruiter = make_member(organisation)
    fields = replace(FIELDS, **changes)
    return recruiter, actions.create_opening(acting_user=recruiter, at=at, organisation=organisation, fields=fields)


def publish(recruiter, opening, at):
    return actions.publish_opening(acting_user=recruiter, at=at, opening=opening, valid_through=at + timedelta(days=30))


def test_a_clean_opening_is_published_and_listed(at):
    recruiter, opening = draft(at)

    publish(recruiter, opening, at)

    opening.refresh_from_db()
    assert (opening.state, opening.is_listed) == (OpeningState.PUBLISHED, True)
    assert OutboxEvent.objects.filter(name="jobs.opening_listed").count() == 1
    assert AuditEntry.objects.filter(action="opening.published").count() == 1


def test_a_stranger_can_not_publish_and_nothing_changes(at):
    _recruiter, opening = draft(at)

    with pytest.raises(NotAllowed):
        publish(make_account(), opening, at)

    opening.refresh_from_db()
    assert (opening.state, opening.is_listed) == (OpeningState.DRAFT, False)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"requirements": "限男性"}, "opening_unlawful"),
        ({"requirements": ""}, "opening_incomplete"),
        ({"pay_basis": "undisclosed", "pay_min": None, "pay_max": None}, "opening_incomplete"),
    ],
    ids=["unlawful text", "no conditions", "pay undisclosed"],
)
def test_what_the_law_forbids_is_not_published(at, changes, code):
    recruiter, opening = draft(at, **changes)

    with pytest.raises(Refused) as refused:
        publish(recruiter, opening, at)

    opening.refresh_from_db()
    assert (refused.value.code, opening.state, opening.is_listed) == (code, OpeningState.DRAFT, False)


def test_an_unverified_employer_can_not_publish(at):
    recruiter, opening = draft(at)
    opening.organisation.verified_until = at
    opening.organisation.save()

    with pytest.raises(Refused) as refused:
        publish(recruiter, opening, at)

    assert refused.value.code == "organisation_unverified"


def test_an_agency_whose_licence_ran_out_can_not_publish(at):
    recruiter, opening = draft(at)
    organisation = opening.organisation
    organisation.is_agency = True
    organisation.save()
    licence = AgencyLicence.objects.create(
        organisation=organisation, number="1", valid_until=at.date() - timedelta(days=1), services="中介", fees="免费",
        supervisor="示例局", supervisor_phone="0", updated_at=at,
    )  # fmt: skip

    with pytest.raises(Refused) as refused:
        publish(recruiter, opening, at)
    opening.refresh_from_db()
    assert (refused.value.code, opening.state) == ("agency_licence", OpeningState.DRAFT)

    licence.valid_until = at.date()
    licence.save()
    publish(recruiter, opening, at)
    assert opening.is_listed


def test_flagged_text_waits_for_an_officer_who_may_let_it_out(at):
    recruiter, opening = draft(at, requirements="年龄35岁以下")

    publish(recruiter, opening, at)
    assert (opening.state, opening.is_listed) == (OpeningState.REVIEW, False)

    review = opening.reviews.get()
    decide_review(acting_user=make_official(), at=at, review=review, is_approved=True, reason="未成年人保护岗位")

    opening.refresh_from_db()
    assert (opening.state, opening.is_listed) == (OpeningState.PUBLISHED, True)


def test_a_published_opening_that_is_changed_to_flagged_text_goes_back_to_review(at):
    recruiter, opening = draft(at)
    publish(recruiter, opening, at)

    changed = replace(FIELDS, requirements="35岁以下")
    actions.change_opening(acting_user=recruiter, at=at, opening=opening, fields=changed)

    opening.refresh_from_db()
    assert (opening.state, opening.is_listed) == (OpeningState.REVIEW, False)


def test_pause_hides_and_publishing_again_shows(at):
    recruiter, opening = draft(at)
    publish(recruiter, opening, at)

    actions.pause_opening(acting_user=recruiter, at=at, opening=opening)
    opening.refresh_from_db()
    assert not opening.is_listed

    publish(recruiter, opening, at)
    opening.refresh_from_db()
    assert opening.is_listed


def test_an_opening_past_its_date_expires(at):
    opening = make_opening()

    count = actions.expire_openings(at=at + timedelta(days=61))

    opening.refresh_from_db()
    assert (count, opening.state, opening.is_listed) == (1, OpeningState.EXPIRED, False)


def test_the_openings_of_an_employer_whose_verification_ran_out_are_hidden(at):
    """Worked case T14: six months and a day after the check."""
    opening = make_opening()
    later = at + timedelta(days=20)
    opening.organisation.verified_until = at + timedelta(days=10)
    opening.organisation.save()

    actions.refresh_organisation_listing(organisation=opening.organisation, at=later)

    opening.refresh_from_db()
    assert not opening.is_listed


def test_an_upheld_complaint_takes_the_opening_down_and_answers(at):
    opening = make_opening()
    complaint = file_complaint(at=at, opening=opening, kind=ComplaintKind.FEE, text="面试时要求交押金")

    decide_complaint(
        acting_user=make_official(),
        at=at,
        complaint=complaint,
        is_upheld=True,
        answer="情况属实",
        article="就业促进法第四十一条",
    )

    opening.refresh_from_db()
    complaint.refresh_from_db()
    assert (opening.state, opening.is_listed, complaint.state) == ("withdrawn", False, ComplaintState.UPHELD)
    assert opening.takedowns.get().complaint == complaint


def test_a_recruiter_can_not_decide_a_complaint_about_the_own_opening(at):
    opening = make_opening()
    complaint = file_complaint(at=at, opening=opening, kind=ComplaintKind.FEE, text="面试时要求交押金")

    with pytest.raises(NotAllowed):
        decide_complaint(
            acting_user=make_member(opening.organisation), at=at, complaint=complaint, is_upheld=False, answer="不属实"
        )

    complaint.refresh_from_db()
    assert complaint.state == ComplaintState.OPEN
    assert Opening.objects.get().is_listed


@pytest.mark.parametrize(
    "changes",
    [{"pay_min": 100}, {"pay_max": 100_000, "pay_min": 200_000}, {"headcount": 0}, {"title": " "}, {"pay_months": 0}],
)
def test_a_draft_with_impossible_values_is_refused(at, changes):
    organisation = make_organisation()

    with pytest.raises(Refused):
        actions.create_opening(
            acting_user=make_member(organisation), at=at, organisation=organisation, fields=replace(FIELDS, **changes)
        )

    assert not Opening.objects.exists()
