"""Saved searches: list, save, change, delete, and the one press that ends their messages."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from taihu.records.base.clock import now
from taihu.records.identity.models import Account
from taihu.systems.jobs.actions.searches import change_search, delete_search, save_search, stop_alerts
from taihu.systems.jobs.enums import AlertFrequency
from taihu.systems.jobs.forms.saved import SavedSearchForm
from taihu.systems.jobs.models import SavedSearch
from taihu.systems.jobs.search import panel
from taihu.systems.jobs.search.criteria import parse


def _account(request: HttpRequest) -> Account:
    assert isinstance(request.user, Account)
    return request.user


@login_required
def list_searches(request: HttpRequest) -> HttpResponse:
    rows = SavedSearch.objects.filter(account=_account(request)).order_by("-created_at", "-pk")
    return render(request, "jobs/saved/list.html", {"rows": rows})


@login_required
def save(request: HttpRequest) -> HttpResponse:
    criteria = parse(request.GET)
    words = [criteria.text, *(chip.label for chip in panel.chips(criteria))]
    title = " · ".join(word for word in words if word)[:80] or _("全部岗位")
    form = SavedSearchForm(request.POST or None, initial={"title": title, "frequency": AlertFrequency.DAILY})
    if request.method == "POST" and form.is_valid():
        query = criteria.query_string(with_page=False)
        save_search(acting_user=_account(request), at=now(), query=query, **form.cleaned_data)
        messages.success(request, _("搜索已保存。"))
        return redirect("jobs:saved_searches")
    return render(request, "jobs/saved/form.html", {"form": form, "title": _("保存搜索")})


@login_required
def edit(request: HttpRequest, number: int) -> HttpResponse:
    search = get_object_or_404(SavedSearch, pk=number, account=_account(request))
    initial = {"title": search.title, "frequency": search.frequency}
    form = SavedSearchForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        change_search(acting_user=_account(request), at=now(), search=search, **form.cleaned_data)
        messages.success(request, _("搜索已保存。"))
        return redirect("jobs:saved_searches")
    return render(request, "jobs/saved/form.html", {"form": form, "title": search.title})


@require_POST
@login_required
def delete(request: HttpRequest, number: int) -> HttpResponse:
    search = get_object_or_404(SavedSearch, pk=number, account=_account(request))
    delete_search(acting_user=_account(request), at=now(), search=search)
    messages.success(request, _("搜索已删除。"))
    return redirect("jobs:saved_searches")


# The token is the proof: mail programs post here without a page of ours (RFC 8058).
@csrf_exempt
def stop(request: HttpRequest, token: str) -> HttpResponse:
    search = get_object_or_404(SavedSearch, token=token)
    if request.method == "POST":
        stop_alerts(at=now(), search=search)
    return render(request, "jobs/saved/stop.html", {"search": search, "is_stopped": request.method == "POST"})
