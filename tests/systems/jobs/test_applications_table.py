"""The whole life of an application as a table: every state with every verb."""

import pytest
from systems.jobs.people import make_case

from taihu.records.audit.models import AuditEntry
from taihu.records.base.errors import Refused
from taihu.systems.jobs.actions.steps import STEPS, Party, advance, allowed_verbs
from taihu.systems.jobs.enums import OPEN_APPLICATION, Side
from taihu.systems.jobs.enums import ApplicationState as State
from taihu.systems.jobs.enums import ApplicationVerb as Verb
from taihu.systems.jobs.models import Application, ApplicationEvent

pytestmark = pytest.mark.django_db

EXPECTED = {
    State.SUBMITTED: "view>viewed shortlist>shortlisted interview>interview offer>offered refuse>refused "
    "withdraw>withdrawn supersede>obsolete answer_for_employer>unanswered",
    State.VIEWED: "shortlist>shortlisted interview>interview offer>offered refuse>refused "
    "withdraw>withdrawn supersede>obsolete answer_for_employer>unanswered",
    State.SHORTLISTED: "interview>interview offer>offered refuse>refused "
    "withdraw>withdrawn supersede>obsolete answer_for_employer>unanswered",
    State.INTERVIEW: "interview>interview offer>offered refuse>refused "
    "withdraw>withdrawn supersede>obsolete answer_for_employer>unanswered",
    State.OFFERED: "withdraw_offer>shortlisted accept>accepted decline>declined expire_offer>shortlisted "
    "supersede>obsolete",
    State.ACCEPTED: "withdraw>withdrawn",
    State.REFUSED: "",
    State.WITHDRAWN: "",
    State.DECLINED: "",
    State.OBSOLETE: "",
    State.UNANSWERED: "",
}


def test_the_table_is_the_whole_machine():
    table = {state: dict(pair.split(">") for pair in EXPECTED[state].split()) for state in State}

    machine = {
        state: {verb.value: step.target.value for verb, step in STEPS.items() if state in step.sources}
        for state in State
    }

    assert machine == table


@pytest.mark.parametrize("verb", Verb)
def test_a_verb_works_from_its_states_only_and_else_changes_nothing(at, verb):
    application, _seeker, _recruiter = make_case(at=at)
    party = Party(STEPS[verb].side, None, "某方")
    for state in State:
        Application.objects.filter(pk=application.pk).update(state=state)
        before = (ApplicationEvent.objects.count(), AuditEntry.objects.count())

        if state in STEPS[verb].sources:
            assert advance(application, verb, party=party, at=at) == state
            application.refresh_from_db()
            assert application.state == STEPS[verb].target
            assert (ApplicationEvent.objects.count(), AuditEntry.objects.count()) == (before[0] + 1, before[1] + 1)
        else:
            with pytest.raises(Refused, match="现在是"):
                advance(application, verb, party=party, at=at)
            application.refresh_from_db()
            assert application.state == state
            assert (ApplicationEvent.objects.count(), AuditEntry.objects.count()) == before


@pytest.mark.parametrize("verb", Verb)
def test_no_side_takes_the_step_of_another(at, verb):
    application, _seeker, _recruiter = make_case(at=at)
    Application.objects.filter(pk=application.pk).update(state=next(iter(STEPS[verb].sources)))

    for side in set(Side) - {STEPS[verb].side}:
        with pytest.raises(Refused, match="另一方"):
            advance(application, verb, party=Party(side, None, "某方"), at=at)

    assert ApplicationEvent.objects.count() == 1


def test_every_open_state_can_end_and_every_end_is_final():
    for state in State:
        verbs = [verb for side in Side for verb in allowed_verbs(state, side)]
        assert bool(verbs) == (state in OPEN_APPLICATION or state == State.ACCEPTED)


def test_a_stale_copy_cannot_move_what_has_moved(at):
    application, _seeker, _recruiter = make_case(at=at)
    stale = Application.objects.get(pk=application.pk)
    advance(application, Verb.REFUSE, party=Party(Side.EMPLOYER, None, "单位"), at=at, refusal_reason="skills")

    with pytest.raises(Refused) as refused:
        advance(stale, Verb.WITHDRAW, party=Party(Side.PERSON, None, "本人"), at=at)

    assert (refused.value.code, refused.value.data["state"]) == ("wrong_state", State.REFUSED)
