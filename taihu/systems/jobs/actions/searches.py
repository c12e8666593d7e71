"""Searches worth repeating, and the messages about what they newly find."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from taihu.records.audit.actions import record
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.identity.actions import notify, register_kind
from taihu.records.identity.models import Account
from taihu.systems.jobs.enums import AlertFrequency
from taihu.systems.jobs.models import SavedSearch
from taihu.systems.jobs.search import engine
from taihu.systems.jobs.search.criteria import parse

MOST_SEARCHES = 30
EVERY = {AlertFrequency.DAILY: timedelta(days=1), AlertFrequency.WEEKLY: timedelta(days=7)}
# The daily round does not start at the same second every day.
SLACK = timedelta(hours=1)

register_kind(
    "search_found",
    gettext_lazy("“%(title)s”有 %(count)s 个新岗位"),
    gettext_lazy("打开查看。不想再收到：%(stop)s"),
)


@transaction.atomic
def save_search(*, acting_user: Account, at: datetime, title: str, query: str, frequency: str) -> SavedSearch:
    """Keep a search; saving the same one again changes its title and frequency."""
    canonical = parse(QueryDict(query)).query_string(with_page=False)[:1000]
    mine = SavedSearch.objects.filter(account=acting_user)
    if not mine.filter(query=canonical).exists() and mine.count() >= MOST_SEARCHES:
        raise Refused("too_many_searches", _("最多保存 30 个搜索。"), _("请先删除不再需要的。"))
    search, _is_new = SavedSearch.objects.update_or_create(
        account=acting_user,
        query=canonical,
        defaults={"title": title, "frequency": frequency},
        create_defaults={
            "title": title,
            "frequency": frequency,
            "token": secrets.token_urlsafe(32),
            "created_at": at,
            "checked_at": at,
        },
    )
    record(at=at, action="search.saved", subject=search, acting_user=acting_user, data={"frequency": frequency})
    return search


@transaction.atomic
def change_search(*, acting_user: Account, at: datetime, search: SavedSearch, title: str, frequency: str) -> None:
    _check_owner(acting_user, search)
    search.title, search.frequency = title, frequency
    search.save(update_fields=["title", "frequency"])
    record(at=at, action="search.changed", subject=search, acting_user=acting_user, data={"frequency": frequency})


@transaction.atomic
def delete_search(*, acting_user: Account, at: datetime, search: SavedSearch) -> None:
    _check_owner(acting_user, search)
    record(at=at, action="search.deleted", subject=search, acting_user=acting_user)
    search.delete()


@transaction.atomic
def stop_alerts(*, at: datetime, search: SavedSearch) -> None:
    """By the token of a message: whoever received it may end it, without signing in."""
    search.frequency = AlertFrequency.NONE
    search.save(update_fields=["frequency"])
    record(at=at, action="search.alerts_stopped", subject=search)


def _check_owner(account: Account, search: SavedSearch) -> None:
    if search.account_id != account.pk:
        raise NotAllowed("not_your_search", _("这是别人保存的搜索。"))


def send_alerts(*, at: datetime) -> int:
    """Tell of what searches newly found since they were last looked at; return how many messages."""
    sent = 0
    for frequency, every in EVERY.items():
        due = SavedSearch.objects.filter(
            frequency=frequency, checked_at__lte=at - every + SLACK, account__is_active=True
        )
        for search in due.select_related("account").order_by("pk").iterator(chunk_size=500):
            sent += _look(search, at=at)
    return sent


@transaction.atomic
def _look(search: SavedSearch, *, at: datetime) -> bool:
    count = engine.count_newer(parse(QueryDict(search.query)), after=search.checked_at, at=at)
    claimed = SavedSearch.objects.filter(pk=search.pk, checked_at=search.checked_at).update(checked_at=at)
    if not claimed or not count:
        return False
    notify(
        account=search.account,
        kind="search_found",
        key=f"search_found:{search.pk}:{int(search.checked_at.timestamp())}",
        at=at,
        data={"title": search.title, "count": count, "stop": reverse("jobs:stop_alerts", args=[search.token])},
        path=f"{reverse('jobs:openings')}?{search.query}"[:200],
    )
    return True
