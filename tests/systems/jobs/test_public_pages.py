"""What everybody may read, and what only the right person may."""

import json
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from factories import make_account, make_opening, make_organisation

from taihu.records.base.clock import now
from taihu.systems.jobs.models import Complaint
from taihu.systems.jobs.search import indexing

pytestmark = pytest.mark.django_db


def listed(**fields):
    at = now()
    times = {"published_at": at, "refreshed_at": at, "valid_through": at + timedelta(days=30)}
    organisation = fields.pop("organisation", None) or make_organisation(verified_until=at + timedelta(days=90))
    return make_opening(organisation=organisation, **{**times, **fields})


def test_the_front_page_invites_a_search(client):
    listed(title="数控操作工")
    indexing.rebuild()

    page = client.get(reverse("front"))

    assert page.status_code == 200
    assert "数控操作工" in page.content.decode()


@pytest.mark.parametrize("word", ["软件", "軟體", "software"])
def test_three_spellings_find_the_same_opening(client, word):
    opening = listed(title="软件工程师")
    listed(title="护士", description="病区护理", requirements="护士执业证", occupation_code="2-05-08-01")
    indexing.rebuild()

    page = client.get(reverse("jobs:openings"), {"q": word})

    assert [row.url for row in page.context["rows"]] == [reverse("jobs:opening", args=[opening.pk])]


def test_nothing_found_says_what_to_drop(client):
    listed(title="软件工程师", area_code="320214")
    indexing.rebuild()

    page = client.get(reverse("jobs:openings"), {"q": "软件", "district": "320282"})

    assert page.context["total"] == 0
    assert page.context["suggestions"]


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_costs_the_same_number_of_statements_for_one_and_three(client, count, django_assert_num_queries):
    for _ in range(count):
        listed()
    indexing.rebuild()

    with django_assert_num_queries(1):
        client.get(reverse("jobs:openings"))


def test_an_open_opening_carries_a_complete_job_posting(client):
    opening = listed(title="<b>软件</b>工程师")

    html = client.get(reverse("jobs:opening", args=[opening.pk])).content.decode()

    data = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)[1])
    assert data["title"] == opening.title
    assert data["hiringOrganization"]["name"] == opening.organisation.name
    assert data["baseSalary"]["value"]["minValue"] == opening.pay_min / 100
    assert {"description", "datePosted", "validThrough", "jobLocation", "employmentType"} <= data.keys()


def test_an_expired_opening_is_gone_and_carries_no_markup(client):
    opening = listed(valid_through=now() - timedelta(days=1))

    page = client.get(reverse("jobs:opening", args=[opening.pk]))

    assert page.status_code == 410
    assert "ld+json" not in page.content.decode()


def test_a_draft_is_shown_to_nobody_else(client):
    opening = make_opening(published=False)
    client.force_login(make_account())

    assert client.get(reverse("jobs:opening", args=[opening.pk])).status_code == 404


def test_anybody_may_complain_and_follow_the_answer(client):
    opening = listed()

    answer = client.post(reverse("jobs:complain", args=[opening.pk]), {"kind": "fee", "text": "面试要求交押金"})

    complaint = Complaint.objects.get()
    assert answer.url == reverse("jobs:complaint", args=[complaint.ticket])
    assert client.get(answer.url).status_code == 200


@pytest.mark.parametrize("name", ["jobs:algorithm", "front", "jobs:openings"])
def test_public_pages_have_a_strict_policy_and_no_inline_code(client, name):
    indexing.rebuild()

    page = client.get(reverse(name))

    html = page.content.decode()
    assert "'unsafe-inline'" not in page.headers["Content-Security-Policy"]
    assert not re.search(r"<[^>]+\s(style|on[a-z]+)=", html)
