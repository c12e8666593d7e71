"""What somebody was paid through an application counts in the next list paid without one, to the fen that they kept."""

from datetime import UTC, date, datetime

import pytest
from factories import AT, make_official, make_organisation
from records.ledger.making import TODAY
from systems.policies.makers import SAMPLE, draw, know, publish_text
from systems.policies.town import CODE, WAN, apply_for, handle, make_doctor, make_town, track

from taihu.records.base.events import deliver_all
from taihu.records.facts.models import Fact
from taihu.records.identity.enums import Role
from taihu.records.ledger import actions as ledger
from taihu.records.ledger.models import Commitment, Instalment
from taihu.systems.policies.actions.benefits import note_benefits
from taihu.systems.policies.actions.direct import set_direct
from taihu.systems.policies.models import Application

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
PAID = datetime(2026, 4, 1, 2, 0, tzinfo=UTC)
LATER = datetime(2026, 5, 1, 2, 0, tzinfo=UTC)
# 125,000.01 yuan in a lifetime, whatever paid them of the group.
CAPPED = SAMPLE.replace(
    "payers:",
    """total:
  - {limit: 125000.01元, used: "sum(benefit.amount where benefit.programme == 'wuxi-home')", per: lifetime,
     text: {zh: 终身上限, en: lifetime limit}}
payers:""",
    1,
).replace("is_returnee: false}", "is_returnee: false, benefit: []}", 1)


@pytest.fixture
def paid():
    """A doctor who applied, was granted 30 万 and has the first 12 of it."""
    town = make_town(levels={"city": 100 * WAN}, programme="锡引人才补贴")
    organisation = make_organisation(credit_code=CODE)
    person = make_doctor(organisation=organisation)
    know(person, is_returnee=False)
    application = apply_for(track("wuxi-allowances", "purchase"), person, organisation)
    handle(town, application, AT, until="payment")
    assert town.pay(PAID) == 12 * WAN
    return town, person


def kept(person):
    rows = Fact.objects.filter(person=person, property="benefit", known_to__isnull=True)
    return [(row.value[0]["policy"], row.value[0]["programme"], row.value[0]["amount"], row.valid_from) for row in rows]


def listed(at=LATER):
    version = publish_text(CAPPED, at=at)
    set_direct(acting_user=make_official(Role.DECIDER), at=at, version=version, is_direct=True)
    return [(entry.person, entry.state, entry.amount) for entry in draw(at=at).entries.all()]


def test_a_payment_of_an_application_is_capped_in_the_next_list(paid):
    _town, person = paid
    assert kept(person) == [("wuxi-young-purchase", "wuxi-home", 12 * WAN, date(2026, 4, 1))]

    assert listed() == [(person, "listed", 5_000_01)]


def test_months_count_in_the_proportion_that_was_paid_and_kept(paid):
    """12 of 30 万 were paid, so 14.4 of 36 months and 1.2 of 3 years; in the end a third of that is left."""
    _town, person = paid
    application = Application.objects.get()
    application.entitlement |= {"counts": {"months": 36, "years": 3}}
    application.save()

    note_benefits(instalment_ids=Instalment.objects.values_list("pk", flat=True), at=LATER)
    assert counted(person) == [{"amount": 12 * WAN, "months": 14, "years": 1}]

    demand(8 * WAN)
    deliver_all(at=LATER)

    assert counted(person) == [{"amount": 4 * WAN, "months": 4}]


def counted(person):
    rows = Fact.objects.filter(person=person, property="benefit", known_to__isnull=True)
    return [
        {name: row.value[0][name] for name in ("amount", "months", "years") if name in row.value[0]} for row in rows
    ]


def test_noting_twice_changes_nothing(paid):
    _town, person = paid

    assert note_benefits(instalment_ids=Instalment.objects.values_list("pk", flat=True), at=LATER) == 0

    assert len(kept(person)) == 1


def demand(amount):
    return ledger.demand_recovery(
        acting_user=make_official(), at=LATER, commitment=Commitment.objects.get(), key="d", amount=amount,
        ground="left", reason="离开", document="决定1号", due_date=TODAY,
    )  # fmt: skip


def amounts(person):
    deliver_all(at=LATER)
    return [row[2] for row in kept(person)]


def test_the_fact_holds_what_the_person_kept_in_the_end(paid):
    town, person = paid
    recovery = demand(12 * WAN)
    assert amounts(person) == []

    common = {"at": LATER, "recovery": recovery}
    decider = make_official(Role.DECIDER)
    waiver = ledger.waive_recovery(
        acting_user=decider, key="w", amount=2 * WAN + 1, document="纪要", note="因病", **common
    )
    assert amounts(person) == [2 * WAN + 1]
    ledger.receive_repayment(acting_user=town.hall.finance, key="r", amount=3 * WAN, **common)
    assert amounts(person) == [2 * WAN + 1]
    ledger.reverse_receipt(acting_user=decider, at=LATER, receipt=waiver, reason="作废")
    assert amounts(person) == []

    ledger.withdraw_recovery(acting_user=decider, reason="复议撤销", **common)

    assert amounts(person) == [9 * WAN]
    assert listed() == [(person, "listed", 10_000_00)]


def test_a_waiver_of_everything_leaves_everything(paid):
    _town, person = paid
    recovery = demand(7)
    assert amounts(person) == [12 * WAN - 7]

    ledger.waive_recovery(
        acting_user=make_official(Role.DECIDER),
        at=LATER,
        recovery=recovery,
        key="w",
        amount=7,
        document="纪要",
        note="n",
    )

    assert amounts(person) == [12 * WAN]
