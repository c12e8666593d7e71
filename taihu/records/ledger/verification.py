"""`taihu ledger verify`: recompute the books from their postings and compare them with everything else that is stored."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.db.models import Count, F, Q, Sum

from taihu.records.ledger.actions.batches import batch_digest
from taihu.records.ledger.enums import (
    SOURCES,
    STATE_ORDER,
    AccountKind,
    BatchState,
    InstalmentState,
    PaymentState,
    RecoveryState,
)
from taihu.records.ledger.journal import account_of, summarise
from taihu.records.ledger.models import (
    BookAccount,
    BudgetLine,
    Commitment,
    Entry,
    Instalment,
    Override,
    Payment,
    PaymentBatch,
    Posting,
    Receipt,
    Recovery,
    RecoveryShare,
    Share,
)

MOST_LISTED = 200


@dataclass
class LedgerReport:
    """What was checked and what does not agree; each finding names the row."""

    entries: int = 0
    postings: int = 0
    instalments: int = 0
    batches: int = 0
    total: int = 0
    found: int = 0
    findings: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        return self.found == 0

    def add(self, text: str) -> None:
        self.found += 1
        if len(self.findings) < MOST_LISTED:
            self.findings.append(text)


def verify_ledger() -> LedgerReport:
    """Run every check; nothing is changed."""
    report = LedgerReport()
    for check in CHECKS:
        for finding in check(report):
            report.add(finding)
    return report


def _entries(report: LedgerReport) -> Iterator[str]:
    """Every entry still is what it was when it was sealed; both sides of each posting are in one row, so it balances."""
    for entry in Entry.objects.order_by("pk").iterator(chunk_size=2000):
        report.entries += 1
        if not entry.digest:
            yield f"entry {entry.pk} ({entry.kind}) was never sealed"
            continue
        total, count, digest = summarise(entry)
        report.postings += count
        if (total, count, digest) != (entry.total, entry.postings_count, entry.digest):
            yield (
                f"entry {entry.pk} ({entry.kind}) was changed: {count} postings over {total} fen, "
                f"sealed with {entry.postings_count} over {entry.total}"
            )
    strangers = Posting.objects.count() - report.postings
    if strangers > 0:
        yield f"{strangers} postings belong to no sealed entry"


def _balances(report: LedgerReport) -> Iterator[str]:
    """Each book holds what was moved in minus what was moved out, on its side of zero; all together hold nothing."""
    moved: dict[int, int] = {}
    for side, sign in (("source", -1), ("target", 1)):
        for account, amount in Posting.objects.order_by().values_list(side).annotate(sum=Sum("amount")):
            moved[account] = moved.get(account, 0) + sign * int(amount)
    total = 0
    for account in BookAccount.objects.order_by("pk").iterator(chunk_size=2000):
        total += account.balance
        place = f"account {account.pk} (line {account.line_id}, {account.kind})"
        if account.balance != moved.get(account.pk, 0):
            yield f"{place} holds {account.balance} fen, its postings say {moved.get(account.pk, 0)}"
        if (account.balance > 0) if account.kind in SOURCES else (account.balance < 0):
            yield f"{place} is on the wrong side of zero"
    report.total = total
    if total:
        yield f"all accounts together hold {total} fen instead of 0"


def _lines(report: LedgerReport) -> Iterator[str]:
    """What a line was given is the sum of its changes, and what it promised beyond that was overridden."""
    books = {
        (line, kind): balance for line, kind, balance in BookAccount.objects.values_list("line", "kind", "balance")
    }
    overrides = dict(Override.objects.order_by().values_list("line").annotate(sum=Sum("amount")))
    for line in BudgetLine.objects.annotate(changed=Sum("changes__amount")).order_by("pk"):
        given = -books.get((line.pk, AccountKind.APPROPRIATION), 0)
        if not line.amount == (line.changed or 0) == given:
            yield f"line {line.pk}: amount {line.amount}, changes {line.changed or 0}, booked {given} fen"
        beyond = -books.get((line.pk, AccountKind.OVERRIDE), 0)
        if beyond > int(overrides.get(line.pk, 0)):
            yield f"line {line.pk}: {beyond} fen beyond the line, overrides record {overrides.get(line.pk, 0)}"


def _sums(report: LedgerReport) -> Iterator[str]:
    """Commitments are the sum of their instalments, instalments of their shares, demands of their parts."""
    for row in Commitment.objects.annotate(sum=Sum("instalments__amount")).exclude(total=F("sum")).order_by("pk"):
        yield f"commitment {row.pk}: total {row.total}, instalments {row.sum} fen"
    for item in Instalment.objects.annotate(sum=Sum("shares__amount")).exclude(amount=F("sum")).order_by("pk"):
        yield f"instalment {item.pk}: amount {item.amount}, shares {item.sum} fen"
    report.instalments = Instalment.objects.count()
    for demand in Recovery.objects.annotate(parts=Sum("shares__amount"), parts_settled=Sum("shares__settled")).order_by(
        "pk"
    ):
        if (demand.amount, demand.settled) != (demand.parts, demand.parts_settled):
            yield f"recovery {demand.pk}: {demand.settled} of {demand.amount}, its parts say {demand.parts_settled} of {demand.parts} fen"
    receipts = Receipt.objects.filter(reversed_at__isnull=True).order_by()
    received = dict(receipts.values_list("recovery").annotate(sum=Sum("amount")))
    for pk, settled in Recovery.objects.order_by("pk").values_list("pk", "settled"):
        if settled != received.get(pk, 0):
            yield f"recovery {pk}: {settled} fen settled, receipts say {received.get(pk, 0)}"


def _shares(report: LedgerReport) -> Iterator[str]:
    """The postings of each share put its money where its state says it is."""
    held = _held_by_share()
    open_ = dict(
        RecoveryShare.objects.exclude(recovery__state=RecoveryState.WITHDRAWN)
        .order_by()
        .values_list("share")
        .annotate(open=Sum(F("amount") - F("settled")))
    )
    rows = Share.objects.order_by("pk").values_list("pk", "state", "amount", "offset", "recalled")
    for pk, state, amount, offset, recalled in rows.iterator(chunk_size=10_000):
        books = held.pop(pk, {})
        problem = _misplaced(state, amount, offset, recalled, int(open_.get(pk, 0)), books)
        if problem:
            yield f"share {pk} ({state}): {problem}"
    for pk in sorted(held):
        yield f"share {pk}: postings without a share"


HOLDING = tuple(kind for kind in AccountKind if kind not in SOURCES and kind != AccountKind.FREE)


def _held_by_share() -> dict[int, dict[str, int]]:
    held: dict[int, dict[str, int]] = {}
    for side, sign in (("source", -1), ("target", 1)):
        rows = (
            Posting.objects.filter(share__isnull=False, **{f"{side}__kind__in": HOLDING})
            .order_by()
            .values_list("share", f"{side}__kind")
            .annotate(sum=Sum("amount"))
        )
        for share, kind, amount in rows.iterator(chunk_size=10_000):
            books = held.setdefault(share, {})
            books[kind] = books.get(kind, 0) + sign * int(amount)
    return held


def _misplaced(state: str, amount: int, offset: int, recalled: int, open_: int, books: dict[str, int]) -> str:
    wanted: dict[str, int] = {}
    if state in (InstalmentState.PAID, InstalmentState.RECOVERED):
        wanted[AccountKind.PAID] = amount - recalled
        wanted[AccountKind.RECEIVABLE] = open_
        returned = books.get(AccountKind.RECOVERED, 0) + books.get(AccountKind.WAIVED, 0)
        if returned != recalled - open_:
            return f"{returned} fen came back or were waived, {recalled - open_} expected"
    elif state != InstalmentState.CANCELLED:
        wanted[account_of(state)] = amount - offset
        wanted[AccountKind.PAID] = offset
    settled = (AccountKind.RECOVERED, AccountKind.WAIVED) if recalled else ()
    for kind in HOLDING:
        if kind not in settled and books.get(kind, 0) != wanted.get(kind, 0):
            return f"{books.get(kind, 0)} fen in {kind}, {wanted.get(kind, 0)} expected"
    return ""


def _states(report: LedgerReport) -> Iterator[str]:
    """An instalment shows the first state, in order, of its shares."""
    states: dict[int, set[str]] = {}
    for instalment, state in Share.objects.order_by().values_list("instalment", "state").distinct():
        states.setdefault(instalment, set()).add(state)
    for pk, shown in Instalment.objects.order_by("pk").values_list("pk", "state").iterator(chunk_size=10_000):
        mine = states.get(pk, set())
        expected = next((state.value for state in STATE_ORDER if state in mine), "")
        if shown != expected:
            yield f"instalment {pk} shows {shown}, its shares are {sorted(mine)}"


def _payments(report: LedgerReport) -> Iterator[str]:
    """Every batch is what was approved, and its payments agree with the shares they pay."""
    for batch in PaymentBatch.objects.order_by("pk"):
        report.batches += 1
        sums = batch.payments.aggregate(count=Count("pk"), total=Sum("amount"))
        if batch_digest(batch) != batch.digest or (sums["count"], sums["total"]) != (batch.count, batch.total):
            yield f"batch {batch.number}: its payments are not those that were proposed"
        if batch.state == BatchState.SETTLED and batch.payments.filter(state=PaymentState.WAITING).exists():
            yield f"batch {batch.number}: settled, but payments still wait"
    expected = {
        PaymentState.WAITING: [InstalmentState.BATCHED],
        PaymentState.PAID: [InstalmentState.PAID, InstalmentState.RECOVERED],
    }
    for payment_state, share_states in expected.items():
        wrong = Payment.objects.filter(state=payment_state).exclude(share__state__in=share_states)
        for reference in wrong.order_by("pk").values_list("reference", flat=True)[:MOST_LISTED]:
            yield f"payment {reference} is {payment_state}, its share is not"
    living = Q(payments__state__in=[PaymentState.WAITING, PaymentState.PAID])
    lost = Share.objects.filter(
        state__in=[InstalmentState.BATCHED, InstalmentState.PAID], amount__gt=F("offset")
    ).exclude(living)
    for pk in lost.order_by("pk").values_list("pk", flat=True)[:MOST_LISTED]:
        yield f"share {pk} is in payment or paid without a payment"
    twice = Payment.objects.filter(state=PaymentState.PAID).order_by().values_list("share").annotate(n=Count("pk"))
    for share, count in twice.filter(n__gt=1):
        yield f"share {share} was paid {count} times"


CHECKS: tuple[Callable[[LedgerReport], Iterator[str]], ...] = (
    _entries,
    _balances,
    _lines,
    _sums,
    _shares,
    _states,
    _payments,
)
