"""Pass, fail, return for correction, delegate: by whoever has the case, with a reason, so many times."""

from datetime import timedelta

import pytest
from factories import make_account, make_member, make_organisation, make_person
from records.cases.office import drive, make_case, make_hall, open_run

from taihu.records.audit.models import AuditEntry
from taihu.records.base.errors import Refused
from taihu.records.cases import actions
from taihu.records.cases.enums import CaseOutcome, CaseState, RunState
from taihu.records.cases.models import Case, CaseEvent, StageRun
from taihu.records.identity.enums import MemberRole

pytestmark = pytest.mark.django_db


def refused(act, **fields) -> str:
    """The code of a refusal that changed nothing."""
    before = (AuditEntry.objects.count(), list(StageRun.objects.order_by("pk").values()))
    with pytest.raises(Refused) as error:
        act(**fields)
    assert (AuditEntry.objects.count(), list(StageRun.objects.order_by("pk").values())) == before
    return error.value.code


def test_a_draft_has_no_number_and_a_submitted_case_has_the_next_one(at):
    hall = make_hall()
    draft = make_case(hall, "taihu-plan", submit=False, at=at)
    first, second = (make_case(hall, "taihu-plan", data={"track": "manager"}, at=at) for _ in range(2))

    assert (draft.number, draft.state) == (None, CaseState.DRAFT)
    assert [first.number, second.number] == ["锡才申〔2026〕00001号", "锡才申〔2026〕00002号"]


def test_the_applicant_corrects_and_the_case_goes_back_to_who_asked(at):
    hall = make_hall()
    case = make_case(hall, "wuxi-allowance", at=at)
    drive(hall, case, at, until="district")
    run = open_run(case, "district")

    actions.return_for_correction(acting_user=hall.district_officer, run=run, at=at, reason="缺少劳动合同")
    correction = open_run(case)
    assert (correction.stage, correction.returned_by_id) == ("draft", run.pk)
    assert correction.due_at == at.replace(hour=16) + timedelta(days=14)
    actions.save_form(acting_user=case.person.account, case=case, data={"contract": "已补"}, at=at)
    actions.submit_case(acting_user=case.person.account, case=case, at=at)

    assert open_run(case).stage == "district"
    case.refresh_from_db()
    assert case.data["contract"] == "已补"
    assert CaseEvent.objects.get(case=case, verb="return").reason == "缺少劳动合同"


def test_a_case_is_returned_only_so_often(at):
    hall = make_hall()
    case = make_case(hall, "wuxi-allowance", at=at)
    drive(hall, case, at, until="district")
    for _ in range(2):
        actions.return_for_correction(acting_user=hall.district_officer, run=open_run(case), at=at, reason="缺材料")
        actions.submit_case(acting_user=case.person.account, case=case, at=at)

    code = refused(
        actions.return_for_correction, acting_user=hall.district_officer, run=open_run(case), at=at, reason="再补"
    )

    assert code == "returns_used_up"


def test_a_correction_that_does_not_come_ends_the_case_where_the_procedure_says_so(at):
    hall = make_hall()
    case = make_case(hall, "taihu-plan", data={"track": "manager"}, at=at)
    drive(hall, case, at, until="first_check")
    actions.return_for_correction(acting_user=hall.science, run=open_run(case), at=at, reason="缺计划书")

    actions.look_at_terms(at=at + timedelta(days=13))
    case.refresh_from_db()
    assert case.state == CaseState.OPEN
    actions.look_at_terms(at=at + timedelta(days=30))

    case.refresh_from_db()
    assert (case.state, case.outcome) == (CaseState.CLOSED, CaseOutcome.ENDED)


def test_a_refusal_needs_a_reason_and_ends_the_case(at):
    hall = make_hall()
    case = make_case(hall, "taihu-plan", data={"track": "manager"}, at=at)
    run = open_run(case)

    assert (
        refused(actions.fail_stage, acting_user=hall.district_officer, run=run, at=at, reason="  ") == "reason_needed"
    )
    actions.fail_stage(acting_user=hall.district_officer, run=run, at=at, reason="不在本区注册")

    case.refresh_from_db()
    assert (case.state, case.outcome) == (CaseState.CLOSED, CaseOutcome.REFUSED)


def test_a_city_stage_is_given_to_a_district_and_only_the_district_has_it_then(at):
    hall = make_hall()
    case = make_case(hall, "taihu-plan", data={"track": "manager"}, at=at)
    drive(hall, case, at, until="first_check")
    run = open_run(case)

    actions.delegate(acting_user=hall.science, run=run, unit=hall.district, at=at, reason="由区里就近核查")

    assert refused(actions.pass_stage, acting_user=hall.science, run=run, at=at) == "not_your_stage"
    actions.pass_stage(acting_user=hall.district_officer, run=run, at=at)
    assert open_run(case).stage == "roadshow"


def test_what_a_procedure_does_not_let_go_is_not_delegated(at):
    hall = make_hall()
    case = make_case(hall, "taihu-plan", data={"track": "manager"}, at=at)

    code = refused(actions.delegate, acting_user=hall.district_officer, run=open_run(case), unit=hall.department, at=at)

    assert code == "not_delegable"


