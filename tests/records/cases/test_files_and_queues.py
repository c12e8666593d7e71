"""Queues, clocks, histories, case files, and what remains of a person who is erased."""

import io
import json
import zipfile
from datetime import timedelta

import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from factories import make_account, make_official
from records.cases.office import drive, make_case, make_hall, open_run
from records.cases.test_steps import refused

from taihu.records.audit.actions import verify
from taihu.records.base.errors import Refused
from taihu.records.cases import actions
from taihu.records.cases.case_file import export_case_file
from taihu.records.cases.enums import CaseState
from taihu.records.cases.models import Attachment, Case
from taihu.records.cases.permissions import can_view_case, can_view_file
from taihu.records.cases.queries.progress import clock_of, runs_of, steps_of
from taihu.records.cases.queries.queues import check_groups, employer_queue, overdue_runs, queue_for, review_queue
from taihu.records.identity.actions import erase_person
from taihu.records.identity.enums import Role
from taihu.records.identity.queries import export_person

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4 sample"


@pytest.mark.parametrize("count", [1, 3])
def test_a_queue_costs_one_statement_however_long(at, count, django_assert_num_queries):
    hall = make_hall()
    for _ in range(count):
        make_case(hall, "taihu-plan", data={"track": "manager"}, at=at)

    with django_assert_num_queries(1):
        rows = [
            (run.case.number, run.case.person.name, run.unit.name) for run in queue_for(hall.district_officer, at=at)
        ]

    assert len(rows) == count


def test_everybody_has_only_their_own_desk(at):
    hall = make_hall()
    case = make_case(hall, "taihu-plan", data={"track": "manager"}, at=at)

    desks = {
        account: list(queue_for(account, at=at))
        for account in (hall.district_officer, hall.officer, hall.science, hall.finance, make_account())
    }

    assert [len(rows) for rows in desks.values()] == [1, 0, 0, 0, 0]
    assert desks[hall.district_officer][0].case == case


def test_the_employer_sees_what_waits_for_it_and_others_do_not(at):
    hall = make_hall()
    case = make_case(hall, "wuxi-allowance", at=at)
    employer = case.organisation.memberships.get().account

    assert [run.case for run in employer_queue(employer, case.organisation)] == [case]
    assert not employer_queue(make_account(), case.organisation).exists()


def test_the_clock_counts_only_the_administrations_own_time(at):
    hall = make_hall()
    case = make_case(hall, "wuxi-allowance", at=at)
    run = open_run(case)
    employer = case.organisation.memberships.get().account
    actions.return_for_correction(acting_user=employer, run=run, at=at + timedelta(days=1), reason="改岗位")
    actions.submit_case(acting_user=case.person.account, case=case, at=at + timedelta(days=9))
    moment = at + timedelta(days=10)

    case.refresh_from_db()
    clock = clock_of(case, runs_of(case), at=moment)

    assert (clock.used, clock.limit, clock.left) == (2, 45, 43)
    assert clock.stage_left == 9


def test_steps_show_what_is_done_what_is_now_and_what_lies_ahead(at):
    hall = make_hall()
    case = make_case(hall, "zhenjiang-jinshan", data={"is_exception": False}, at=at)
    drive(hall, case, at, until="review")

    steps = {step.stage.id: step.state for step in steps_of(case, runs_of(case))}

    assert steps["draft"] == steps["district"] == "done"
    assert (steps["review"], steps["decision"], "exception" in steps) == ("now", "ahead", False)


def test_what_is_overdue_is_told_three_times_upwards(at):
    hall = make_hall()
    case = make_case(hall, "taihu-plan", data={"track": "manager"}, at=at)
    moment = at + timedelta(days=40)

    for _ in range(2):
        actions.look_at_terms(at=moment)
    assert [run.escalations for run in overdue_runs(hall.district_officer, at=moment)] == [1]
    for days in (50, 60, 70):
        actions.look_at_terms(at=at + timedelta(days=days))

    assert open_run(case).escalations == 3
    assert case.events.filter(verb="escalate").count() == 3


def test_questions_are_grouped_for_the_batch(at):
    hall = make_hall()
    case = make_case(hall, "wuxi-allowance", at=at)
    drive(hall, case, at, until="checks")

    groups = {row["department"]: row for row in check_groups(hall.officer, at=at)}

    assert groups["人社部门"] == {
        "department": "人社部门", "property": "insured_by", "waiting": 1, "unsent": 1, "overdue": 0,
    }  # fmt: skip
    assert check_groups(hall.science, at=at) == []


def test_documents_are_put_in_by_whoever_has_the_case_and_checked_by_an_officer(at):
    hall = make_hall()
    case = make_case(hall, "taihu-plan", data={"track": "manager"}, submit=False, at=at)
    me = case.person.account
    fields = {"case": case, "kind": "diploma", "at": at}

    row = actions.attach(acting_user=me, upload=SimpleUploadedFile("学位.pdf", PDF), **fields)
    again = {"upload": SimpleUploadedFile("b.pdf", PDF), **fields}
    assert refused(actions.attach, acting_user=me, **again) == "file_known"
    assert refused(actions.attach, acting_user=make_account(), **again) == "not_applicant"
    script = {"upload": SimpleUploadedFile("a.pdf", b"<script>"), **fields}
    assert refused(actions.attach, acting_user=me, **script) == "file_type"
    actions.submit_case(acting_user=me, case=case, at=at)
    assert refused(actions.attach, acting_user=me, **again) == "not_editable"
    assert (
        refused(actions.verify_attachment, acting_user=hall.science, attachment=row, at=at, how="学信网")
        == "not_your_stage"
    )
    actions.verify_attachment(acting_user=hall.district_officer, attachment=row, at=at, how="学信网")

    assert Attachment.objects.get().verified_how == "学信网"


