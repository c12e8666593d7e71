from datetime import UTC, datetime

import pytest
from django.core import mail

from taihu.records.base.events import deliver_all
from taihu.records.identity.actions import decide_verification, expire_verifications, give_consent, request_verification
from taihu.records.identity.enums import MemberRole, PaperKind, Purpose
from taihu.records.identity.models import Paper
from taihu.systems.jobs.models import Application
from tests.factories import make_account, make_member, make_official, make_opening, make_organisation, make_seeker

pytestmark = pytest.mark.django_db


def show_papers(organisation, at):
    for kind in (PaperKind.LICENCE, PaperKind.AGENT_ID):
        Paper.objects.create(
            organisation=organisation, kind=kind, file="x.pdf", name="x.pdf", content_type="pdf", digest="0" * 64,
            uploaded_by=make_account(), uploaded_at=at,
        )  # fmt: skip


def test_when_a_verification_ends_openings_are_hidden_and_all_are_told_until_it_is_renewed(at):
    """T14: six months and one day after the verification."""
    organisation = make_organisation(
        credit_code="91110000600037341L", verified_until=datetime(2026, 3, 9, 16, 0, tzinfo=UTC)
    )
    owner, opening = make_member(organisation, MemberRole.OWNER), make_opening(organisation=organisation)
    applicant = make_seeker().person
    consent = give_consent(
        acting_user=applicant.account, person=applicant, purpose=Purpose.SHARE_RESUME, recipient=organisation, at=at
    )
    Application.objects.create(
        opening=opening, person=applicant, consent=consent, applied_at=at, changed_at=at, answer_due_at=at
    )

    expire_verifications(at=at)
    deliver_all(at=at)

    opening.refresh_from_db()
    assert not opening.is_listed
    assert owner.notifications.get().kind == "identity.verification_expired"
    assert applicant.account.notifications.get().kind == "opening_hidden"
    assert sorted(letter.to[0] for letter in mail.outbox) == sorted([owner.email, applicant.account.email])

    show_papers(organisation, at)
    organisation.refresh_from_db()
    request = request_verification(acting_user=owner, organisation=organisation, at=at)
    decide_verification(acting_user=make_official(), verification=request, at=at, is_approved=True)
    deliver_all(at=at)

    opening.refresh_from_db()
    assert opening.is_listed
