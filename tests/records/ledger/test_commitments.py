from datetime import date

import pytest
from factories import make_account, make_official
from records.ledger.making import AT, make_commitment, make_order, make_payee, make_treasury, pay

from taihu.records.audit.models import AuditEntry
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.models import OutboxEvent
from taihu.records.identity.enums import Role
from taihu.records.ledger.actions import (
    cancel_instalments,
    carry_over,
    change_line,
    commit,
    commit_all,
    create_line,
    grant_override,
    supersede,
)
from taihu.records.ledger.enums import InstalmentState
from taihu.records.ledger.journal import LineExceeded
from taihu.records.ledger.models import BudgetLine, Commitment, Entry, Instalment, Override, Posting, Share
from taihu.records.ledger.money import MOST_FEN
from taihu.records.ledger.orders import OverrideOrder
from taihu.records.ledger.queries.lines import balances
from taihu.records.ledger.verification import verify_ledger

pytestmark = pytest.mark.django_db


def standing(line):
    line.refresh_from_db()
    return balances([line])[0]


def test_a_new_line_is_free_as_a_whole():
    treasury = make_treasury(amount=500_00)

    row = standing(treasury.line)

    assert (row.budget, row.free, row.promised) == (500_00, 500_00, 0)
    assert verify_ledger().is_sound


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (0, "amount_zero"),
        (-1, "amount_negative"),
        (MOST_FEN + 1, "amount_too_large"),
        (2**63, "amount_too_large"),
        (1.5, "amount_not_whole"),
        (True, "amount_not_whole"),
    ],
)
def test_what_is_no_amount_is_refused(amount, code):
    treasury = make_treasury()
    before = Entry.objects.count()

    with pytest.raises(Refused) as refused:
        create_line(
            acting_user=treasury.maker,
            at=AT,
            year=2026,
            level="city",
            programme="p",
            document="d",
            unit=treasury.unit,
            amount=amount,
        )

    assert (refused.value.code, Entry.objects.count()) == (code, before)


def test_a_commitment_takes_from_what_is_free_and_leaves_traces():
    treasury = make_treasury(amount=30_000_00)

    commitment = make_commitment(treasury, (12_000_00, 9_000_00, 9_000_00))

    row = standing(treasury.line)
    assert (row.free, row.committed) == (0, 30_000_00)
    assert list(commitment.instalments.order_by("number").values_list("amount", "state")) == [
        (12_000_00, "planned"),
        (9_000_00, "planned"),
        (9_000_00, "planned"),
    ]
    assert AuditEntry.objects.filter(action="ledger.commit").count() == 1
    assert OutboxEvent.objects.get(name="ledger.commitment_made").payload == {"commitment_ids": [commitment.pk]}
    assert verify_ledger().is_sound


def test_nothing_is_promised_beyond_the_line():
    treasury = make_treasury(amount=10_000_00)
    order = make_order(make_payee(), [treasury.line], (10_000_01,))

    with pytest.raises(LineExceeded, match=r"还差 0\.01 元"):
        commit(acting_user=None, at=AT, order=order)

    assert (Commitment.objects.count(), standing(treasury.line).free) == (0, 10_000_00)


def test_orders_of_one_call_are_promised_all_or_none():
    treasury = make_treasury(amount=10_000_00)
    orders = [make_order(make_payee(), [treasury.line], (6_000_00,)) for _ in range(2)]

    with pytest.raises(LineExceeded):
        commit_all(acting_user=None, at=AT, orders=orders)

    assert Commitment.objects.count() == 0


def test_the_same_key_again_changes_nothing_and_another_order_under_it_is_refused():
    treasury = make_treasury()
    order = make_order(make_payee(), [treasury.line], key="case-1")
    first = commit(acting_user=None, at=AT, order=order)

    again = commit(acting_user=None, at=AT, order=order)

    assert (again.pk, Commitment.objects.count(), standing(treasury.line).committed) == (first.pk, 1, 10_000_00)
    with pytest.raises(Refused, match="内容不同"):
        commit(acting_user=None, at=AT, order=make_order(make_payee(), [treasury.line], key="case-1"))


