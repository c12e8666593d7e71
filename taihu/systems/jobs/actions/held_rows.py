"""An officer decides about rows of an import that were held: corrected and accepted, or sent back."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.events import publish
from taihu.records.identity.models import Account
from taihu.records.identity.permissions import is_officer
from taihu.systems.jobs.actions.openings import refresh_listing
from taihu.systems.jobs.enums import FindingLevel, RowDecision, RowState
from taihu.systems.jobs.events import OpeningsImported
from taihu.systems.jobs.imports.mapping import read_mapping
from taihu.systems.jobs.imports.tally import Tally
from taihu.systems.jobs.imports.texts import Found, RowReader
from taihu.systems.jobs.imports.understanding import ACCEPTED, HELD, REJECTED, Outcome, Task, Understanding
from taihu.systems.jobs.imports.wording import reason_words
from taihu.systems.jobs.imports.writing import CitedWriter
from taihu.systems.jobs.models import ImportRow, Opening
from taihu.systems.jobs.screening import store_findings

#: What a person may judge to be lawful or real after looking; everything else has to be corrected.
JUDGED = frozenset({"suspicious", "mapping_rule", "text_lost", "pay_doubtful", "area_doubtful"})


def texts_of(row: ImportRow) -> dict[str, str]:
    """What the mapping makes of the row's cells, field by field: what an officer corrects."""
    mapping = read_mapping(row.batch.mapping_text, name=row.batch.mapping)
    return RowReader(mapping, row.batch.columns).read(row.cells).texts


@transaction.atomic
def accept_row(*, acting_user: Account, at: datetime, row: ImportRow, texts: Mapping[str, str]) -> Opening:
    """Take a held row in with corrected texts. The officer may judge what looked suspicious; what is not understood or
    is forbidden stays refused."""
    row = _open_row(acting_user, at, row)
    outcome = _understood(row, {name: text.strip() for name, text in texts.items() if text.strip()}, at)
    blocking = [r for r in outcome.reasons if outcome.state == REJECTED or r.code not in JUDGED]
    if outcome.state in (HELD, REJECTED) and blocking:
        first = blocking[0]
        raise Refused("row_not_usable", reason_words(first), _("请改正后再接收。"), field=first.field or None)
    outcome.state, outcome.reasons = ACCEPTED, []
    outcome.identity, outcome.digest = (row.source, row.source_id), row.digest
    writer = CitedWriter(row.batch, Tally(), at=at)
    touched = writer.write_one(outcome)
    opening = Opening.objects.select_related("organisation").filter(pk__in=touched).first()
    if opening is None:
        raise Refused("row_ended", _("这家单位已被停用，或这个岗位已经下架。"), _("请退回这一行。"))
    store_findings(opening, at=at)
    opening.findings.filter(level=FindingLevel.FLAG).update(overruled_by=acting_user, overruled_at=at)
    refresh_listing([opening], at=at)
    _decide(row, RowDecision.ACCEPTED, acting_user=acting_user, at=at, opening=opening)
    publish(OpeningsImported(batch_id=row.batch_id), at=at)
    return opening


@transaction.atomic
def refuse_row(*, acting_user: Account, at: datetime, row: ImportRow, note: str) -> None:
    """Send a held row back; the same row is refused when it comes again."""
    row = _open_row(acting_user, at, row)
    if not note.strip():
        raise Refused("note", _("请写明退回的原因。"), field="note")
    _decide(row, RowDecision.REJECTED, acting_user=acting_user, at=at, note=note.strip()[:500])


def _open_row(acting_user: Account, at: datetime, row: ImportRow) -> ImportRow:
    if not is_officer(acting_user, at=at):
        raise NotAllowed("not_officer", _("只有经办人员可以处理导入的岗位。"), _("请用经办人员账户登录。"))
    row = ImportRow.objects.select_for_update(of=("self",)).select_related("batch").get(pk=row.pk)
    if row.state != RowState.HELD or row.decision:
        raise Refused("row_decided", _("这一行已经处理过。"), _("请刷新页面查看结果。"))
    return row


def _understood(row: ImportRow, texts: dict[str, str], at: datetime) -> Outcome:
    mapping = read_mapping(row.batch.mapping_text, name=row.batch.mapping)
    task = Task(mapping, tuple(row.batch.columns), at, row.batch.source)
    return Understanding(task).texts(row.number, Found(texts=texts))


def _decide(
    row: ImportRow, decision: str, *, acting_user: Account, at: datetime, note: str = "", opening: Opening | None = None
) -> None:
    row.decision, row.decided_by, row.decided_at = decision, acting_user, at
    row.note, row.opening = note, opening
    row.save(update_fields=["decision", "decided_by", "decided_at", "note", "opening"])
    data = {"batch": row.batch_id, "row": row.number, "opening": opening.pk if opening else None, "note": note}
    record(at=at, action=f"import.row_{decision}", subject=row, acting_user=acting_user, data=data)
