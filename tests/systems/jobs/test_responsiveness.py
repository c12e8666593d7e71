"""How an employer answers, counted honestly."""

from datetime import timedelta

import pytest
from django.urls import reverse
from factories import AT, make_opening, make_organisation
from systems.jobs.people import apply_to

from taihu.systems.jobs.models import Application
from taihu.systems.jobs.queries.responsiveness import FEWEST_CASES, PERIOD, reply_rate

pytestmark = pytest.mark.django_db


def make_cases(organisation, *, answered=0, silent=0, waiting=0, at=AT):
    opening = make_opening(organisation=organisation)
    for number in range(answered + silent + waiting):
        application = apply_to(opening, at=at)
        if number < answered:
            values = {"state": "refused", "answered_at": at + timedelta(days=4)}
        elif number < answered + silent:
            values = {"state": "unanswered", "answered_at": at + timedelta(days=60)}
        else:
            values = {}
        Application.objects.filter(pk=application.pk).update(**values)


def test_the_systems_answer_is_no_answer_of_the_employer():
    organisation = make_organisation()
    make_cases(organisation, answered=3, silent=1, waiting=2)

    found = reply_rate([organisation.pk], at=AT + timedelta(days=1))

    assert (found.rate, found.cases, found.waiting, found.days) == (0.75, 4, 2, 4.0)


def test_without_cases_there_is_no_rate():
    organisation = make_organisation()
    make_cases(organisation, waiting=1)

    found = reply_rate([organisation.pk], at=AT)

    assert (found.rate, found.days, found.is_public) == (None, None, False)


def test_what_was_taken_back_before_any_answer_says_nothing():
    organisation = make_organisation()
    make_cases(organisation, waiting=1)
    Application.objects.update(state="withdrawn")

    found = reply_rate([organisation.pk], at=AT)

    assert (found.cases, found.waiting) == (0, 0)


def test_only_the_last_year_counts():
    organisation = make_organisation()
    make_cases(organisation, silent=1)

    assert reply_rate([organisation.pk], at=AT + PERIOD).cases == 0


def test_the_public_reads_it_only_with_enough_cases(client):
    few, many = make_organisation(), make_organisation()
    at = AT - timedelta(days=1)
    make_cases(few, answered=FEWEST_CASES - 1, at=at)
    make_cases(many, answered=FEWEST_CASES, at=at)
    Application.objects.update(applied_at=_recent(), answered_at=_recent() + timedelta(days=2))

    assert "答复率" not in client.get(reverse("jobs:employer", args=[few.pk])).content.decode()
    assert "答复率" in client.get(reverse("jobs:employer", args=[many.pk])).content.decode()


def _recent():
    from taihu.records.base.clock import now

    return now() - timedelta(days=5)
