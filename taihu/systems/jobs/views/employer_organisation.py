"""An employer registers, shows its papers, is verified, and says who it is."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from taihu.records.base.clock import now
from taihu.records.base.errors import Refused
from taihu.records.base.limits import limited
from taihu.records.base.uploads import serve_download
from taihu.records.identity import actions
from taihu.records.identity.doors import try_action
from taihu.records.identity.hats import SESSION_KEY, employer_hat
from taihu.records.identity.models import Account, AgencyLicence, Organisation, Paper
from taihu.records.identity.permissions import can_view_organisation
from taihu.records.identity.queries import has_licence_in_force, papers_of, required_papers, verifications_of
from taihu.records.identity.validators import check_credit_code, credit_code_trouble
from taihu.systems.jobs.forms.organisations import AboutForm, AgencyForm, PaperForm, RegistrationForm
from taihu.systems.jobs.labels import area_label, code_label
from taihu.systems.jobs.queries.employer import listed_counts
from taihu.systems.jobs.views.employer_access import Desk, employer_required, find_desk, owner_required
from taihu.systems.jobs.views.employer_status import status_of


@require_safe
def show_start(request: HttpRequest) -> HttpResponse:
    """For whoever wants to recruit and has no employer here yet."""
    if request.user.is_authenticated and find_desk(request) is not None:
        return redirect("jobs:employer_home")
    return render(request, "jobs/employer/organisation/start.html")


@login_required
@limited("register_employer", amount=20, seconds=86400)
def register(request: HttpRequest) -> HttpResponse:
    return _register(request, parent=None)


@owner_required
@limited("register_employer", amount=20, seconds=86400)
def register_branch(request: HttpRequest, desk: Desk) -> HttpResponse:
    return _register(request, parent=desk.organisation)


def _register(request: HttpRequest, *, parent: Organisation | None) -> HttpResponse:
    assert isinstance(request.user, Account)
    account = request.user
    about_initial = {"industry_code": parent.industry_code, "kind_code": parent.kind_code} if parent else {}
    form, about = RegistrationForm(request.POST or None), AboutForm(request.POST or None, initial=about_initial)
    if request.method == "POST" and all([form.is_valid(), about.is_valid()]):
        made: list[Organisation] = []
        values = {**form.cleaned_data, **about.cleaned_data}
        if try_action(
            form,
            lambda: made.append(actions.register_organisation(acting_user=account, at=now(), parent=parent, **values)),
        ):
            if parent is None:
                request.session[SESSION_KEY] = employer_hat(made[0].pk)
            messages.success(request, _("“%(name)s”已登记。下一步：上传证照，提交核验。") % {"name": made[0].name})
            return redirect("jobs:employer_organisation" if parent is None else "jobs:employer_branches")
    context = {"form": form, "about": about, "parent": parent}
    return render(request, "jobs/employer/organisation/register.html", context)


@login_required
@require_safe
@limited("check_credit_code", amount=120, seconds=600, methods=("GET",))
def check_code(request: HttpRequest) -> HttpResponse:
    """Asked while one types: is the code right, and is it still free?"""
    text = request.GET.get("credit_code", "")[:40]
    trouble = credit_code_trouble(text)
    context: dict[str, Any] = {"typed": text.strip(), "trouble": trouble}
    if text.strip() and not trouble:
        code = check_credit_code(text)
        context |= {"code": code, "is_taken": Organisation.objects.filter(credit_code=code).exists()}
    return render(request, "jobs/employer/organisation/code_answer.html", context)


@employer_required
def show_organisation(request: HttpRequest, desk: Desk) -> HttpResponse:
    """State, papers and facts; POST adds a paper."""
    organisation = desk.organisation
    form = PaperForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        if not desk.is_owner:
            raise PermissionDenied
        if form.is_valid() and try_action(
            form,
            lambda: actions.upload_paper(
                acting_user=desk.account,
                organisation=organisation,
                at=now(),
                kind=form.cleaned_data["kind"],
                upload=form.cleaned_data["file"],
            ),
        ):
            messages.success(request, _("材料已上传。"))
            return redirect("jobs:employer_organisation")
    status = status_of(organisation, at=now())
    papers = list(papers_of(organisation))
    shown = {paper.kind for paper in papers}
    if not form.is_bound and status.missing:
        form.initial["kind"] = status.missing[0]
    context = {
        "desk": desk,
        "organisation": organisation,
        "labels": _labels(organisation),
        "licence": AgencyLicence.objects.filter(organisation=organisation).first(),
        "is_licence_over": organisation.is_agency and not has_licence_in_force(organisation, at=now()),
        "status": status,
        "papers": papers,
        "required": [(kind.label, kind in shown) for kind in required_papers(organisation)],
        "history": list(verifications_of(organisation)[:12]),
        "form": form,
        "at": now(),
    }
    return render(request, "jobs/employer/organisation/show.html", context)


def _labels(organisation: Organisation) -> dict[str, str]:
    return {
        "kind": code_label("company_kind", organisation.kind_code),
        "industry": code_label("industry", organisation.industry_code),
        "size": code_label("company_size", organisation.size_code),
        "area": area_label(organisation.area_code),
    }


@owner_required
@require_POST
def ask_verification(request: HttpRequest, desk: Desk) -> HttpResponse:
    try:
        actions.request_verification(acting_user=desk.account, organisation=desk.organisation, at=now())
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("核验申请已提交，五个工作日内答复。"))
    return redirect("jobs:employer_organisation")


@owner_required
def edit_registration(request: HttpRequest, desk: Desk) -> HttpResponse:
    organisation = desk.organisation
    initial = {name: getattr(organisation, name) for name in RegistrationForm.base_fields}
    form = RegistrationForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        if try_action(
            form,
            lambda: actions.change_registration(
                acting_user=desk.account, organisation=organisation, at=now(), **form.cleaned_data
            ),
        ):
            messages.success(request, _("登记信息已保存。"))
            return redirect("jobs:employer_organisation")
        organisation.refresh_from_db()
    context = {"form": form, "desk": desk, "status": status_of(organisation, at=now())}
    return render(request, "jobs/employer/organisation/registration.html", context)


@owner_required
def edit_about(request: HttpRequest, desk: Desk) -> HttpResponse:
    form = AboutForm(request.POST or None, initial=AboutForm.initial_of(desk.organisation))
    if request.method == "POST" and form.is_valid():
        actions.change_organisation(
            acting_user=desk.account, organisation=desk.organisation, at=now(), **form.cleaned_data
        )
        messages.success(request, _("单位资料已保存。"))
        return redirect("jobs:employer_organisation")
    return render(request, "jobs/employer/organisation/about.html", {"form": form, "desk": desk})


@owner_required
def edit_agency(request: HttpRequest, desk: Desk) -> HttpResponse:
    licence = AgencyLicence.objects.filter(organisation=desk.organisation).first()
    form = AgencyForm(request.POST or None, initial=AgencyForm.initial_of(licence))
    if (
        request.method == "POST"
        and form.is_valid()
        and try_action(
            form,
            lambda: actions.describe_agency(
                acting_user=desk.account, organisation=desk.organisation, at=now(), **form.cleaned_data
            ),
        )
    ):
        messages.success(request, _("许可和服务信息已公示。"))
        return redirect("jobs:employer_organisation")
    return render(request, "jobs/employer/organisation/agency.html", {"form": form, "desk": desk})


@login_required
@require_safe
def download_paper(request: HttpRequest, number: int) -> HttpResponse:
    """For members of the employer; others are told that there is none."""
    paper = get_object_or_404(Paper.objects.select_related("organisation"), pk=number)
    if not can_view_organisation(request.user, paper.organisation):
        return render(request, "404.html", status=404)
    return serve_download(paper.file, name=paper.name)  # type: ignore[return-value]


@employer_required
@require_safe
def list_branches(request: HttpRequest, desk: Desk) -> HttpResponse:
    counts = listed_counts(desk.branches)
    rows = [(branch, counts.get(branch.pk, 0)) for branch in desk.branches]
    context = {"desk": desk, "rows": rows, "head": desk.organisation.parent, "at": now()}
    return render(request, "jobs/employer/organisation/branches.html", context)


@login_required
@require_POST
def open_desk(request: HttpRequest, number: int) -> HttpResponse:
    """Turn to another employer, or to a branch, that the account works for."""
    organisation = get_object_or_404(Organisation, pk=number)
    if not can_view_organisation(request.user, organisation):
        raise PermissionDenied
    request.session[SESSION_KEY] = employer_hat(organisation.pk)
    return redirect("jobs:employer_home")
