"""The employer's pages while hiring: who opens them, what they show, what each step does."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from factories import AT, make_account, make_member, make_opening, make_organisation, make_person
from systems.jobs.people import apply_to, make_case, make_offer_for

from taihu.records.base.clock import city_date, now
from taihu.records.identity.enums import MemberRole, Purpose
from taihu.records.identity.models import Consent, Disclosure, Notification
from taihu.systems.jobs.actions.applications import open_resume, shortlist, withdraw
from taihu.systems.jobs.actions.interviews import choose_slot, offer_interview
from taihu.systems.jobs.actions.offers import accept_offer
from taihu.systems.jobs.models import Application, Hire, Interview, InterviewSlot, Message, Offer

pytestmark = pytest.mark.django_db

BOARD = "jobs:employer_board"


@pytest.fixture
def case(client):
    """An application made now, its person's account, and the recruiter who is signed in."""
    at = now() - timedelta(hours=1)
    organisation = make_organisation(verified_until=at + timedelta(days=90))
    fields = {"published_at": at, "valid_through": at + timedelta(days=30)}
    application, account, recruiter = make_case(at=at, organisation=organisation, **fields)
    client.force_login(recruiter)
    return application, account, recruiter


def pages_of(application):
    opening = application.opening_id
    return [
        reverse(BOARD),
        reverse("jobs:employer_opening_board", args=[opening]),
        reverse("jobs:employer_recommended", args=[opening]),
        reverse("jobs:employer_filled", args=[opening]),
        reverse("jobs:employer_answer_all", args=[opening]),
        reverse("jobs:employer_application", args=[application.pk]),
        reverse("jobs:employer_refuse", args=[application.pk]),
        reverse("jobs:employer_interview", args=[application.pk]),
        reverse("jobs:employer_offer", args=[application.pk]),
        reverse("jobs:employer_hire", args=[application.pk]),
    ]


def test_every_page_opens_for_the_recruiter_and_for_nobody_else(client, case):
    application, seeker, _recruiter = case
    for address in pages_of(application):
        assert client.get(address).status_code == 200, address

    client.logout()
    for address in pages_of(application):
        assert client.get(address).status_code == 302, address
    client.force_login(seeker)
    for address in pages_of(application):
        assert client.get(address).status_code == 403, address
    client.force_login(make_member(make_organisation()))
    for address in pages_of(application)[1:]:
        assert client.get(address).status_code == 404, address


@pytest.mark.parametrize("verb", ["shortlist", "message", "withdraw_offer", "cancel_interview"])
def test_another_employer_moves_nothing(client, case, verb):
    application, _seeker, _recruiter = case
    client.force_login(make_member(make_organisation()))

    answer = client.post(reverse("jobs:employer_application", args=[application.pk]), {"do": verb, "body": "您好"})

    application.refresh_from_db()
    assert (answer.status_code, application.state, Message.objects.count()) == (404, "submitted", 0)


def test_another_employers_forms_change_nothing(client, case):
    application, _seeker, _recruiter = case
    client.force_login(make_member(make_organisation()))
    data = {"do": "send", "reason": "skills", "application": application.pk, "message": "您好"}

    for address in pages_of(application)[1:]:
        assert client.post(address, data).status_code == 404, address
    client.post(reverse("jobs:employer_refuse_several"), data)

    application.refresh_from_db()
    assert (application.state, Hire.objects.count(), Offer.objects.count()) == ("submitted", 0, 0)


def test_neither_seekers_nor_strangers_answer_several_at_once(client, case):
    application, seeker, _recruiter = case
    data = {"application": [application.pk], "reason": "skills", "do": "send"}
    address = reverse("jobs:employer_refuse_several")

    client.force_login(seeker)
    assert client.post(address, data).status_code == 403
    client.logout()
    assert client.post(address, data).status_code == 302

    application.refresh_from_db()
    assert application.state == "submitted"


def test_a_viewing_member_sees_counts_and_no_names(client, case):
    application, _seeker, _recruiter = case
    client.force_login(make_member(application.opening.organisation, MemberRole.VIEWER))

    page = client.get(reverse(BOARD))

    assert page.status_code == 200
    assert str(application.person) not in page.content.decode()
    assert client.get(reverse("jobs:employer_application", args=[application.pk])).status_code == 403


