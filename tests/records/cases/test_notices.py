"""Public notices: what is shown, how long, who may object, and what an objection does."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from factories import make_account
from records.cases.office import drive, make_case, make_hall, open_run
from records.cases.test_steps import refused

from taihu.records.cases import actions
from taihu.records.cases.enums import CaseOutcome, NoticeState
from taihu.records.cases.models import NoticeEntry, PublicNotice
from taihu.records.cases.queries.precedents import public_notice, public_notices

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4 evidence"


def at_notice(at, procedure="taihu-plan", count=1, **data):
    hall = make_hall(experts=5)
    cases = [make_case(hall, procedure, data={"track": "manager", **data}, at=at) for _ in range(count)]
    for case in cases:
        drive(hall, case, at, values={"amount": 100_000_000}, until="notice")
    return hall, cases


def publish(hall, cases, at):
    runs = [open_run(case) for case in cases]
    return actions.publish_notice(
        acting_user=hall.officer, runs=runs, at=at, title="拟支持名单公示", contact="0510-00000000"
    )


def object_to(entry, at, **fields):
    values = {"name": "张三", "contact": "13800000000", "text": "业绩不实", "evidence": None, **fields}
    return actions.file_objection(entry=entry, at=at, **values)


def test_one_notice_holds_many_cases_for_five_working_days(at):
    hall, cases = at_notice(at, count=2)

    notice = publish(hall, cases, at)

    assert notice.index_number == "公示〔2026〕00001号"
    assert notice.entries.count() == 2
    assert notice.ends_at == at.replace(hour=16) + timedelta(days=7)
    assert [row.pk for row in public_notices(at=at)] == [notice.pk]


def test_a_notice_shows_no_more_than_the_rule_lets_it(at):
    hall, (case,) = at_notice(at, "wuxi-allowance")
    case.person.name = "王小明"
    case.person.save()

    publish(hall, [case], at)

    shown = NoticeEntry.objects.values("name", "organisation", "category", "amount", "grounds").get()
    assert shown == {
        "name": "王*明", "organisation": case.organisation.name, "category": "示例类别", "amount": None, "grounds": "",
    }  # fmt: skip


def test_without_objection_the_case_goes_on_when_the_period_is_over(at):
    hall, (case,) = at_notice(at)
    notice = publish(hall, [case], at)

    actions.look_at_terms(at=notice.ends_at - timedelta(seconds=1))
    assert open_run(case).stage == "notice"
    actions.look_at_terms(at=notice.ends_at)

    assert open_run(case).stage == "document"
    actions.look_at_terms(at=notice.withdraw_at)
    assert PublicNotice.objects.get().state == NoticeState.WITHDRAWN
    assert public_notice(notice.pk, at=notice.withdraw_at) is None


def test_an_objection_has_a_name_a_contact_a_reason_and_evidence_and_comes_in_time(at):
    hall, (case,) = at_notice(at)
    notice = publish(hall, [case], at)
    entry = notice.entries.get()

    for field in ("name", "contact", "text"):
        assert refused(lambda field=field: object_to(entry, at, **{field: " "})) == "objection_incomplete"
    assert refused(lambda: object_to(entry, at)) == "evidence_needed"
    program = SimpleUploadedFile("a.pdf", b"MZ\x00\x00")
    assert refused(lambda: object_to(entry, at, evidence=program)) == "file_type"
    late = SimpleUploadedFile("a.pdf", PDF)
    assert refused(lambda: object_to(entry, notice.ends_at, evidence=late)) == "notice_over"
    assert not entry.objections.exists()


def test_an_open_objection_holds_the_case_until_it_is_dismissed(at):
    hall, (case,) = at_notice(at)
    notice = publish(hall, [case], at)
    objection = object_to(notice.entries.get(), at, evidence=SimpleUploadedFile("a.pdf", PDF))
    actions.look_at_terms(at=notice.ends_at)
    assert open_run(case).stage == "notice"
    fields = {"objection": objection, "at": notice.ends_at, "is_upheld": False, "answer": "经核查不属实"}

    assert refused(actions.handle_objection, acting_user=make_account(), **fields) == "not_your_stage"
    actions.handle_objection(acting_user=hall.officer, **fields)

    assert open_run(case).stage == "document"
    assert refused(actions.handle_objection, acting_user=hall.officer, **fields) == "objection_handled"


def test_an_upheld_objection_ends_the_case(at):
    hall, cases = at_notice(at, count=2)
    notice = publish(hall, cases, at)
    entry = notice.entries.get(case=cases[0])
    objection = object_to(entry, at, evidence=SimpleUploadedFile("a.pdf", PDF))

    actions.handle_objection(
        acting_user=hall.officer, objection=objection, at=at, is_upheld=True, answer="专利不属于申请人"
    )
    actions.look_at_terms(at=notice.ends_at)

    cases[0].refresh_from_db()
    assert (cases[0].outcome, open_run(cases[1]).stage) == (CaseOutcome.REFUSED, "document")


def test_who_objected_is_kept_encrypted(at):
    hall, (case,) = at_notice(at, "wuxi-allowance")
    objection = object_to(publish(hall, [case], at).entries.get(), at)

    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT name, contact FROM cases_objection")
        stored = cursor.fetchone()

    assert "张三" not in stored[0]
    assert "13800000000" not in stored[1]
    assert objection.name == "张三"


def test_a_case_is_in_one_notice_and_only_its_unit_publishes(at):
    hall, cases = at_notice(at)
    runs = [open_run(cases[0])]
    fields = {"runs": runs, "at": at, "title": "公示", "contact": "0510"}

    assert refused(actions.publish_notice, acting_user=hall.science, **fields) == "not_your_stage"
    publish(hall, cases, at)
    assert refused(actions.publish_notice, acting_user=hall.officer, **fields) == "already_published"


def test_a_page_that_shows_what_it_should_not_is_taken_down(at):
    hall, cases = at_notice(at)
    notice = publish(hall, cases, at)
    fields = {"notice": notice, "at": at, "reason": "姓名有误"}

    assert refused(actions.withdraw_notice, acting_user=make_account(), **fields) == "not_your_notice"
    actions.withdraw_notice(acting_user=hall.officer, **fields)

    assert public_notice(notice.pk, at=at) is None
