"""Experts: who may review, who keeps out, and when their opinion carries a case on."""

from datetime import date

import pytest
from factories import make_account, make_member, make_organisation, make_person
from records.cases.office import CREDIT_CODE, drive, make_case, make_hall, open_run, review
from records.cases.test_steps import refused

from taihu.records.cases import actions
from taihu.records.cases.enums import CaseOutcome, SheetState
from taihu.records.cases.models import ReviewSheet
from taihu.records.cases.queries.conflicts import find_conflict
from taihu.records.facts.actions import add_fact
from taihu.records.identity.models import Membership, Person

pytestmark = pytest.mark.django_db


def at_letter(at, *, experts=16, **fields):
    hall = make_hall(experts=experts)
    case = make_case(hall, "tianjin-leading", at=at, **fields)
    drive(hall, case, at, until="letter")
    return hall, case, open_run(case)


@pytest.mark.parametrize(("agreed", "passes"), [(4, False), (5, True)])
def test_less_than_half_of_nine_peers_is_out(at, agreed, passes):
    hall, case, run = at_letter(at)
    review(hall, run, at, votes=[True] * agreed + [False] * (9 - agreed))

    actions.conclude_review(acting_user=hall.officer, run=run, at=at)

    case.refresh_from_db()
    assert (case.outcome == "") is passes
    assert (case.runs.filter(stage="panel").exists(), case.outcome == CaseOutcome.REFUSED) == (passes, not passes)


def test_exactly_half_of_ten_is_not_less_than_half(at):
    hall, _case, run = at_letter(at)
    review(hall, run, at, votes=[True] * 5 + [False] * 5)

    assert actions.count_sheets(run).passes is True


@pytest.mark.parametrize(("agreed", "passes"), [(3, False), (4, True)])
def test_the_panel_counts_two_thirds_of_those_present(at, agreed, passes):
    hall, case, run = at_letter(at)
    drive(hall, case, at, until="panel")
    run = open_run(case)
    for expert in hall.experts[9:16]:
        actions.assign_expert(acting_user=hall.officer, run=run, expert=expert, at=at)
    sheets = list(run.sheets.order_by("pk"))
    for index, sheet in enumerate(sheets[:5]):
        actions.submit_sheet(acting_user=sheet.expert, sheet=sheet, at=at, agrees=index < agreed, comment="意见")
    assert actions.count_sheets(run).passes is None

    for sheet in sheets[5:]:
        actions.mark_absent(acting_user=hall.officer, sheet=sheet, at=at)

    count = actions.count_sheets(run)
    assert (count.asked, count.present, count.passes) == (7, 5, passes)


def test_too_few_present_is_no_meeting(at):
    hall, case, run = at_letter(at)
    drive(hall, case, at, until="panel")
    run = open_run(case)
    for expert in hall.experts[9:16]:
        actions.assign_expert(acting_user=hall.officer, run=run, expert=expert, at=at)
    for sheet in run.sheets.order_by("pk")[:3]:
        actions.mark_absent(acting_user=hall.officer, sheet=sheet, at=at)

    assert refused(actions.conclude_review, acting_user=hall.officer, run=run, at=at) == "review_open"
    assert "到会人数不足" in actions.count_sheets(run).lacking


def test_the_peers_of_the_letter_do_not_sit_in_the_panel(at):
    hall, case, _run = at_letter(at)
    drive(hall, case, at, until="panel")

    code = refused(actions.assign_expert, acting_user=hall.officer, run=open_run(case), expert=hall.experts[0], at=at)

    assert code == "expert_used"


def test_the_highest_and_the_lowest_score_do_not_count_where_scores_are_trimmed(at):
    hall = make_hall(experts=5)
    case = make_case(hall, "taihu-plan", data={"track": "manager"}, at=at)
    drive(hall, case, at, until="roadshow")
    run = open_run(case)
    for expert, score in zip(hall.experts, (80, 85, 90, 70, 95), strict=True):
        sheet = actions.assign_expert(acting_user=hall.science, run=run, expert=expert, at=at)
        actions.submit_sheet(acting_user=expert, sheet=sheet, at=at, score=score, comment="意见")

    actions.conclude_review(acting_user=hall.science, run=run, at=at)

    run.refresh_from_db()
    assert run.data["score"] == "85.00"


