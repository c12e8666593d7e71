"""A match of a small city, from rows to slates and back to words."""

import pytest
from factories import make_account, make_official, make_opening, make_seeker

from taihu.records.base.errors import NotAllowed
from taihu.records.identity.enums import Purpose
from taihu.records.identity.models import Consent
from taihu.systems.jobs.actions.runs import perform_match, request_match, verify_run
from taihu.systems.jobs.enums import RunState
from taihu.systems.jobs.models import HiddenOpening, MatchRun, PersonSlate
from taihu.systems.jobs.queries import explain_match, recommended_people, slate_for_person, why_not_offered

pytestmark = pytest.mark.django_db
OCCUPATION = "2-02-10-03"


def agree(person, at, *purposes):
    for purpose in purposes or (Purpose.MATCHING, Purpose.RECOMMEND):
        Consent.objects.create(person=person, purpose=purpose, text_version="1", given_at=at)


@pytest.fixture
def city(at):
    seekers = [
        make_seeker(skill_codes=["python", "java"], wanted_occupations=[OCCUPATION], pay_floor=1_000_000),
        make_seeker(skill_codes=["java"], wanted_occupations=[OCCUPATION], pay_floor=3_000_000),
        make_seeker(skill_codes=["python"], wanted_occupations=[OCCUPATION]),
    ]
    agree(seekers[0].person, at)
    agree(seekers[1].person, at)
    openings = [
        make_opening(skill_codes=["python"], occupation_code=OCCUPATION),
        make_opening(skill_codes=["java", "cpp"], occupation_code=OCCUPATION),
        make_opening(skill_codes=["python"], occupation_code=OCCUPATION, published=False),
    ]
    return seekers, openings


def run(at):
    return perform_match(request_match(at=at, acting_user=None), at=at)


def test_a_run_gives_slates_to_those_who_agreed_and_proves_itself(at, city):
    seekers, openings = city

    done = run(at)

    assert (done.state, done.people, done.openings) == (RunState.DONE, 2, 2)
    certificate = verify_run(done)
    assert certificate.valid
    assert certificate.objective == pytest.approx(done.objective)
    shown = {place.opening.pk for place in slate_for_person(seekers[0].person, at)}
    assert shown == {openings[0].pk, openings[1].pk}
    assert slate_for_person(seekers[2].person, at) == []


def test_pay_below_the_floor_is_never_offered_and_the_reason_is_named(at, city):
    seekers, openings = city

    run(at)

    assert slate_for_person(seekers[1].person, at) == []
    assert why_not_offered(seekers[1].person, openings[0]) != []


def test_the_explanation_names_facts_that_fit_and_facts_that_miss(at, city):
    seekers, openings = city
    run(at)

    told = explain_match(seekers[0].person, openings[1])

    assert "Java" in [text for _group, text in told.fits]
    assert "C++" in [text for _group, text in told.missing]
    assert told.broken == []


def test_people_are_recommended_to_openings_only_with_their_consent(at, city):
    seekers, openings = city
    run(at)

    assert [found.person.pk for found in recommended_people(openings[0])] == [seekers[0].person_id]
    Consent.objects.filter(person=seekers[0].person, purpose=Purpose.RECOMMEND).update(withdrawn_at=at)

    assert recommended_people(openings[0]) == []


def test_a_hidden_opening_leaves_the_slate_at_once(at, city):
    seekers, openings = city
    run(at)

    HiddenOpening.objects.create(person=seekers[0].person, opening=openings[0], reason="pay", hidden_at=at)

    assert [place.opening.pk for place in slate_for_person(seekers[0].person, at)] == [openings[1].pk]


def test_the_same_city_gives_the_same_slates(at, city):
    run(at)
    first = {row.person_id: bytes(row.openings) for row in PersonSlate.objects.all()}

    second_run = run(at)

    second = {row.person_id: bytes(row.openings) for row in PersonSlate.objects.filter(run=second_run)}
    assert second == first


def test_only_an_officer_may_ask_for_a_match(at):
    with pytest.raises(NotAllowed):
        request_match(at=at, acting_user=make_account())

    assert not MatchRun.objects.exists()
    assert request_match(at=at, acting_user=make_official()).state == RunState.WAITING


def test_an_empty_city_is_matched_too(at):
    done = run(at)

    assert (done.state, done.people, done.openings, done.objective) == (RunState.DONE, 0, 0, 0.0)


def test_a_slate_costs_the_same_number_of_statements_for_one_and_three(at, city, django_assert_num_queries):
    seekers, _openings = city
    make_opening(skill_codes=["python"], occupation_code=OCCUPATION)
    run(at)

    with django_assert_num_queries(3):
        assert len(slate_for_person(seekers[0].person, at)) == 3