def test_the_first_payer_takes_the_odd_fen_of_every_instalment():
    city, district = make_treasury(), make_treasury("320214-finance", level="district")
    order = make_order(make_payee(), [city.line, district.line], (33_33, 33_33, 33_35))

    commitment = commit(acting_user=None, at=AT, order=order)

    shares = Share.objects.filter(instalment__commitment=commitment).order_by("instalment", "line")
    by_line = {line: [s.amount for s in shares if s.line_id == line] for line in (city.line.pk, district.line.pk)}
    assert [a + b for a, b in zip(*by_line.values(), strict=True)] == [33_33, 33_33, 33_35]
    assert (sum(by_line[city.line.pk]), sum(by_line[district.line.pk])) == (50_01, 50_00)
    assert by_line[city.line.pk][0] == 16_67


def test_the_team_of_zhengzhou_is_paid_by_city_and_district_in_halves():
    """Worked case T8: a team gets 300万, 5:5; the living allowance of a PhD is the city's alone."""
    city, district = make_treasury(amount=10**9), make_treasury("320214-finance", level="district", amount=10**9)
    team = make_order(make_payee(), [city.line, district.line], (300_0000_00,), purpose="创业团队")
    living = make_order(make_payee(), [city.line], (5_0000_00,), purpose="博士生活补贴")

    commit_all(acting_user=None, at=AT, orders=[team, living])

    assert standing(city.line).committed == 155_0000_00
    assert standing(district.line).committed == 150_0000_00


def test_an_override_is_recorded_and_only_covers_what_is_missing():
    treasury, decider = make_treasury(amount=10_000_00), make_official(Role.DECIDER)
    order = make_order(make_payee(), [treasury.line], (12_000_00,))
    override = OverrideOrder(decider, "年中追加预算已上会", "锡委人才〔2026〕5号")

    commit(acting_user=None, at=AT, order=order, override=override)

    row, recorded = standing(treasury.line), Override.objects.get()
    assert (row.free, row.override, recorded.amount, recorded.approved_by) == (-2_000_00, 2_000_00, 2_000_00, decider)
    assert AuditEntry.objects.filter(action="ledger.override", actor_id=decider.pk).exists()
    assert verify_ledger().is_sound


def test_a_supplement_first_takes_back_the_override():
    treasury, decider = make_treasury(amount=10_000_00), make_official(Role.DECIDER)
    order = make_order(make_payee(), [treasury.line], (12_000_00,))
    commit(acting_user=None, at=AT, order=order, override=OverrideOrder(decider, "追加在途", "文1"))

    change_line(acting_user=treasury.maker, at=AT, line=treasury.line, amount=3_000_00, document="锡财〔2026〕9号")

    row = standing(treasury.line)
    assert (row.budget, row.free, row.override) == (13_000_00, 1_000_00, 0)
    assert verify_ledger().is_sound


@pytest.mark.parametrize("who", ["officer", "self", "none"])
def test_an_override_needs_another_decider(who):
    treasury = make_treasury(amount=10_000_00)
    decider = make_official(Role.DECIDER)
    approver = {"officer": make_official(Role.OFFICER), "self": decider, "none": make_account()}[who]
    order = make_order(make_payee(), [treasury.line], (12_000_00,))

    with pytest.raises(NotAllowed):
        commit(acting_user=decider, at=AT, order=order, override=OverrideOrder(approver, "理由", "文号"))

    assert (Commitment.objects.count(), Override.objects.count()) == (0, 0)


def test_cancelled_instalments_are_free_again():
    treasury = make_treasury(amount=30_000_00)
    commitment = make_commitment(treasury, (12_000_00, 18_000_00))

    count = cancel_instalments(
        acting_user=None, at=AT, commitment=commitment, reason="离开本市", document="决定1", numbers=[2]
    )

    row = standing(treasury.line)
    assert (count, row.free, row.committed) == (1, 18_000_00, 12_000_00)
    assert Instalment.objects.get(number=2).state == InstalmentState.CANCELLED
    assert Instalment.objects.get(number=2).reasons == ["离开本市"]
    assert verify_ledger().is_sound


