"""The experts' desk: what to review, the documents, the opinion, keeping out."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from taihu.records.base.clock import now
from taihu.records.base.uploads import serve_download
from taihu.records.cases import actions
from taihu.records.cases.enums import ConflictKind, RunState, SheetState
from taihu.records.cases.models import Attachment, ReviewSheet
from taihu.records.cases.procedures.tree import Mode
from taihu.records.cases.queries.conflicts import find_conflict
from taihu.records.cases.queries.queues import review_queue
from taihu.records.identity.doors import account_of, page_of, role_required, try_action
from taihu.records.identity.enums import Role
from taihu.systems.policies.forms.cases import RecusalForm, SheetForm
from taihu.systems.policies.models import Application

expert_required = role_required(Role.EXPERT)
# Blind modes: reviewers do not learn who applies.
BLIND = frozenset({Mode.LETTER})
# Documents that say who somebody is stay with the office.
PERSONAL = frozenset({"identity", "marriage", "promise", "contract"})


@expert_required
def list_reviews(request: HttpRequest) -> HttpResponse:
    rows = review_queue(account_of(request))
    return render(request, "policies/reviews/list.html", {"page": page_of(request, rows), "at": now()})


def _sheet(request: HttpRequest, number: int) -> ReviewSheet:
    found = review_queue(account_of(request)).filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def _is_blind(sheet: ReviewSheet) -> bool:
    rule = sheet.run.template.review
    return rule is not None and rule.mode in BLIND


@expert_required
def show(request: HttpRequest, number: int) -> HttpResponse:
    at, sheet = now(), _sheet(request, number)
    recusal = RecusalForm(request.POST if request.POST.get("do") == "recuse" else None)
    initial = {"score": sheet.score, "comment": sheet.comment}
    if sheet.agrees is not None:
        initial["agrees"] = "yes" if sheet.agrees else "no"
    form = SheetForm(sheet.run, request.POST if request.POST.get("do") == "submit" else None, initial=initial)
    if request.method == "POST" and _write(request, sheet, form, recusal):
        return redirect("policies:reviews")
    case = sheet.run.case
    application = Application.objects.filter(case=case).select_related("track").first()
    context = {
        "sheet": sheet,
        "case": case,
        "application": application,
        "is_blind": _is_blind(sheet),
        "is_open": sheet.run.state == RunState.OPEN and sheet.state != SheetState.RECUSED,
        "documents": [] if sheet.state == SheetState.RECUSED else _documents(sheet),
        "form": form,
        "recusal": recusal,
        "conflict": ConflictKind(conflict).label if (conflict := find_conflict(case, sheet.expert, at=at)) else "",
        "at": at,
    }
    return render(request, "policies/reviews/show.html", context)


def _documents(sheet: ReviewSheet) -> list[Attachment]:
    hidden = PERSONAL if not _is_blind(sheet) else PERSONAL | {"letter", "honours"}
    rows = sheet.run.case.attachments.filter(replaced_at__isnull=True).exclude(kind__in=sorted(hidden))
    return list(rows.order_by("kind", "pk"))


def _write(request: HttpRequest, sheet: ReviewSheet, form: SheetForm, recusal: RecusalForm) -> bool:
    account, at = account_of(request), now()
    if request.POST.get("do") == "recuse" and recusal.is_valid():
        data = recusal.cleaned_data
        if try_action(recusal, lambda: actions.recuse(acting_user=account, sheet=sheet, at=at, **data)):
            messages.success(request, _("已登记回避。"))
            return True
    if request.POST.get("do") == "submit" and form.is_valid():
        data = form.cleaned_data
        if try_action(
            form,
            lambda: actions.submit_sheet(
                acting_user=account,
                sheet=sheet,
                at=at,
                agrees=form.agreement,
                score=data.get("score"),
                comment=data["comment"],
            ),
        ):
            messages.success(request, _("评审意见已提交。"))
            return True
    return False


@expert_required
def download(request: HttpRequest, number: int, document: int) -> HttpResponse:
    """A document of a case under review, for its experts only and only while they review it."""
    sheet = _sheet(request, number)
    if sheet.state == SheetState.RECUSED or sheet.run.state != RunState.OPEN:
        raise Http404
    found = next((row for row in _documents(sheet) if row.pk == document), None)
    if found is None:
        raise Http404
    return serve_download(found.file, name=found.name)  # type: ignore[return-value]