def test_the_head_office_hires_for_its_branch(client):
    head = make_organisation()
    application, _seeker, _recruiter = make_case(organisation=make_organisation(parent=head))
    client.force_login(make_member(head))

    assert str(application.person) in client.get(reverse(BOARD)).content.decode()


def test_the_board_costs_the_same_however_many_wait(client):
    organisation = make_organisation()
    client.force_login(make_member(organisation))
    costs = []
    for rows in (1, 2):
        for _ in range(rows):
            application = apply_to(make_opening(organisation=organisation))
            Message.objects.create(application=application, is_from_employer=False, body="您好", sent_at=AT)
        with CaptureQueriesContext(connection) as statements:
            page = client.get(reverse(BOARD))
        costs.append((sum(column.total for column in page.context["columns"]), len(statements)))

    assert [count for count, _cost in costs] == [1, 3]
    assert costs[0][1] == costs[1][1] <= 20


def test_the_board_has_a_stage_for_each_step_and_filters(client, case):
    application, _seeker, recruiter = case
    other = apply_to(make_opening(organisation=application.opening.organisation))
    shortlist(acting_user=recruiter, application=other, at=now())

    columns = {column.stage.key: column.total for column in client.get(reverse(BOARD)).context["columns"]}
    only = client.get(reverse(BOARD), {"opening": application.opening_id, "name": application.person.name, "due": ""})
    stage = client.get(reverse(BOARD), {"stage": "shortlisted"})

    assert (columns["new"], columns["shortlisted"], columns["ended"]) == (1, 1, 0)
    assert [column.total for column in only.context["columns"]][:3] == [1, 0, 0]
    assert [card.row.pk for card in stage.context["cards"]] == [other.pk]


def test_a_filter_that_is_no_choice_is_as_good_as_none(client, case):
    page = client.get(reverse(BOARD), {"opening": "9e9", "origin": "nowhere", "stage": "nowhere"})

    assert sum(column.total for column in page.context["columns"]) == 1


def test_a_card_is_moved_by_a_button_and_the_reader_stays_on_the_board(client, case):
    application, _seeker, _recruiter = case

    answer = client.post(
        reverse("jobs:employer_application", args=[application.pk]), {"do": "shortlist", "from": "board"}
    )

    application.refresh_from_db()
    assert (answer.url, application.state) == (reverse(BOARD), "shortlisted")


def test_opening_the_cv_is_told_and_written_down(client, case):
    application, seeker, recruiter = case

    client.get(reverse("jobs:employer_application", args=[application.pk]))
    client.get(reverse("jobs:employer_application", args=[application.pk]))

    application.refresh_from_db()
    looks = Disclosure.objects.filter(person=application.person, viewer_account_id=recruiter.pk)
    assert (application.state, looks.count()) == ("viewed", 1)
    assert Notification.objects.filter(account=seeker, kind="application_viewed").exists()


def test_a_second_opening_is_a_second_look_in_the_log(client, case):
    application, _seeker, recruiter = case
    second = apply_to(make_opening(organisation=application.opening.organisation), application.person)

    for row in (application, second):
        client.get(reverse("jobs:employer_application", args=[row.pk]))

    assert Disclosure.objects.filter(viewer_account_id=recruiter.pk).count() == 2


def test_without_consent_the_cv_stays_closed_and_no_look_is_logged(client, case):
    application, _seeker, recruiter = case
    Consent.objects.filter(pk=application.consent_id).update(withdrawn_at=now())

    page = client.get(reverse("jobs:employer_application", args=[application.pk]))

    application.refresh_from_db()
    assert (page.context["resume"], application.state) == (None, "submitted")
    assert not Disclosure.objects.filter(viewer_account_id=recruiter.pk).exists()


