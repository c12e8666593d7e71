"""Budget lines: set up, changed by a document, carried into the next year."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.errors import Refused
from taihu.records.identity.models import Account, Unit
from taihu.records.ledger.actions.commitments import book_missing, book_override
from taihu.records.ledger.enums import AccountKind, ChangeKind, EntryKind, InstalmentState, Level
from taihu.records.ledger.journal import Move, give_back_override, open_accounts, open_entry, post, seal, yuan
from taihu.records.ledger.models import BookAccount, BudgetChange, BudgetLine, Entry, Override, Share
from taihu.records.ledger.money import check_fen
from taihu.records.ledger.permissions import require_decider, require_finance

FIRST_YEAR, LAST_YEAR = 2000, 2100


@transaction.atomic
def create_line(
    *,
    acting_user: Account,
    at: datetime,
    year: int,
    level: str,
    programme: str,
    document: str,
    unit: Unit,
    amount: int,
) -> BudgetLine:
    """Enter an approved budget item."""
    require_finance(acting_user, unit, at=at)
    check_fen(amount)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refused("year", _("年度应在 2000 至 2100 之间。"), field="year")
    if level not in Level.values:
        raise Refused("level", _("没有这个资金层级。"), field="level")
    programme, document = _text(programme, "programme"), _text(document, "document")
    line = _new_line(
        acting_user=acting_user, at=at, year=year, level=level, programme=programme, document=document, unit=unit
    )
    _change(line, ChangeKind.APPROVED, amount, document=document, reason="", acting_user=acting_user, at=at)
    record(
        at=at,
        acting_user=acting_user,
        action="ledger.create_line",
        subject=line,
        data={"year": year, "level": level, "unit": unit.code, "fen": amount, "document": document},
    )
    return line


def _text(value: str, field: str) -> str:
    value = value.strip()
    if not value:
        raise Refused("text_needed", _("此项不能为空。"), _("请填写后再保存。"), field=field)
    return value


def _new_line(*, acting_user: Account, at: datetime, **fields: object) -> BudgetLine:
    try:
        with transaction.atomic():
            line = BudgetLine.objects.create(**fields, amount=0, created_by=acting_user, created_at=at)
    except IntegrityError as error:
        raise Refused(
            "line_exists",
            _("同一年度、层级、项目、文号和单位的预算项目已经有了。"),
            _("要增减金额，请在那个项目上追加或调减。"),
            field="document",
        ) from error
    open_accounts(line)
    return line


def _change(
    line: BudgetLine, kind: ChangeKind, amount: int, *, document: str, reason: str, acting_user: Account, at: datetime
) -> Entry:
    books = (AccountKind.APPROPRIATION, AccountKind.FREE)
    source, target = books if amount > 0 else books[::-1]
    entry_kind = EntryKind.CARRY if kind in (ChangeKind.CARRY_IN, ChangeKind.CARRY_OUT) else EntryKind.APPROPRIATE
    entry = open_entry(entry_kind, at=at, made_by=acting_user, reference=f"line:{line.pk}", note=reason or document)
    post(entry, [Move(line.pk, source, target, abs(amount))])
    seal(entry)
    _note_change(line, kind, amount, document, reason, entry, acting_user, at)
    return entry


def _note_change(
    line: BudgetLine,
    kind: ChangeKind,
    amount: int,
    document: str,
    reason: str,
    entry: Entry,
    acting_user: Account,
    at: datetime,
) -> None:
    BudgetChange.objects.create(
        line=line,
        kind=kind,
        amount=amount,
        document=document,
        reason=reason,
        entry=entry,
        made_by=acting_user,
        made_at=at,
    )
    BudgetLine.objects.filter(pk=line.pk).update(amount=F("amount") + amount)
    line.refresh_from_db(fields=["amount"])


@transaction.atomic
def change_line(
    *, acting_user: Account, at: datetime, line: BudgetLine, amount: int, document: str, reason: str = ""
) -> BudgetLine:
    """Supplement (above zero) or reduce (below zero) a line; only what is free can be taken away."""
    require_finance(acting_user, line.unit_id, at=at)
    check_fen(-amount if type(amount) is int and amount < 0 else amount)
    document = _text(document, "document")
    _refuse_closed(line)
    kind = ChangeKind.SUPPLEMENT if amount > 0 else ChangeKind.REDUCTION
    _change(line, kind, amount, document=document, reason=reason.strip(), acting_user=acting_user, at=at)
    if amount > 0:
        give_back_override([line.pk], at=at, made_by=acting_user)
    record(
        at=at,
        acting_user=acting_user,
        action="ledger.change_line",
        subject=line,
        data={"fen": amount, "document": document, "amount": line.amount},
    )
    return line


def _refuse_closed(line: BudgetLine) -> None:
    current = BudgetLine.objects.select_for_update().get(pk=line.pk)
    if current.closed_at is not None:
        raise Refused("line_closed", _("这个预算项目已结转关闭。"), _("请使用下一年度的项目。"), line=line.pk)


@transaction.atomic
def grant_override(
    *, acting_user: Account, at: datetime, line: BudgetLine, amount: int, reason: str, document: str
) -> Override:
    """A decider lets a line promise so much more than it holds, until the budget is supplemented or money comes free."""
    require_decider(acting_user, at=at)
    check_fen(amount)
    _refuse_closed(line)
    return book_override(line.pk, amount, acting_user, reason=reason, document=document, at=at)


@transaction.atomic
def grant_missing(
    *, acting_user: Account, at: datetime, needed: Mapping[int, int], reason: str, document: str
) -> list[Override]:
    """A decider lets every line (line → fen needed of it) promise what it lacks, and not a fen more."""
    require_decider(acting_user, at=at)
    for line in BudgetLine.objects.filter(pk__in=sorted(needed)).order_by("pk"):
        _refuse_closed(line)
    made = book_missing(needed, acting_user, reason=reason, document=document, at=at)
    if not made:
        raise Refused("nothing_missing", _("预算项目的可用额度已经够用，不需要超额承诺。"), _("请直接登记承诺。"))
    return made


@dataclass(frozen=True)
class CarryReport:
    """The line of the next year and what went over: free money and promised instalments, in fen."""

    line: BudgetLine
    free: int
    promised: int


CARRIED = (InstalmentState.PLANNED, InstalmentState.HELD, InstalmentState.CLEARED, InstalmentState.RETURNED)


@transaction.atomic
def carry_over(*, acting_user: Account, at: datetime, line: BudgetLine, document: str) -> CarryReport:
    """Close a line at the end of its year: what is free and what is promised goes into a line of the next (结转下年)."""
    require_finance(acting_user, line.unit_id, at=at)
    document = _text(document, "document")
    _refuse_closed(line)
    books = {row.kind: row.balance for row in BookAccount.objects.select_for_update().filter(line=line)}
    if books[AccountKind.TRANSIT]:
        raise Refused(
            "payments_open",
            _("还有 %(amount)s 元在支付批次中。") % {"amount": yuan(books[AccountKind.TRANSIT])},
            _("请等银行回单导入后再结转。"),
        )
    if books[AccountKind.OVERRIDE]:
        raise Refused("override_open", _("这个项目有未冲回的超额承诺。"), _("请先追加预算。"))
    free, promised = books[AccountKind.FREE], books[AccountKind.COMMITTED] + books[AccountKind.CLEARED]
    if free + promised == 0:
        raise Refused("nothing_to_carry", _("这个项目没有可结转的金额。"))
    target = _new_line(
        acting_user=acting_user,
        at=at,
        year=line.year + 1,
        level=line.level,
        programme=line.programme,
        document=document,
        unit=line.unit,
    )
    BudgetLine.objects.filter(pk=target.pk).update(carried_from=line)
    _carry_books(line, target, free, document=document, acting_user=acting_user, at=at)
    BudgetLine.objects.filter(pk=line.pk).update(closed_at=at)
    line.refresh_from_db()
    target.refresh_from_db()
    record(
        at=at,
        acting_user=acting_user,
        action="ledger.carry_over",
        subject=line,
        data={"into": target.pk, "free": free, "promised": promised, "document": document},
    )
    return CarryReport(target, free, promised)


def _carry_books(
    line: BudgetLine, target: BudgetLine, free: int, *, document: str, acting_user: Account, at: datetime
) -> None:
    """One entry takes everything out of the old line, one brings it into the new; shares change their line."""
    out = open_entry(EntryKind.CARRY, at=at, made_by=acting_user, reference=f"line:{line.pk}", note=document)
    into = open_entry(EntryKind.CARRY, at=at, made_by=acting_user, reference=f"line:{target.pk}", note=document)
    moved = list(Share.objects.filter(line=line, state__in=CARRIED).order_by("pk"))
    post(out, _carry_moves(line.pk, moved, free, outward=True))
    post(into, _carry_moves(target.pk, moved, free, outward=False))
    Share.objects.filter(line=line, state__in=CARRIED).update(line=target, entry=into)
    seal(out)
    seal(into)
    amount = free + sum(share.amount - share.offset for share in moved)
    _note_change(line, ChangeKind.CARRY_OUT, -amount, document, "", out, acting_user, at)
    _note_change(target, ChangeKind.CARRY_IN, amount, document, "", into, acting_user, at)


def _carry_moves(line_id: int, shares: Sequence[Share], free: int, *, outward: bool) -> list[Move]:
    moves = [_carry_move(line_id, AccountKind.FREE, free, None, outward)] if free else []
    for share in shares:
        kind = (
            AccountKind.COMMITTED
            if share.state in (InstalmentState.PLANNED, InstalmentState.HELD)
            else AccountKind.CLEARED
        )
        moves.append(_carry_move(line_id, kind, share.amount - share.offset, share.pk, outward))
    return moves


def _carry_move(line_id: int, kind: AccountKind, amount: int, share: int | None, outward: bool) -> Move:
    if outward:
        return Move(line_id, kind, AccountKind.APPROPRIATION, amount, share)
    return Move(line_id, AccountKind.APPROPRIATION, kind, amount, share)
