"""Public notices as everybody reads them, with the way to object."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from taihu.records.base.clock import now
from taihu.records.base.limits import limited
from taihu.records.cases.actions import file_objection
from taihu.records.cases.models import NoticeEntry, Objection
from taihu.records.cases.queries.precedents import public_notice, public_notices
from taihu.records.identity.doors import page_of, try_action
from taihu.systems.policies.forms.cases import ObjectionForm


def list_notices(request: HttpRequest) -> HttpResponse:
    at = now()
    return render(request, "policies/notices/list.html", {"page": page_of(request, public_notices(at=at)), "at": at})


def show_notice(request: HttpRequest, number: int) -> HttpResponse:
    at = now()
    notice = public_notice(number, at=at)
    if notice is None:
        raise Http404
    return render(request, "policies/notices/notice.html", {"notice": notice, "is_open": at < notice.ends_at, "at": at})


@limited("policies.objection", amount=5, seconds=3600)
def object_to(request: HttpRequest, number: int, entry: int) -> HttpResponse:
    """A real-name objection; the ticket is the only way back to it."""
    at = now()
    notice = public_notice(number, at=at)
    if notice is None:
        raise Http404
    found = get_object_or_404(NoticeEntry, pk=entry, notice=notice)
    form = ObjectionForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        made: list[Objection] = []
        if try_action(form, lambda: made.append(file_objection(entry=found, at=at, **form.cleaned_data))):
            return redirect("policies:objection", ticket=made[0].ticket)
    context = {"notice": notice, "entry": found, "form": form, "is_open": at < notice.ends_at}
    return render(request, "policies/notices/object.html", context)


def show_objection(request: HttpRequest, ticket: str) -> HttpResponse:
    """How an objection stands, for whoever holds its ticket; without names."""
    objection = get_object_or_404(Objection.objects.select_related("entry__notice"), ticket=ticket)
    return render(request, "policies/notices/objection.html", {"objection": objection})