def test_the_case_file_holds_everything_and_is_the_same_twice(at):
    hall = make_hall(experts=5)
    case = make_case(hall, "taihu-plan", data={"track": "manager"}, submit=False, at=at)
    actions.attach(
        acting_user=case.person.account, case=case, kind="diploma", upload=SimpleUploadedFile("a.pdf", PDF), at=at
    )
    actions.submit_case(acting_user=case.person.account, case=case, at=at)
    drive(hall, case, at, values={"amount": 100_000_000})
    case.refresh_from_db()

    content = export_case_file(acting_user=hall.officer, case=case, at=at)

    assert content == export_case_file(acting_user=hall.decider, case=case, at=at)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        data = json.loads(archive.read("case.json"))
        page = archive.read("index.html").decode()
        audit = archive.read("audit.csv").decode("utf-8-sig").splitlines()
        paper = text_of(archive.read("case.pdf"))
    assert names[:4] == ["index.html", "case.pdf", "case.json", "audit.csv"]
    assert [name.rsplit("-", 1)[-1] for name in names[4:]] == ["diploma.pdf"]
    assert case.number in paper
    assert not any(expert.display_name in paper for expert in hall.experts)
    assert (data["outcome"], data["decisions"][0]["minutes"], len(data["reviews"])) == ("granted", "2026-3", 5)
    assert case.number in page
    assert len(audit) > 20
    assert not any(str(expert) in page or str(expert) in json.dumps(data) for expert in hall.experts)
    assert verify().is_intact


def text_of(pdf):
    paper = pypdfium2.PdfDocument(pdf)
    return "".join(page.get_textpage().get_text_range() for page in paper)


def test_a_cell_that_begins_like_a_formula_is_text(at):
    hall = make_hall()
    case = make_case(hall, "taihu-plan", data={"track": "manager"}, submit=False, at=at)
    case.person.name = "=HYPERLINK(1)"
    case.person.save()
    case = Case.objects.get(pk=case.pk)
    actions.submit_case(acting_user=case.person.account, case=case, at=at)
    case.person.account.display_name = "=1+1"

    with zipfile.ZipFile(io.BytesIO(export_case_file(acting_user=hall.officer, case=case, at=at))) as archive:
        lines = archive.read("audit.csv").decode("utf-8-sig").splitlines()

    assert not any(cell.startswith(("=", "+", "@")) for line in lines for cell in line.split(","))


def test_who_may_see_a_case(at):
    hall = make_hall(experts=1)
    case = make_case(hall, "taihu-plan", data={"track": "manager"}, at=at)
    other_hall_officer = make_official()
    auditor = make_official(Role.AUDITOR)

    inside = (case.person.account, hall.officer, hall.science, hall.district_officer, auditor)
    outside = (make_account(), other_hall_officer, hall.experts[0], None)

    assert [can_view_case(account, case, at=at) for account in inside] == [True] * 5
    assert [can_view_case(account, case, at=at) for account in outside] == [False] * 4
    assert not can_view_file(case.person.account, case, at=at)
    with pytest.raises(Refused):
        export_case_file(acting_user=case.person.account, case=case, at=at)


def test_an_expert_sees_their_own_tasks_only(at):
    hall = make_hall(experts=6)
    case = make_case(hall, "taihu-plan", data={"track": "manager"}, at=at)
    drive(hall, case, at, until="roadshow")
    actions.assign_expert(acting_user=hall.science, run=open_run(case), expert=hall.experts[0], at=at)

    assert [sheet.run.case for sheet in review_queue(hall.experts[0])] == [case]
    assert not review_queue(hall.experts[1]).exists()


def test_my_data_hold_my_cases_and_erasing_leaves_decisions_without_a_name(at):
    hall = make_hall(experts=5)
    case = make_case(hall, "taihu-plan", data={"track": "manager"}, submit=False, at=at)
    person = case.person
    person.name = "王小测"
    person.save()
    case = Case.objects.get(pk=case.pk)
    actions.attach(
        acting_user=person.account, case=case, kind="diploma", upload=SimpleUploadedFile("a.pdf", PDF), at=at
    )
    actions.save_form(acting_user=person.account, case=case, data={"story": "我叫王小测"}, at=at)
    actions.submit_case(acting_user=person.account, case=case, at=at)
    actions.fail_stage(acting_user=hall.district_officer, run=open_run(case), at=at, reason="不符合条件")
    draft = make_case(hall, "taihu-plan", person=person, submit=False, at=at)
    case.refresh_from_db()
    with zipfile.ZipFile(io.BytesIO(export_person(person))) as archive:
        mine = json.loads(archive.read("data.json"))["cases"]
        assert any(name.startswith("files/case-") for name in archive.namelist())
    assert [row["number"] for row in mine] == [case.number, None]

    erase_person(acting_user=person.account, person=person, at=at)

    case.refresh_from_db()
    assert not Case.objects.filter(pk=draft.pk).exists()
    assert (case.state, case.data) == (CaseState.CLOSED, {"track": "manager"})
    assert "王小测" not in str(list(case.events.values()))
    assert not Attachment.objects.exists()


def test_money_that_is_still_paid_out_is_an_obstacle_to_erasing(at):
    hall = make_hall(experts=5)
    case = make_case(hall, "taihu-plan", data={"track": "manager"}, at=at)
    drive(hall, case, at, values={"amount": 100_000_000}, until="rest")

    with pytest.raises(Refused) as error:
        erase_person(acting_user=case.person.account, person=case.person, at=at)

    assert error.value.code == "not_yet"
