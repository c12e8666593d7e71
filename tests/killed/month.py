"""A month of allowances paid by list, as processes that are killed. `python -m tests.killed.month WHAT …` with TAIHU_DATA set.

Every step looks at what is there and goes on from it, as the worker and the officers do after the power came back.
"""

import json
import os
import sys
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taihu.portal.settings")
django.setup()

from django.core.management import call_command  # noqa: E402 - after the settings
from django.db.backends.base.base import BaseDatabaseWrapper  # noqa: E402
from factories import AT, make_official  # noqa: E402
from records.ledger.making import Treasury, answer, give_account, make_treasury  # noqa: E402
from systems.policies.makers import SAMPLE, make_known, publish_text  # noqa: E402

from taihu.records.audit.actions import verify  # noqa: E402
from taihu.records.base.events import deliver_all  # noqa: E402
from taihu.records.facts import parts  # noqa: E402
from taihu.records.facts.models import Fact  # noqa: E402
from taihu.records.identity.enums import Role  # noqa: E402
from taihu.records.identity.models import Account, Unit  # noqa: E402
from taihu.records.ledger import actions as ledger  # noqa: E402
from taihu.records.ledger.enums import BatchState, PaymentState  # noqa: E402
from taihu.records.ledger.models import BudgetLine, Commitment, Payment  # noqa: E402
from taihu.records.ledger.verification import verify_ledger  # noqa: E402
from taihu.systems.policies.actions import runs  # noqa: E402
from taihu.systems.policies.actions.direct import (  # noqa: E402
    begin_notice,
    confirm_list,
    exclude_entry,
    request_direct_runs,
    set_direct,
)
from taihu.systems.policies.actions.payments import pay_direct_list  # noqa: E402
from taihu.systems.policies.enums import DirectState, EntryState, RunState  # noqa: E402
from taihu.systems.policies.models import DirectEntry, DirectRun, PolicyRun, RunBlock, RunResult  # noqa: E402
from tests.killed.child import die, say  # noqa: E402

AFTER = AT + timedelta(days=8)
# Several blocks of a small city, so that a run can be killed between two.
runs.BLOCK = parts.BLOCK = 8


def build(people: int) -> None:
    """Known people with bank accounts, every fifth without an answer of the register; money for all."""
    call_command("migrate", verbosity=0)
    for number in range(people):
        person = make_known(**({"is_full_time": None} if number % 5 == 0 else {}))
        person.area_code = "320214"
        person.save()
        give_account(person)
    treasuries = [make_treasury(amount=10**9), make_treasury("320214-finance", level="district", amount=10**9)]
    version = publish_text(SAMPLE)
    set_direct(acting_user=make_official(Role.DECIDER), at=AT, version=version, is_direct=True)
    actors = {
        "officer": make_official().pk,
        "decider": make_official(Role.DECIDER).pk,
        "treasuries": [[one.unit.pk, one.maker.pk, one.approver.pk, one.line.pk] for one in treasuries],
    }
    _notes().write_text(json.dumps(actors))


def _notes() -> Path:
    return Path(os.environ["TAIHU_DATA"]) / "actors.json"


def _treasuries(actors: dict[str, Any]) -> list[Treasury]:
    return [
        Treasury(
            Unit.objects.get(pk=unit),
            Account.objects.get(pk=maker),
            Account.objects.get(pk=approver),
            BudgetLine.objects.get(pk=line),
        )
        for unit, maker, approver, line in actors["treasuries"]
    ]


def live(deadly: int) -> None:
    """The month from the evaluation to the bank's answers; dies at the commit of that number, odd ones before it is made."""
    commit, numbers = BaseDatabaseWrapper._commit, count(1)

    def counted(connection: Any) -> Any:
        number = next(numbers)
        if number == deadly and number % 2:
            die()
        commit(connection)
        if number == deadly:
            die()

    BaseDatabaseWrapper._commit = counted
    actors = json.loads(_notes().read_text())
    _pay(_list(actors), actors)
    deliver_all(at=AFTER)
    say(str(next(numbers) - 1))


def _list(actors: dict[str, Any]) -> DirectRun:
    officer, decider = (Account.objects.get(pk=actors[name]) for name in ("officer", "decider"))
    direct = DirectRun.objects.first() or request_direct_runs(acting_user=officer, at=AT)[0]
    if direct.run.state != RunState.DONE:
        runs.perform_run(direct.run, at=AT, processes=1)
    direct.refresh_from_db()
    if direct.state == DirectState.LISTED:
        for entry in direct.entries.filter(state=EntryState.MANUAL).order_by("pk"):
            exclude_entry(acting_user=officer, at=AT, entry=entry, reason="登记机关没有答复")
        confirm_list(acting_user=decider, at=AT, direct_run=direct)
        direct.refresh_from_db()
    if direct.state == DirectState.CONFIRMED:
        begin_notice(acting_user=officer, at=AT, direct_run=direct, until=AT + timedelta(days=7))
        direct.refresh_from_db()
    return direct


def _pay(direct: DirectRun, actors: dict[str, Any]) -> None:
    city, district = _treasuries(actors)
    if direct.state == DirectState.NOTICED:
        lines = {"city": city.line.pk, "district:320214": district.line.pk}
        pay_direct_list(acting_user=Account.objects.get(pk=actors["officer"]), at=AFTER, direct_run=direct, lines=lines)
    ledger.recheck_due(acting_user=None, at=AFTER, until=AFTER.date())
    for treasury in (city, district):
        batch = ledger.propose_batch(
            acting_user=treasury.maker, at=AFTER, unit=treasury.unit, key=f"month:{treasury.unit.pk}"
        )
        if batch.state == BatchState.PROPOSED:
            ledger.approve_batch(acting_user=treasury.approver, at=AFTER, batch=batch)
            batch.refresh_from_db()
        if batch.state == BatchState.APPROVED:
            ledger.export_batch(acting_user=treasury.maker, at=AFTER, batch=batch)
            batch.refresh_from_db()
        if batch.state == BatchState.EXPORTED:
            ledger.import_return(acting_user=treasury.maker, at=AFTER, batch=batch, content=answer(batch))


def tell() -> None:
    """What people, officers and the bank see, and whether the books and the audit trail hold."""
    done = PolicyRun.objects.filter(state=RunState.DONE)
    stored = RunResult.objects.filter(run__in=done).order_by("number", "version").values_list("number", "data")
    benefits = Fact.objects.filter(property="benefit", known_to__isnull=True).order_by("person", "pk")
    found = {
        "runs": PolicyRun.objects.count(),
        "digests": list(done.values_list("results_digest", flat=True)),
        "blocks": RunBlock.objects.filter(run__in=done).count(),
        "results": [[number, bytes(data).hex()] for number, data in stored],
        "entries": sorted(DirectEntry.objects.values_list("person", "state", "amount")),
        "promised": sorted(Commitment.objects.values_list("person", "total")),
        "paid": sorted(
            Payment.objects.filter(state=PaymentState.PAID).values_list(
                "batch__unit", "share__instalment__commitment__person", "amount"
            )
        ),
        "benefits": [[fact.person_id, fact.value] for fact in benefits],
        "books": verify_ledger().is_sound,
        "chain": verify().is_intact,
    }
    say(json.dumps(found))


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    {"build": lambda: build(int(rest[0])), "live": lambda: live(int(rest[0])), "tell": tell}[what]()
