"""Many own openings at once: a file is looked at, imported, reported on; what was not taken comes back to be corrected."""

import csv

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from taihu.records.base.clock import now
from taihu.records.base.errors import Refused
from taihu.records.base.limits import limited
from taihu.records.base.tables import table_download
from taihu.records.base.uploads import TABLES
from taihu.records.identity.doors import try_action
from taihu.systems.jobs.actions.imports import drop_import, request_import, start_import
from taihu.systems.jobs.enums import BatchState
from taihu.systems.jobs.forms.imports import StartForm, TableForm
from taihu.systems.jobs.imports.preview import preview_of
from taihu.systems.jobs.imports.report import reject_lines, report_of
from taihu.systems.jobs.imports.wording import detail_words
from taihu.systems.jobs.models import ImportBatch
from taihu.systems.jobs.opening_table import TEMPLATE, template
from taihu.systems.jobs.views.employer_access import Desk, recruiter_required

PER_PAGE = 20
STATES = ("accepted", "repaired", "held", "rejected")


@recruiter_required
@limited("import_openings", amount=60, seconds=3600)
def list_imports(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Earlier imports and the form for the next; POST takes a file and shows what would become of it."""
    form = TableForm(request.POST or None, request.FILES or None, initial={"organisation": desk.organisation.pk})
    form.fields["organisation"].choices = [(row.pk, row.name) for row in desk.organisations]  # type: ignore[attr-defined]
    if not desk.branches:
        form.fields["organisation"].widget = form.fields["organisation"].hidden_widget()
    if request.method == "POST" and form.is_valid():
        organisation = next(row for row in desk.organisations if row.pk == form.cleaned_data["organisation"])
        made: list[ImportBatch] = []
        if try_action(
            form,
            lambda: made.append(
                request_import(
                    acting_user=desk.account,
                    at=now(),
                    upload=form.cleaned_data["file"],
                    mapping=TEMPLATE,
                    organisation=organisation,
                    waits=True,
                )
            ),
        ):
            return redirect("jobs:employer_import", made[0].pk)
    page = Paginator(_own(desk), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "jobs/employer/openings/imports.html", {"desk": desk, "form": form, "page": page})


def _own(desk: Desk) -> QuerySet[ImportBatch]:
    ids = [organisation.pk for organisation in desk.organisations]
    rows = ImportBatch.objects.filter(organisation__in=ids).select_related("organisation", "started_by")
    return rows.defer("report", "mapping_text").order_by("-pk")


def _own_batch(desk: Desk, number: int) -> ImportBatch:
    ids = [organisation.pk for organisation in desk.organisations]
    return get_object_or_404(ImportBatch.objects.select_related("organisation"), pk=number, organisation__in=ids)


@recruiter_required
@require_safe
def show_import(request: HttpRequest, desk: Desk, number: int) -> HttpResponse:
    """What would become of the file, what is becoming of it, or what became of it."""
    batch = _own_batch(desk, number)
    context = {"desk": desk, "batch": batch, "form": StartForm()}
    if batch.state == BatchState.UPLOADED:
        try:
            context["preview"] = preview_of(batch, at=now())
        except Refused as refused:
            context["refused"] = refused
        return render(request, "jobs/employer/openings/import_preview.html", context)
    report = report_of(batch)
    for reason in report["reasons"]:
        told = [{**row, "text": detail_words(reason["code"], row["text"])} for row in reason["examples"]]
        reason["examples"] = told
    context |= {"report": report, "parts": [(state, getattr(batch, state)) for state in STATES]}
    context["is_running"] = batch.state in (BatchState.WAITING, BatchState.RUNNING)
    fragment = "jobs/employer/openings/import_state.html" if getattr(request, "htmx", False) else ""
    return render(request, fragment or "jobs/employer/openings/import_report.html", context)


@recruiter_required
@require_POST
def start(request: HttpRequest, desk: Desk, number: int) -> HttpResponse:
    batch, form = _own_batch(desk, number), StartForm(request.POST)
    form.is_valid()
    start_import(acting_user=desk.account, at=now(), batch=batch, publishes=form.cleaned_data["publishes"])
    return redirect("jobs:employer_import", batch.pk)


@recruiter_required
@require_POST
def drop(request: HttpRequest, desk: Desk, number: int) -> HttpResponse:
    drop_import(acting_user=desk.account, at=now(), batch=_own_batch(desk, number))
    messages.success(request, _("文件已丢弃，什么都没有导入。"))
    return redirect("jobs:employer_imports")


@recruiter_required
@require_safe
def download_rejects(request: HttpRequest, desk: Desk, number: int) -> HttpResponse:
    """The rows that were not taken, each with its reason: corrected, the file is fed again as it is."""
    batch = _own_batch(desk, number)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="to-correct-{batch.pk}.csv"'
    response["Cache-Control"] = "private, no-store"
    response.write("\ufeff")
    csv.writer(response).writerows(reject_lines(batch))
    return response


@recruiter_required
@require_safe
def download_template(request: HttpRequest, desk: Desk, kind: str) -> HttpResponse:
    if kind not in TABLES:
        raise Http404
    return table_download(template(), kind=kind, name="openings-template")
