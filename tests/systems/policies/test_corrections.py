"""A person may say that a fact is wrong; an officer checks, and nothing that was known is lost."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from factories import AT, make_account, make_official
from systems.policies.makers import make_known, publish_text

from taihu.records.audit.models import AuditEntry
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.facts.models import Fact
from taihu.records.identity.actions.erasure import data_holders
from taihu.systems.policies.actions.corrections import decide_correction, request_correction, withdraw_request
from taihu.systems.policies.enums import CorrectionState, Group
from taihu.systems.policies.models import CorrectionRequest
from taihu.systems.policies.queries.entitlements import standing_of

pytestmark = pytest.mark.django_db
DAY = date(2025, 1, 1)


def ask(person, name="is_full_time", value=True, **fields):
    values = {"acting_user": person.account, "valid_from": DAY, "reason": "我是全职", **fields}
    return request_correction(at=AT, person=person, property_name=name, value=value, **values)


def answer(request, *, is_accepted=True, officer=None, text="已向人社核实"):
    return decide_correction(
        acting_user=officer or make_official(), at=AT, request=request, is_accepted=is_accepted, answer=text
    )


def test_an_accepted_correction_replaces_what_was_known_and_counts():
    publish_text()
    person = make_known(is_full_time=False)
    assert standing_of(person, at=AT).of("sample").group == Group.NEAR

    done = answer(ask(person))

    assert done.state == CorrectionState.ACCEPTED
    assert standing_of(person, at=AT).of("sample").group == Group.ENTITLED
    old = Fact.objects.get(person=person, property="is_full_time", value=False)
    assert old.known_to == AT


def test_until_it_is_checked_nothing_changes():
    publish_text()
    person = make_known(is_full_time=False)

    ask(person)

    assert standing_of(person, at=AT).of("sample").group == Group.NEAR


def test_a_refused_correction_leaves_the_fact():
    person = make_known(is_full_time=False)

    done = answer(ask(person), is_accepted=False)

    assert (done.state, done.fact) == (CorrectionState.REFUSED, None)
    assert Fact.objects.get(person=person, property="is_full_time").known_to is None


def test_evidence_is_judged_by_what_it_is():
    person = make_known()
    paper = SimpleUploadedFile("合同.pdf", b"%PDF-1.4 test")

    assert ask(person, upload=paper).evidence.content_type == "pdf"
    with pytest.raises(Refused):
        ask(person, "is_returnee", upload=SimpleUploadedFile("x.pdf", b"MZ"))
    assert CorrectionRequest.objects.count() == 1


def test_strangers_neither_ask_nor_withdraw():
    person = make_known()
    with pytest.raises(NotAllowed):
        ask(person, acting_user=make_account())
    request = ask(person)
    with pytest.raises(NotAllowed):
        withdraw_request(acting_user=make_account(), at=AT, request=request)

    request.refresh_from_db()
    assert request.state == CorrectionState.REQUESTED


def test_only_officers_decide_and_never_their_own():
    person = make_known()
    request = ask(person)

    with pytest.raises(NotAllowed):
        answer(request, officer=person.account)
    officer = make_official()
    person.account = officer
    person.save()
    with pytest.raises(NotAllowed, match="自己"):
        answer(request, officer=officer)

    assert CorrectionRequest.objects.get().state == CorrectionState.REQUESTED


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"reason": " "}, "reason"),
        ({"valid_from": date(2030, 1, 1)}, "fact_future"),
        ({"value": "perhaps"}, "fact_value"),
        ({"name": "employer_kind", "value": "enterprise"}, "fact_subject"),
        ({"name": "degree", "value": [{"level": "wizard"}]}, "fact_value"),
        ({"name": "no_such_fact"}, "unknown_property"),
    ],
)
def test_a_request_that_cannot_be_is_refused(fields, code):
    person = make_known()

    with pytest.raises(Refused) as refused:
        ask(person, **fields)

    assert refused.value.code == code
    assert not CorrectionRequest.objects.exists()


def test_one_open_request_per_fact():
    person = make_known()
    ask(person)

    with pytest.raises(Refused) as refused:
        ask(person)

    assert refused.value.code == "correction_open"


def test_both_ends_are_audited():
    person = make_known()

    answer(ask(person))

    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"policies.ask_correction", "policies.answer_correction", "facts.withdraw", "facts.add"} <= actions


def test_a_person_takes_requests_along_and_erases_what_is_not_decided():
    person = make_known()
    answer(ask(person, upload=SimpleUploadedFile("合同.pdf", b"%PDF-1.4 test")))
    ask(person, "is_returnee")
    holder = next(item for item in data_holders() if item.name == "policies.lists")

    assert [row["property"] for row in holder.export(person)["corrections"]] == ["is_full_time", "is_returnee"]
    assert [name for name, _file in holder.files(person)] == [
        f"corrections/{CorrectionRequest.objects.first().pk}-合同.pdf"
    ]
    holder.erase(person, AT)

    kept = CorrectionRequest.objects.get()
    assert (kept.property, kept.value, kept.reason, kept.answer) == ("is_full_time", None, "", "已向人社核实")
