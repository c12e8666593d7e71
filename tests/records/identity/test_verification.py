from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile

from taihu.records.audit.models import AuditEntry
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.events import deliver_all
from taihu.records.base.models import OutboxEvent
from taihu.records.identity.actions import (
    decide_verification,
    expire_verifications,
    register_organisation,
    request_verification,
    suspend_organisation,
    upload_paper,
)
from taihu.records.identity.enums import MemberRole, OrganisationState, PaperKind, VerificationState
from taihu.records.identity.models import Membership, Notification, Organisation, Paper, Verification
from taihu.records.identity.permissions import can_recruit_for
from taihu.records.identity.queries import verification_queue
from tests.factories import make_account, make_member, make_official, make_organisation

pytestmark = pytest.mark.django_db

CODE = "91110000600037341L"
OTHER_CODE = "91310000607337336X"


def make_paper(organisation, kind, at):
    return Paper.objects.create(
        organisation=organisation,
        kind=kind,
        file="x.pdf",
        name="x.pdf",
        content_type="pdf",
        digest="0" * 64,
        uploaded_by=make_account(),
        uploaded_at=at,
    )


def make_request(at, organisation=None):
    organisation = organisation or make_organisation(verified=False, credit_code=CODE)
    owner = make_member(organisation, MemberRole.OWNER)
    for kind in (PaperKind.LICENCE, PaperKind.AGENT_ID):
        make_paper(organisation, kind, at)
    return owner, request_verification(acting_user=owner, organisation=organisation, at=at)


def test_the_registering_account_owns_the_organisation(at):
    account = make_account()

    organisation = register_organisation(acting_user=account, at=at, credit_code=CODE, name="无锡示例有限公司")

    assert (organisation.state, organisation.credit_code) == (OrganisationState.UNVERIFIED, CODE)
    assert Membership.objects.get(organisation=organisation, account=account).role == MemberRole.OWNER


@pytest.mark.parametrize("code", ["91110000600037341X", "123", ""])
def test_a_wrong_credit_code_is_refused(at, code):
    with pytest.raises(Refused) as refused:
        register_organisation(acting_user=make_account(), at=at, credit_code=code, name="示例")

    assert refused.value.field == "credit_code"
    assert Organisation.objects.count() == 0


def test_a_credit_code_is_registered_once(at):
    make_organisation(credit_code=CODE)

    with pytest.raises(Refused, match="已经登记"):
        register_organisation(acting_user=make_account(), at=at, credit_code=CODE, name="示例")

    assert Organisation.objects.count() == 1


def test_a_branch_belongs_to_its_head_office_s_owner_and_its_recruiters_may_post_for_it(at):
    head = make_organisation()
    owner, recruiter, stranger = make_member(head, MemberRole.OWNER), make_member(head), make_account()
    with pytest.raises(NotAllowed):
        register_organisation(acting_user=stranger, at=at, credit_code=CODE, name="分公司", parent=head)

    branch = register_organisation(acting_user=owner, at=at, credit_code=CODE, name="分公司", parent=head)

    assert [can_recruit_for(account, branch) for account in (owner, recruiter, stranger)] == [True, True, False]
    assert not can_recruit_for(make_member(branch), head)


def test_papers_are_judged_by_what_they_are(at):
    organisation = make_organisation(verified=False)
    owner = make_member(organisation, MemberRole.OWNER)
    fields = {"acting_user": owner, "organisation": organisation, "at": at, "kind": PaperKind.LICENCE}

    with pytest.raises(Refused, match="类型"):
        upload_paper(upload=SimpleUploadedFile("licence.pdf", b"<html>"), **fields)
    assert Paper.objects.count() == 0

    paper = upload_paper(upload=SimpleUploadedFile("licence.html", b"%PDF-1.7 x"), **fields)
    with paper.file.open() as stored:
        assert (paper.content_type, stored.read()) == ("pdf", b"%PDF-1.7 x")
    paper.file.close()


def test_verification_needs_the_papers(at):
    organisation = make_organisation(verified=False, credit_code=CODE)

    with pytest.raises(Refused, match="营业执照"):
        request_verification(acting_user=make_member(organisation, MemberRole.OWNER), organisation=organisation, at=at)

    assert Verification.objects.count() == 0


def test_a_request_is_due_in_five_working_days_without_the_holidays(at):
    before_national_day = datetime(2026, 9, 24, 2, 0, tzinfo=UTC)

    _, verification = make_request(before_national_day)

    assert verification.due_at == datetime(2026, 10, 9, 16, 0, tzinfo=UTC)
    assert list(verification_queue()) == [verification]


