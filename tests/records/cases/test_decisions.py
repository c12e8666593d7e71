"""Decisions: by the right body, with minutes, attendance, recusals and grounds; precedents; document numbers; appeals."""

from datetime import date, timedelta

import pytest
from records.cases.office import drive, grant, make_case, make_hall, minutes, open_run
from records.cases.test_steps import refused

from taihu.records.base.errors import Refused
from taihu.records.cases import actions
from taihu.records.cases.enums import CaseOutcome, CaseState, DecisionKind, Resolution
from taihu.records.cases.models import DecisionRecord
from taihu.records.cases.queries.precedents import precedents_for

pytestmark = pytest.mark.django_db
WAN = 1_000_000


def at_decision(at, track="leading_team", amount=300 * WAN):
    hall = make_hall(experts=5)
    case = make_case(hall, "taihu-plan", data={"track": track}, at=at)
    drive(hall, case, at, values={"amount": amount}, until="decision")
    return hall, case, open_run(case)


@pytest.mark.parametrize(
    ("track", "amount", "body"),
    [
        ("leading_team", 300 * WAN, "leading_group"),
        ("leading_team", 1000 * WAN, "leading_group"),
        ("leading_team", 1000 * WAN + 1, "standing_committee"),
        ("top_team", 100 * WAN, "standing_committee"),
    ],
)
def test_the_body_depends_on_the_category_and_the_amount(at, track, amount, body):
    _hall, _case, run = at_decision(at, track, amount)

    assert actions.body_for(run, at) == body


def test_another_body_cannot_decide_and_a_larger_amount_goes_higher(at):
    hall, _case, run = at_decision(at)

    for body, amount in (("office_meeting", None), ("leading_group", 2000 * WAN)):
        with pytest.raises(Refused) as error:
            grant(hall, run, at, amount=amount, minutes={"body": body})
        assert error.value.code == "wrong_body"
    assert not DecisionRecord.objects.exists()


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"number": " "}, "minutes_needed"),
        ({"attendees": []}, "attendees_needed"),
        ({"held_on": date(2026, 3, 11)}, "future_meeting"),
        ({"recusals": [{"name": "甲主任", "reason": "亲属"}]}, "recused_sat"),
        ({"recusals": [{"name": "丁委员", "reason": ""}]}, "recusal_reason"),
    ],
)
def test_a_record_is_complete_or_refused(at, fields, code):
    hall, _case, run = at_decision(at)

    def act():
        grant(hall, run, at, minutes=fields)

    assert refused(act) == code


def test_the_applicant_does_not_sit(at):
    hall, case, run = at_decision(at)

    def act():
        grant(hall, run, at, minutes={"attendees": ["甲主任", case.person.name]})

    assert refused(act) == "applicant_sat"


def test_a_deferred_matter_stays_and_is_decided_later_in_one_record(at):
    hall, case, run = at_decision(at)

    grant(hall, run, at, resolution=Resolution.DEFER)
    assert open_run(case).stage == "decision"
    grant(hall, run, at, minutes={"number": "2026-4", "recusals": [{"name": "丁委员", "reason": "同一课题组"}]})

    record = DecisionRecord.objects.get()
    assert (record.minutes, record.resolution, record.recusals[0]["name"]) == ("2026-4", "grant", "丁委员")
    assert open_run(case).stage == "notice"


def test_case_by_case_support_names_an_amount_and_shows_precedents(at):
    hall, case, run = at_decision(at, "top_team", 5000 * WAN)

    def act():
        grant(hall, run, at, kind=DecisionKind.SPECIAL)

    assert refused(act) == "amount_needed"
    first = grant(hall, run, at, kind=DecisionKind.SPECIAL, amount=10_000 * WAN)
    other = make_case(hall, "taihu-plan", data={"track": "top_team"}, at=at)
    second_hall_run_case = precedents_for(other)

    case.refresh_from_db()
    assert case.data["amount"] == 10_000 * WAN
    assert second_hall_run_case == [first]
    assert precedents_for(case) == []


def test_instalments_that_a_body_sets_add_up(at):
    hall, _case, run = at_decision(at, "top_team", 5000 * WAN)
    parts = [{"due": "2026-06-01", "amount": 3000 * WAN}, {"due": "2027-06-01", "amount": 1999 * WAN}]

    def act():
        grant(hall, run, at, kind=DecisionKind.SPECIAL, amount=5000 * WAN, schedule=parts)

    assert refused(act) == "schedule_sum"


@pytest.mark.parametrize("number", ["锡人才办[2026]3号", "锡人才办(2026)3号", "3号", "锡人才办〔26〕3号", ""])
def test_a_document_number_has_six_cornered_brackets(at, number):
    hall, case, _run = at_decision(at)
    drive(hall, case, at, until="document")
    run = open_run(case)

    fields = {"acting_user": hall.officer, "run": run, "at": at, "number": number, "signed_on": at.date()}
    assert refused(actions.issue_document, **fields) == "document_number"


def test_the_document_number_stands_in_the_decision(at):
    hall, case, _run = at_decision(at)

    drive(hall, case, at, until="contract")

    record = DecisionRecord.objects.get()
    assert (record.document_number, record.document_on is not None) == ("锡人才办〔2026〕3号", True)
    assert refused(actions.withdraw_case, acting_user=case.person.account, case=case, at=at) == "decided"


def test_a_refused_applicant_appeals_once_in_time_and_somebody_else_answers(at):
    hall, case, run = at_decision(at)
    grant(hall, run, at, resolution=Resolution.REFUSE)
    case.refresh_from_db()
    assert (case.state, case.outcome) == (CaseState.CLOSED, CaseOutcome.REFUSED)
    me = case.person.account
    late = {"acting_user": me, "case": case, "at": at + timedelta(days=70), "grounds": "材料齐全"}
    assert refused(actions.file_appeal, **late) == "appeal_late"

    appeal = actions.file_appeal(acting_user=me, case=case, at=at + timedelta(days=20), grounds="材料齐全")
    answer = {"appeal": appeal, "at": at + timedelta(days=25), "is_upheld": True, "answer": "评分有误"}
    assert refused(actions.decide_appeal, acting_user=hall.officer, **answer) == "own_refusal"
    assert refused(actions.decide_appeal, acting_user=hall.science, **answer) == "not_office"
    actions.decide_appeal(acting_user=hall.decider, **answer)

    case.refresh_from_db()
    assert (case.state, case.outcome, open_run(case).stage) == (CaseState.OPEN, "", "first_check")
    assert refused(actions.file_appeal, acting_user=me, case=case, at=at, grounds="再来") == "not_refused"


def test_a_dismissed_appeal_leaves_the_refusal(at):
    hall, case, run = at_decision(at)
    grant(hall, run, at, resolution=Resolution.REFUSE)
    case.refresh_from_db()
    appeal = actions.file_appeal(acting_user=case.person.account, case=case, at=at, grounds="不服")

    actions.decide_appeal(acting_user=hall.decider, appeal=appeal, at=at, is_upheld=False, answer="维持")

    case.refresh_from_db()
    assert (case.outcome, appeal.state) == (CaseOutcome.REFUSED, "dismissed")
    assert refused(actions.file_appeal, acting_user=case.person.account, case=case, at=at, grounds="再来") == "appealed"


def test_minutes_are_made_for_the_body_at_hand(at):
    _hall, _case, run = at_decision(at)

    assert minutes(run, at).body == "leading_group"
