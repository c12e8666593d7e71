"""The city's front page: the market, the policies and what can be applied for now."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from taihu.records.base.clock import now
from taihu.systems.jobs.views.public import front_of_market
from taihu.systems.policies.queries.applications import open_calls
from taihu.systems.policies.queries.public import open_lists

CALLS = 5


@require_safe
def show_front(request: HttpRequest) -> HttpResponse:
    at = now()
    context = {
        **front_of_market(at=at),
        "calls": open_calls(at=at)[:CALLS],
        "notices": open_lists(at).count(),
        "hide_search": True,
        "at": at,
    }
    return render(request, "front.html", context)
