"""Money at city scale: commit, re-check, batch, export, import the bank's answer, verify.

    python bench/ledger.py [--instalments 200000] [--per-commitment 4] [--database URL]

Works in a temporary data folder, on SQLite or on an empty PostgreSQL database; prints one JSON object.
"""

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
TODAY = date(2026, 3, 10)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--instalments", type=int, default=200_000)
    parser.add_argument("--per-commitment", type=int, default=4)
    parser.add_argument("--database", default="", help="postgresql://… of an empty database; SQLite without")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="taihu-bench-") as folder:
        os.environ |= {"TAIHU_DATA": folder, "TAIHU_DEBUG": "0", "DJANGO_SETTINGS_MODULE": "taihu.portal.settings"}
        if options.database:
            os.environ["TAIHU_DATABASE_URL"] = options.database
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        print(json.dumps(measure(options.instalments, options.per_commitment), ensure_ascii=False, indent=1))


class Clock:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - started, 2)


def measure(instalments: int, per_commitment: int) -> dict[str, Any]:
    from django.db import connection

    from taihu.records.ledger import actions
    from taihu.records.ledger.enums import InstalmentState
    from taihu.records.ledger.models import Instalment
    from taihu.records.ledger.verification import verify_ledger

    clock = Clock()
    city = make_city(instalments // per_commitment)
    orders = make_orders(city, per_commitment)
    maker, approver, unit = city["maker"], city["approver"], city["unit"]
    with clock.measure("commit"):
        actions.commit_all(acting_user=None, at=AT, orders=orders)
    with clock.measure("commit_again"):
        actions.commit_all(acting_user=None, at=AT, orders=orders)
    with clock.measure("recheck"):
        actions.recheck_due(acting_user=None, at=AT, until=TODAY)
    with clock.measure("propose_batch"):
        batch = actions.propose_batch(acting_user=maker, at=AT, unit=unit, key="bench")
    with clock.measure("approve"):
        actions.approve_batch(acting_user=approver, at=AT, batch=batch)
    with clock.measure("export_csv"):
        content = actions.export_batch(acting_user=maker, at=AT, batch=batch)
    answer = make_answer(content)
    with clock.measure("import_return"):
        report = actions.import_return(acting_user=maker, at=AT, batch=batch, content=answer)
    with clock.measure("import_again"):
        actions.import_return(acting_user=maker, at=AT, batch=batch, content=answer)
    with clock.measure("verify"):
        found = verify_ledger()
    reads = measure_reads(city)
    paid = Instalment.objects.filter(state=InstalmentState.PAID).count()
    if not found.is_sound or paid + report.failed != instalments:
        raise SystemExit(f"the books are not sound: {found.findings[:3]}, {paid} paid, {report.failed} failed")
    return {
        "database": connection.vendor,
        "instalments": instalments,
        "commitments": len(orders),
        "postings": found.postings,
        "paid": paid,
        "failed": report.failed,
        "seconds": clock.seconds,
        "reads_ms": reads,
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def make_city(people: int) -> dict[str, Any]:
    from taihu.records.identity.enums import Role, UnitKind
    from taihu.records.identity.models import Account, Person, RoleGrant, Unit
    from taihu.records.ledger.actions import create_line
    from taihu.records.ledger.models import PayeeAccount

    unit = Unit.objects.create(code="finance", name="财政局（示例）", kind=UnitKind.DEPARTMENT, area_code="320200")
    maker, approver = (
        Account.objects.create(email=f"{name}@example.test", password="!", created_at=AT) for name in "ab"
    )
    for account in (maker, approver):
        RoleGrant.objects.create(account=account, unit=unit, role=Role.FINANCE, active_from=AT)
    rows = Person.objects.bulk_create(Person(name=f"示例{n}", created_at=AT) for n in range(people))
    PayeeAccount.objects.bulk_create(
        (
            PayeeAccount(
                person=person,
                holder=person.name,
                bank="示例银行",
                number=f"{10**11 + place}",
                number_hash=f"{place:064d}",
                tail="0000",
                active_from=AT,
            )
            for place, person in enumerate(rows)
        ),
        batch_size=5000,
    )
    line = create_line(
        acting_user=maker,
        at=AT,
        year=2026,
        level="city",
        programme="示例",
        document="示例〔2026〕1号",
        unit=unit,
        amount=10**14,
    )
    return {"unit": unit, "maker": maker, "approver": approver, "line": line, "people": rows}


def make_orders(city: dict[str, Any], per_commitment: int) -> list[Any]:
    from taihu.records.ledger.orders import Order, Part

    parts = tuple(Part(1_000_00 + number, TODAY) for number in range(per_commitment))
    total = sum(part.amount for part in parts)
    return [
        Order(
            key=f"bench-{person.pk}",
            origin="bench",
            origin_ref=str(person.pk),
            purpose="租房补贴（示例）",
            parts=parts,
            split=((city["line"].pk, total),),
            person_id=person.pk,
        )
        for person in city["people"]
    ]


def make_answer(exported: bytes) -> bytes:
    """The bank pays all but every thousandth."""
    lines = ["流水号,金额,结果,失败原因,付款日期,银行流水号"]
    for number, row in enumerate(exported.decode("utf-8-sig").splitlines()[1:]):
        reference, _payee, _account, _bank, amount, _purpose = row.split(",")
        result = "失败,账号不存在" if number % 1000 == 999 else "成功,"
        lines.append(f"{reference},{amount},{result},2026-03-11,B{number}")
    return "\r\n".join(lines).encode()


def measure_reads(city: dict[str, Any]) -> dict[str, float]:
    from taihu.records.ledger.queries.instalments import calendar, forecast, month_span
    from taihu.records.ledger.queries.lines import balances
    from taihu.records.ledger.queries.payees import commitments_of, sums_of

    person = city["people"][len(city["people"]) // 2]
    reads = {
        "line_balance": lambda: balances([city["line"]]),
        "my_payments": lambda: (list(commitments_of(person)), sums_of(person)),
        "calendar_month": lambda: calendar(*month_span(2026, 3)),
        "forecast": forecast,
    }
    timed = {}
    for name, read in reads.items():
        read()
        started = time.perf_counter()
        read()
        timed[name] = round(1000 * (time.perf_counter() - started), 1)
    return timed


if __name__ == "__main__":
    main()
