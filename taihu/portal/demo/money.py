"""The demo city's money: budget lines, promises, payments of past months, one that the bank sent back, one to be recovered.

Everything goes through the same actions as on the pages, dated back; people, amounts and document numbers are invented.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from taihu.engines.workdays.calendar import add_months
from taihu.portal.demo.accounts import DemoAccounts
from taihu.records.base.clock import city_date
from taihu.records.identity.enums import Role, UnitKind
from taihu.records.identity.models import Account, Organisation, Person, RoleGrant, Unit
from taihu.records.ledger import actions
from taihu.records.ledger.bankfiles import yuan_text
from taihu.records.ledger.models import BudgetLine, Commitment, Instalment, PaymentBatch
from taihu.records.ledger.orders import Order, Part, split_by
from taihu.systems.jobs.models import Profile

WAN = 1_000_000  # fen in ten thousand yuan
ORIGIN = "demo"
DISTRICT = "320214"
HOUSING, RENT, TEAMS = "高层次人才安居补贴（示例）", "青年人才租房补贴（示例）", "创新创业团队资助（示例）"
PAYEES = 48
BANK = "示例银行无锡分行"


@dataclass
class Treasury:
    """The city's and a district's finance: who makes, who approves, which lines."""

    at: datetime
    city: Unit
    district: Unit
    maker: Account
    approver: Account
    lines: dict[str, BudgetLine]

    @property
    def today(self) -> date:
        return city_date(self.at)

    def ago(self, days: int) -> datetime:
        return self.at - timedelta(days=days)


def build_money(
    *, at: datetime, organisations: Sequence[Organisation], profiles: Sequence[Profile], accounts: DemoAccounts
) -> None:
    """Called last: what applications promised stays due, for whoever tries the pages."""
    treasury = _treasury(at, accounts)
    people = [profile.person for profile in profiles[: PAYEES + 1]]
    for number, person in enumerate(people):
        actions.set_payee_account(
            acting_user=None, at=treasury.ago(300), payee=person, holder=person.name, bank=BANK,
            number=card_number(number),
        )  # fmt: skip
    _promise(treasury, people, accounts)
    _pay_the_past(treasury)
    _stop_and_recover(treasury, accounts)
    _look_again(treasury)
    _leave_to_approve(treasury)
    _leave_to_offset(treasury, accounts)


def card_number(number: int) -> str:
    """An invented card number with a right check digit."""
    body = f"622202{number:012d}"
    digits = [int(digit) * (1 if place % 2 else 2) for place, digit in enumerate(reversed(body))]
    total = sum(value - 9 if value > 9 else value for value in digits)
    return f"{body}{-total % 10}"


def _treasury(at: datetime, accounts: DemoAccounts) -> Treasury:
    city = Unit.objects.get(code="320200")
    district = Unit.objects.get_or_create(
        code=DISTRICT,
        defaults={
            "name": "新吴区（示例）", "name_en": "Xinwu District (example)", "kind": UnitKind.DISTRICT,
            "area_code": DISTRICT, "parent": city,
        },
    )[0]  # fmt: skip
    maker, approver = accounts.officials["finance"], accounts.officials["finance2"]
    for account in (maker, approver):
        RoleGrant.objects.get_or_create(
            account=account, unit=city, role=Role.FINANCE, active_to=None,
            defaults={"active_from": at - timedelta(days=800)},
        )  # fmt: skip
    treasury = Treasury(at, city, district, maker, approver, {})
    _lines(treasury)
    return treasury


def _lines(treasury: Treasury) -> None:
    year = treasury.today.year
    plans = (
        ("housing", HOUSING, "city", treasury.city, 1_800 * WAN),
        ("rent", RENT, "city", treasury.city, 25 * WAN),
        ("rent-district", RENT, "district", treasury.district, 80 * WAN),
        ("teams", TEAMS, "city", treasury.city, 2_000 * WAN),
        ("teams-district", TEAMS, "district", treasury.district, 1_500 * WAN),
    )
    for number, (name, programme, level, unit, amount) in enumerate(plans, start=1):
        treasury.lines[name] = actions.create_line(
            acting_user=treasury.maker, at=treasury.ago(290), year=year, level=level, programme=programme,
            document=f"锡财示〔{year}〕{number}号", unit=unit, amount=amount,
        )  # fmt: skip
    actions.change_line(
        acting_user=treasury.maker, at=treasury.ago(120), line=treasury.lines["rent-district"], amount=20 * WAN,
        document=f"新财示〔{year}〕18号", reason="年中追加",
    )  # fmt: skip


def _order(
    treasury: Treasury, key: str, purpose: str, parts: Sequence[Part], lines: Sequence[tuple[str, int]],
    payee: Person | Organisation,
) -> Order:  # fmt: skip
    total = sum(part.amount for part in parts)
    weights = [(treasury.lines[name].pk, weight) for name, weight in lines]
    return Order(
        key=f"{ORIGIN}:{key}",
        origin=ORIGIN,
        origin_ref=key,
        purpose=purpose,
        parts=tuple(parts),
        split=split_by(total, weights),
        person_id=payee.pk if isinstance(payee, Person) else None,
        organisation_id=payee.pk if isinstance(payee, Organisation) else None,
        document=f"锡人才示〔{treasury.today.year}〕6号",
    )


def _promise(treasury: Treasury, people: Sequence[Person], accounts: DemoAccounts) -> None:
    today = treasury.today
    housing = [  # PhD 30万 in three parts, 4:3:3
        _order(
            treasury, f"housing-{number}", HOUSING,
            [Part(share * WAN, add_months(today - timedelta(days=100 + 9 * number), months)) for share, months in
             ((12, 0), (9, 12), (9, 24))],
            [("housing", 1)], person,
        )
        for number, person in enumerate(people[:8])
    ]  # fmt: skip
    rent = [
        _order(
            treasury, f"rent-{number}", RENT,
            [
                Part(
                    300_000 + 60_000 * (number % 3),
                    add_months(today, 6 * half - 8 + number % 6) - timedelta(days=number * 7 % 29),
                )
                for half in range(4)
            ],
            [("rent", 1), ("rent-district", 1)], person,
        )
        for number, person in enumerate(people[8:])
    ]  # fmt: skip
    actions.grant_override(
        acting_user=accounts.officials["decider"], at=treasury.ago(286), line=treasury.lines["rent"], amount=8 * WAN,
        document=f"会议纪要示〔{today.year}〕9号", reason="申报人数超出年初预计，年末追加预算时冲回。",
    )  # fmt: skip
    actions.commit_all(acting_user=accounts.officials["officer"], at=treasury.ago(285), orders=[*housing, *rent])
    team = _employer_of(accounts)
    actions.set_payee_account(
        acting_user=None, at=treasury.ago(280), payee=team, holder=team.name, bank=BANK, number="110000000000018"
    )
    days = [today - timedelta(days=150), today + timedelta(days=20), today + timedelta(days=390)]
    parts = [Part(share * WAN, day) for share, day in zip((150, 75, 75), days, strict=True)]
    order = _order(treasury, "team-1", TEAMS, parts, [("teams", 1), ("teams-district", 1)], team)
    actions.commit(acting_user=accounts.officials["officer"], at=treasury.ago(200), order=order)


def _employer_of(accounts: DemoAccounts) -> Organisation:
    membership = accounts.employer.memberships.select_related("organisation").order_by("pk").first()
    assert membership is not None
    return membership.organisation


def _pay_the_past(treasury: Treasury) -> None:
    """Every two months: re-check, batch, bank. In the latest batch one account does not exist any more."""
    for days in (150, 90, 30):
        moment = treasury.ago(days)
        for unit in (treasury.city, treasury.district):
            batch = _send(treasury, unit, moment, key=f"{ORIGIN}:{unit.code}:{days}")
            if batch is not None:
                failing = batch.payments.order_by("pk")[1:2] if days == 30 and unit == treasury.city else []
                _answer(treasury, batch, moment + timedelta(days=2), {item.reference for item in failing})


def _send(treasury: Treasury, unit: Unit, moment: datetime, *, key: str) -> PaymentBatch | None:
    until = city_date(moment)
    actions.recheck_due(acting_user=treasury.maker, at=moment, until=until, origin=ORIGIN, unit_id=unit.pk)
    ready = Instalment.objects.filter(shares__line__unit=unit, shares__state="cleared", due_date__lte=until)
    if not ready.exists():
        return None
    batch = actions.propose_batch(acting_user=treasury.maker, at=moment, unit=unit, key=key, until=until)
    actions.approve_batch(acting_user=treasury.approver, at=moment + timedelta(hours=3), batch=batch)
    actions.export_batch(acting_user=treasury.maker, at=moment + timedelta(hours=4), batch=batch)
    return batch


def _answer(treasury: Treasury, batch: PaymentBatch, moment: datetime, failing: set[str]) -> None:
    day = city_date(moment).isoformat()
    lines = ["流水号,金额,结果,失败原因,付款日期,银行流水号"]
    for item in batch.payments.order_by("pk"):
        result = "失败,账户已销户" if item.reference in failing else "成功,"
        lines.append(f"{item.reference},{yuan_text(item.amount)},{result},{day},SL{item.pk:010d}")
    content = "\r\n".join(lines).encode("utf-8-sig")
    actions.import_return(
        acting_user=treasury.maker, at=moment, batch=batch, content=content, name=f"回单-{batch.number}.csv"
    )


def _stop_and_recover(treasury: Treasury, accounts: DemoAccounts) -> None:
    """Somebody left the city: nothing more is paid, a part comes back, the rest is overdue. Another repaid everything."""
    officer, today = accounts.officials["officer"], treasury.today
    left, moved = Commitment.objects.filter(origin=ORIGIN, origin_ref__startswith="housing-").order_by("pk")[2:4]
    actions.cancel_instalments(
        acting_user=officer, at=treasury.ago(50), commitment=left, reason="服务期未满离开本市",
        document=f"锡人才示〔{today.year}〕21号", numbers=[2, 3],
    )  # fmt: skip
    for commitment, amount, received, days, ground in (
        (left, 12 * WAN, 4 * WAN, 50, "left"),
        (moved, 3 * WAN, 3 * WAN, 70, "paid_in_error"),
    ):
        recovery = actions.demand_recovery(
            acting_user=officer, at=treasury.ago(days), commitment=commitment, key=f"{ORIGIN}:{commitment.pk}",
            amount=amount, ground=ground, document=f"锡人才示〔{today.year}〕{days}号",
            due_date=today - timedelta(days=days - 30), reason="按协议第七条，服务期未满离开的，退回已发补贴。",
        )  # fmt: skip
        actions.receive_repayment(
            acting_user=treasury.maker, at=treasury.ago(days - 20), recovery=recovery,
            key=f"{ORIGIN}:receipt:{commitment.pk}", amount=received, note="转账",
        )  # fmt: skip


def _look_again(treasury: Treasury) -> None:
    """What fell due in the last weeks was looked at: three are held for a person, the others wait for a batch."""
    due = Instalment.objects.filter(commitment__origin=ORIGIN, state="planned", due_date__lte=treasury.today)
    held = list(due.order_by("due_date", "pk")[:3])
    for number, item in enumerate(held):
        reason = (
            "“连续参保”不再满足（最近两个月没有缴费记录）。",
            "“在本市租房备案”查不清，缺少：租赁合同备案信息。",
            "“劳动合同在有效期内”不再满足（合同已到期）。",
        )[number]
        actions.hold_instalments(acting_user=treasury.maker, at=treasury.ago(3), instalments=[item], reason=reason)


def _leave_to_approve(treasury: Treasury) -> None:
    """A batch of the city waits for approval; what fell due in the last days waits for its re-check."""
    moment = treasury.at - timedelta(hours=2)
    actions.recheck_due(
        acting_user=treasury.maker, at=moment, until=treasury.today - timedelta(days=9), origin=ORIGIN,
        unit_id=treasury.city.pk,
    )  # fmt: skip
    ready = Instalment.objects.filter(
        shares__line__unit=treasury.city, shares__state="cleared", due_date__lte=city_date(moment)
    )
    if ready.exists():
        actions.propose_batch(
            acting_user=treasury.maker, at=moment, unit=treasury.city, key=f"{ORIGIN}:last", until=city_date(moment)
        )


def _leave_to_offset(treasury: Treasury, accounts: DemoAccounts) -> None:
    """Somebody was paid too much once and is to be paid again: finance may keep back what is owed."""
    paid = Commitment.objects.filter(origin=ORIGIN, instalments__state="paid", recoveries__isnull=True)
    commitment = paid.filter(instalments__shares__state="cleared").order_by("pk").first()
    if commitment is not None:
        actions.demand_recovery(
            acting_user=accounts.officials["officer"], at=treasury.ago(1), commitment=commitment,
            key=f"{ORIGIN}:offset:{commitment.pk}", amount=60_000, ground="paid_in_error",
            document=f"锡人才示〔{treasury.today.year}〕88号", due_date=treasury.today + timedelta(days=30),
            reason="上一期多付 600 元，本人同意从后续补贴抵扣。",
        )  # fmt: skip
