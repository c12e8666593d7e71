"""A list to a department and its answer, as files: for departments without an interface."""

import csv
import hashlib
import io
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.fields import keyed_hash, mask_number
from taihu.records.base.working_days import add_working_days
from taihu.records.facts.actions.facts import FactRow, load_facts
from taihu.records.facts.models import Exchange
from taihu.records.facts.properties import PERSON, property_named
from taihu.records.identity.enums import Ground, Purpose
from taihu.records.identity.models import Account, Disclosure, Person
from taihu.records.identity.permissions import is_officer

NAME, NUMBER, VALUE, START, END = "姓名", "证件号码", "结果", "开始日期", "结束日期"
COLUMNS = (NAME, NUMBER, VALUE, START, END)
ANSWER_WORKING_DAYS = 25


@dataclass
class AnswerReport:
    rows: int = 0
    added: int = 0
    known: int = 0
    unmatched: list[dict[str, Any]] = field(default_factory=list)


@transaction.atomic
def send_exchange(
    *,
    acting_user: Account,
    at: datetime,
    department: str,
    property_name: str,
    people: list[Person],
    working_days: int = ANSWER_WORKING_DAYS,
) -> tuple[Exchange, bytes]:
    """Make the list for a department: one line per person with an identity number, answer columns empty.

    Every hand-over is written into the people's own list of who saw their data.
    """
    _require_officer(acting_user, at)
    item = property_named(property_name)
    if item.subject != PERSON:
        raise Refused("fact_subject", _("“%(label)s”不属于人员。") % {"label": item.label}, field="property")
    listed = [person for person in people if person.id_number]
    if not listed:
        raise Refused("nobody_listed", _("名单上没有登记过证件号码的人。"))
    exchange = Exchange.objects.create(
        department=department,
        kind=item.name,
        state=Exchange.State.SENT,
        created_at=at,
        sent_at=at,
        due_at=add_working_days(at, working_days),
        rows_sent=len(listed),
    )
    Disclosure.objects.bulk_create(
        Disclosure(
            person=person,
            at=at,
            viewer=department,
            viewer_account_id=acting_user.pk,
            purpose=Purpose.POLICY,
            ground=Ground.DUTY,
            what=_("姓名、证件号码（核对“%(label)s”）") % {"label": item.label},
        )
        for person in listed
    )
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_plain(person.name), person.id_number, "", "", ""] for person in listed)
    record(at=at, acting_user=acting_user, action="facts.send_exchange", subject=exchange, data={"rows": len(listed)})
    return exchange, text.getvalue().encode("utf-8-sig")


def _plain(cell: str) -> str:
    """A cell that a spreadsheet would run as a formula is made text."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell


def _require_officer(acting_user: Account, at: datetime) -> None:
    if not is_officer(acting_user, at=at):
        raise NotAllowed("not_officer", _("只有经办人员可以和部门交换名单。"))


@transaction.atomic
def receive_answer(*, acting_user: Account, exchange: Exchange, content: bytes, at: datetime) -> AnswerReport:
    """Read a department's answer file; rows that fit nobody or cannot be true are listed, wrong columns change nothing."""
    _require_officer(acting_user, at)
    lines = _read(content)
    digest = hashlib.sha256(content).hexdigest()
    current = Exchange.objects.select_for_update().get(pk=exchange.pk)
    if current.state == Exchange.State.DRAFT or current.state == Exchange.State.CLOSED:
        raise Refused("exchange_not_open", _("这次交换不在等待答复。"))
    if current.digest == digest:
        raise Refused("answer_known", _("这份答复已经导入过。"))
    report = AnswerReport(rows=len(lines))
    rows = _match(lines, current.kind, report)
    loaded = load_facts(acting_user=acting_user, at=at, rows=rows, exchange=current, source_name=current.department)
    report.added, report.known = loaded.added, loaded.known
    report.unmatched = sorted(report.unmatched + loaded.rejected, key=lambda row: row["line"])
    current.state, current.answered_at, current.digest = Exchange.State.ANSWERED, at, digest
    current.rows_matched = loaded.added + loaded.known
    current.rows_unmatched, current.unmatched = len(report.unmatched), report.unmatched
    current.save()
    exchange.refresh_from_db()
    return report


def _read(content: bytes) -> list[dict[str, str]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        text = "\x00"
    if "\x00" in text:
        raise Refused("answer_encoding", _("文件不是 UTF-8 或 GB18030 编码的 CSV。"), _("请另存为 CSV 后再上传。"))
    try:
        head, *rows = list(csv.reader(io.StringIO(text, newline=""))) or [[]]
    except csv.Error as error:
        raise Refused("answer_csv", _("文件不是完整的 CSV：%(error)s") % {"error": error}, _("请重新导出。")) from error
    if twice := [name for name in COLUMNS if head.count(name) > 1]:
        raise Refused(
            "answer_columns",
            _("列名重复：%(names)s。") % {"names": "、".join(twice)},
            _("请在发出的名单上填写后交回，不要改动列名。"),
        )
    missing = [name for name in COLUMNS if name not in head]
    if missing:
        raise Refused(
            "answer_columns",
            _("缺少列：%(names)s。") % {"names": "、".join(missing)},
            _("请在发出的名单上填写后交回，不要改动列名。"),
            missing=missing,
        )
    found = [dict(zip(head, row, strict=False)) for row in rows if row]
    if not found:
        raise Refused("answer_empty", _("文件里没有一行结果。"), _("请核对是否选错了文件。"))
    return [{name: row.get(name, "").strip() for name in COLUMNS} for row in found]


def _match(lines: list[dict[str, str]], property_name: str, report: AnswerReport) -> list[FactRow]:
    hashes = {keyed_hash(line[NUMBER]) for line in lines if line[NUMBER]}
    people = {person.id_number_hash: person for person in _people_of(hashes)}
    rows = []
    for place, line in enumerate(lines, start=2):
        if not line[VALUE]:
            continue
        person = people.get(keyed_hash(line[NUMBER])) if line[NUMBER] else None
        if person is None or (line[NAME] and line[NAME].lstrip("'") != person.name):
            code = "name_differs" if person else "nobody"
            reason = _("姓名与证件号码不符") if person else _("没有这个证件号码的人")
            report.unmatched.append(
                {"line": place, "code": code, "reason": reason, "number": mask_number(line[NUMBER])}
            )
            continue
        try:
            start = date.fromisoformat(line[START])
            end = date.fromisoformat(line[END]) if line[END] else None
        except ValueError:
            report.unmatched.append({"line": place, "code": "dates", "reason": _("日期应写成 2026-03-10 这样")})
            continue
        rows.append(FactRow(person, property_name, line[VALUE], start, end, place))
    return rows


def _people_of(hashes: set[str]) -> list[Person]:
    ordered = sorted(hashes)
    found: list[Person] = []
    for first in range(0, len(ordered), 500):
        found += Person.objects.filter(id_number_hash__in=ordered[first : first + 500], erased_at__isnull=True)
    return found
