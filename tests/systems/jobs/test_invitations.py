"""Recommended people: what the employer sees of them, inviting, declining, hiding."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from factories import make_member, make_opening, make_organisation, make_person, make_seeker
from systems.jobs.people import ADULT, make_resume
from systems.jobs.test_match_run import OCCUPATION, agree, run

from taihu.records.base.clock import now
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.identity.actions.erasure import data_holders
from taihu.records.identity.enums import Purpose
from taihu.records.identity.models import Consent, Notification
from taihu.systems.jobs.actions.applications import apply
from taihu.systems.jobs.actions.invitations import (
    ANSWER_INVITATION_WITHIN,
    candidate_code,
    decline_invitation,
    expire_invitations,
    hide_person,
    invite,
)
from taihu.systems.jobs.models import Application, HiddenPerson, Invitation
from taihu.systems.jobs.queries import recommended_people

pytestmark = pytest.mark.django_db


def market(at, **profile):
    """One person matched with one opening, and the recruiter."""
    organisation = make_organisation(verified_until=at + timedelta(days=90))
    opening = make_opening(
        organisation=organisation,
        skill_codes=["python", "java"],
        occupation_code=OCCUPATION,
        published_at=at,
        valid_through=at + timedelta(days=30),
    )
    person = make_person(name="林晓舟", birth_date=ADULT)
    fields = {"skill_codes": ["python"], "wanted_occupations": [OCCUPATION], "pay_floor": 1_000_000, **profile}
    seeker = make_seeker(person=person, headline="想找稳定工作", school="示例大学", **fields)
    make_resume(person)
    agree(person, at)
    run(at)
    return opening, seeker, make_member(organisation)


def code_of(opening, seeker):
    return candidate_code(opening.pk, seeker.person_id)


def ask(opening, seeker, recruiter, at, message="看到您会 Python，想请您聊聊。"):
    return invite(acting_user=recruiter, opening=opening, code=code_of(opening, seeker), message=message, at=at)


def test_the_list_shows_facts_and_reasons_but_nobody(client):
    opening, seeker, recruiter = market(now())
    client.force_login(recruiter)

    page = client.get(reverse("jobs:employer_recommended", args=[opening.pk])).content.decode()

    assert code_of(opening, seeker) in page
    assert "Python" in page
    for secret in ("林晓舟", "想找稳定工作", "示例大学", "1995", "10,000"):
        assert secret not in page


def test_the_same_person_has_another_code_at_another_opening():
    assert candidate_code(1, 5) != candidate_code(2, 5)


def test_the_list_costs_the_same_however_many_are_recommended(client):
    at = now()
    opening, _seeker, recruiter = market(at)
    client.force_login(recruiter)
    address = reverse("jobs:employer_recommended", args=[opening.pk])
    costs = []
    for more in (0, 2):
        for _ in range(more):
            agree(make_seeker(skill_codes=["java"], wanted_occupations=[OCCUPATION]).person, at)
        run(at)
        client.get(address)
        with CaptureQueriesContext(connection) as statements:
            page = client.get(address)
        costs.append((len(page.context["candidates"]), len(statements)))

    assert [count for count, _cost in costs] == [1, 3]
    assert costs[0][1] == costs[1][1] <= 30


def test_who_turned_personal_order_off_comes_last_and_unscored(at):
    opening, seeker, _recruiter = market(at, is_personalised=False)
    other = make_seeker(wanted_occupations=[OCCUPATION], skill_codes=["python"])
    agree(other.person, at)
    run(at)

    found = recommended_people(opening)

    assert [row.person.pk for row in found] == [other.person_id, seeker.person_id]


def test_who_no_longer_meets_a_condition_has_the_reason_and_no_place(at):
    opening, seeker, _recruiter = market(at)
    seeker.pay_floor = 9_000_000
    seeker.save()

    (found,) = recommended_people(opening)

    assert (found.position, found.reasons.broken) == (0, ["薪资低于对方的期望"])


def test_an_invitation_reaches_the_person_and_gives_no_name_away(client):
    opening, seeker, recruiter = market(now())
    client.force_login(recruiter)

    client.post(
        reverse("jobs:employer_invite", args=[opening.pk, code_of(opening, seeker)]), {"message": "想请您聊聊。"}
    )

    assert Invitation.objects.get().person == seeker.person
    client.force_login(seeker.person.account)
    page = client.get(reverse("jobs:invitations")).content.decode()
    assert "想请您聊聊。" in page
    assert Notification.objects.filter(account=seeker.person.account, kind="invitation_received").exists()


def test_applying_accepts_the_invitation(at):
    opening, seeker, recruiter = market(at)
    ask(opening, seeker, recruiter, at)
    person = seeker.person

    apply(acting_user=person.account, person=person, opening=opening, resume=person.resumes.get(), agrees=True, at=at)

    assert Application.objects.get().origin == "invitation"
    assert Invitation.objects.get().state == "applied"
    assert recommended_people(opening) == []


def test_a_declined_invitation_tells_the_employer_a_code_and_no_name(client):
    at = now()
    opening, seeker, recruiter = market(at)
    invitation = ask(opening, seeker, recruiter, at)
    client.force_login(seeker.person.account)

    client.post(reverse("jobs:decline_invitation", args=[invitation.pk]))

    invitation.refresh_from_db()
    letter = Notification.objects.get(account=recruiter, kind="invitation_declined")
    assert (invitation.state, letter.data["code"]) == ("declined", code_of(opening, seeker))
    assert "林晓舟" not in str(letter.data)


def test_nobody_declines_for_another(client, at):
    opening, seeker, recruiter = market(now())
    invitation = ask(opening, seeker, recruiter, now())
    client.force_login(make_person().account)
    address = reverse("jobs:decline_invitation", args=[invitation.pk])

    assert client.post(address).status_code == 404
    client.logout()
    assert client.post(address).status_code == 302
    with pytest.raises(NotAllowed):
        decline_invitation(acting_user=recruiter, invitation=invitation, at=at)
    invitation.refresh_from_db()
    assert invitation.state == "sent"


def test_the_page_of_invitations_belongs_to_the_person(client):
    assert client.get(reverse("jobs:invitations")).status_code == 302
    client.force_login(make_person().account)
    assert client.get(reverse("jobs:invitations")).status_code == 200


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"message": ""}, "message_needed"),
        ({"message": "好" * 501}, "message_too_long"),
        ({"message": "只招未婚女性"}, "unlawful_words"),
        ({"code": "0000000000"}, "not_recommended"),
    ],
)
def test_an_invitation_that_may_not_be_sent_is_refused(at, change, code):
    opening, seeker, recruiter = market(at)
    values = {"code": code_of(opening, seeker), "message": "想请您聊聊。", **change}

    with pytest.raises(Refused) as refused:
        invite(acting_user=recruiter, opening=opening, at=at, **values)

    assert (refused.value.code, Invitation.objects.count()) == (code, 0)


def test_a_person_is_invited_once(at):
    opening, seeker, recruiter = market(at)
    ask(opening, seeker, recruiter, at)

    with pytest.raises(Refused) as refused:
        ask(opening, seeker, recruiter, at)

    assert (refused.value.code, Invitation.objects.count()) == ("already_invited", 1)


def test_without_consent_nobody_is_invited(at):
    opening, seeker, recruiter = market(at)
    Consent.objects.filter(person=seeker.person, purpose=Purpose.RECOMMEND).update(withdrawn_at=at)

    with pytest.raises(Refused):
        ask(opening, seeker, recruiter, at)

    assert not Invitation.objects.exists()


def test_another_employer_invites_and_hides_nobody(client, at):
    opening, seeker, _recruiter = market(now())
    stranger = make_member(make_organisation())
    client.force_login(stranger)

    for name in ("employer_invite", "employer_hide_candidate"):
        address = reverse(f"jobs:{name}", args=[opening.pk, code_of(opening, seeker)])
        assert client.get(address).status_code == 404
        assert client.post(address, {"message": "您好", "reason": "skills"}).status_code == 404
        client.force_login(seeker.person.account)
        assert client.post(address, {"message": "您好", "reason": "skills"}).status_code == 403
        client.logout()
        assert client.post(address, {"message": "您好", "reason": "skills"}).status_code == 302
        client.force_login(stranger)
    with pytest.raises(NotAllowed):
        ask(opening, seeker, stranger, at)
    assert (Invitation.objects.count(), HiddenPerson.objects.count()) == (0, 0)


def test_silence_ends_an_invitation(at):
    opening, seeker, recruiter = market(at)
    ask(opening, seeker, recruiter, at)

    assert expire_invitations(at=at + ANSWER_INVITATION_WITHIN - timedelta(seconds=1)) == 0
    assert expire_invitations(at=at + ANSWER_INVITATION_WITHIN) == 1
    assert Invitation.objects.get().state == "expired"


def test_a_hidden_person_is_not_shown_for_this_opening_again(client):
    opening, seeker, recruiter = market(now())
    client.force_login(recruiter)
    address = reverse("jobs:employer_hide_candidate", args=[opening.pk, code_of(opening, seeker)])

    assert client.get(address).status_code == 200
    client.post(address, {"reason": "experience"})

    assert HiddenPerson.objects.get().reason == "experience"
    assert recommended_people(opening) == []
    assert client.get(address).status_code == 404


def test_hiding_needs_a_reason_of_the_list(at):
    opening, seeker, recruiter = market(at)

    with pytest.raises(Refused):
        hide_person(acting_user=recruiter, opening=opening, code=code_of(opening, seeker), reason="sex", at=at)

    assert not HiddenPerson.objects.exists()


def test_what_an_employer_hid_is_the_persons_to_read_and_goes_with_them(at):
    opening, seeker, recruiter = market(at)
    code = code_of(opening, seeker)
    hide_person(acting_user=recruiter, opening=opening, code=code, reason="experience", at=at)
    holder = next(one for one in data_holders() if one.name == "jobs")

    assert [row["reason"] for row in holder.export(seeker.person)["not_considered"]] == ["experience"]
    holder.erase(seeker.person, at)
    assert not HiddenPerson.objects.exists()
