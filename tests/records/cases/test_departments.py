"""Departments answer on a page or by a batch file; silence is not consent unless the procedure says so."""

import csv
import io
from datetime import date, timedelta

import pytest
from factories import make_account, make_member, make_organisation, make_person
from records.cases.office import CREDIT_CODE, drive, make_case, make_hall, open_run
from records.cases.test_steps import refused

from taihu.records.base.fields import keyed_hash
from taihu.records.cases import actions
from taihu.records.cases.models import Check
from taihu.records.facts.models import Exchange, Fact
from taihu.records.identity.enums import MemberRole
from taihu.records.identity.models import Disclosure

pytestmark = pytest.mark.django_db
NUMBERS = ("320211199001011234", "320211199001015678", "320211199001019999")


def make_listed(hall, number, *, at):
    organisation = make_organisation(credit_code=CREDIT_CODE[:-1] + number[-1])
    make_member(organisation, MemberRole.OWNER)
    person = make_person(id_type="resident", id_number=number, id_number_hash=keyed_hash(number))
    case = make_case(hall, "wuxi-allowance", person=person, organisation=organisation, at=at)
    drive(hall, case, at, until="checks")
    return case


def answer_file(content: bytes, values: dict[str, str]) -> bytes:
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    for row in rows:
        row["结果"] = values.get(row["证件号码"], "")
        row["开始日期"] = "2025-01-01" if row["结果"] else ""
        writer.writerow(row)
    return text.getvalue().encode()


def test_the_stage_waits_until_every_department_has_answered(at):
    hall = make_hall()
    case = make_case(hall, "wuxi-allowance", at=at)
    drive(hall, case, at, until="checks")
    run = open_run(case)
    insurance, credit = run.checks.order_by("pk")

    actions.answer_check(acting_user=hall.officer, check=insurance, answer="yes", at=at)
    assert refused(actions.pass_stage, acting_user=hall.officer, run=run, at=at) == "checks_open"
    actions.answer_check(acting_user=hall.officer, check=credit, answer="unknown", note_text="系统升级", at=at)
    actions.pass_stage(acting_user=hall.officer, run=run, at=at)

    assert open_run(case).stage == "decision"


def test_no_needs_a_note_and_strangers_do_not_answer(at):
    hall = make_hall()
    case = make_case(hall, "wuxi-allowance", at=at)
    drive(hall, case, at, until="checks")
    check = open_run(case).checks.first()

    no = {"check": check, "answer": "no", "at": at}
    assert refused(actions.answer_check, acting_user=hall.officer, **no) == "note_needed"
    assert refused(actions.answer_check, acting_user=make_account(), note_text="x", **no) == "not_your_stage"
    check.refresh_from_db()
    assert check.answer == ""


def test_the_monthly_file_answers_many_cases_and_lists_what_fits_nobody(at):
    hall = make_hall()
    cases = [make_listed(hall, number, at=at) for number in NUMBERS]

    exchange, content = actions.send_check_batch(
        acting_user=hall.officer, department="人社部门", property_name="insured_by", at=at
    )
    answers = {NUMBERS[0]: cases[0].organisation.credit_code, NUMBERS[1]: "91320200MA1ANOTHER"}
    stray = f"无名,{'320211199001010000'},{CREDIT_CODE},2025-01-01,\r\n".encode()
    report = actions.receive_check_batch(
        acting_user=hall.officer, exchange=exchange, content=answer_file(content, answers) + stray, at=at
    )

    checks = [Check.objects.get(run__case=case, item="insurance") for case in cases]
    assert [check.answer for check in checks] == ["yes", "no", ""]
    assert (report.rows, report.answered, report.waiting) == (4, 2, 1)
    assert [row["code"] for row in report.unmatched] == ["nobody"]
    assert Exchange.objects.get().rows_unmatched == 1
    assert Disclosure.objects.filter(viewer="人社部门").count() == 3


def test_a_case_is_on_one_list_only(at):
    hall = make_hall()
    make_listed(hall, NUMBERS[0], at=at)
    fields = {"acting_user": hall.officer, "department": "人社部门", "property_name": "insured_by", "at": at}
    assert refused(actions.send_check_batch, **fields | {"acting_user": hall.district_officer}) == "nothing_to_send"
    actions.send_check_batch(**fields)

    assert refused(actions.send_check_batch, **fields) == "nothing_to_send"
    assert refused(actions.send_check_batch, **fields | {"acting_user": make_account()}) == "not_officer"


def test_a_file_with_wrong_columns_changes_nothing(at):
    hall = make_hall()
    make_listed(hall, NUMBERS[0], at=at)
    exchange, _content = actions.send_check_batch(
        acting_user=hall.officer, department="人社部门", property_name="insured_by", at=at
    )

    code = refused(
        actions.receive_check_batch,
        acting_user=hall.officer,
        exchange=exchange,
        content="姓名,结果\r\n甲,是\r\n".encode(),
        at=at,
    )

    assert (code, Fact.objects.count()) == ("answer_columns", 0)


def test_silence_is_reported_upwards_and_passes_only_where_the_procedure_says_so(at):
    hall = make_hall()
    case = make_case(hall, "wuxi-allowance", at=at)
    drive(hall, case, at, until="checks")
    run = open_run(case)

    actions.look_at_terms(at=at + timedelta(days=30))

    insurance, credit = run.checks.order_by("pk")
    assert (insurance.answer, insurance.escalated_at is not None) == ("", True)
    assert (credit.answer, credit.is_silence) == ("yes", True)
    run.refresh_from_db()
    assert (run.state, run.escalations) == ("open", 1)
    assert refused(actions.pass_stage, acting_user=hall.officer, run=run, at=at) == "checks_open"


def test_the_housing_authority_has_until_25_working_days_after_the_first_working_day(at):
    hall = make_hall()
    case = make_case(hall, "shenzhen-new", at=at)

    due = open_run(case).checks.get(item="housing").due_at

    assert due.astimezone(at.tzinfo).date() == date(2026, 5, 11)
