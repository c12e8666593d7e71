"""What an act would change, found out by doing it and undoing it: a page that asks for confirmation can promise nothing else."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet, Sum
from django.utils.translation import gettext as _

from taihu.records.base.errors import Refused
from taihu.records.identity.models import Account
from taihu.records.ledger.enums import SOURCES, AccountKind, InstalmentState
from taihu.records.ledger.models import BookAccount, BudgetLine, Entry, Instalment, Posting, Recovery


@dataclass(frozen=True)
class BookChange:
    """One book of one line, in fen."""

    line: BudgetLine
    book: AccountKind
    change: int
    after: int

    @property
    def sign(self) -> int:
        """What a line was given or may promise beyond it is kept below zero; people read it as a sum."""
        return -1 if self.book in SOURCES else 1

    @property
    def balance_before(self) -> int:
        return self.sign * (self.after - self.change)

    @property
    def balance_after(self) -> int:
        return self.sign * self.after

    @property
    def change_shown(self) -> int:
        return self.sign * self.change


@dataclass(frozen=True)
class InstalmentChange:
    """One instalment: its state and what is still to be paid of it to the payee, before (None: there was none) and after."""

    instalment: Instalment
    state_before: str | None
    payable_before: int
    payable: int

    @property
    def will_pay(self) -> int:
        return 0 if self.instalment.state == InstalmentState.CANCELLED else self.payable


@dataclass(frozen=True)
class Rehearsal:
    books: tuple[BookChange, ...]
    instalments: tuple[InstalmentChange, ...]
    owed_before: int
    owed: int

    @property
    def is_nothing(self) -> bool:
        return not self.books and not self.instalments and self.owed == self.owed_before

    @property
    def digest(self) -> str:
        """Of what changes, whoever else moved money on the same lines meanwhile."""
        body = [
            [[row.line.pk, row.book, row.change] for row in self.books],
            [
                [row.instalment.number, row.instalment.amount, row.state_before, row.instalment.state, row.payable]
                for row in self.instalments
            ],
            [self.owed_before, self.owed],
        ]
        return hashlib.sha256(json.dumps(body).encode()).hexdigest()

    def sum_of(self, book: AccountKind) -> int:
        """Fen that came into a book of any line (below zero: that left it)."""
        return sum(row.change for row in self.books if row.book == book)


@dataclass(frozen=True)
class Act:
    """Something to be done at a moment by somebody, and what to watch meanwhile beside the books."""

    do: Callable[[], object]
    at: datetime
    acting_user: Account
    instalments: QuerySet[Instalment]
    recovery: Recovery | None = None


class _Undone(Exception):
    pass


def rehearse(act: Act) -> Rehearsal:
    """Do it, look, undo it: nothing stays. What the act refuses is refused here in the same words."""
    found: list[Rehearsal] = []
    try:
        with transaction.atomic():
            found.append(_watch(act))
            raise _Undone
    except _Undone:
        return found[0]


@transaction.atomic
def perform(act: Act, expected: str) -> Rehearsal:
    """Do it, if it changes what was shown (the digest of a rehearsal) and nothing else; an act done before changes nothing."""
    found = _watch(act)
    if not found.is_nothing and found.digest != expected:
        raise Refused("changed_meanwhile", _("金额或状态刚刚有变化，还没有办理。"), _("请核对新的结果后再确认。"))
    return found


def _watch(act: Act) -> Rehearsal:
    newest = Entry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    states, owed = _states(act.instalments), _owed(act.recovery)
    act.do()
    # By moment and author too: what others book meanwhile is not of this act.
    entries = Entry.objects.filter(pk__gt=newest, at=act.at, made_by=act.acting_user)
    return Rehearsal(_books(entries), _instalments(act.instalments, states), owed, _owed(act.recovery))


def _owed(recovery: Recovery | None) -> int:
    return Recovery.objects.get(pk=recovery.pk).open if recovery is not None else 0


def _states(instalments: QuerySet[Instalment]) -> dict[int, tuple[str, int]]:
    return {row.pk: (row.state, int(row.payable)) for row in _payable(instalments)}


def _payable(instalments: QuerySet[Instalment]) -> QuerySet[Any]:
    return instalments.annotate(payable=Sum(F("shares__amount") - F("shares__offset"))).order_by("commitment", "number")


def _books(entries: QuerySet[Entry]) -> tuple[BookChange, ...]:
    changes: dict[int, int] = {}
    for side, sign in (("source", -1), ("target", 1)):
        rows = Posting.objects.filter(entry__in=entries).order_by().values_list(side).annotate(sum=Sum("amount"))
        for account, amount in rows:
            changes[account] = changes.get(account, 0) + sign * int(amount)
    accounts = BookAccount.objects.filter(pk__in=changes).select_related("line__unit").order_by("line", "pk")
    return tuple(
        BookChange(row.line, AccountKind(row.kind), changes[row.pk], row.balance) for row in accounts if changes[row.pk]
    )


def _instalments(instalments: QuerySet[Instalment], states: dict[int, tuple[str, int]]) -> tuple[InstalmentChange, ...]:
    found = []
    for row in _payable(instalments.all()):
        before, payable_before = states.get(row.pk, (None, 0))
        payable = int(row.payable)
        if (before, payable_before) != (row.state, payable):
            found.append(InstalmentChange(row, before, payable_before, payable))
    return tuple(found)