def test_a_higher_title_pays_the_difference():
    """补差: 50万 under the old class, 20万 of it paid; the new class gives 100万, so 80万 are still to come."""
    treasury = make_treasury(amount=200_0000_00)
    person = make_payee()
    old = make_commitment(treasury, (20_0000_00, 30_0000_00), person=person, due=[date(2026, 3, 1), date(2027, 3, 1)])
    pay(treasury)
    new = make_order(person, [treasury.line], (40_0000_00, 60_0000_00), due=[date(2026, 6, 1), date(2027, 6, 1)])

    made = supersede(acting_user=None, at=AT, old=old, order=new, reason="x")

    assert (made.gross, made.deducted, made.total) == (100_0000_00, 20_0000_00, 80_0000_00)
    assert list(made.instalments.order_by("number").values_list("amount", flat=True)) == [20_0000_00, 60_0000_00]
    assert list(old.instalments.order_by("number").values_list("state", flat=True)) == ["paid", "cancelled"]
    assert supersede(acting_user=None, at=AT, old=old, order=new, reason="x").pk == made.pk
    assert verify_ledger().is_sound


def test_no_difference_is_left_when_more_was_paid():
    treasury, person = make_treasury(), make_payee()
    old = make_commitment(treasury, (20_000_00,), person=person)
    pay(treasury)

    with pytest.raises(Refused, match="没有差额"):
        supersede(
            acting_user=None,
            at=AT,
            old=old,
            order=make_order(person, [treasury.line], (20_000_00,)),
            reason="x",
        )


def test_an_old_year_is_carried_over_with_what_it_promised():
    treasury = make_treasury(amount=30_000_00)
    make_commitment(treasury, (10_000_00, 12_000_00), due=[date(2026, 3, 1), date(2027, 3, 1)])
    pay(treasury)

    report = carry_over(acting_user=treasury.maker, at=AT, line=treasury.line, document="锡财〔2027〕1号")

    old, new = standing(treasury.line), standing(report.line)
    assert (report.free, report.promised) == (8_000_00, 12_000_00)
    assert (old.budget, old.free, old.paid) == (10_000_00, 0, 10_000_00)
    assert (new.line.year, new.budget, new.free, new.committed) == (2027, 20_000_00, 8_000_00, 12_000_00)
    assert verify_ledger().is_sound
    with pytest.raises(Refused, match="结转关闭"):
        make_commitment(treasury, (1,))


def test_strangers_set_up_no_lines():
    treasury = make_treasury()
    other = make_treasury("320214-finance", level="district")
    for stranger in (make_account(), make_official(Role.OFFICER), other.maker):
        with pytest.raises(NotAllowed):
            create_line(
                acting_user=stranger,
                at=AT,
                year=2026,
                level="city",
                programme="p",
                document="d",
                unit=treasury.unit,
                amount=1,
            )

    assert BudgetLine.objects.count() == 2


def test_the_journal_cannot_be_changed_through_its_models():
    make_commitment(make_treasury())

    with pytest.raises(TypeError, match="append-only"):
        Posting.objects.all().delete()
    with pytest.raises(TypeError, match="append-only"):
        Posting.objects.update(amount=1)
    with pytest.raises(TypeError, match="append-only"):
        Posting.objects.first().save()


def test_a_thousand_orders_take_a_fixed_number_of_statements(django_assert_max_num_queries):
    treasury = make_treasury(amount=10**9)
    person = make_payee()
    orders = [make_order(person, [treasury.line], (1_00,)) for _ in range(300)]

    with django_assert_max_num_queries(60):
        commit_all(acting_user=None, at=AT, orders=orders)


def test_a_decider_may_let_a_line_promise_more_beforehand():
    treasury, decider = make_treasury(amount=10_000_00), make_official(Role.DECIDER)
    common = {"at": AT, "line": treasury.line, "amount": 2_000_00, "reason": "年中追加已上会", "document": "文1"}
    with pytest.raises(NotAllowed):
        grant_override(acting_user=treasury.maker, **common)

    grant_override(acting_user=decider, **common)

    make_commitment(treasury, (12_000_00,))
    with pytest.raises(LineExceeded):
        make_commitment(treasury, (1,))
    assert (standing(treasury.line).free, Override.objects.get().amount) == (-2_000_00, 2_000_00)
    assert verify_ledger().is_sound
