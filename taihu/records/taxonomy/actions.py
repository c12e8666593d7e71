import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.records.audit import actions as audit
from taihu.records.base.errors import Refused
from taihu.records.taxonomy.adopted import ListText, check_shipped, entry_problems, shipped_lists
from taihu.records.taxonomy.models import DatedList, DatedListEntry


@dataclass(frozen=True)
class LoadReport:
    """What `load_taxonomy` did: the dated lists that it adopted and how many were there already."""

    adopted: tuple[str, ...]
    unchanged: int


def load_taxonomy(*, at: datetime, acting_user: Any = None) -> LoadReport:
    """Check all shipped codes and adopt the shipped dated lists that are not there yet; a second run changes nothing."""
    problems = check_shipped()
    if problems:
        raise Refused(
            "taxonomy_faulty",
            _("代码表有 %(count)d 处错误，第一处：%(first)s") % {"count": len(problems), "first": problems[0]},
            _("运行 taihu taxonomy check 查看全部错误，修正数据文件后重试。"),
        )
    texts = list(shipped_lists())
    with transaction.atomic():
        known = {(row.kind, row.version): row.digest for row in DatedList.objects.all()}
        new = [text for text in texts if known.get((text.kind, text.version)) != list_digest(text)]
        for text in new:
            adopt_list(text=text, at=at, acting_user=acting_user)
    return LoadReport(adopted=tuple(f"{t.kind} {t.version}" for t in new), unchanged=len(texts) - len(new))


def adopt_list(*, text: ListText, at: datetime, acting_user: Any = None) -> DatedList:
    """Put a dated list into force; its entries can never change afterwards."""
    _refuse_faulty(text)
    if DatedList.objects.filter(kind=text.kind, version=text.version).exists():
        raise Refused(
            "list_version_exists",
            _("“%(name)s”的版本 %(version)s 已经发布，内容不能再改。") % {"name": text.name, "version": text.version},
            _("请以新的版本号发布更正后的目录。"),
            field="version",
        )
    with transaction.atomic():
        row = DatedList.objects.create(
            digest=list_digest(text),
            adopted_at=at,
            **{key: value for key, value in asdict(text).items() if key != "entries"},
        )
        DatedListEntry.objects.bulk_create(
            DatedListEntry(dated_list=row, position=n, code=e.code, name=e.name, extra=dict(e.extra))
            for n, e in enumerate(text.entries, start=1)
        )
        audit.record(
            at=at,
            action="taxonomy.list_adopted",
            subject=row,
            acting_user=acting_user,
            data={"kind": row.kind, "version": row.version, "entries": len(text.entries), "digest": row.digest},
        )
    return row


def end_list(*, dated_list: DatedList, active_to: date, at: datetime, acting_user: Any = None) -> None:
    """Say from which day on a list holds no more."""
    if active_to <= dated_list.active_from:
        raise Refused(
            "list_ends_before_it_begins",
            _("停用日期必须晚于生效日期 %(day)s。") % {"day": dated_list.active_from},
            _("请选择更晚的停用日期。"),
            field="active_to",
        )
    with transaction.atomic():
        DatedList.objects.filter(pk=dated_list.pk).update(active_to=active_to)
        audit.record(
            at=at,
            action="taxonomy.list_ended",
            subject=dated_list,
            acting_user=acting_user,
            data={"active_to": active_to, "before": dated_list.active_to},
        )
    dated_list.active_to = active_to


def list_digest(text: ListText) -> str:
    """Equal for equal content, whatever the order in which the fields are written."""
    content = json.dumps(asdict(text), ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()


def _refuse_faulty(text: ListText) -> None:
    if not text.entries:
        raise Refused("list_empty", _("目录没有任何条目。"), _("请检查文件内容后重新提交。"), field="entries")
    if text.active_to is not None and text.active_to <= text.active_from:
        raise Refused(
            "list_ends_before_it_begins",
            _("停用日期必须晚于生效日期 %(day)s。") % {"day": text.active_from},
            _("请选择更晚的停用日期。"),
            field="active_to",
        )
    line, message = next(entry_problems(text), (0, ""))
    if message:
        raise Refused(
            "list_entry_faulty",
            _("目录第 %(line)d 行有错误：%(message)s") % {"line": line, "message": message},
            _("请修正该行后重新提交。"),
            field="entries",
            line=line,
        )
