"""Batches, their payments, and what the bank answered."""

from collections.abc import Iterable

from django.db.models import Count, QuerySet, Sum

from taihu.records.ledger.models import BankReturn, BankReturnRow, Payment, PaymentBatch


def batches(*, units: Iterable[int] | None = None, state: str = "") -> QuerySet[PaymentBatch]:
    rows = PaymentBatch.objects.select_related("unit", "made_by", "decided_by").order_by("-made_at", "-pk")
    if units is not None:
        rows = rows.filter(unit__in=list(units))
    return rows.filter(state=state) if state else rows


def payments_in(batch: PaymentBatch, *, state: str = "") -> QuerySet[Payment]:
    rows = batch.payments.select_related("share__instalment__commitment", "share__line").order_by("pk")
    return rows.filter(state=state) if state else rows


def payment_sums(batch: PaymentBatch) -> dict[str, tuple[int, int]]:
    """State → (number, fen)."""
    rows = batch.payments.order_by().values_list("state").annotate(count=Count("pk"), sum=Sum("amount"))
    return {state: (count, int(amount)) for state, count, amount in rows}


def returns_of(batch: PaymentBatch) -> QuerySet[BankReturn]:
    return batch.returns.select_related("imported_by").order_by("-imported_at", "-pk")


def rows_of(report: BankReturn, *, outcomes: Iterable[str]) -> QuerySet[BankReturnRow]:
    return (
        report.lines.filter(outcome__in=list(outcomes)).select_related("payment__share__instalment").order_by("place")
    )