def test_approval_holds_for_six_months_and_members_are_told(at):
    owner, verification = make_request(at)

    decide_verification(acting_user=make_official(), verification=verification, at=at, is_approved=True)

    organisation = Organisation.objects.get()
    assert organisation.state == OrganisationState.VERIFIED
    assert organisation.verified_until == datetime(2026, 9, 10, 16, 0, tzinfo=UTC)
    assert Notification.objects.get(account=owner).kind == "identity.verification_approved"


def test_refusal_needs_a_reason_and_tells_it(at):
    owner, verification = make_request(at)
    officer = make_official()
    with pytest.raises(Refused, match="原因"):
        decide_verification(acting_user=officer, verification=verification, at=at, is_approved=False)
    assert Organisation.objects.get().state == OrganisationState.PENDING

    decide_verification(acting_user=officer, verification=verification, at=at, is_approved=False, reason="执照看不清")
    deliver_all(at=at)

    assert Organisation.objects.get().state == OrganisationState.UNVERIFIED
    assert "执照看不清" in mail.outbox[0].body
    assert mail.outbox[0].to == [owner.email]


@pytest.mark.parametrize("who", ["owner", "anonymous officer of another kind", "officer who is a member"])
def test_only_an_officer_without_a_stake_decides(at, who):
    owner, verification = make_request(at)
    member_officer = make_official()
    Membership.objects.create(
        organisation=verification.organisation, account=member_officer, role=MemberRole.VIEWER, created_at=at
    )
    account = {"owner": owner, "officer who is a member": member_officer}.get(who, make_official("caseworker"))

    with pytest.raises(NotAllowed):
        decide_verification(acting_user=account, verification=verification, at=at, is_approved=True)

    verification.refresh_from_db()
    assert (verification.state, Notification.objects.count()) == (VerificationState.REQUESTED, 0)


def test_a_request_is_decided_once(at):
    _, verification = make_request(at)
    decide_verification(acting_user=make_official(), verification=verification, at=at, is_approved=True)

    with pytest.raises(Refused, match="已经有了结果"):
        decide_verification(
            acting_user=make_official(), verification=verification, at=at, is_approved=False, reason="x"
        )

    verification.refresh_from_db()
    assert verification.state == VerificationState.APPROVED


def test_a_verification_six_months_and_one_day_old_has_ended_and_the_members_are_told(at):
    approved_at = datetime(2025, 9, 9, 2, 0, tzinfo=UTC)
    owner, verification = make_request(approved_at)
    officer = make_official()
    officer.grants.update(active_from=approved_at)
    decide_verification(acting_user=officer, verification=verification, at=approved_at, is_approved=True)

    assert expire_verifications(at=at - timedelta(days=1)) == 0
    assert expire_verifications(at=at) == 1

    organisation = Organisation.objects.get()
    verification.refresh_from_db()
    assert (organisation.state, verification.state) == (OrganisationState.EXPIRED, VerificationState.EXPIRED)
    last = OutboxEvent.objects.filter(name="identity.organisation_state_changed").latest("pk")
    assert last.payload == {"organisation_id": organisation.pk, "state": "expired"}
    assert owner.notifications.filter(kind="identity.verification_expired").count() == 1


def test_ending_twice_changes_and_sends_nothing_more(at):
    organisation = make_organisation(verified_until=at)
    make_member(organisation)
    counts = []

    for _ in range(2):
        expire_verifications(at=at)
        counts.append((Notification.objects.count(), AuditEntry.objects.count(), OutboxEvent.objects.count()))

    assert counts[0] == counts[1]


@pytest.mark.parametrize(("days_left", "expected"), [(31, []), (30, ["30"]), (8, ["8"]), (7, ["7"]), (1, ["1"])])
def test_members_are_warned_thirty_and_seven_days_before_the_end(at, days_left, expected):
    account = make_member(make_organisation(verified_until=at + timedelta(days=days_left)))

    for _ in range(2):
        expire_verifications(at=at)

    assert [str(row.data["days"]) for row in account.notifications.all()] == expected


def test_viewers_and_former_members_are_not_told(at):
    organisation = make_organisation(verified_until=at)
    make_member(organisation, MemberRole.VIEWER)
    Membership.objects.filter(account=make_member(organisation)).update(ended_at=at)

    expire_verifications(at=at)

    assert Notification.objects.count() == 0


def test_suspension_is_an_officer_s_act_with_a_reason(at):
    organisation = make_organisation()
    with pytest.raises(NotAllowed):
        suspend_organisation(acting_user=make_member(organisation), organisation=organisation, at=at, reason="x")
    with pytest.raises(Refused):
        suspend_organisation(acting_user=make_official(), organisation=organisation, at=at, reason=" ")
    organisation.refresh_from_db()
    assert organisation.state == OrganisationState.VERIFIED

    suspend_organisation(acting_user=make_official(), organisation=organisation, at=at, reason="虚假招聘")

    organisation.refresh_from_db()
    assert organisation.state == OrganisationState.SUSPENDED
