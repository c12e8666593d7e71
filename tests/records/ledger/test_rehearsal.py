"""What a confirmation page promises is what the act does, to the fen; rehearsing leaves no trace."""

import dataclasses
from datetime import date

import pytest
from factories import make_official
from records.ledger.making import AT, TODAY, make_commitment, make_payee, make_treasury, pay

from taihu.records.audit.models import AuditEntry
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.models import OutboxEvent
from taihu.records.identity.enums import Role
from taihu.records.ledger.actions import (
    HigherStandard,
    cancel_instalments,
    demand_recovery,
    grant_missing,
    hold_instalments,
    offset_recovery,
    raise_commitment,
    recheck_due,
    resume_instalments,
    reverse_receipt,
    waive_recovery,
)
from taihu.records.ledger.enums import AccountKind
from taihu.records.ledger.models import Commitment, Entry, Instalment, Override, Receipt, Share
from taihu.records.ledger.queries.lines import balances
from taihu.records.ledger.rehearsal import Act, perform, rehearse
from taihu.records.ledger.verification import verify_ledger

pytestmark = pytest.mark.django_db
DAYS = [date(2026, 3, 1), date(2027, 3, 1), date(2028, 3, 1)]


@pytest.fixture
def treasury():
    return make_treasury()


@pytest.fixture
def promised(treasury):
    """Three instalments, the first paid."""
    commitment = make_commitment(treasury, (40_000_00, 30_000_00, 30_000_00), due=DAYS)
    pay(treasury)
    return commitment


def standing(treasury):
    return balances([treasury.line])[0]


def cancelling(treasury, commitment, numbers=(2, 3)):
    instalments = Instalment.objects.filter(commitment=commitment)
    common = {"acting_user": treasury.maker, "at": AT}
    return Act(
        do=lambda: cancel_instalments(**common, commitment=commitment, reason="离开本市", numbers=numbers),
        instalments=instalments,
        **common,
    )


def test_a_rehearsal_says_what_would_change_and_changes_nothing(treasury, promised):
    before = (Entry.objects.count(), AuditEntry.objects.count(), OutboxEvent.objects.count(), standing(treasury))

    found = rehearse(cancelling(treasury, promised))

    assert [(row.book, row.change, row.after) for row in found.books] == [
        (AccountKind.FREE, 60_000_00, 60_000_00),
        (AccountKind.COMMITTED, -60_000_00, 0),
    ]
    assert [(row.instalment.number, row.state_before, row.will_pay) for row in found.instalments] == [
        (2, "planned", 0),
        (3, "planned", 0),
    ]
    after = (Entry.objects.count(), AuditEntry.objects.count(), OutboxEvent.objects.count(), standing(treasury))
    assert after == before
    assert set(promised.instalments.values_list("state", flat=True)) == {"paid", "planned"}


def test_what_was_shown_is_done(treasury, promised):
    shown = rehearse(cancelling(treasury, promised))

    done = perform(cancelling(treasury, promised), shown.digest)

    assert done.books == shown.books
    assert standing(treasury).free == 60_000_00
    assert verify_ledger().is_sound


def test_what_changed_since_it_was_shown_is_not_done(treasury, promised):
    shown = rehearse(cancelling(treasury, promised))
    cancel_instalments(acting_user=None, at=AT, commitment=promised, reason="先取消一期", numbers=[3])

    with pytest.raises(Refused, match="刚刚有变化"):
        perform(cancelling(treasury, promised), shown.digest)

    assert promised.instalments.get(number=2).state == "planned"


def test_other_money_on_the_line_does_not_stand_in_the_way(treasury, promised):
    shown = rehearse(cancelling(treasury, promised))
    cancel_instalments(
        acting_user=None, at=AT, commitment=make_commitment(make_treasury("320214-finance")), reason="别处"
    )

    perform(cancelling(treasury, promised), shown.digest)

    assert standing(treasury).free == 60_000_00


def test_a_rehearsal_refuses_in_the_words_of_the_act(treasury, promised):
    stranger = make_treasury("320214-finance", level="district")

    with pytest.raises(NotAllowed, match="拨付单位"):
        rehearse(cancelling(stranger, promised))


def test_stopped_payments_are_resumed_by_an_officer_and_looked_at_again(treasury, promised):
    parts = list(promised.instalments.filter(number__in=[2, 3]).select_related("commitment"))
    hold_instalments(acting_user=treasury.maker, at=AT, instalments=parts, reason="核实在职情况")
    with pytest.raises(NotAllowed):
        resume_instalments(acting_user=treasury.maker, at=AT, instalments=parts, reason="x")
    with pytest.raises(Refused, match="理由"):
        resume_instalments(acting_user=make_official(), at=AT, instalments=parts, reason=" ")

    resume_instalments(acting_user=make_official(), at=AT, instalments=parts[:1], reason="已核实")

    assert list(promised.instalments.order_by("number").values_list("state", flat=True)) == ["paid", "planned", "held"]
    assert verify_ledger().is_sound
    recheck_due(acting_user=None, at=AT, until=DAYS[1])
    assert promised.instalments.get(number=2).state == "cleared"
    with pytest.raises(Refused, match="没有暂停"):
        resume_instalments(acting_user=make_official(), at=AT, instalments=parts[:1], reason="再来")


