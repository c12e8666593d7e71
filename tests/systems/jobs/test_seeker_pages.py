"""A person's own pages: matches, profile, applying."""

from datetime import timedelta

import pytest
from django.urls import reverse
from factories import make_account, make_opening, make_organisation, make_person, make_seeker
from systems.jobs.people import make_case

from taihu.records.base.clock import now
from taihu.records.identity.models import Disclosure
from taihu.systems.jobs.actions.interviews import offer_interview
from taihu.systems.jobs.actions.profiles import resume_from_profile
from taihu.systems.jobs.models import Application, HiddenOpening, Profile

pytestmark = pytest.mark.django_db


@pytest.fixture
def seeker(client):
    profile = make_seeker(skill_codes=["python"])
    client.force_login(profile.person.account)
    return profile


def listed():
    at = now()
    organisation = make_organisation(verified_until=at + timedelta(days=90))
    return make_opening(organisation=organisation, published_at=at, valid_through=at + timedelta(days=30))


@pytest.mark.parametrize("name", ["my_matches", "profile", "applications"])
def test_own_pages_open_for_the_person_and_not_for_strangers_to_sign_in(client, name):
    address = reverse(f"jobs:{name}")
    assert client.get(address).status_code == 302

    client.force_login(make_seeker().person.account)
    assert client.get(address).status_code == 200


def test_a_new_account_starts_with_the_profile(client):
    client.force_login(make_account())

    assert client.get(reverse("jobs:my_matches")).url == reverse("jobs:profile")


def test_the_profile_is_kept_as_codes(client, seeker):
    data = {
        "education_rank": "4", "experience_0": "3", "skill_codes": "Python、Java", "wanted_occupations": "计算机软件工程技术人员",
        "pay_floor": "8000", "is_looking": "on", "wanted_areas": ["320214"],
    }  # fmt: skip

    response = client.post(reverse("jobs:profile"), data)

    profile = Profile.objects.get()
    assert response.status_code == 302
    assert (profile.skill_codes, profile.pay_floor, profile.experience_months) == (["java", "python"], 800_000, 36)


def test_an_unknown_skill_is_an_error_of_the_field_and_nothing_is_saved(client, seeker):
    data = {
        "education_rank": "4",
        "experience_0": "3",
        "skill_codes": "㐀㐁㐂",
        "wanted_occupations": "护士",
        "pay_floor": "0",
    }

    response = client.post(reverse("jobs:profile"), data)

    assert "skill_codes" in response.context["form"].errors
    assert Profile.objects.get().skill_codes == ["python"]


def test_years_and_months_of_experience_are_shown_as_they_were_written(client, seeker):
    data = {
        "education_rank": "4",
        "experience_0": "1",
        "experience_1": "8",
        "wanted_occupations": "护士",
        "pay_floor": "0",
    }

    client.post(reverse("jobs:profile"), data)
    form = client.get(reverse("jobs:profile")).context["form"]

    assert Profile.objects.get().experience_months == 20
    assert [widget["value"] for widget in form["experience"].subwidgets[0].data["subwidgets"]] == ["1", "8"]


def test_aliases_of_skills_and_certificates_are_understood_without_scripts(client, seeker):
    data = {
        "education_rank": "4", "experience_0": "3", "skill_codes": "JS", "certificate_codes": "注会",
        "wanted_occupations": "车工", "pay_floor": "0",
    }  # fmt: skip

    client.post(reverse("jobs:profile"), data)

    profile = Profile.objects.get()
    assert (profile.skill_codes, profile.certificate_codes) == (["javascript"], ["cpa"])
    assert profile.wanted_occupations == ["6-18-01-01"]


def test_applying_asks_for_consent_and_logs_the_hand_over(client, seeker):
    opening = listed()
    address = reverse("jobs:apply", args=[opening.pk])
    client.get(address)
    resume = seeker.person.resumes.get()

    client.post(address, {"resume": resume.pk, "birth_date": "1990-05-01"})
    assert not Application.objects.exists()

    client.post(address, {"resume": resume.pk, "agrees": "on", "birth_date": "1990-05-01"})
    application = Application.objects.get()
    assert application.consent.recipient == opening.organisation
    assert Disclosure.objects.filter(person=seeker.person, organisation=opening.organisation).exists()


def test_nobody_reads_or_moves_another_persons_application(client, seeker):
    opening = listed()
    resume = resume_from_profile(acting_user=seeker.person.account, at=now(), person=seeker.person)
    client.post(
        reverse("jobs:apply", args=[opening.pk]), {"resume": resume.pk, "agrees": "on", "birth_date": "1990-05-01"}
    )
    application = Application.objects.get()
    address = reverse("jobs:application", args=[application.pk])
    assert client.get(address).status_code == 200

    client.force_login(make_person().account)
    assert client.get(address).status_code == 404
    assert client.post(address, {"do": "withdraw"}).status_code == 404
    application.refresh_from_db()
    assert application.state == "submitted"


def test_a_hidden_opening_is_kept_with_its_reason(client, seeker):
    opening = listed()

    client.post(reverse("jobs:hide", args=[opening.pk]), {"reason": "pay"})

    assert HiddenOpening.objects.get().reason == "pay"


def test_the_order_without_personal_data_is_one_switch(client, seeker):
    client.post(reverse("jobs:switch_order"), {"personalised": "0"})

    seeker.refresh_from_db()
    assert not seeker.is_personalised
    assert client.get(reverse("jobs:my_matches")).status_code == 200


def test_nobody_under_sixteen_applies(client, seeker):
    opening = listed()
    address = reverse("jobs:apply", args=[opening.pk])
    client.get(address)
    young = (now() - timedelta(days=15 * 365)).date().isoformat()

    response = client.post(address, {"resume": seeker.person.resumes.get().pk, "agrees": "on", "birth_date": young})

    seeker.person.refresh_from_db()
    assert (response.status_code, seeker.person.birth_date) == (200, None)
    assert not Application.objects.exists()


def test_a_person_calls_an_interview_off_and_the_application_goes_on(client):
    at = now()
    application, account, recruiter = make_case(
        at=at, organisation=listed().organisation, valid_through=at + timedelta(9)
    )
    times = [(at + timedelta(days=2), at + timedelta(days=2, hours=1))]
    interview = offer_interview(
        acting_user=recruiter, application=application, mode="phone", place="0510", times=times, at=at
    )
    address = reverse("jobs:application", args=[application.pk])
    order = {"do": "cancel_interview", "interview": interview.pk}

    client.force_login(make_person().account)
    assert client.post(address, order).status_code == 404
    interview.refresh_from_db()
    assert interview.cancelled_at is None
    client.force_login(account)
    client.post(address, order)

    interview.refresh_from_db()
    application.refresh_from_db()
    assert (interview.cancelled_at is not None, application.state) == (True, "interview")
