"""What machines read: sitemap, feeds and the keyless API."""

from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from django.db import transaction
from django.urls import reverse
from factories import make_opening, make_organisation

from taihu.records.base.clock import now
from taihu.records.base.events import publish
from taihu.systems.jobs.events import OpeningListed, OpeningUnlisted
from taihu.systems.jobs.models import Opening
from taihu.systems.jobs.search import indexing

pytestmark = pytest.mark.django_db
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
ATOM = "{http://www.w3.org/2005/Atom}"


def listed(**fields):
    at = now()
    times = {"published_at": at, "refreshed_at": at, "valid_through": at + timedelta(days=30)}
    return make_opening(organisation=make_organisation(verified_until=at + timedelta(days=90)), **{**times, **fields})


def read_xml(response) -> ET.Element:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return ET.fromstring(content)


def test_robots_name_the_sitemap(client):
    assert "/sitemap.xml" in client.get(reverse("jobs:robots")).content.decode()


def test_the_sitemap_lists_open_openings_only(client):
    shown = listed()
    make_opening(published=False)

    index = read_xml(client.get(reverse("jobs:sitemap")))
    page = read_xml(client.get(reverse("jobs:sitemap_page", args=[1])))

    assert len(index.findall(f"{SITEMAP}sitemap")) == 1
    assert [url.text.endswith(f"/openings/{shown.pk}/") for url in page.iter(f"{SITEMAP}loc")] == [True]
    assert client.get(reverse("jobs:sitemap_page", args=[2])).status_code == 404


def test_the_feed_of_a_search_holds_what_the_search_finds(client):
    wanted = listed(title="焊工 <A&B> \x0b")
    listed(title="会计", description="账务", requirements="", occupation_code="")
    indexing.rebuild()

    feed = read_xml(client.get(reverse("jobs:atom"), {"q": "焊工"}))

    assert [entry.find(f"{ATOM}title").text.strip() for entry in feed.findall(f"{ATOM}entry")] == ["焊工 <A&B>"]
    assert feed.find(f"{ATOM}entry/{ATOM}id").text.endswith(f"/openings/{wanted.pk}/")


def test_the_job_feed_is_well_formed_and_holds_own_openings_only(client):
    own = listed(description="第一行 ]]> 第二行\x0b\x0c")
    listed(source="示例网", source_id="1")

    jobs = read_xml(client.get(reverse("jobs:job_feed"))).findall("job")

    assert [job.find("referencenumber").text for job in jobs] == [str(own.pk)]
    assert "第一行 ]]> 第二行" in jobs[0].find("description").text


def test_the_api_searches_like_the_page(client):
    wanted = listed(title="焊工", area_code="320214")
    listed(title="焊工", area_code="320205")
    indexing.rebuild()

    answer = client.get("/api/v1/openings", {"q": "焊工", "district": "320214"}).json()

    assert answer["total"] == 1
    assert [item["id"] for item in answer["items"]] == [wanted.pk]
    assert answer["facets"]["district"] == {"320214": 1, "320205": 1}


@pytest.mark.parametrize("count", [1, 3])
def test_a_search_by_api_costs_one_statement(client, count, django_assert_num_queries):
    for _ in range(count):
        listed()
    indexing.rebuild()

    with django_assert_num_queries(1):
        client.get("/api/v1/openings")


def test_the_api_shows_open_openings_only(client):
    shown, draft = listed(), make_opening(published=False)

    assert client.get(f"/api/v1/openings/{shown.pk}").json()["title"] == shown.title
    refused = client.get(f"/api/v1/openings/{draft.pk}")
    assert (refused.status_code, set(refused.json())) == (404, {"code", "message", "next_step"})


def test_changes_tell_what_to_keep_and_what_to_remove(client):
    kept, removed = listed(), listed()
    Opening.objects.filter(pk=removed.pk).update(is_listed=False)
    with transaction.atomic():
        publish(OpeningListed(opening_id=kept.pk), at=now())
        publish(OpeningUnlisted(opening_id=removed.pk, reason="closed"), at=now())

    answer = client.get("/api/v1/openings/changes").json()

    assert [(c["id"], c["opening"] is not None) for c in answer["changes"]] == [(kept.pk, True), (removed.pk, False)]
    assert client.get("/api/v1/openings/changes", {"since": answer["next"]}).json()["changes"] == []


def test_wrong_parameters_are_explained(client):
    answer = client.get("/api/v1/openings", {"page": "nine"})

    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid"
    assert client.get("/api/v1/taxonomy/nothing").status_code == 404


def test_code_lists_and_the_description_of_the_api_are_served(client):
    assert "area" in client.get("/api/v1/taxonomy").json()
    assert client.get("/api/v1/taxonomy/education_rank").json()[0]["code"] == "0"
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    assert {path for path in paths if "/employer/" not in path} == {
        "/api/v1/openings",
        "/api/v1/openings/changes",
        "/api/v1/openings/{number}",
        "/api/v1/suggestions",
        "/api/v1/taxonomy",
        "/api/v1/taxonomy/{name}",
    }


def test_an_unchanged_answer_is_not_sent_again(client):
    opening = listed()
    first = client.get(f"/api/v1/openings/{opening.pk}")

    again = client.get(f"/api/v1/openings/{opening.pk}", headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