def test_who_must_keep_out_is_not_asked(at):
    hall, case, run = at_letter(at, organisation=make_organisation(credit_code=CREDIT_CODE))
    member, insured, stranger = hall.experts[0], hall.experts[1], make_account()
    Membership.objects.create(organisation=case.organisation, account=member, role="viewer", created_at=at)
    person = Person.objects.create(account=insured, name="专家", created_at=at)
    add_fact(
        acting_user=None, at=at, subject=person, property_name="insured_by", value=CREDIT_CODE,
        valid_from=date(2025, 1, 1), source="department",
    )  # fmt: skip

    for expert, code in ((member, "expert_conflict"), (insured, "expert_conflict"), (stranger, "not_expert")):
        fields = {"acting_user": hall.officer, "run": run, "expert": expert, "at": at}
        assert refused(actions.assign_expert, **fields) == code
    assert not ReviewSheet.objects.exists()


@pytest.mark.parametrize("named_by", ["the applicant's register", "the expert's register"])
def test_somebody_of_the_applicants_household_is_not_asked(at, named_by):
    hall, case, run = at_letter(at)
    expert = hall.experts[0]
    person = Person.objects.create(account=expert, name="专家", created_at=at)
    pair = (case.person, person) if named_by.startswith("the applicant") else (person, case.person)
    add_fact(
        acting_user=None, at=at, subject=pair[0], property_name="household", value=[pair[1].pk],
        valid_from=date(2025, 1, 1), source="department",
    )  # fmt: skip

    fields = {"acting_user": hall.officer, "run": run, "at": at}
    assert find_conflict(case, expert, at=at) == "relative"
    assert find_conflict(case, hall.experts[1], at=at) == ""
    assert refused(actions.assign_expert, expert=expert, **fields) == "expert_conflict"
    assert not ReviewSheet.objects.exists()
    actions.assign_expert(expert=hall.experts[1], **fields)


def test_a_relative_declares_it_and_nothing_of_theirs_counts(at):
    hall, _case, run = at_letter(at)
    review(hall, run, at)
    sheet = run.sheets.first()

    actions.recuse(acting_user=sheet.expert, sheet=sheet, conflict="relative", at=at, reason="申请人是我弟弟")

    count = actions.count_sheets(run)
    assert (count.asked, count.passes) == (8, None)
    again = {"acting_user": hall.officer, "run": run, "expert": sheet.expert, "at": at}
    assert refused(actions.assign_expert, **again) == "expert_recused"
    assert (
        refused(actions.submit_sheet, acting_user=sheet.expert, sheet=sheet, at=at, agrees=True, comment="好")
        == "recused"
    )


def test_nobody_fills_in_the_sheet_of_another(at):
    hall, case, run = at_letter(at)
    sheet = actions.assign_expert(acting_user=hall.officer, run=run, expert=hall.experts[0], at=at)

    for account in (hall.experts[1], hall.officer, case.person.account, make_member(make_organisation())):
        fields = {"acting_user": account, "sheet": sheet, "at": at, "agrees": True, "comment": "好"}
        assert refused(actions.submit_sheet, **fields) == "not_your_sheet"
    sheet.refresh_from_db()
    assert sheet.state == SheetState.ASSIGNED


def test_the_history_does_not_say_how_anybody_voted(at):
    hall, case, run = at_letter(at)
    review(hall, run, at)

    lines = list(case.events.filter(verb="review").values_list("actor", "after", "reason"))

    assert len(lines) == 9
    assert all(actor == "评审专家" and set(after) == {"sheet"} and not reason for actor, after, reason in lines)


def test_an_applicant_who_is_an_expert_does_not_review_themselves(at):
    hall, _case, run = at_letter(at)
    hall.experts.append(run.case.person.account)
    from taihu.records.identity.models import RoleGrant

    RoleGrant.objects.create(account=run.case.person.account, unit=hall.office, role="expert", active_from=at)

    fields = {"acting_user": hall.officer, "run": run, "expert": run.case.person.account, "at": at}
    assert refused(actions.assign_expert, **fields) == "expert_conflict"
    assert make_person().account not in hall.experts
