"""A person's CVs: bring one in, look over what was understood, keep, export, throw away. And interviews as .ics."""

import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from taihu.records.base.clock import now
from taihu.records.base.limits import limited
from taihu.records.identity.doors import account_of, try_action
from taihu.systems.jobs.actions.resumes import delete_resume, import_resume, save_resume
from taihu.systems.jobs.forms.resumes import ResumeForms, UploadForm
from taihu.systems.jobs.models import InterviewSlot, Resume
from taihu.systems.jobs.queries.seekers import calendar_entry
from taihu.systems.jobs.reading import SOURCE
from taihu.systems.jobs.views.seeker import person_for


@login_required
@limited("import_resume", amount=30, seconds=86400)
def list_resumes(request: HttpRequest) -> HttpResponse:
    person = person_for(request)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        made: list[Resume] = []
        upload = form.cleaned_data["file"]
        if try_action(
            form,
            lambda: made.append(import_resume(acting_user=account_of(request), person=person, upload=upload, at=now())),
        ):
            return redirect("jobs:resume", made[0].pk)
    rows = Resume.objects.filter(person=person).order_by("-updated_at", "-pk")
    return render(request, "jobs/seeker/resumes.html", {"rows": rows, "form": form})


@login_required
def write_resume(request: HttpRequest) -> HttpResponse:
    person = person_for(request)
    basics = {"name": person.name, "email": person.email, "phone": person.phone}
    return _edit(request, None, _("我的简历"), {"basics": basics})


@login_required
def edit_resume(request: HttpRequest, number: int) -> HttpResponse:
    resume = get_object_or_404(Resume, pk=number, person=person_for(request))
    return _edit(request, resume, resume.title, resume.data)


def _edit(request: HttpRequest, resume: Resume | None, title: str, data: dict[str, Any]) -> HttpResponse:
    parts = ResumeForms(title, data, data.get(SOURCE) or {}, request.POST or None)
    if request.method == "POST" and parts.is_valid():
        fields = {"title": parts.basics.cleaned_data["title"], "data": parts.data, "resume": resume}
        person = person_for(request)
        if try_action(
            parts.basics, lambda: save_resume(acting_user=account_of(request), person=person, at=now(), **fields)
        ):
            messages.success(request, _("简历已保存，投递时可以选用。"))
            return redirect("jobs:resumes")
    return render(request, "jobs/seeker/resume.html", {"resume": resume, "parts": parts})


@login_required
@require_POST
def remove_resume(request: HttpRequest, number: int) -> HttpResponse:
    person = person_for(request)
    resume = get_object_or_404(Resume, pk=number, person=person)
    delete_resume(acting_user=account_of(request), person=person, resume=resume, at=now())
    messages.success(request, _("简历已删除。"))
    return redirect("jobs:resumes")


@login_required
@require_safe
def export_resume(request: HttpRequest, number: int) -> HttpResponse:
    resume = get_object_or_404(Resume, pk=number, person=person_for(request))
    document = {key: value for key, value in resume.data.items() if key != SOURCE}
    return download(json.dumps(document, ensure_ascii=False, indent=2).encode(), "application/json", "resume.json")


@login_required
@require_safe
def download_interview(request: HttpRequest, number: int) -> HttpResponse:
    slots = InterviewSlot.objects.filter(interview__application__person=person_for(request), chosen_at__isnull=False)
    slot = get_object_or_404(
        slots.select_related("interview__application__opening__organisation"), pk=number, interview__cancelled_at=None
    )
    return download(calendar_entry(slot), "text/calendar; charset=utf-8", "interview.ics")


def download(body: bytes, content_type: str, name: str) -> HttpResponse:
    response = HttpResponse(body, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
