"""Money in tests: a city and a district with finance officers, lines, people with bank accounts."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count

from factories import make_official, make_person

from taihu.records.identity.enums import Role, UnitKind
from taihu.records.identity.models import Account, Person, Unit
from taihu.records.ledger.actions import (
    approve_batch,
    commit,
    create_line,
    export_batch,
    import_return,
    propose_batch,
    recheck_due,
    set_payee_account,
)
from taihu.records.ledger.models import BudgetLine, Commitment, PaymentBatch
from taihu.records.ledger.orders import Order, Part, split_by

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
TODAY = date(2026, 3, 10)
_numbers = count(1)


@dataclass
class Treasury:
    """One paying unit: who makes batches, who approves them, and its line."""

    unit: Unit
    maker: Account
    approver: Account
    line: BudgetLine


def make_treasury(code: str = "320200-finance", *, level: str = "city", amount: int = 100_000_00) -> Treasury:
    fields = {"name": f"{code} 财政局（示例）", "kind": UnitKind.DEPARTMENT, "area_code": code[:6]}
    unit = Unit.objects.get_or_create(code=code, defaults=fields)[0]
    maker, approver = (make_official(Role.FINANCE, unit=unit) for _ in range(2))
    return Treasury(unit, maker, approver, make_line(maker, unit, level=level, amount=amount))


def make_line(maker: Account, unit: Unit, *, level: str = "city", amount: int = 100_000_00, year: int = 2026):
    return create_line(
        acting_user=maker,
        at=AT,
        year=year,
        level=level,
        programme="太湖人才计划（示例）",
        document=f"锡财示〔{year}〕{next(_numbers)}号",
        unit=unit,
        amount=amount,
    )


def make_payee(*, with_account: bool = True, **fields) -> Person:
    person = make_person(with_account=False, **fields)
    if with_account:
        give_account(person)
    return person


def give_account(payee, number: str = "6222020200012345670", *, at=AT):
    return set_payee_account(
        acting_user=None, at=at, payee=payee, holder=payee.name, bank="示例银行无锡分行", number=number
    )


def make_order(person: Person, lines, amounts=(10_000_00,), *, due=TODAY, **fields) -> Order:
    """Equal split over the lines given, one instalment per amount, all due on one day unless `due` is a list."""
    days = due if isinstance(due, list) else [due] * len(amounts)
    fields = {"key": f"order-{next(_numbers)}", "origin": "test", "origin_ref": "1", "purpose": "租房补贴", **fields}
    return Order(
        parts=tuple(Part(amount, day) for amount, day in zip(amounts, days, strict=True)),
        split=split_by(sum(amounts), [(line.pk, 1) for line in lines]),
        person_id=person.pk,
        **fields,
    )


def make_commitment(treasury: Treasury, amounts=(10_000_00,), *, person=None, due=TODAY, **fields) -> Commitment:
    order = make_order(person or make_payee(), [treasury.line], amounts, due=due, **fields)
    return commit(acting_user=None, at=AT, order=order)


def make_exported(treasury: Treasury, *, until=TODAY, key="batch") -> PaymentBatch:
    """Everything due is cleared, proposed, approved and sent to the bank."""
    recheck_due(acting_user=treasury.maker, at=AT, until=until)
    batch = propose_batch(acting_user=treasury.maker, at=AT, unit=treasury.unit, key=key, until=until)
    approve_batch(acting_user=treasury.approver, at=AT, batch=batch)
    export_batch(acting_user=treasury.maker, at=AT, batch=batch)
    return batch


def answer(batch: PaymentBatch, *, failed=(), rows=None, extra="") -> bytes:
    """A bank's file on a batch; `failed` holds references that did not go through."""
    lines = ["流水号,金额,结果,失败原因,付款日期,银行流水号"]
    for payment in rows if rows is not None else batch.payments.order_by("pk"):
        result = "失败,户名不符" if payment.reference in failed else "成功,"
        amount = f"{payment.amount // 100}.{payment.amount % 100:02d}"
        lines.append(f"{payment.reference},{amount},{result},2026-03-11,B{payment.pk}")
    return ("\r\n".join(lines) + "\r\n" + extra).encode()


def pay(treasury: Treasury, *, key="batch", until=TODAY) -> PaymentBatch:
    batch = make_exported(treasury, key=key, until=until)
    import_return(acting_user=treasury.maker, at=AT, batch=batch, content=answer(batch))
    batch.refresh_from_db()
    return batch
