"""What everybody sees of the job market."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from taihu.engines import matching
from taihu.records.base.clock import now
from taihu.records.base.limits import limited
from taihu.records.identity.models import Account, AgencyLicence, Organisation
from taihu.records.identity.permissions import is_officer
from taihu.records.identity.queries import person_of
from taihu.systems.jobs.actions.oversight import file_complaint
from taihu.systems.jobs.actions.runs import describe_parameters
from taihu.systems.jobs.enums import ComplaintKind
from taihu.systems.jobs.forms.public import ComplaintForm
from taihu.systems.jobs.labels import area_label, labels_of
from taihu.systems.jobs.models import Complaint, Opening
from taihu.systems.jobs.permissions import can_see_unlisted_opening
from taihu.systems.jobs.posting_data import job_posting_script, opening_url
from taihu.systems.jobs.queries import explain_match, latest_run
from taihu.systems.jobs.queries.public import city_figures, is_verified, newest_openings, openings_in_order
from taihu.systems.jobs.queries.responsiveness import reply_rate
from taihu.systems.jobs.search import engine, panel
from taihu.systems.jobs.search.criteria import MAX_RESULTS, PAGE_SIZE, Criteria, Order, parse
from taihu.systems.jobs.views.rows import row_of

POPULAR = ("软件工程师", "数控", "护士", "会计", "半导体", "销售")
NEWEST = 6


def front_of_market(*, at: datetime) -> dict[str, Any]:
    """What the city's front page shows of the market."""
    figures = city_figures(at=at)
    return {
        "openings_count": figures["openings"],
        "vacancies_count": figures["vacancies"],
        "employers_count": figures["employers"],
        "people_count": figures["people"],
        "newest": [row_of(opening, at=at) for opening in newest_openings(NEWEST)],
        "districts": _districts(at),
        "popular": [(word, f"{reverse('jobs:openings')}?{Criteria(text=word).query_string()}") for word in POPULAR],
        "openings_url": reverse("jobs:openings"),
        "algorithm_url": reverse("jobs:algorithm"),
    }


def _districts(at: datetime) -> list[dict[str, Any]]:
    counts = engine.facet_counts(Criteria(), at=at)["district"]
    codes = [code for code, _label in panel.shown_areas(counts) if code.startswith(settings.CITY_AREA[:4])]
    most = max((counts.get(code, 0) for code in codes), default=0) or 1
    return [
        {
            "code": code,
            "name": area_label(code),
            "count": counts.get(code, 0),
            "url": f"{reverse('jobs:openings')}?{Criteria(chosen={'district': (code,)}).query_string()}",
            "shade": round(4 * counts.get(code, 0) / most),
        }
        for code in codes
    ]


def list_openings(request: HttpRequest) -> HttpResponse:
    at = now()
    criteria = parse(request.GET, default_order=Order.RELEVANCE)
    found = engine.search(criteria, at=at)
    openings = openings_in_order(found.ids)
    organisation = Organisation.objects.filter(pk=criteria.organisation).first() if criteria.organisation else None
    context = {
        "criteria": criteria,
        "feed_query": criteria.query_string(with_page=False),
        "total": found.total,
        "rows": [row_of(opening, at=at) for opening in openings],
        "page": _page(found.total, criteria.page),
        "facets": panel.facets(criteria, engine.facet_counts(criteria, at=at)),
        "chips": panel.chips(criteria, organisation),
        "orders": Order.choices,
        "suggestions": panel.suggestions(criteria, at=at) if not found.total else [],
        "hide_search": True,
        "at": at,
    }
    return render(request, "jobs/public/openings.html", context)


def _page(total: int, number: int) -> Page[int]:
    return Paginator(range(min(total, MAX_RESULTS)), PAGE_SIZE).get_page(number)


def show_opening(request: HttpRequest, number: int) -> HttpResponse:
    at = now()
    opening = get_object_or_404(Opening.objects.select_related("organisation", "duplicate_of"), pk=number)
    if opening.duplicate_of is not None and opening.duplicate_of.is_listed:
        return redirect("jobs:opening", opening.duplicate_of_id)
    is_open = opening.is_listed and opening.valid_through is not None and opening.valid_through > at
    if not is_open and opening.published_at is None and not can_see_unlisted_opening(request.user, opening, at=at):
        return render(request, "404.html", status=404)
    similar = engine.similar(opening.pk, opening.title, opening.occupation_code, at=at, limit=5)
    person = person_of(request.user)
    context = {
        "opening": opening,
        "labels": labels_of(opening, skills=20),
        "is_open": is_open,
        "is_verified": is_verified(opening.organisation, at=at),
        "json_ld": job_posting_script(opening) if is_open else "",
        "canonical": opening_url(opening),
        "similar": [row_of(other, at=at) for other in openings_in_order(similar)],
        "reasons": explain_match(person, opening) if person and is_open else None,
        "can_take_down": opening.is_listed and is_officer(request.user, at=at),
        "at": at,
    }
    return render(request, "jobs/public/opening.html", context, status=200 if is_open else 410)


def show_employer(request: HttpRequest, number: int) -> HttpResponse:
    at = now()
    organisation = get_object_or_404(Organisation, pk=number)
    rows = organisation.openings.filter(is_listed=True).select_related("organisation").order_by("-published_at", "-pk")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "organisation": organisation,
        "page": page,
        "rows": [row_of(opening, at=at) for opening in page],
        "is_verified": is_verified(organisation, at=at),
        "reply": reply_rate([organisation.pk], at=at),
        "licence": AgencyLicence.objects.filter(organisation=organisation).first() if organisation.is_agency else None,
        "at": at,
    }
    return render(request, "jobs/public/employer.html", context)


def show_algorithm(request: HttpRequest) -> HttpResponse:
    """算法公示, generated from the running configuration (算法推荐管理规定 第十六条)."""
    context = {"parameters": describe_parameters(), "run": latest_run(), "conditions": matching.CONDITIONS}
    return render(request, "jobs/public/algorithm.html", context)


@limited("complaint", amount=10, seconds=3600)
def complain(request: HttpRequest, number: int) -> HttpResponse:
    opening = get_object_or_404(Opening.objects.select_related("organisation"), pk=number, published_at__isnull=False)
    form = ComplaintForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        complaint = file_complaint(
            at=now(),
            opening=opening,
            kind=ComplaintKind(data["kind"]),
            text=data["text"],
            contact=data["contact"],
            acting_user=request.user if isinstance(request.user, Account) else None,
        )
        return redirect("jobs:complaint", ticket=complaint.ticket)
    return render(request, "jobs/public/complain.html", {"opening": opening, "form": form})


def show_complaint(request: HttpRequest, ticket: str) -> HttpResponse:
    complaint = get_object_or_404(Complaint.objects.select_related("opening"), ticket=ticket)
    return render(request, "jobs/public/complaint.html", {"complaint": complaint, "title": _("投诉进度")})
