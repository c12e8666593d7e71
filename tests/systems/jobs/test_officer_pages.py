"""The officer's pages: the way in, the queues, and what a decision changes."""

from datetime import timedelta

import pytest
from django.urls import reverse
from factories import make_account, make_member, make_official, make_opening

from taihu.records.audit.models import AuditEntry
from taihu.records.base.clock import city_date, now
from taihu.records.identity.enums import Role
from taihu.records.taxonomy.actions import load_taxonomy
from taihu.records.taxonomy.models import DatedList
from taihu.systems.jobs.actions.oversight import file_complaint
from taihu.systems.jobs.enums import ComplaintKind, OpeningState
from taihu.systems.jobs.models import MatchRun, OpeningReview
from taihu.systems.jobs.queries.ratio import ratios
from taihu.systems.jobs.search import indexing

pytestmark = pytest.mark.django_db

PAGES = [
    "office_verifications", "office_reviews", "office_complaints", "office_takedowns", "office_runs", "office_supply", "office_audit",
]  # fmt: skip


@pytest.fixture
def officer(client):
    account = make_official()
    client.force_login(account)
    return account


@pytest.mark.parametrize("name", PAGES)
def test_an_officer_sees_the_page(client, officer, name):
    assert client.get(reverse(f"jobs:{name}")).status_code == 200


@pytest.mark.parametrize("name", PAGES)
def test_others_do_not(client, name):
    address = reverse(f"jobs:{name}")

    anonymous = client.get(address)
    client.force_login(make_account())
    stranger = client.get(address)

    assert (anonymous.status_code, stranger.status_code) == (302, 403)


def test_an_auditor_verifies_the_chain_of_the_audit_log(client):
    client.force_login(make_official(Role.AUDITOR))

    assert client.get(reverse("jobs:office_audit"), {"verify": "1"}).context["report"].is_intact


def test_an_upheld_complaint_takes_the_opening_down(client, officer, at):
    opening = make_opening()
    complaint = file_complaint(at=at, opening=opening, kind=ComplaintKind.FRAUD, text="要求先转账")
    answer = {"decision": "approve", "answer": "情况属实", "article": "人力资源市场暂行条例第二十四条"}

    response = client.post(reverse("jobs:office_complaint", args=[complaint.pk]), answer)

    opening.refresh_from_db()
    assert (response.status_code, opening.state) == (302, OpeningState.WITHDRAWN)


def test_a_member_of_an_employer_can_not_decide(client, at):
    opening = make_opening()
    complaint = file_complaint(at=at, opening=opening, kind=ComplaintKind.FRAUD, text="要求先转账")
    client.force_login(make_member(opening.organisation))
    rows = AuditEntry.objects.count()

    response = client.post(
        reverse("jobs:office_complaint", args=[complaint.pk]), {"decision": "refuse", "answer": "不属实"}
    )

    complaint.refresh_from_db()
    assert (response.status_code, complaint.state, AuditEntry.objects.count()) == (403, "open", rows)


def test_an_upheld_complaint_without_article_is_an_error_of_the_form(client, officer, at):
    opening = make_opening()
    complaint = file_complaint(at=at, opening=opening, kind=ComplaintKind.FRAUD, text="要求先转账")

    response = client.post(
        reverse("jobs:office_complaint", args=[complaint.pk]), {"decision": "approve", "answer": "属实"}
    )

    opening.refresh_from_db()
    assert (response.status_code, opening.state) == (200, OpeningState.PUBLISHED)
    assert "article" in response.context["form"].errors


def test_a_flagged_opening_is_let_out_or_sent_back(client, officer, at):
    opening = make_opening(published=False, state=OpeningState.REVIEW)
    review = OpeningReview.objects.create(opening=opening, requested_at=at, due_at=at)

    client.post(reverse("jobs:office_review", args=[review.pk]), {"decision": "refuse", "reason": "请删除年龄限制"})

    opening.refresh_from_db()
    review.refresh_from_db()
    assert (opening.state, review.is_approved) == (OpeningState.DRAFT, False)


def test_only_an_officer_is_led_from_an_opening_to_taking_it_down(client, officer):
    opening = make_opening()
    indexing.rebuild()
    page, way = reverse("jobs:opening", args=[opening.pk]), reverse("jobs:office_take_down", args=[opening.pk])

    shown = client.get(page).content.decode()
    client.logout()

    assert way in shown
    assert way not in client.get(page).content.decode()


def test_an_officer_may_ask_for_a_match(client, officer):
    response = client.post(reverse("jobs:office_runs"), {"mu": "0.05", "sweeps": "3"})

    run = MatchRun.objects.get()
    assert (response.status_code, run.parameters["mu"], run.requested_by) == (302, 0.05, officer)
    assert client.get(reverse("jobs:office_run", args=[run.pk])).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_the_review_queue_costs_the_same_for_one_and_three(client, officer, at, count, django_assert_num_queries):
    for _ in range(count):
        OpeningReview.objects.create(opening=make_opening(), requested_at=at, due_at=at)

    with django_assert_num_queries(8):
        client.get(reverse("jobs:office_reviews"))


def test_the_ratio_agrees_with_the_published_check_value():
    """Wuxi is one of some hundred reporting cities; national figures of the 4th quarter of 2017: 433.7 / 354.2."""
    _rows, total = ratios({"all": 4_337_000}, {"all": 3_542_000})

    assert round(total.ratio, 2) == 1.22


def test_shortage_occupations_are_marked_where_a_catalogue_is_in_force(client, officer):
    make_opening(occupation_code="2-02-38-09", published_at=now() - timedelta(days=1), valid_through=None)
    address = reverse("jobs:office_supply")
    assert "紧缺" not in client.get(address).content.decode()
    load_taxonomy(at=now())
    DatedList.objects.filter(kind="shortage").update(active_from=city_date(now()), active_to=None)

    page = client.get(address).content.decode()

    assert "模拟芯片设计工程师" in page
    assert "示例，不是正式目录" in page
