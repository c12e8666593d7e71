"""Acts on the ledger in processes of their own, which die in the middle when told to.

Started once; reads one JSON object per line: {"database": file or "", "jobs": [[ACT, MOMENT, NAME], ...]}. Forks one
process per job, all at once, and answers with [[exit code, what the process printed], ...]. MOMENT is `posting` (killed at
the first posting), `before` (killed at the commit), `after` (killed once committed) or `never`.
"""

import json
import os
import signal
import sys
import traceback
from datetime import UTC, date, datetime
from pathlib import Path

import django

django.setup()

from django.db import connection  # noqa: E402 - after the setup
from django.db.backends.base.base import BaseDatabaseWrapper  # noqa: E402

from taihu.records.base.errors import Refused  # noqa: E402
from taihu.records.base.models import OutboxEvent  # noqa: E402
from taihu.records.identity.models import Account, Person, Unit  # noqa: E402
from taihu.records.ledger.actions import commit_all, import_return, propose_batch  # noqa: E402
from taihu.records.ledger.enums import PaymentState  # noqa: E402
from taihu.records.ledger.models import BudgetLine, Commitment, Payment, PaymentBatch  # noqa: E402
from taihu.records.ledger.orders import Order, Part  # noqa: E402
from taihu.records.ledger.queries.lines import balances  # noqa: E402
from taihu.records.ledger.verification import verify_ledger  # noqa: E402

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
MANY = 50


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_at(moment: str) -> None:
    if moment == "posting":

        def wrapper(execute, sql, params, many, context):
            if sql.startswith('INSERT INTO "ledger_posting"'):
                die()
            return execute(sql, params, many, context)

        connection.execute_wrappers.append(wrapper)
    elif moment in ("before", "after"):
        commit = BaseDatabaseWrapper._commit

        def committing(self):
            if moment == "before":
                die()
            commit(self)
            die()

        BaseDatabaseWrapper._commit = committing


def maker() -> Account:
    return Account.objects.get(email="maker@example.test")


def act_commit(name: str) -> None:
    line = BudgetLine.objects.order_by("pk").first()
    people = Person.objects.filter(name__startswith="收款").order_by("pk")[:MANY]
    orders = [
        Order(
            key=f"{name}-{person.pk}",
            origin="test",
            origin_ref=str(person.pk),
            purpose="租房补贴",
            parts=(Part(1_00, date(2026, 3, 10)),),
            split=((line.pk, 1_00),),
            person_id=person.pk,
        )
        for person in people
    ]
    commit_all(acting_user=None, at=AT, orders=orders)


def act_batch(name: str) -> None:
    propose_batch(acting_user=maker(), at=AT, unit=Unit.objects.get(code="320200-finance"), key=name)


def act_return(name: str) -> None:
    batch = PaymentBatch.objects.get(key="sent")
    import_return(acting_user=maker(), at=AT, batch=batch, content=Path(name).read_bytes())


def tell(refused: str) -> str:
    row = balances([BudgetLine.objects.order_by("pk").first()])[0]
    told = {
        "sound": verify_ledger().findings,
        "refused": refused,
        "commitments": Commitment.objects.count(),
        "batches": PaymentBatch.objects.count(),
        "living": Payment.objects.filter(state__in=[PaymentState.WAITING, PaymentState.PAID]).count(),
        "paid": row.paid,
        "in_payment": row.in_payment,
        "free": row.free,
        "events": OutboxEvent.objects.filter(name__startswith="ledger.").count(),
    }
    return json.dumps(told)


def work(database: str, act: str, moment: str, name: str) -> str:
    if database:
        connection.settings_dict["NAME"] = database
    die_at(moment)
    refused = ""
    try:
        globals()[f"act_{act}"](name)
    except Refused as error:
        refused = error.code
    return tell(refused)


def fork(database: str, job: list[str]) -> tuple[int, int]:
    """Process number and the end of a pipe to read from."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    os.close(reading)
    try:
        os.write(writing, work(database, *job).encode())
        os._exit(0)
    except BaseException:
        os.write(writing, traceback.format_exc().encode())
        os._exit(1)


def main() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        children = [fork(order["database"], job) for job in order["jobs"]]
        answers = []
        for child, reading in children:
            with os.fdopen(reading) as pipe:
                text = pipe.read()
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            answers.append([code, text])
        sys.stdout.write(json.dumps(answers) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
