import io
import json
import zipfile

import pytest
from factories import make_member, make_opening
from systems.jobs.people import apply_to, make_applicant

from taihu.records.base.events import deliver_all
from taihu.records.identity.actions import erase_person, give_consent, withdraw_consent
from taihu.records.identity.enums import Purpose
from taihu.records.identity.queries import export_person
from taihu.systems.jobs.actions.applications import send_message
from taihu.systems.jobs.enums import ApplicationState
from taihu.systems.jobs.models import Application, Message, Profile, Resume

pytestmark = pytest.mark.django_db


def make_story(at):
    opening = make_opening()
    recruiter, person = make_member(opening.organisation), make_applicant(name="王小测")
    application = apply_to(opening, person, at=at)
    send_message(acting_user=person.account, application=application, body="我叫王小测", at=at)
    return recruiter, person, application


def test_my_data_hold_my_applications_and_messages(at):
    _, person, application = make_story(at)

    with zipfile.ZipFile(io.BytesIO(export_person(person))) as archive:
        jobs = json.loads(archive.read("data.json"))["jobs"]

    assert [row["opening__title"] for row in jobs["applications"]] == [application.opening.title]
    assert [row["body"] for row in jobs["messages"]] == ["我叫王小测"]


def test_the_same_data_give_the_same_archive(at):
    _, person, _ = make_story(at)

    assert export_person(person) == export_person(person)


def test_erasing_withdraws_what_is_open_and_leaves_no_name_in_what_is_kept(at):
    recruiter, person, application = make_story(at)

    erase_person(acting_user=person.account, person=person, at=at)

    application.refresh_from_db()
    assert (application.state, application.resume, application.note) == (ApplicationState.WITHDRAWN, {}, "")
    assert list(Message.objects.values_list("body", flat=True)) == [""]
    assert not Resume.objects.exists()
    assert not Profile.objects.filter(person=person).exists()
    assert "王小测" not in str(list(application.events.values()))
    assert "王小测" not in str(list(recruiter.notifications.values("data")))
    assert Application.objects.count() == 1
    assert recruiter.notifications.filter(kind="application_withdrawn").exists()


def test_without_consent_to_matching_lists_use_no_personal_data(at):
    person = make_applicant()
    Profile.objects.get_or_create(person=person, defaults={"updated_at": at})
    switch = Profile.objects.filter(person=person).values_list("is_personalised", flat=True)
    fields = {"acting_user": person.account, "person": person, "purpose": Purpose.MATCHING, "at": at}

    for act, expected in ((give_consent, True), (withdraw_consent, False), (give_consent, True)):
        act(**fields)
        deliver_all(at=at)
        assert switch.get() is expected