def test_an_instalment_partly_offset_keeps_showing_where_its_shares_stand(treasury):
    person = make_payee()
    first = make_commitment(treasury, (10_000_00,), person=person)
    pay(treasury)
    second = make_commitment(treasury, (5_000_00,), person=person)
    recheck_due(acting_user=None, at=AT, until=TODAY)
    recovery = demand(first, 1_000_00)
    part = second.instalments.select_related("commitment").get()
    common = {"acting_user": treasury.maker, "at": AT, "recovery": recovery}
    offset_recovery(**common, instalment=part, key="o", amount=1_000_00, note="抵扣")

    with pytest.raises(Refused, match="没有可以暂停"):
        hold_instalments(acting_user=treasury.maker, at=AT, instalments=[part], reason="x")
    with pytest.raises(Refused, match="已用于抵扣"):
        cancel_instalments(acting_user=treasury.maker, at=AT, commitment=second, reason="x")

    assert verify_ledger().is_sound


def demand(commitment, amount, **fields):
    return demand_recovery(
        acting_user=make_official(), at=AT, commitment=commitment, key=f"d{commitment.pk}", amount=amount,
        ground="left", reason="离开", document="文1", due_date=TODAY, **fields,
    )  # fmt: skip


def test_a_higher_standard_pays_the_difference_in_the_old_proportion(promised):
    treasury = make_treasury("320205-finance", amount=1_000_000_00)
    commitment = make_commitment(treasury, (40_000_00, 30_000_00, 30_000_00), due=DAYS)
    pay(treasury, key="other")

    made = raised(treasury, commitment, 200_000_00)

    plan = list(made.instalments.order_by("number").values_list("amount", "due_date"))
    assert (made.gross, made.deducted, made.total) == (200_000_00, 40_000_00, 160_000_00)
    assert plan == [(40_000_00, TODAY), (60_000_00, DAYS[1]), (60_000_00, DAYS[2])]
    assert list(commitment.instalments.order_by("number").values_list("state", flat=True)) == [
        "paid",
        "cancelled",
        "cancelled",
    ]
    assert (made.origin, made.origin_ref, made.person) == ("test", "1", commitment.person)
    assert AuditEntry.objects.filter(action="ledger.supersede").get().data["reason"] == "晋升"
    assert verify_ledger().is_sound


def raised(treasury, commitment, gross, key="raise"):
    return raise_commitment(
        acting_user=treasury.maker, at=AT, commitment=commitment, standard=HigherStandard(gross, "锡人才〔2026〕9号"),
        key=key, reason="晋升",
    )  # fmt: skip


def test_a_standard_raised_twice_deducts_everything_that_was_paid():
    treasury = make_treasury(amount=1_000_000_00)
    first = make_commitment(treasury, (10_000_00, 10_000_00), due=[DAYS[0], DAYS[1]])
    pay(treasury, key="one")
    second = raised(treasury, first, 50_000_00, key="a")
    pay(treasury, key="two")

    third = raised(treasury, second, 80_000_00, key="b")

    paid = sum(Share.objects.filter(state="paid").values_list("amount", flat=True))
    assert paid == 25_000_00
    assert (third.gross, third.deducted, third.total) == (80_000_00, paid, 55_000_00)
    assert verify_ledger().is_sound


def test_a_standard_that_is_not_higher_is_refused(promised, treasury):
    for gross in (100_000_00, 50_000_00):
        with pytest.raises(Refused, match="高于"):
            raised(treasury, promised, gross)

    assert Commitment.objects.count() == 1


def test_a_waiver_is_reversed_by_a_decider_alone(treasury, promised):
    recovery = demand(promised, 10_000_00)
    receipt = waive_recovery(
        acting_user=make_official(Role.DECIDER), at=AT, recovery=recovery, key="w", amount=4_000_00, document="文2",
        note="因病",
    )  # fmt: skip

    with pytest.raises(NotAllowed):
        reverse_receipt(acting_user=treasury.maker, at=AT, receipt=receipt, reason="x")
    reverse_receipt(acting_user=make_official(Role.DECIDER), at=AT, receipt=receipt, reason="决定作废")

    assert (standing(treasury).receivable, standing(treasury).waived) == (10_000_00, 0)
    assert Receipt.objects.get().reversed_at is not None
    assert verify_ledger().is_sound


def test_nobody_offsets_against_money_of_another_unit(treasury):
    person, district = make_payee(), make_treasury("320214-finance", level="district")
    first = make_commitment(treasury, (10_000_00,), person=person)
    pay(treasury)
    second = make_commitment(district, (5_000_00,), person=person)
    recheck_due(acting_user=None, at=AT, until=TODAY)
    recovery = demand(first, 1_000_00)
    common = {"at": AT, "recovery": recovery, "instalment": second.instalments.get(), "key": "o", "note": "n"}

    with pytest.raises(NotAllowed):
        offset_recovery(acting_user=treasury.maker, amount=1_000_00, **common)

    assert Receipt.objects.count() == 0


def test_a_decider_lets_lines_promise_exactly_what_they_lack(treasury):
    common = {"at": AT, "reason": "已上会", "document": "会议纪要1号"}
    needed = {treasury.line.pk: 130_000_00}
    with pytest.raises(NotAllowed):
        grant_missing(acting_user=treasury.maker, needed=needed, **common)
    with pytest.raises(Refused, match="理由和文号"):
        grant_missing(acting_user=make_official(Role.DECIDER), needed=needed, **{**common, "document": " "})
    assert Override.objects.count() == 0

    grant_missing(acting_user=make_official(Role.DECIDER), needed=needed, **common)

    assert Override.objects.get().amount == 30_000_00
    with pytest.raises(Refused, match="已经够用"):
        grant_missing(acting_user=make_official(Role.DECIDER), needed=needed, **common)
    assert verify_ledger().is_sound


def test_an_act_that_moves_nothing_has_nothing_to_show(treasury):
    at_rest = Act(do=lambda: None, instalments=Instalment.objects.none(), acting_user=treasury.maker, at=AT)

    assert rehearse(at_rest).is_nothing
    assert not dataclasses.replace(rehearse(at_rest), owed=1).is_nothing
