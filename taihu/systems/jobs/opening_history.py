"""What happened to an opening, read from the audit log, in words for its employer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from taihu.records.audit.models import AuditEntry
from taihu.records.base.working_days import last_day
from taihu.systems.jobs.enums import CloseReason, OpeningState

OFFICIAL = frozenset({"opening.reviewed", "opening.taken_down"})


@dataclass(frozen=True)
class Moment:
    at: datetime
    title: str
    detail: str = ""
    who: str = ""
    is_bad: bool = False


def moments_of(entries: list[AuditEntry]) -> list[Moment]:
    return [moment for moment in map(_moment, entries) if moment is not None]


def _moment(entry: AuditEntry) -> Moment | None:
    """Officers stay unnamed: it is the office that decides."""
    told = _tell(entry.action, entry.data)
    if told is None:
        return None
    title, detail, is_bad = told
    who = _("经办人员") if entry.action in OFFICIAL else _("系统") if entry.actor_id is None else entry.actor
    return Moment(entry.at, title, detail, who, is_bad)


def _tell(action: str, data: dict[str, Any]) -> tuple[str, str, bool] | None:
    if action == "opening.reviewed":
        title = _("审核通过，已发布") if data.get("is_approved") else _("审核退回")
        return title, str(data.get("reason", "")), not data.get("is_approved")
    if action == "opening.taken_down":
        return _("被下架"), f"{data.get('article', '')} {data.get('reason', '')}".strip(), True
    if action == "opening.published":
        waits = data.get("state") == OpeningState.REVIEW
        return _("提交发布，等待人工审核") if waits else _("发布"), "", False
    if action == "opening.closed":
        reason = str(data.get("reason", ""))
        return _("结束招聘"), str(CloseReason(reason).label) if reason in CloseReason.values else "", False
    if action == "opening.renewed":
        return _("延期"), _until(str(data.get("until", ""))), False
    plain = {
        "opening.created": _("新建草稿"),
        "opening.imported": _("批量导入"),
        "opening.changed": _("修改内容"),
        "opening.paused": _("暂停"),
        "opening.taken_back": _("撤回审核"),
        "opening.expired": _("到期，自动停止招聘"),
    }
    return (plain[action], "", False) if action in plain else None


def _until(text: str) -> str:
    try:
        until = parse_datetime(text)
    except ValueError:
        until = None
    return _("有效至 %(day)s") % {"day": last_day(until).isoformat()} if until else ""
