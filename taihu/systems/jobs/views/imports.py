"""Imports of openings, for officers: what came in, what waits, what was sent back."""

import csv
import json
from collections.abc import Iterator

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from taihu.records.base.clock import now
from taihu.records.identity.doors import account_of, page_of, try_action
from taihu.systems.jobs.actions.held_rows import accept_row, refuse_row, texts_of
from taihu.systems.jobs.actions.imports import request_import
from taihu.systems.jobs.forms.imports import HeldRowForm, ImportForm, RefuseRowForm
from taihu.systems.jobs.imports.report import reject_lines, report_of
from taihu.systems.jobs.imports.wording import reason_words
from taihu.systems.jobs.models import ImportBatch, ImportRow
from taihu.systems.jobs.queries.imports import held_rows, import_batches
from taihu.systems.jobs.views.access import officer_required


@officer_required
def list_imports(request: HttpRequest) -> HttpResponse:
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if try_action(
            form,
            lambda: request_import(
                acting_user=account_of(request), at=now(), upload=data["file"], mapping=data["mapping"],
                own_mapping=data["own_mapping"], source=data["source"],
            ),
        ):  # fmt: skip
            messages.success(request, _("文件已收到，正在排队导入。"))
            return redirect("jobs:office_imports")
    context = {"page": page_of(request, import_batches()), "waiting": held_rows().count(), "form": form}
    return render(request, "jobs/officer/imports.html", context)


@officer_required
def show_import(request: HttpRequest, number: int) -> HttpResponse:
    batch = _batch(number)
    held = held_rows().filter(batch=batch).count()
    return render(request, "jobs/officer/import.html", {"batch": batch, "report": report_of(batch), "held": held})


@officer_required
def download_report(request: HttpRequest, number: int) -> HttpResponse:
    batch = _batch(number)
    response = HttpResponse(json.dumps(report_of(batch), ensure_ascii=False, indent=1), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="import-{batch.pk}.json"'
    return response


@officer_required
def download_rejects(request: HttpRequest, number: int) -> HttpResponse:
    batch = _batch(number)
    response = StreamingHttpResponse(_lines(batch), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{batch.pk}-rejects.csv"'
    return response  # type: ignore[return-value]


def _lines(batch: ImportBatch) -> Iterator[str]:
    class Echo:
        def write(self, text: str) -> str:
            return text

    writer = csv.writer(Echo())
    yield "\ufeff"
    for line in reject_lines(batch):
        yield writer.writerow(line)


@officer_required
def list_held_rows(request: HttpRequest) -> HttpResponse:
    page = page_of(request, held_rows())
    rows = [(row, [reason_words(reason) for reason in row.reasons], _title(row)) for row in page]
    return render(request, "jobs/officer/held_rows.html", {"page": page, "rows": rows})


@officer_required
def show_held_row(request: HttpRequest, number: int) -> HttpResponse:
    rows = ImportRow.objects.filter(state="held", batch__organisation__isnull=True)
    row = get_object_or_404(rows.select_related("batch", "decided_by", "opening"), pk=number)
    is_refusal, is_post = "refuse" in request.POST, request.method == "POST"
    form = HeldRowForm(None if is_refusal else request.POST or None, texts=texts_of(row))
    refusal = RefuseRowForm(request.POST if is_refusal else None)
    acting_user, at = account_of(request), now()
    if is_post and is_refusal and refusal.is_valid():
        note = refusal.cleaned_data["note"]
        if try_action(refusal, lambda: refuse_row(acting_user=acting_user, at=at, row=row, note=note)):
            return _next(request, _("这一行已经退回。"))
    if is_post and not is_refusal and form.is_valid():
        texts = form.texts()
        if try_action(form, lambda: accept_row(acting_user=acting_user, at=at, row=row, texts=texts)):
            return _next(request, _("岗位已经接收。"))
    context = {
        "row": row,
        "reasons": [reason_words(reason) for reason in row.reasons],
        "cells": list(zip(row.batch.columns, row.cells, strict=False)),
        "form": form,
        "refusal": refusal,
    }
    return render(request, "jobs/officer/held_row.html", context)


def _batch(number: int) -> ImportBatch:
    return get_object_or_404(ImportBatch, pk=number, organisation__isnull=True)


def _title(row: ImportRow) -> str:
    return next((cell for cell in row.cells if cell), "")[:60]


def _next(request: HttpRequest, text: str) -> HttpResponse:
    messages.success(request, text)
    return redirect("jobs:office_held_rows")
