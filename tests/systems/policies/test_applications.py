"""Applying: window, personal deadline, what the city knows, documents, the employer, corrections, and who may see what."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import override
from factories import make_account, make_member, make_organisation, make_person
from systems.policies.town import PDF, apply_for, handle, make_doctor, make_town, open_run, track

from taihu.records.audit.models import AuditEntry
from taihu.records.base.errors import Refused
from taihu.records.cases.actions import attach, return_for_correction
from taihu.records.identity.actions import withdraw_consent
from taihu.records.identity.actions.notifications import render_notification
from taihu.records.identity.enums import MemberRole, Purpose
from taihu.records.identity.models import Notification, Organisation
from taihu.systems.policies.actions import applications as actions
from taihu.systems.policies.actions.calls import close_call, copy_call, extend_call, publish_call, save_call
from taihu.systems.policies.call_files import CallError, read_call
from taihu.systems.policies.claims import claimed
from taihu.systems.policies.known import known_of
from taihu.systems.policies.models import Application, Call
from taihu.systems.policies.windows import window_of

pytestmark = pytest.mark.django_db
OPEN_2021 = datetime(2021, 3, 1, 2, 0, tzinfo=UTC)


def refused(act, **fields) -> str:
    before = (AuditEntry.objects.count(), Application.objects.count())
    with pytest.raises(Refused) as error:
        act(**fields)
    assert (AuditEntry.objects.count(), Application.objects.count()) == before
    return error.value.code


def test_the_plan_has_fourteen_sub_types_with_their_receiving_departments():
    make_town()
    call = Call.objects.get(code="taihu-plan-2021")

    departments = list(call.tracks.values_list("department", flat=True))

    assert (call.tracks.count(), call.is_example) == (14, True)
    assert [departments.count(name) for name in ("市科技局", "市工信局", "市财政局", "市人社局", "市卫健委")] == [
        6,
        1,
        1,
        3,
        3,
    ]


@pytest.mark.parametrize(
    ("code", "moment", "is_open"),
    [
        ("taihu-plan-2021", datetime(2021, 1, 20, 15, 59, tzinfo=UTC), False),
        ("taihu-plan-2021", datetime(2021, 1, 20, 16, 0, tzinfo=UTC), True),
        ("taihu-plan-2021", datetime(2021, 4, 20, 15, 59, tzinfo=UTC), True),
        ("taihu-plan-2021", datetime(2021, 4, 20, 16, 0, tzinfo=UTC), False),
        ("referral-rewards", datetime(2026, 10, 30, 15, 59, tzinfo=UTC), True),
        ("referral-rewards", datetime(2026, 10, 30, 16, 0, tzinfo=UTC), False),
        ("referral-rewards", datetime(2026, 12, 31, 16, 0, tzinfo=UTC), True),
        ("wuxi-allowances", datetime(2030, 1, 1, tzinfo=UTC), True),
    ],
)
def test_windows_open_and_close_at_midnight_of_the_city(code, moment, is_open):
    make_town()

    assert window_of(Call.objects.get(code=code), at=moment).is_open is is_open


def test_a_quarterly_window_is_the_last_month_of_the_quarter():
    make_town()
    call = Call.objects.get(code="wuxi-allowances")
    call.window = "quarter_end"

    february, march = (window_of(call, at=datetime(2026, month, 10, tzinfo=UTC)) for month in (2, 3))

    assert (february.is_open, february.opens_at.astimezone().date()) == (False, date(2026, 3, 1))
    assert march.is_open


def test_nobody_applies_outside_the_window(at):
    town = make_town()
    person = make_person()

    fields = {"acting_user": person.account, "track": track("taihu-plan-2021", "team-start"), "person": person}
    assert refused(actions.start_application, at=at, **fields) == "window_closed"
    assert not town.hall.office.calls.filter(tracks__applications__isnull=False).exists()


def test_only_what_the_city_does_not_know_is_asked_and_where_it_knows_it_from_is_shown(at):
    make_town()
    person = make_doctor(at)
    chosen = track("wuxi-allowances", "purchase")

    known = known_of(chosen, person, at=at)

    assert set(known) == {"degree", "arrived_on"}
    assert (known["arrived_on"].value.zh, known["arrived_on"].source) == ("2023-01-01", "示例部门")
    assert "博士" in known["degree"].value.zh
    assert "doctor" in known["degree"].value.en
    withdraw_consent(acting_user=person.account, person=person, purpose=Purpose.POLICY, at=at)
    assert known_of(chosen, person, at=at) == {}


def test_an_application_is_complete_and_promised_or_not_taken(at):
    make_town()
    person = make_doctor(at)
    organisation = Organisation.objects.get(credit_code__isnull=False)
    chosen = track("wuxi-allowances", "purchase")
    application = actions.start_application(
        acting_user=person.account, at=at, track=chosen, person=person, organisation=organisation
    )
    submit = {"acting_user": person.account, "application": application, "at": at}

    assert refused(actions.submit_application, agrees=False, **submit) == "agrees"
    assert refused(actions.submit_application, agrees=True, **submit) == "field_needed"
    data = {"home_address": "示例路 1 号", "deed_number": "苏（2026）无锡市不动产权第 1 号"}
    actions.save_application(acting_user=person.account, application=application, at=at, data=data)
    assert refused(actions.submit_application, agrees=True, **submit) == "documents_missing"
    for kind in ("promise", "deed", "invoice"):
        upload = SimpleUploadedFile(f"{kind}.pdf", PDF + kind.encode())
        attach(acting_user=person.account, case=application.case, kind=kind, upload=upload, at=at)
    actions.submit_application(agrees=True, **submit)

    application.refresh_from_db()
    assert (application.entitlement["status"], application.entitlement["payable"]) == ("yes", 30_000_000)
    assert [part["amount"] for part in application.entitlement["instalments"]] == [12_000_000, 9_000_000, 9_000_000]
    kept = {item["name"]: item for item in application.entitlement["facts"]}
    assert set(kept) == {"degree", "arrived_on"}
    assert kept["arrived_on"]["label"] == {"zh": "来本市工作日期", "en": "date of coming to work in the city"}
    assert claimed("wuxi-young-purchase") == {person.pk}


def test_a_document_is_asked_for_by_ground(at):
    make_town()
    person = make_doctor(at)
    chosen = track("wuxi-allowances", "rent")

    application = apply_for(
        chosen, person, None, at=at, data={"lease_filed": "applied", "monthly_rent": 250_000}, submit=False
    )
    application.case.attachments.filter(kind="lease_receipt").delete()
    with pytest.raises(Refused) as error:
        actions.submit_application(acting_user=person.account, application=application, at=at, agrees=True)

    assert error.value.data["missing"] == ["lease_receipt"]


def test_the_personal_deadline_counts_from_the_applicants_own_date(at):
    make_town()
    person = make_doctor(at)
    chosen = track("wuxi-allowances", "purchase")
    last, late = (datetime(2028, 1, day, 2, 0, tzinfo=UTC) - timedelta(days=1) for day in (1, 2))
    application = apply_for(chosen, person, None, at=at, submit=False)
    submit = {"acting_user": person.account, "application": application, "agrees": True}

    assert refused(actions.submit_application, at=late, **submit) == "personal_deadline"
    actions.submit_application(at=last, **submit)

    application.refresh_from_db()
    assert application.agreed_at == last


def test_one_application_at_a_time_and_drafts_can_be_thrown_away(at):
    make_town()
    person = make_doctor(at)
    chosen = track("wuxi-allowances", "purchase")
    application = apply_for(chosen, person, None, at=at, submit=False)
    start = {"acting_user": person.account, "track": chosen, "person": person, "at": at}

    assert refused(actions.start_application, **start) == "already_applied"
    actions.discard_draft(acting_user=person.account, application=application, at=at)

    assert not Application.objects.exists()
    assert actions.start_application(**start).pk


def test_nobody_applies_for_a_stranger(at):
    make_town()
    person, stranger = make_doctor(at), make_account()
    chosen = track("wuxi-allowances", "purchase")

    fields = {"track": chosen, "person": person, "at": at}
    assert refused(actions.start_application, acting_user=stranger, **fields) == "not_applicant"
    application = apply_for(chosen, person, None, at=at, submit=False)
    save = {"application": application, "at": at, "data": {"home_address": "x"}}
    assert refused(actions.save_application, acting_user=stranger, **save) == "not_applicant"
    assert refused(actions.confirm_by_person, acting_user=stranger, application=application, at=at) == "not_yours"


def test_an_employer_applies_for_its_own_staff_only_and_the_person_signs(at):
    town = make_town(levels={"city": 100_000_000}, programme="锡引人才补贴")
    person = make_doctor(at)
    organisation = Organisation.objects.get(credit_code__isnull=False)
    owner = organisation.memberships.first().account
    other = make_organisation(credit_code="91320200MA1OTHER11")
    outsider = make_member(other, MemberRole.OWNER)
    chosen = track("wuxi-allowances", "purchase")
    fields = {"track": chosen, "person": person, "at": at}

    assert refused(actions.start_application, acting_user=outsider, organisation=other, **fields) == "not_staff"
    application = actions.start_application(acting_user=owner, organisation=organisation, **fields)

    assert application.agreed_at is None
    assert application.applied_by == owner
    actions.confirm_by_person(acting_user=person.account, application=application, at=at)
    application.refresh_from_db()
    assert application.agreed_at == at
    assert town.lines


def test_the_employer_confirms_and_a_correction_comes_back_to_who_asked(at):
    town = make_town()
    person = make_doctor(at)
    organisation = Organisation.objects.get(credit_code__isnull=False)
    application = apply_for(track("wuxi-allowances", "purchase"), person, organisation, at=at)
    employer = organisation.memberships.first().account
    run = open_run(application.case)
    confirm = {"application": application, "run": run, "at": at}

    assert Notification.objects.filter(account=employer, kind="policies.confirm").exists()
    assert refused(actions.confirm_by_employer, acting_user=person.account, **confirm) == "not_your_stage"
    actions.confirm_by_employer(acting_user=employer, **confirm)
    return_for_correction(
        acting_user=town.hall.district_officer, run=open_run(application.case), at=at, reason="产权证不清楚"
    )
    handle(town, application, at, until="district")

    application.refresh_from_db()
    assert open_run(application.case).stage == "district"
    letter = Notification.objects.get(account=person.account, kind="policies.returned")
    assert (letter.data["reason"], letter.data["due"]) == ("产权证不清楚", "2026-03-24")


def test_messages_name_call_and_stage_in_the_language_of_who_reads_them(at):
    make_town()
    person = make_doctor(at)
    organisation = Organisation.objects.get(credit_code__isnull=False)
    application = apply_for(track("wuxi-allowances", "purchase"), person, organisation, at=at)
    letter = Notification.objects.filter(account=person.account, kind="policies.moved").latest("pk")

    chinese = " ".join(render_notification(letter))
    with override("en"):
        english = " ".join(render_notification(letter))
    with override("zh-hant"):
        traditional = " ".join(render_notification(letter))

    stage = open_run(application.case).template.name
    assert stage.zh in chinese
    assert stage.en in english
    assert not re.search("[\u4e00-\u9fff]", english)
    assert "購房" in traditional


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (
            "call: a\ntitle: b\nprogramme: c\nwindow: {shape: fixed}\ntracks: [{code: x, name: y, procedure: z}]",
            4,
            "to",
        ),
        (
            "call: a\ntitle: b\nprogramme: c\nwindow: {shape: weekly}\ntracks: [{code: x, name: y, procedure: z}]",
            4,
            "shape",
        ),
        ("call: a\ntitle: b\nprogramme: c\nwindow: {shape: always}", 1, "tracks"),
        (
            "call: a\ntitle: b\nprogramme: c\nwindow: {shape: always}\n"
            "tracks:\n  - {code: x, name: y, procedure: z, personal_deadline: arived_on + 5 years}",
            6,
            "arived_on",
        ),
        (
            "call: a\ntitle: b\nprogramme: c\nwindow: {shape: always}\n"
            "tracks:\n  - {code: x, name: y, procedure: z, split: {city: 50%, district: 40%}}",
            6,
            "100%",
        ),
        ("call: &x a\n", 1, ""),
    ],
)
def test_a_call_file_with_a_mistake_names_its_line(text, line, words):
    with pytest.raises(CallError) as error:
        read_call(text, "call.yaml")

    assert any(item.place.line == line and words in item.text() for item in error.value.problems)
    assert all(item.zh != item.en and item.en.isascii() for item in error.value.problems if "“" not in item.en)


def test_calls_are_written_published_extended_and_closed_by_officers_only(at):
    town = make_town()
    officer, stranger = town.hall.officer, make_account()
    call = Call.objects.get(code="taihu-plan-2021")
    source = call.source.replace("2021-0", "2026-0").replace("plan-2021", "plan-2026")
    fields = {"at": at, "source": source, "office": town.hall.office}

    assert refused(save_call, acting_user=stranger, **fields) == "not_officer"
    assert refused(save_call, acting_user=officer, **fields | {"source": call.source}) == "call_exists"
    broken = source.replace("procedure: taihu-plan", "procedure: none", 1)
    assert refused(save_call, acting_user=officer, **fields | {"source": broken}) == "no_procedure"
    fresh = save_call(acting_user=officer, **fields)
    assert not window_of(fresh, at=at).is_open
    publish_call(acting_user=officer, at=at, call=fresh)
    assert window_of(fresh, at=at).is_open
    later = fresh.closes_at + timedelta(days=10)
    extend_call(acting_user=officer, at=at, call=fresh, closes_at=later, reason="应申报单位要求")
    assert window_of(fresh, at=later - timedelta(seconds=1)).is_open
    close_call(acting_user=officer, at=at, call=fresh, reason="名额已满")
    assert not window_of(fresh, at=at).is_open


def test_last_years_call_becomes_this_years_draft_with_its_days_moved(at):
    town = make_town()
    old = Call.objects.get(code="taihu-plan-2021")
    before = old.source
    fields = {"at": at, "call": old, "office": town.hall.office}

    assert refused(copy_call, acting_user=make_account(), code="plan-next", **fields) == "not_officer"
    assert refused(copy_call, acting_user=town.hall.officer, code=old.code, **fields) == "call_exists"
    assert refused(copy_call, acting_user=town.hall.officer, code="Not A Code", **fields) == "call_file"
    fresh = copy_call(acting_user=town.hall.officer, code="plan-next", **fields)

    old.refresh_from_db()
    assert (old.source, old.state) == (before, "published")
    assert (fresh.state, fresh.is_example, fresh.opens_at.year, fresh.opens_at.month) == (
        "draft",
        False,
        at.year,
        old.opens_at.month,
    )
    ours, theirs = (
        list(call.tracks.values("code", "fields", "attachments", "panel", "split", "instalments", "department_unit"))
        for call in (fresh, old)
    )
    assert ours == theirs