def test_strangers_move_nothing(at):
    hall = make_hall()
    case = make_case(hall, "taihu-plan", data={"track": "manager"}, at=at)
    run = open_run(case)

    for account in (make_account(), case.person.account, hall.science, make_member(make_organisation())):
        assert refused(actions.pass_stage, acting_user=account, run=run, at=at) == "not_your_stage"
        assert refused(actions.fail_stage, acting_user=account, run=run, at=at, reason="否") == "not_your_stage"
    assert refused(actions.submit_case, acting_user=make_person().account, case=case, at=at) == "not_applicant"
    assert refused(actions.withdraw_case, acting_user=hall.officer, case=case, at=at) == "not_applicant"


def test_of_two_that_act_one_is_refused(at):
    hall = make_hall()
    case = make_case(hall, "taihu-plan", data={"track": "manager"}, at=at)
    stale = open_run(case)
    actions.pass_stage(acting_user=hall.district_officer, run=open_run(case), at=at)

    assert refused(actions.pass_stage, acting_user=hall.district_officer, run=stale, at=at) == "stage_closed"


def test_an_employer_publishes_seven_working_days_before_it_confirms(at):
    hall = make_hall()
    case = make_case(hall, "xiamen-housing", at=at)
    run = open_run(case)
    employer = case.organisation.memberships.get().account

    assert refused(actions.pass_stage, acting_user=employer, run=run, at=at + timedelta(days=5)) == "too_early"
    actions.pass_stage(acting_user=employer, run=run, at=run.not_before)

    assert open_run(case).stage == "checks"


def test_two_stages_at_once_both_have_to_pass(at):
    hall = make_hall(experts=3)
    case = make_case(hall, "wuqing-project", at=at)
    drive(hall, case, at, until="science")
    assert set(case.runs.filter(state=RunState.OPEN).values_list("stage", flat=True)) == {"science", "experts"}

    actions.pass_stage(acting_user=hall.science, run=open_run(case, "science"), at=at)
    assert open_run(case).stage == "experts"
    drive(hall, case, at, until="office")

    assert open_run(case).stage == "office"


def test_when_one_of_two_fails_the_other_ends_too(at):
    hall = make_hall(experts=3)
    case = make_case(hall, "wuqing-project", at=at)
    drive(hall, case, at, until="science")

    actions.fail_stage(acting_user=hall.science, run=open_run(case, "science"), at=at, reason="不符合产业方向")

    case.refresh_from_db()
    assert case.outcome == CaseOutcome.REFUSED
    assert case.runs.get(stage="experts").state == RunState.ABANDONED


def test_the_lowest_tier_ends_at_the_district(at):
    hall = make_hall()
    case = make_case(hall, "jiaxing-class", data={"tier": "basic"}, at=at)

    assert drive(hall, case, at) == ["district", "district_decision", "certificate"]


def test_a_condition_on_an_unknown_field_asks_for_it(at):
    hall = make_hall()
    case = make_case(hall, "jiaxing-class", at=at)

    code = refused(actions.pass_stage, acting_user=hall.district_officer, run=open_run(case), at=at)

    assert code == "field_unknown"


def test_withdrawing_ends_a_case_and_nothing_can_be_done_after(at):
    hall = make_hall()
    case = make_case(hall, "taihu-plan", data={"track": "manager"}, at=at)
    run = open_run(case)

    actions.withdraw_case(acting_user=case.person.account, case=case, at=at, reason="计划有变")

    assert refused(actions.pass_stage, acting_user=hall.district_officer, run=run, at=at) == "stage_closed"
    assert refused(actions.submit_case, acting_user=case.person.account, case=case, at=at) == "not_editable"
    assert Case.objects.get(pk=case.pk).outcome == CaseOutcome.WITHDRAWN


def test_a_version_that_cases_rest_on_is_not_changed(at):
    hall = make_hall()
    case = make_case(hall, "taihu-plan", data={"track": "manager"}, at=at)
    text = case.procedure.source

    assert actions.add_procedure(acting_user=None, source=text, file="a.yaml", at=at) == case.procedure
    with pytest.raises(Refused) as error:
        actions.add_procedure(acting_user=None, source=text.replace("项目初审", "初审"), file="a.yaml", at=at)

    assert error.value.code == "version_used"


def test_money_in_a_form_is_kept_in_whole_fen(at):
    hall = make_hall()
    case = make_case(hall, "taihu-plan", data={"track": "manager", "amount": "300万"}, submit=False, at=at)

    assert case.data == {"track": "manager", "amount": 300_000_000}
    with pytest.raises(Refused) as error:
        actions.save_form(acting_user=case.person.account, case=case, data={"amount": "很多"}, at=at)
    assert (error.value.code, error.value.field) == ("bad_value", "amount")


def test_an_organisation_applies_through_its_recruiters(at):
    hall = make_hall()
    organisation = make_organisation()
    owner = make_member(organisation, MemberRole.OWNER)
    actions.load_shipped(at=at, only=("suzhou-referral",))
    case = actions.open_case(
        acting_user=owner,
        at=at,
        procedure="suzhou-referral",
        title="引才奖励",
        origin="test",
        origin_id="org-1",
        units=actions.Units(office=hall.office),
        organisation=organisation,
        data={"introducer": "agency"},
    )

    actions.submit_case(acting_user=owner, case=case, at=at)

    assert open_run(case).unit == hall.office
    assert refused(actions.withdraw_case, acting_user=make_account(), case=case, at=at) == "not_applicant"
