"""From the draft to the last fen: procedures with their money, re-checks before later parts, and what stands in the way."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse
from factories import make_member, make_organisation, make_person
from records.cases.office import drive, grant
from systems.policies.town import WAN, apply_for, handle, make_doctor, make_town, open_run, track

from taihu.records.base.events import deliver_all
from taihu.records.cases import actions as cases
from taihu.records.cases.enums import CaseOutcome, DecisionKind, Resolution
from taihu.records.facts.actions import correct_fact
from taihu.records.facts.models import Fact
from taihu.records.identity.enums import MemberRole
from taihu.records.identity.models import Notification, Organisation
from taihu.records.ledger.actions import HigherStandard, raise_commitment, set_payee_account
from taihu.records.ledger.models import Commitment, Instalment, Share
from taihu.records.ledger.verification import verify_ledger
from taihu.systems.policies.actions.money import commit_application

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
IN_2021 = datetime(2021, 3, 1, 2, 0, tzinfo=UTC)


def parts_of(application):
    rows = Instalment.objects.filter(commitment=application.commitment_id).order_by("number")
    return [(row.amount, row.due_date.isoformat(), row.state) for row in rows]


def granted_doctor(at, **fields):
    town = make_town(levels={"city": 100 * WAN}, programme="锡引人才补贴")
    person = make_doctor(at, **fields)
    organisation = Organisation.objects.get(credit_code__isnull=False)
    application = apply_for(track("wuxi-allowances", "purchase"), person, organisation, at=at)
    handle(town, application, at, until="payment")
    return town, person, application


def payee(at, person):
    set_payee_account(
        acting_user=None, at=at, payee=person, holder=person.name, bank="示例银行无锡分行", number="6222020200012345670"
    )


def test_a_doctor_gets_thirty_in_three_parts_each_after_another_look(at):
    town, _person, application = granted_doctor(at)
    assert [part[:2] for part in parts_of(application)] == [
        (12 * WAN, "2026-03-10"), (9 * WAN, "2027-03-10"), (9 * WAN, "2028-03-10"),
    ]  # fmt: skip

    paid = [town.pay(datetime(year, 4, 1, 2, 0, tzinfo=UTC)) for year in (2026, 2027, 2028)]

    application.case.refresh_from_db()
    assert paid == [12 * WAN, 9 * WAN, 9 * WAN]
    assert (application.case.outcome, sum(paid)) == (CaseOutcome.GRANTED, 30 * WAN)
    assert [part[2] for part in parts_of(application)] == ["paid"] * 3
    assert verify_ledger().is_sound
    assert application.case.decisions.get().resolution == Resolution.GRANT


def test_who_left_the_enterprise_is_held_told_why_and_the_case_stays_open(at):
    town, person, application = granted_doctor(at)
    town.pay(datetime(2026, 4, 1, 2, 0, tzinfo=UTC))
    later = datetime(2027, 4, 1, 2, 0, tzinfo=UTC)
    row = Fact.objects.get(person=person, property="insurance")
    ended = [{"kind": "enterprise_pension", "in_city": True, "from": "2023-01-01", "to": "2026-12-31"}]
    correct_fact(acting_user=None, at=later, fact=row, value=ended, reason="停保")

    paid = town.pay(later)

    application.case.refresh_from_db()
    held = Instalment.objects.get(commitment=application.commitment_id, number=2)
    assert (paid, held.state, application.case.outcome) == (0, "held", "")
    assert "企业职工基本养老保险" in held.reasons[0]
    assert "企业职工基本养老保险" in Notification.objects.get(kind="policies.held").data["reason"]


def test_a_master_gets_ten_at_once(at):
    town, _person, application = granted_doctor(at, level="master")

    paid = town.pay(datetime(2026, 4, 1, 2, 0, tzinfo=UTC))

    application.case.refresh_from_db()
    assert (paid, application.case.outcome) == (10 * WAN, CaseOutcome.GRANTED)
    assert parts_of(application) == [(10 * WAN, "2026-03-10", "paid")]


def plan_case(at, code, *, amount, split):
    town = make_town(experts=5, at=at, levels=dict.fromkeys(split, 10_000 * WAN), programme="太湖人才计划")
    organisation = make_organisation(area_code="320214")
    make_member(organisation, MemberRole.OWNER)
    person = make_person(name="钱教授")
    payee(at, person)
    application = apply_for(
        track("taihu-plan-2021", code), person, organisation, at=at, data={"degree": "博士", "arrived_on": "2020-01-01"}
    )
    drive(town.hall, application.case, at, values={"amount": amount}, until="decision")
    return town, application


def test_a_team_of_three_million_is_paid_half_by_the_city_half_by_the_district(at):
    town, application = plan_case(IN_2021, "team-start", amount=300 * WAN, split=("city", "district"))
    assert cases.body_for(open_run(application.case), IN_2021) == "leading_group"

    handle(town, application, IN_2021, until="first_payment")
    assert open_run(application.case).stage == "first_payment"
    first = town.pay(IN_2021 + timedelta(days=60))
    assert open_run(application.case).stage == "midterm"
    too_early = town.pay(IN_2021 + timedelta(days=800))
    drive(town.hall, application.case, IN_2021 + timedelta(days=810), until="rest")
    held = Instalment.objects.get(commitment=application.commitment_id, number=2)
    assert (too_early, held.state, "中期评估" in held.reasons[0]) == (0, "held", True)
    from taihu.records.ledger.actions import clear_held

    clear_held(
        acting_user=town.hall.officer, at=IN_2021 + timedelta(days=811), instalment=held, reason="中期评估已通过"
    )
    second = town.pay(IN_2021 + timedelta(days=812))
    handle(town, application, IN_2021 + timedelta(days=900))

    shares = {
        level: sum(Share.objects.filter(line=line).values_list("amount", flat=True))
        for level, line in town.lines.items()
    }
    assert (first, second) == (150 * WAN, 150 * WAN)
    assert shares == {"city": 150 * WAN, "district": 150 * WAN}
    assert application.case.outcome == CaseOutcome.GRANTED
    # No policy is behind the track: its procedure says what the benefit is of, so that a policy can read it.
    benefits = Fact.objects.filter(property="benefit", known_to__isnull=True).order_by("valid_from")
    assert [(row.value[0]["programme"], row.value[0]["amount"], "policy" in row.value[0]) for row in benefits] == [
        ("taihu-plan", 150 * WAN, False),
        ("taihu-plan", 150 * WAN, False),
    ]
    assert verify_ledger().is_sound


def test_a_top_team_is_decided_case_by_case_by_the_standing_committee_with_its_own_schedule(at):
    town, application = plan_case(IN_2021, "top-start", amount=5000 * WAN, split=("city", "district"))
    run = open_run(application.case)
    schedule = [
        {"due": "2021-06-01", "amount": 5000 * WAN},
        {"due": "2022-06-01", "amount": 3000 * WAN},
        {"due": "2023-06-01", "amount": 2000 * WAN},
    ]

    record = grant(
        town.hall, run, IN_2021, kind=DecisionKind.SPECIAL, amount=10_000 * WAN, schedule=schedule,
        minutes={"recusals": [{"name": "戊常委", "reason": "曾任职单位"}]},
    )  # fmt: skip
    handle(town, application, IN_2021, until="first_payment")

    assert record.body == "standing_committee"
    assert [part[:2] for part in parts_of(application)] == [
        (5000 * WAN, "2021-06-01"), (3000 * WAN, "2022-06-01"), (2000 * WAN, "2023-06-01"),
    ]  # fmt: skip
    paid = [town.pay(datetime(2021, 6, 2, 2, 0, tzinfo=UTC))]
    drive(town.hall, application.case, datetime(2021, 12, 1, tzinfo=UTC), until="rest")
    paid += [town.pay(datetime(year, 6, 2, 2, 0, tzinfo=UTC)) for year in (2022, 2023)]
    handle(town, application, datetime(2024, 1, 5, tzinfo=UTC))
    assert (paid, application.case.outcome) == ([5000 * WAN, 3000 * WAN, 2000 * WAN], CaseOutcome.GRANTED)
    assert verify_ledger().is_sound


def test_a_referral_reward_is_paid_in_the_next_year(at):
    town = make_town(levels={"city": 100 * WAN}, programme="社会化引才奖励")
    organisation = make_organisation(name="示例人力资源公司")
    owner = make_member(organisation, MemberRole.OWNER)
    set_payee_account(
        acting_user=None,
        at=at,
        payee=organisation,
        holder=organisation.name,
        bank="示例银行",
        number="6222020200012345670",
    )
    from django.core.files.uploadedfile import SimpleUploadedFile

    from taihu.systems.policies.actions.applications import save_application, start_application, submit_application

    application = start_application(
        acting_user=owner, at=at, track=track("referral-rewards", "agency"), organisation=organisation
    )
    save_application(
        acting_user=owner, application=application, at=at, data={"referred": "孙某", "arrived": "2026-01-05"}
    )
    upload = SimpleUploadedFile("a.pdf", b"%PDF-1.4")
    cases.attach(acting_user=owner, case=application.case, kind="agreement", upload=upload, at=at)
    submit_application(acting_user=owner, application=application, at=at, agrees=True)
    application.case.refresh_from_db()
    drive(town.hall, application.case, at, until="meeting")
    grant(town.hall, open_run(application.case), at, amount=5 * WAN + 1)

    handle(town, application, at, until="payment")

    assert town.pay(datetime(2026, 12, 1, tzinfo=UTC)) == 0
    assert town.pay(datetime(2027, 4, 1, tzinfo=UTC)) == 5 * WAN + 1
    application.case.refresh_from_db()
    assert application.case.outcome == CaseOutcome.GRANTED


def test_without_a_budget_line_the_officer_is_told_and_can_try_again(at):
    town = make_town()
    person = make_doctor(at)
    organisation = Organisation.objects.get(credit_code__isnull=False)
    application = apply_for(track("wuxi-allowances", "purchase"), person, organisation, at=at)

    handle(town, application, at, until="payment")
    assert (application.commitment_id, "预算项目" in application.money_problem) == (None, True)
    assert open_run(application.case).stage == "payment"
    from taihu.records.ledger.actions import create_line

    create_line(
        acting_user=town.hall.finance, at=at, year=2026, level="city", programme="锡引人才补贴", document="锡财示〔2026〕9号",
        unit=town.hall.office, amount=100 * WAN,
    )  # fmt: skip
    made = commit_application(acting_user=town.hall.officer, application=application, at=at)

    assert commit_application(acting_user=town.hall.officer, application=application, at=at) == made
    assert (Commitment.objects.count(), made.total) == (1, 30 * WAN)


def test_what_the_person_did_not_sign_is_not_committed(at):
    town = make_town(levels={"city": 100 * WAN}, programme="锡引人才补贴")
    person = make_doctor(at)
    organisation = Organisation.objects.get(credit_code__isnull=False)
    application = apply_for(track("wuxi-allowances", "purchase"), person, organisation, at=at)
    type(application).objects.update(agreed_at=None)

    handle(town, application, at, until="payment")

    assert (application.commitment_id, "承诺" in application.money_problem) == (None, True)


def test_a_delivered_event_pays_nothing_twice(at):
    _town, _person, application = granted_doctor(at)
    from taihu.systems.policies.actions.following import pay

    run = open_run(application.case)
    for _ in range(2):
        pay(run_id=run.pk, at=at)
    deliver_all(at=at)

    assert Commitment.objects.count() == 1


def test_a_refusal_pays_nothing_and_says_why(at):
    town = make_town(levels={"city": 100 * WAN}, programme="锡引人才补贴")
    person = make_doctor(at)
    organisation = Organisation.objects.get(credit_code__isnull=False)
    application = apply_for(track("wuxi-allowances", "purchase"), person, organisation, at=at)
    handle(town, application, at, until="decision")

    grant(town.hall, open_run(application.case), at, resolution=Resolution.REFUSE)
    deliver_all(at=at)

    assert not Commitment.objects.exists()
    assert Notification.objects.filter(account=person.account, kind="policies.refused").exists()
    assert date(2026, 3, 10)


def test_what_the_employer_pays_itself_is_no_matter_of_the_budget(at):
    from taihu.records.ledger.orders import Part
    from taihu.systems.policies.actions.money import _own_parts

    parts = tuple(Part(amount, date(2026, 1, number + 1)) for number, amount in enumerate((100, 100, 101)))

    ours = _own_parts(parts, 211)

    assert sum(part.amount for part in ours) == 211
    assert [part.amount for part in ours] == [70, 70, 71]
    assert _own_parts(parts, 301) == parts


def test_a_commitment_leads_to_its_case_and_its_policy(at, client):
    town, _person, application = granted_doctor(at)

    client.force_login(town.hall.officer)
    page = client.get(reverse("policies:finance_commitment", args=[application.commitment_id])).content.decode()

    for name, args in (
        ("office_case", [application.case_id]),
        ("version", ["wuxi-young-purchase", "2024"]),
        ("office_person", [application.person_id]),
    ):
        assert reverse(f"policies:{name}", args=args) in page


def test_a_raised_commitment_stands_for_the_old_one_in_the_case(at):
    town, _person, application = granted_doctor(at)
    old = Commitment.objects.get()
    raise_commitment(
        acting_user=town.hall.officer, at=at, commitment=old, standard=HigherStandard(60 * WAN, "锡人才示〔2026〕9号"),
        key="raise", reason="认定为更高层次",
    )  # fmt: skip
    deliver_all(at=at)
    assert open_run(application.case).stage == "payment"

    paid = [town.pay(datetime(year, 4, 1, 2, 0, tzinfo=UTC)) for year in (2026, 2027, 2028)]

    application.case.refresh_from_db()
    assert (paid, application.case.outcome) == ([24 * WAN, 18 * WAN, 18 * WAN], CaseOutcome.GRANTED)
    assert verify_ledger().is_sound
