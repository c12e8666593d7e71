"""A caseworker acts for a person who agreed, visibly so, and no longer than agreed."""

import pytest
from django.urls import reverse
from factories import make_account, make_official, make_seeker

from taihu.records.audit.models import AuditEntry
from taihu.records.base.clock import now
from taihu.records.identity.enums import MandateState, Role
from taihu.records.identity.models import Mandate, Notification
from taihu.systems.jobs.models import Resume

pytestmark = pytest.mark.django_db

HOME = "jobs:caseworker_home"


@pytest.fixture
def caseworker(client):
    account = make_official(Role.CASEWORKER)
    client.force_login(account)
    return account


def mandate(person, caseworker, state=MandateState.ACTIVE):
    return Mandate.objects.create(
        person=person, caseworker=caseworker, state=state, requested_at=now(), active_from=now()
    )


def test_acting_is_shown_written_down_and_told(client, caseworker):
    person = make_seeker().person
    mandate(person, caseworker)

    for _ in range(2):
        client.post(reverse("jobs:act_for", args=[person.pk]))
    page = client.get(reverse("jobs:my_matches")).content.decode()
    client.post(
        reverse("jobs:resume_new"),
        {
            "title": "代写", "name": person.name,
            "work-TOTAL_FORMS": 0, "work-INITIAL_FORMS": 0, "education-TOTAL_FORMS": 0, "education-INITIAL_FORMS": 0,
        },
    )  # fmt: skip

    assert f"代 {person} 办理" in page
    assert Resume.objects.get().person == person
    assert AuditEntry.objects.get(action="resume.saved").on_behalf_of == str(person)
    assert Notification.objects.filter(account=person.account, kind="caseworker_began").count() == 1
    assert str(person) in client.get(reverse(HOME)).content.decode()


@pytest.mark.parametrize("state", [MandateState.REQUESTED, MandateState.ENDED, None])
def test_without_an_active_mandate_there_is_no_acting(client, caseworker, state):
    person = make_seeker().person
    if state:
        mandate(person, caseworker, state)

    response = client.post(reverse("jobs:act_for", args=[person.pk]))

    assert (response.status_code, "acting_for" in client.session) == (403, False)
    assert not AuditEntry.objects.filter(action="caseworker.began").exists()


def test_a_mandate_that_ended_ends_the_acting_at_once(client, caseworker):
    person = make_seeker().person
    held = mandate(person, caseworker)
    client.post(reverse("jobs:act_for", args=[person.pk]))

    held.state = MandateState.ENDED
    held.save()
    page = client.get(reverse("jobs:resumes")).content.decode()

    assert f"代 {person} 办理" not in page
    assert "acting_for" not in client.session


def test_the_caseworker_turns_away_again(client, caseworker):
    person = make_seeker().person
    mandate(person, caseworker)
    client.post(reverse("jobs:act_for", args=[person.pk]))

    client.post(reverse("jobs:act_for_end"))

    assert f"代 {person} 办理" not in client.get(reverse("jobs:resumes")).content.decode()


@pytest.mark.parametrize("is_known", [True, False])
def test_asking_for_a_mandate_does_not_tell_who_is_registered(client, caseworker, is_known):
    person = make_seeker().person
    contact = person.account.email if is_known else "nobody@example.test"

    response = client.post(reverse(HOME), {"contact": contact}, follow=True)

    assert "如果登记过这个联系方式" in response.content.decode()
    assert Mandate.objects.filter(person=person, state=MandateState.REQUESTED).count() == is_known


@pytest.mark.parametrize("who", ["anonymous", "stranger"])
def test_others_have_no_desk(client, who):
    if who == "stranger":
        client.force_login(make_account())

    assert client.get(reverse(HOME)).status_code == (302 if who == "anonymous" else 403)
