"""Bank accounts that were replaced go after two years; the books themselves are kept by law and no rule deletes them."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from taihu.records.base.retention import YEAR, RetentionRule, register_retention
from taihu.records.ledger.enums import PaymentState
from taihu.records.ledger.models import PayeeAccount


def _replaced(before: datetime) -> "QuerySet[Any]":
    rows = PayeeAccount.objects.filter(active_to__lt=before)
    return rows.exclude(payments__state=PaymentState.WAITING)


register_retention(
    RetentionRule("payee_accounts", "换下两年后不再需要（个人信息保护法 第十九条）", 2 * YEAR, _replaced)
)