def test_withdrawing_one_application_leaves_the_other_readable(at):
    application, seeker, recruiter = make_case()
    second = apply_to(make_opening(organisation=application.opening.organisation), application.person)

    withdraw(acting_user=seeker, application=second, at=at)
    assert open_resume(acting_user=recruiter, application=application, at=at) is not None

    withdraw(acting_user=seeker, application=application, at=at)
    assert open_resume(acting_user=recruiter, application=application, at=at) is None
    assert not Consent.objects.filter(purpose=Purpose.SHARE_RESUME, withdrawn_at__isnull=True).exists()


def test_an_unlawful_question_is_stopped_and_the_words_are_kept(client, case):
    application, _seeker, _recruiter = case

    page = client.post(
        reverse("jobs:employer_application", args=[application.pk]), {"do": "message", "body": "请问您结婚了吗？"}
    )

    assert page.context["form"].errors
    assert "请问您结婚了吗" in page.content.decode()
    assert Message.objects.count() == 0


def test_a_refusal_is_previewed_before_it_is_sent(client, case):
    application, seeker, _recruiter = case
    address = reverse("jobs:employer_refuse", args=[application.pk])
    answer = {"reason": "certificate", "note": "欢迎考取后再投。"}

    preview = client.post(address, {**answer, "do": "preview"}).content.decode()
    application.refresh_from_db()
    assert application.state in {"submitted", "viewed"}
    client.post(address, {**answer, "do": "send"})

    application.refresh_from_db()
    client.force_login(seeker)
    letter = client.get(reverse("jobs:application", args=[application.pk])).content.decode()
    for words in ("这个岗位必需的证书", "欢迎考取后再投。", application.opening.organisation.name):
        assert words in preview
        assert words in letter
    assert (application.state, application.refusal_reason) == ("refused", "certificate")


def test_several_are_answered_at_once_each_with_a_letter(client, case):
    application, _seeker, _recruiter = case
    second = apply_to(make_opening(organisation=application.opening.organisation))
    foreign = apply_to(make_opening())
    data = {"application": [application.pk, second.pk, foreign.pk], "reason": "other_candidate", "from": "board"}
    address = reverse("jobs:employer_refuse_several")

    first = client.post(address, {**data, "reason": ""})
    preview = client.post(address, {**data, "do": "preview"})
    client.post(address, {**data, "do": "send"})

    assert [row.pk for row in first.context["applications"]] == [application.pk, second.pk]
    assert len(preview.context["letters"]) == 2
    assert list(Application.objects.order_by("pk").values_list("state", flat=True)) == [
        "refused",
        "refused",
        "submitted",
    ]


def test_no_one_is_answered_when_a_note_is_unlawful(client, case):
    application, _seeker, _recruiter = case
    second = apply_to(make_opening(organisation=application.opening.organisation))
    data = {"application": [application.pk, second.pk], "reason": "skills", "note": "我们只招男生", "do": "send"}

    page = client.post(reverse("jobs:employer_refuse_several"), data)

    assert page.context["form"].errors["note"]
    assert not Application.objects.filter(state="refused").exists()


def test_times_are_offered_moved_and_cancelled(client, case):
    application, seeker, _recruiter = case
    address = reverse("jobs:employer_interview", args=[application.pk])
    start = (now() + timedelta(days=3)).replace(second=0, microsecond=0)
    plan = {"mode": "onsite", "place": "示例路 1 号", "minutes": "45", "start_1": f"{start:%Y-%m-%dT%H:%M}", "note": ""}

    client.post(address, plan)
    first = Interview.objects.get()
    choose_slot(acting_user=seeker, slot=first.slots.get(), at=now())
    meeting = client.get(reverse("jobs:employer_meeting", args=[first.slots.get().pk]))
    client.post(f"{address}?replaces={first.pk}", {**plan, "mode": "video", "place": "https://meet.example"})
    first.refresh_from_db()
    second = Interview.objects.exclude(pk=first.pk).get()
    client.post(
        reverse("jobs:employer_application", args=[application.pk]),
        {"do": "cancel_interview", "interview": second.pk},
    )
    second.refresh_from_db()

    assert meeting["Content-Type"].startswith("text/calendar")
    assert (first.cancelled_at is not None, second.mode, second.cancelled_at is not None) == (True, "video", True)


