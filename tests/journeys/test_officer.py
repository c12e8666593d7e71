"""An officer's morning: an employer to verify, a flagged posting, a complaint, the match, and the auditor behind it."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile

from taihu.records.audit.actions import verify
from taihu.records.base.clock import now
from taihu.records.base.events import deliver_all
from taihu.records.identity.enums import MemberRole, OrganisationState, PaperKind, Role
from taihu.records.identity.models import Organisation, Paper, Verification
from taihu.systems.jobs.actions.openings import create_opening, publish_opening
from taihu.systems.jobs.actions.oversight import file_complaint
from taihu.systems.jobs.enums import ComplaintKind, ComplaintState, OpeningState, RunState
from taihu.systems.jobs.models import Complaint, MatchRun, Opening
from taihu.systems.jobs.search import indexing
from taihu.systems.jobs.validators import OpeningFields
from tests.factories import make_member, make_official, make_opening, make_organisation, make_seeker

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)


@pytest.fixture
def officer():
    return make_official(Role.OFFICER)


def test_an_officer_reads_the_papers_and_verifies_an_employer(officer, open_browser, looks_right):
    at = now()
    employer = make_organisation(verified=False, state=OrganisationState.PENDING, credit_code="91320200MA0000109Y")
    owner = make_member(employer, MemberRole.OWNER)
    Paper.objects.create(
        organisation=employer, kind=PaperKind.LICENCE, file=ContentFile(PIXEL, name="licence.png"), name="执照.png",
        content_type="png", digest="0" * 64, uploaded_by=owner, uploaded_at=at,
    )  # fmt: skip
    Verification.objects.create(
        organisation=employer, requested_by=owner, requested_at=at, due_at=at + timedelta(days=3)
    )
    page = open_browser(officer)
    page.goto("/office/")
    page.click("main a:has-text('单位核验')")
    looks_right(page)
    page.click(f"main a:has-text('{employer.name}'):visible")
    with page.expect_download() as download:
        page.click("text=执照.png")
    page.get_by_label("通过", exact=True).check()
    page.get_by_label("理由").fill("执照与登记一致。")
    page.click("button:has-text('记录决定')")
    page.wait_for_selector("text=核验决定已记录")

    assert download.value.path().read_bytes() == PIXEL
    assert Organisation.objects.get(pk=employer.pk).state == OrganisationState.VERIFIED


def test_a_flagged_posting_waits_for_an_officer_and_goes_back_with_a_reason(officer, open_browser):
    at = now()
    employer = make_organisation(verified_until=at + timedelta(days=90))
    recruiter = make_member(employer)
    fields = OpeningFields(
        title="车工", description="操作数控车床。", requirements="有经验，35岁以下。", occupation_code="6-18-01-01",
        area_code="320214", address="示例路 1 号", headcount=2, pay_min=600_000, pay_max=900_000, education_rank=1,
    )  # fmt: skip
    opening = create_opening(acting_user=recruiter, at=at, organisation=employer, fields=fields)
    publish_opening(acting_user=recruiter, at=at, opening=opening, valid_through=at + timedelta(days=30))
    assert opening.state == OpeningState.REVIEW
    page = open_browser(officer, javascript=False)
    page.goto("/office/reviews/")
    page.click("main a:has-text('车工'):visible")
    assert page.locator("q:has-text('35岁以下')").count() == 1
    page.get_by_label("不通过").check()
    page.get_by_label("理由").fill("请删除年龄限制。")
    page.click("button:has-text('记录决定')")

    assert Opening.objects.get().state != OpeningState.PUBLISHED
    assert page.locator("text=审核决定已记录").count() == 1


def test_a_complaint_that_is_true_takes_the_opening_down_and_the_ticket_shows_the_answer(officer, open_browser):
    at = now()
    employer = make_organisation(verified_until=at + timedelta(days=90))
    opening = make_opening(organisation=employer, published_at=at, valid_through=at + timedelta(days=30))
    complaint = file_complaint(at=at, opening=opening, kind=ComplaintKind.FEE, text="面试后要求交押金三百元。")
    page = open_browser(officer, javascript=False)
    page.goto(f"/office/complaints/{complaint.pk}/")
    page.get_by_label("属实，下架岗位").check()
    page.get_by_label("答复").fill("情况属实，已下架。")
    page.click("button:has-text('答复并记录')")
    assert Complaint.objects.get().state == ComplaintState.OPEN, "an upheld complaint needs the article"
    page.get_by_label("依据的条款").fill("就业促进法第四十一条")
    page.click("button:has-text('答复并记录')")

    assert (Complaint.objects.get().state, Opening.objects.get().is_listed) == (ComplaintState.UPHELD, False)
    visitor = open_browser(javascript=False)
    visitor.goto(f"/complaints/{complaint.ticket}/")
    assert visitor.locator("text=情况属实，已下架。").count() == 1


def test_the_match_is_ordered_on_the_page_and_its_report_is_read_there(officer, open_browser, looks_right):
    at = now()
    employer = make_organisation(verified_until=at + timedelta(days=90))
    for _ in range(3):
        make_opening(organisation=employer, published_at=at, valid_through=at + timedelta(days=30))
        make_seeker()
    indexing.rebuild()
    page = open_browser(officer)
    page.goto("/office/matches/")
    page.click("main button[type=submit], main form button")
    page.wait_for_selector("text=匹配已排队")
    deliver_all(at=now())
    run = MatchRun.objects.get()
    page.goto(f"/office/matches/{run.pk}/")

    assert run.state == RunState.DONE
    assert page.locator("h2:has-text('证书')").count() == 1
    looks_right(page)


def test_an_auditor_verifies_the_chain_and_sees_nothing_else(open_browser):
    make_opening()
    auditor = make_official(Role.AUDITOR)
    file_complaint(at=now(), opening=Opening.objects.get(), kind=ComplaintKind.OTHER, text="看不懂这个岗位。")
    page = open_browser(auditor, javascript=False)
    page.goto("/office/audit/?verify=1")
    assert verify().is_intact
    assert page.locator("text=complaint.filed").count() >= 1

    answer = page.goto("/office/complaints/")

    assert answer.status in (403, 404) or "/office/complaints/" not in page.url
