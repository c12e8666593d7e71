"""Saved searches belong to one account, tell of new openings once, and stop at one press."""

from datetime import timedelta

import pytest
from django.urls import reverse
from factories import AT, make_account, make_opening

from taihu.records.identity.models import Notification
from taihu.systems.jobs.actions.searches import save_search, send_alerts
from taihu.systems.jobs.enums import AlertFrequency
from taihu.systems.jobs.models import SavedSearch
from taihu.systems.jobs.search import indexing

pytestmark = pytest.mark.django_db


def make_search(account, **fields):
    values = {"title": "焊工", "query": "q=焊工", "frequency": AlertFrequency.DAILY, "at": AT, **fields}
    return save_search(acting_user=account, **values)


def test_a_search_is_saved_from_the_results_page(client):
    account = make_account()
    client.force_login(account)

    assert client.get(reverse("jobs:save_search") + "?q=焊工&type=full").status_code == 200
    answer = client.post(reverse("jobs:save_search") + "?type=full&q=焊工", {"title": "焊工", "frequency": "weekly"})

    assert answer.status_code == 302
    saved = SavedSearch.objects.get(account=account)
    assert (saved.query, saved.frequency) == ("q=%E7%84%8A%E5%B7%A5&type=full", "weekly")
    assert "焊工" in client.get(reverse("jobs:saved_searches")).content.decode()


def test_saving_twice_keeps_one():
    account = make_account()
    make_search(account)

    make_search(account, query="order=relevance&q=焊工", title="焊工 2")

    assert list(SavedSearch.objects.values_list("title", flat=True)) == ["焊工 2"]


@pytest.mark.parametrize(("name", "who", "status"), [
    ("jobs:saved_search", "other", 404),
    ("jobs:delete_search", "other", 404),
    ("jobs:saved_search", "anonymous", 302),
    ("jobs:delete_search", "anonymous", 302),
])  # fmt: skip
def test_others_cannot_touch_a_search(client, name, who, status):
    search = make_search(make_account())
    if who == "other":
        client.force_login(make_account())

    answer = client.post(reverse(name, args=[search.pk]), {"title": "x", "frequency": "none"})

    assert answer.status_code == status
    assert SavedSearch.objects.get(pk=search.pk).title == "焊工"


def test_the_owner_changes_and_deletes(client):
    account = make_account()
    search = make_search(account)
    client.force_login(account)

    client.post(reverse("jobs:saved_search", args=[search.pk]), {"title": "电焊", "frequency": "none"})
    search.refresh_from_db()
    assert (search.title, search.frequency) == ("电焊", "none")
    client.post(reverse("jobs:delete_search", args=[search.pk]))
    assert not SavedSearch.objects.exists()


def test_a_daily_search_tells_once_of_what_is_new():
    search = make_search(make_account())
    make_opening(title="焊工", published_at=AT - timedelta(hours=2))
    make_opening(title="焊工", published_at=AT + timedelta(hours=2))
    make_opening(
        title="会计", published_at=AT + timedelta(hours=2), description="", requirements="", occupation_code=""
    )
    indexing.rebuild()

    assert send_alerts(at=AT + timedelta(hours=3)) == 0
    assert send_alerts(at=AT + timedelta(days=1)) == 1
    assert send_alerts(at=AT + timedelta(days=1)) == 0
    assert send_alerts(at=AT + timedelta(days=2)) == 0
    told = Notification.objects.get()
    assert (told.account_id, told.data["count"]) == (search.account_id, 1)


def test_one_press_without_signing_in_ends_the_messages(client):
    search = make_search(make_account())
    address = reverse("jobs:stop_alerts", args=[search.token])

    client.get(address)
    search.refresh_from_db()
    assert search.frequency == AlertFrequency.DAILY
    assert client.post(address).status_code == 200
    search.refresh_from_db()
    assert search.frequency == AlertFrequency.NONE
    assert client.post(reverse("jobs:stop_alerts", args=["wrong"])).status_code == 404
