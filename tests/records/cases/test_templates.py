"""The shipped templates: all pass the checker, and a case runs through each of them from draft to its end."""

import pytest
from records.cases.office import drive, make_case, make_hall

from taihu.records.cases.enums import CaseOutcome, CaseState
from taihu.records.cases.procedures.shipped import shipped_procedures
from taihu.records.facts.properties import PERSON, all_properties

PROCEDURES = shipped_procedures()
# What the forms and grading stages need where a procedure asks for it.
DATA = {
    "taihu-plan": {"track": "leading_talent"},
    "suzhou-referral": {"introducer": "agency"},
    "jiaxing-class": {"tier": "high"},
    "zhenjiang-jinshan": {"is_exception": True},
}
VALUES = {"amount": 100_000_000, "level": "a", "talent_class": "B"}


def test_every_procedure_of_the_collection_is_shipped_as_a_dated_example():
    assert len(PROCEDURES) >= 12
    assert all(item.is_example and item.notice and item.document and item.basis for item in PROCEDURES)
    assert len({item.key for item in PROCEDURES}) == len(PROCEDURES)


def test_departments_are_asked_for_facts_that_exist():
    names = [item.name for item in all_properties() if item.subject == PERSON]

    assert shipped_procedures(names) == PROCEDURES


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.parametrize("procedure", PROCEDURES, ids=lambda item: item.id)
def test_a_case_runs_from_draft_to_its_end(procedure, at):
    hall = make_hall(experts=16)
    case = make_case(hall, procedure.id, data=DATA.get(procedure.id), at=at)

    passed = drive(hall, case, at, values=VALUES)

    case.refresh_from_db()
    assert (case.state, case.outcome) == (CaseState.CLOSED, CaseOutcome.GRANTED)
    assert case.number.startswith(f"{procedure.number}〔2026〕")
    assert passed == [run.stage for run in case.runs.order_by("pk") if run.stage != procedure.first.id]
    assert not case.runs.filter(state="open").exists()