def test_if_the_new_times_are_refused_the_appointment_stands(client, case):
    application, _seeker, recruiter = case
    at = now()
    times = [(at + timedelta(days=2), at + timedelta(days=2, hours=1))]
    old = offer_interview(
        acting_user=recruiter, application=application, mode="phone", place="0510", times=times, at=at
    )
    past = {"mode": "phone", "place": "0510", "minutes": "30", "start_1": "2020-01-01T09:00"}

    page = client.post(f"{reverse('jobs:employer_interview', args=[application.pk])}?replaces={old.pk}", past)

    old.refresh_from_db()
    assert (page.status_code, old.cancelled_at, Interview.objects.count()) == (200, None, 1)
    assert page.context["form"].errors


def test_nobody_downloads_the_appointment_of_another_employer(client, case):
    application, seeker, recruiter = case
    at = now()
    times = [(at + timedelta(days=2), at + timedelta(days=2, hours=1))]
    offer_interview(acting_user=recruiter, application=application, mode="phone", place="0510", times=times, at=at)
    slot = InterviewSlot.objects.get()
    choose_slot(acting_user=seeker, slot=slot, at=at)
    address = reverse("jobs:employer_meeting", args=[slot.pk])

    assert client.get(address).status_code == 200
    client.force_login(make_member(make_organisation()))
    assert client.get(address).status_code == 404
    client.force_login(make_account())
    assert client.get(address).status_code == 403
    client.logout()
    assert client.get(address).status_code == 302


def test_an_offer_is_made_and_taken_back(client, case):
    application, _seeker, _recruiter = case
    day = city_date(now()) + timedelta(days=10)
    terms = {"pay": "15000.50", "pay_months": "13", "start_date": day.isoformat(), "answer_by": day.isoformat()}

    client.post(reverse("jobs:employer_offer", args=[application.pk]), terms)
    offer = Offer.objects.get()
    assert (offer.pay, offer.pay_months, offer.state) == (1_500_050, 13, "open")
    client.post(reverse("jobs:employer_application", args=[application.pk]), {"do": "withdraw_offer"})

    offer.refresh_from_db()
    application.refresh_from_db()
    assert (offer.state, application.state) == ("withdrawn", "shortlisted")


def test_a_hire_is_claimed_and_counted_apart_from_the_confirmed(client, case):
    application, seeker, recruiter = case
    at = now()
    offer = make_offer_for(application, recruiter, at=at, start_date=city_date(at))
    accept_offer(acting_user=seeker, offer=offer, at=at)

    client.post(reverse("jobs:employer_hire", args=[application.pk]), {"start_date": city_date(at).isoformat()})
    page = client.get(reverse(BOARD))

    assert Hire.objects.get().application == application
    assert (page.context["hires"].claimed, page.context["hires"].confirmed) == (1, 0)


def test_a_filled_opening_closes_and_everybody_hears_why(client, case):
    application, seeker, recruiter = case
    waiting = apply_to(application.opening)
    address = reverse("jobs:employer_filled", args=[application.opening_id])
    assert client.post(address).status_code == 409
    offer = make_offer_for(
        application, recruiter, at=now(), start_date=city_date(now()), expires_at=now() + timedelta(1)
    )
    accept_offer(acting_user=seeker, offer=offer, at=now())

    client.post(address)

    waiting.refresh_from_db()
    assert (waiting.state, waiting.refusal_reason) == ("refused", "filled")


def test_an_unknown_step_is_a_bad_request(client, case):
    application, _seeker, _recruiter = case
    address = reverse("jobs:employer_application", args=[application.pk])

    assert client.post(address, {"do": "promote"}).status_code == 400
    assert client.post(address, {"do": "cancel_interview", "interview": "x"}).status_code == 400


def test_an_erased_person_is_a_number_on_the_board(client, case):
    application, _seeker, _recruiter = case
    application.person.name = ""
    application.person.save(update_fields=["name"])

    assert f"#{application.person_id}" in client.get(reverse(BOARD)).content.decode()


def test_somebody_of_no_employer_has_no_board(client):
    client.force_login(make_person().account)

    assert client.get(reverse(BOARD)).status_code == 403
