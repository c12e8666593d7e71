"""The case file (案卷) as one archive: a page and a paper to print, the data, the documents, the audit rows. Same case, same bytes."""

import csv
import io
import json
import zipfile
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from taihu.records.audit.models import AuditEntry
from taihu.records.base.errors import NotAllowed
from taihu.records.cases.case_paper import CaseWords, case_paper, words_of
from taihu.records.cases.models import Case
from taihu.records.cases.permissions import can_view_file
from taihu.records.cases.queries.progress import clock_of, runs_of, timeline

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
OF_EXPERTS = frozenset({"cases.review", "cases.recuse"})


def export_case_file(*, acting_user: Any, case: Case, at: datetime, words: CaseWords | None = None) -> bytes:
    """Everything of a case for the archive or a court; who exported it is written down by the caller's page.

    `words` names the form and the documents; without them they read as the procedure knows them.
    """
    if not can_view_file(acting_user, case, at=at):
        raise NotAllowed("not_your_case", _("只有承办单位和审计人员可以导出案卷。"))
    data, words = case_data(case), words or words_of(case)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "index.html", _page(case, data, words, at))
        archive.writestr(zipfile.ZipInfo("case.pdf"), case_paper(case, words, at=at))
        _add(
            archive, "case.json", json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1, sort_keys=True)
        )
        _add(archive, "audit.csv", "\ufeff" + _audit(case))
        for row in case.attachments.order_by("pk"):
            with row.file.open("rb") as handle:
                name = f"documents/{row.pk}-{row.kind}.{row.content_type}"
                archive.writestr(zipfile.ZipInfo(name), handle.read())
    return target.getvalue()


def _add(archive: zipfile.ZipFile, name: str, text: str) -> None:
    archive.writestr(zipfile.ZipInfo(name), text, compress_type=zipfile.ZIP_DEFLATED)


def case_data(case: Case) -> dict[str, Any]:
    """A case as data: what was filled in, every stage, check, opinion, decision, notice and objection."""
    runs = case.runs.order_by("pk")
    run_fields = (
        "stage", "kind", "role", "unit__name", "state", "opened_at", "due_at", "closed_at", "closed_by__display_name",
        "reason", "data", "returns", "escalations",
    )  # fmt: skip
    decision_fields = (
        "body", "kind", "proposer", "meeting", "held_on", "minutes", "attendees", "recusals", "conflicts", "resolution",
        "grounds", "amount", "schedule", "document_number", "document_on",
    )  # fmt: skip
    return {
        "number": case.number,
        "title": case.title,
        "procedure": case.procedure.template.key,
        "document": case.procedure.document,
        "applicant": case.applicant,
        "organisation": case.organisation.name if case.organisation else "",
        "form": case.data,
        "state": case.state,
        "outcome": case.outcome,
        "submitted_at": case.submitted_at,
        "closed_at": case.closed_at,
        "stages": list(runs.values(*run_fields)),
        "checks": _rows(
            case, "checks__", ("department", "item", "answer", "note", "due_at", "answered_at", "is_silence")
        ),
        "reviews": _rows(case, "sheets__", ("state", "agrees", "score", "comment", "conflict")),
        "decisions": list(case.decisions.order_by("pk").values(*decision_fields)),
        "notices": list(
            case.notice_entries.order_by("pk").values(
                "notice__index_number", "notice__title", "notice__published_at", "notice__ends_at", "name"
            )
        ),
        "objections": [
            {
                "ticket": row.ticket,
                "text": row.text,
                "state": row.state,
                "answer": row.answer,
                "received_at": row.received_at,
            }
            for entry in case.notice_entries.order_by("pk")
            for row in entry.objections.order_by("pk")
        ],
        "appeals": list(case.appeals.order_by("pk").values("filed_at", "grounds", "state", "answer", "handled_at")),
        "documents": list(
            case.attachments.order_by("pk").values(
                "pk", "kind", "name", "digest", "uploaded_at", "verified_at", "verified_how", "replaced_at"
            )
        ),
        "history": list(
            timeline(case).values("at", "verb", "actor", "on_behalf_of", "reason", "before", "after", "run__stage")
        ),
    }


def _rows(case: Case, prefix: str, fields: tuple[str, ...]) -> list[dict[str, Any]]:
    """Rows below the stages; experts stay unnamed, so that a file that travels betrays no vote."""
    names = [f"{prefix}{field}" for field in fields]
    found = case.runs.filter(**{f"{prefix}isnull": False})
    rows = found.order_by(f"{prefix}pk").values("stage", *names)
    return [{"stage": row["stage"], **{field: row[f"{prefix}{field}"] for field in fields}} for row in rows]


def _page(case: Case, data: dict[str, Any], words: CaseWords, at: datetime) -> str:
    runs = runs_of(case)
    context = {
        "case": case,
        "data": data,
        "form": words.form,
        "runs": runs,
        "clock": clock_of(case, runs, at=case.closed_at or at),
        "events": timeline(case),
        "decisions": case.decisions.order_by("pk"),
        "documents": [(words.documents.get(row.kind, row.kind), row) for row in case.attachments.order_by("pk")],
    }
    return render_to_string("cases/file.html", context)


def _audit(case: Case) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["number", "at", "actor", "on_behalf_of", "action", "data", "hash"])
    rows = AuditEntry.objects.filter(object_type="cases.case", object_id=str(case.pk)).order_by("number")
    for row in rows:
        data = json.dumps(row.data, ensure_ascii=False, sort_keys=True)
        actor = str(_("评审专家")) if row.action in OF_EXPERTS else row.actor
        cells = [row.number, row.at.isoformat(), actor, row.on_behalf_of, row.action, data, row.hash]
        writer.writerow([_plain(cell) for cell in cells])
    return text.getvalue()


def _plain(cell: Any) -> Any:
    """A cell that a spreadsheet would run as a formula is made text."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell
