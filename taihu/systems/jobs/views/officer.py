"""The officer's desk: queues, decisions, takedowns."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from taihu.records.base.clock import now
from taihu.records.base.uploads import serve_download
from taihu.records.identity.actions import decide_verification
from taihu.records.identity.doors import account_of, page_of, try_action
from taihu.records.identity.models import Paper, Verification
from taihu.records.identity.queries import papers_of, verification_queue
from taihu.systems.jobs.actions.oversight import decide_complaint, decide_review, lift_takedown, take_down
from taihu.systems.jobs.forms.officer import ComplaintDecisionForm, DecisionForm, ReasonForm, TakedownForm
from taihu.systems.jobs.models import Complaint, Opening, OpeningReview, Takedown
from taihu.systems.jobs.queries.oversight import complaint_queue, review_queue, takedowns
from taihu.systems.jobs.views.access import officer_required


@officer_required
def list_verifications(request: HttpRequest) -> HttpResponse:
    return render(
        request, "jobs/officer/verifications.html", {"page": page_of(request, verification_queue()), "at": now()}
    )


@officer_required
def show_verification(request: HttpRequest, number: int) -> HttpResponse:
    verification = get_object_or_404(Verification.objects.select_related("organisation", "requested_by"), pk=number)
    form = DecisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason, is_approved = form.cleaned_data["reason"], form.is_approved
        if try_action(
            form,
            lambda: decide_verification(
                acting_user=account_of(request),
                verification=verification,
                at=now(),
                is_approved=is_approved,
                reason=reason,
            ),
        ):
            return _done(request, _("核验决定已记录。"), "jobs:office_verifications")
    context = {"verification": verification, "papers": papers_of(verification.organisation), "form": form}
    return render(request, "jobs/officer/verification.html", context)


@officer_required
def download_paper(request: HttpRequest, number: int) -> HttpResponse:
    paper = get_object_or_404(Paper, pk=number)
    return serve_download(paper.file, name=paper.name)  # type: ignore[return-value]


@officer_required
def list_reviews(request: HttpRequest) -> HttpResponse:
    return render(request, "jobs/officer/reviews.html", {"page": page_of(request, review_queue()), "at": now()})


@officer_required
def show_review(request: HttpRequest, number: int) -> HttpResponse:
    review = get_object_or_404(OpeningReview.objects.select_related("opening__organisation"), pk=number)
    form = DecisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason, is_approved = form.cleaned_data["reason"], form.is_approved
        if try_action(
            form,
            lambda: decide_review(
                acting_user=account_of(request), at=now(), review=review, is_approved=is_approved, reason=reason
            ),
        ):
            return _done(request, _("审核决定已记录。"), "jobs:office_reviews")
    findings = review.opening.findings.filter(overruled_at__isnull=True).order_by("level", "pk")
    return render(request, "jobs/officer/review.html", {"review": review, "findings": findings, "form": form})


@officer_required
def list_complaints(request: HttpRequest) -> HttpResponse:
    return render(request, "jobs/officer/complaints.html", {"page": page_of(request, complaint_queue()), "at": now()})


@officer_required
def show_complaint(request: HttpRequest, number: int) -> HttpResponse:
    complaint = get_object_or_404(Complaint.objects.select_related("opening__organisation"), pk=number)
    form = ComplaintDecisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if try_action(
            form,
            lambda: decide_complaint(
                acting_user=account_of(request),
                at=now(),
                complaint=complaint,
                is_upheld=data["decision"] == "approve",
                answer=data["answer"],
                article=data["article"],
            ),
        ):
            return _done(request, _("投诉已答复。"), "jobs:office_complaints")
    return render(request, "jobs/officer/complaint.html", {"complaint": complaint, "form": form})


@officer_required
def list_takedowns(request: HttpRequest) -> HttpResponse:
    return render(request, "jobs/officer/takedowns.html", {"page": page_of(request, takedowns())})


@officer_required
def take_down_opening(request: HttpRequest, number: int) -> HttpResponse:
    opening = get_object_or_404(Opening.objects.select_related("organisation"), pk=number)
    form = TakedownForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if try_action(form, lambda: take_down(acting_user=account_of(request), at=now(), opening=opening, **data)):
            return _done(request, _("岗位已下架并留有记录。"), "jobs:office_takedowns")
    return render(request, "jobs/officer/takedown.html", {"opening": opening, "form": form})


@officer_required
def lift(request: HttpRequest, number: int) -> HttpResponse:
    takedown = get_object_or_404(takedowns(), pk=number)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        if try_action(
            form,
            lambda: lift_takedown(
                acting_user=account_of(request), at=now(), takedown=_as_takedown(takedown), reason=reason
            ),
        ):
            return _done(request, _("下架已撤销，岗位作为草稿退回单位。"), "jobs:office_takedowns")
    return render(request, "jobs/officer/lift.html", {"takedown": takedown, "form": form})


def _as_takedown(row: Any) -> Takedown:
    assert isinstance(row, Takedown)
    return row


def _done(request: HttpRequest, text: str, name: str) -> HttpResponseRedirect:
    messages.success(request, text)
    return redirect(reverse(name))
