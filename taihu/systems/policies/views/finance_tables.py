"""Finance: the lists as tables for a spreadsheet. Who took which table is written down."""

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.clock import city_date, now
from taihu.records.base.tables import Cell, table_download
from taihu.records.base.uploads import CSV
from taihu.records.identity.doors import account_of
from taihu.records.ledger.models import Commitment, Instalment, Recovery
from taihu.records.ledger.queries.lines import LineBalance


def wants_table(request: HttpRequest) -> bool:
    return request.GET.get("format") == CSV


def table(request: HttpRequest, name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> HttpResponse:
    """A CSV file of the rows; sums are numbers in yuan."""
    found, at = list(rows), now()
    with transaction.atomic():
        record(
            at=at,
            acting_user=account_of(request),
            action="ledger.export_table",
            subject=("ledger.table", name),
            data={"rows": len(found), "query": request.GET.urlencode()},
        )
    return table_download([head, *found], kind=CSV, name=f"{name}-{city_date(at)}")


def line_table(request: HttpRequest, found: Iterable[LineBalance]) -> HttpResponse:
    head = (
        *(_("年度"), _("资金层级"), _("项目"), _("预算文号"), _("拨付单位"), _("预算"), _("已承诺未支付"), _("已支付")),
        *(_("可用"), _("应追回"), _("已追回"), _("经批准超额承诺")),
    )
    return table(request, "budget-lines", head, map(_line_cells, found))


def _line_cells(row: LineBalance) -> tuple[Cell, ...]:
    line = row.line
    return (
        line.year,
        *(line.get_level_display(), line.programme, line.document, str(line.unit)),
        *(fen / 100 for fen in (row.budget, row.bound, row.paid_out, row.free)),
        *(fen / 100 for fen in (row.receivable, row.recovered, row.override)),
    )


def commitment_table(request: HttpRequest, found: Iterable[tuple[Commitment, dict[str, int]]]) -> HttpResponse:
    head = (_("编号"), _("收款人"), _("用途"), _("文号"), _("承诺日期"), _("期数"), _("本项目承担"), _("已支付"))
    rows = (
        (
            *(row.pk, payee_of(row), row.purpose, row.document, city_date(row.made_at).isoformat()),
            *(row.instalment_count, sums["total"] / 100, sums["paid"] / 100),  # type: ignore[attr-defined]
        )
        for row, sums in found
    )
    return table(request, "commitments", head, rows)


def instalment_table(request: HttpRequest, found: Iterable[Instalment]) -> HttpResponse:
    head = (_("资金承诺"), _("收款人"), _("用途"), _("文号"), _("期次"), _("到期日"), _("状态"), _("金额"), _("原因"))
    rows = (
        (
            *(row.commitment_id, payee_of(row.commitment), row.commitment.purpose, row.commitment.document, row.number),
            *(row.due_date.isoformat(), row.get_state_display(), row.amount / 100, "；".join(map(str, row.reasons))),
        )
        for row in found
    )
    return table(request, "instalments", head, rows)


def recovery_table(request: HttpRequest, found: Iterable[Recovery]) -> HttpResponse:
    head = (_("编号"), _("收款人"), _("事由"), _("文号"), _("期限"), _("状态"), _("要求退回"), _("未办结"))
    rows = (
        (
            *(row.pk, payee_of(row.commitment), row.get_ground_display(), row.document, row.due_date.isoformat()),
            *(row.get_state_display(), row.amount / 100, row.open / 100),
        )
        for row in found
    )
    return table(request, "recoveries", head, rows)


def payee_of(commitment: Commitment) -> str:
    return str(commitment.person or commitment.organisation)
