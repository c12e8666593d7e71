"""The front page and the officer's desk put all rooms on one page."""

from datetime import timedelta

import pytest
from django.urls import reverse

from taihu.portal import navigation
from taihu.records.base.clock import now
from taihu.records.identity.enums import OrganisationState, Role
from taihu.records.identity.models import Verification
from taihu.systems.jobs.search import indexing
from taihu.systems.policies.enums import CallState, WindowShape
from taihu.systems.policies.models import Call
from tests.factories import make_account, make_member, make_official, make_organisation

pytestmark = pytest.mark.django_db


def make_verification(*, days: int) -> Verification:
    employer = make_organisation(verified=False, state=OrganisationState.PENDING)
    at = now()
    return Verification.objects.create(
        organisation=employer, requested_by=make_member(employer), requested_at=at, due_at=at + timedelta(days=days)
    )


def make_call(code: str, *, closes: int) -> Call:
    at = now()
    return Call.objects.create(
        code=code, title=f"通知 {code}", state=CallState.PUBLISHED, window=WindowShape.FIXED, published_at=at, created_at=at,
        office_unit=make_official().grants.get().unit, opens_at=at - timedelta(days=9), closes_at=at + timedelta(days=closes),
    )  # fmt: skip


def test_the_desk_counts_what_waits_and_what_is_late(client):
    make_verification(days=-1)
    soon = make_verification(days=2)
    client.force_login(make_official())

    page = client.get(reverse("desk"))

    queue = next(q for _label, queues in page.context["groups"] for q in queues if "verifications" in q.address)
    assert (queue.waiting, queue.late) == (2, 1)
    assert (page.context["waiting"], page.context["late"]) == (2, 1)
    assert queue.first_due < soon.due_at


@pytest.mark.parametrize("role", [Role.FINANCE, Role.AUDITOR, Role.CASEWORKER, Role.EXPERT])
def test_the_desk_is_closed_to_other_offices(client, role):
    client.force_login(make_official(role))

    assert client.get(reverse("desk")).status_code == 403


def test_the_desk_is_closed_to_members_and_visitors(client):
    assert client.get(reverse("desk")).status_code == 302
    client.force_login(make_account())
    assert client.get(reverse("desk")).status_code == 403


@pytest.mark.parametrize("role", list(Role))
def test_every_entry_of_a_workspace_opens_for_its_role(client, role):
    client.force_login(make_official(role))
    client.get(reverse("home_of_role"))
    names = [name for _heading, rows in navigation.WORK.get(role, ()) for name, _label, _icon in rows]

    refused = [name for name in names if client.get(reverse(name)).status_code != 200]

    assert refused == []


def test_the_front_page_shows_what_can_be_applied_for_and_when_it_closes(client):
    make_call("later", closes=9)
    make_call("first", closes=2)
    make_call("over", closes=-1)
    indexing.rebuild()

    page = client.get(reverse("front"))

    assert [call.code for call, _window in page.context["calls"]] == ["first", "later"]
    assert "通知 first" in page.content.decode()
    assert "通知 over" not in page.content.decode()
