"""The keyless read API: the same search as the page, one opening, the stream of changes, the code lists.

Errors are JSON with `code`, `message` and `next_step`. Answers carry an ETag.
"""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import conditional_page
from ninja import NinjaAPI, Query, Schema
from ninja.decorators import decorate_view
from ninja.errors import HttpError, ValidationError
from ninja.throttling import AnonRateThrottle, AuthRateThrottle
from pydantic import Field

from taihu.records.base.clock import now
from taihu.records.base.errors import Refused
from taihu.records.base.models import OutboxEvent
from taihu.records.taxonomy import queries as taxonomy
from taihu.records.taxonomy.enums import Kind
from taihu.systems.jobs.api_employer import router as employer_router
from taihu.systems.jobs.events import OpeningListed, OpeningUnlisted
from taihu.systems.jobs.models import Opening
from taihu.systems.jobs.posting_data import opening_url
from taihu.systems.jobs.queries.public import listed_openings, openings_in_order
from taihu.systems.jobs.search import engine
from taihu.systems.jobs.search.criteria import MAX_RESULTS, PAGE_SIZE, parse
from taihu.systems.jobs.suggestions import OFFERED, suggest

CHANGES = 200
MAX_ID = 2**63 - 1

api = NinjaAPI(
    title="Taihu",
    version="1",
    description="Openings of the city, free to read without a key; employers keep their own with one.",
    docs_url=None,
    openapi_url="openapi.json",
    urls_namespace="jobs_api",
    throttle=[AnonRateThrottle("300/m"), AuthRateThrottle("300/m")],
)


class OpeningOut(Schema):
    """Pay in fen a month; codes are those of `/taxonomy/{list}`; experience in months."""

    id: int
    url: str
    title: str
    employer: str
    employer_id: int
    description: str
    requirements: str
    benefits: str
    headcount: int
    occupation_code: str
    industry_code: str
    employment_type: str
    area_code: str
    address: str
    pay_basis: str
    pay_min: int | None
    pay_max: int | None
    pay_months: int
    education_rank: int
    experience_min: int
    experience_max: int | None
    skill_codes: list[str]
    published_at: datetime | None
    valid_through: datetime | None
    checked_at: datetime | None
    source: str
    source_url: str


class SearchOut(Schema):
    total: int
    page: int
    page_size: int
    pages: int
    items: list[OpeningOut]
    facets: dict[str, dict[str, int]]


class ChangeOut(Schema):
    """`opening` is null when the opening may no longer be shown: remove your copy."""

    id: int
    opening: OpeningOut | None


class ChangesOut(Schema):
    changes: list[ChangeOut]
    next: int
    more: bool


class TermOut(Schema):
    code: str
    name: str
    name_en: str
    parent: str
    level: int


class SuggestIn(Schema):
    q: str = Field("", max_length=200)
    kind: list[str] = Field(min_length=1, max_length=len(OFFERED), description="names of code lists")


class SuggestionOut(Schema):
    """A name in the language of the reader; `within` is its group, or the place of a university."""

    kind: str
    code: str
    name: str
    within: str


class ErrorOut(Schema):
    code: str
    message: str
    next_step: str


class ChangesIn(Schema):
    since: int = Field(0, ge=0, le=MAX_ID, description="the `next` of the answer before")


class SearchIn(Schema):
    """The parameters of the search page; a facet may be given several times."""

    q: str = Field("", max_length=200)
    district: list[str] = []
    occupation: list[str] = []
    pay: list[str] = []
    degree: list[str] = []
    experience: list[str] = []
    type: list[str] = []
    industry: list[str] = []
    kind: list[str] = []
    pay_min: int | None = Field(None, ge=1, le=1_000_000, description="yuan a month")
    pay_max: int | None = Field(None, ge=1, le=1_000_000, description="yuan a month")
    since: int | None = Field(None, ge=1, le=365, description="days")
    order: str = "relevance"
    page: int = Field(1, ge=1, le=MAX_RESULTS // PAGE_SIZE)


def _out(opening: Opening) -> dict[str, Any]:
    names = set(OpeningOut.model_fields) - {"url", "employer", "employer_id", "checked_at"}
    return {name: getattr(opening, name) for name in names} | {
        "url": opening_url(opening),
        "employer": opening.organisation.name,
        "employer_id": opening.organisation_id,
        "checked_at": opening.refreshed_at,
    }


@api.get("/openings", response={200: SearchOut, 422: ErrorOut, 429: ErrorOut}, summary="Search")
@decorate_view(conditional_page)
def search_openings(request: HttpRequest, asked: Query[SearchIn]) -> dict[str, Any]:
    at = now()
    criteria = parse(request.GET)
    found = engine.search(criteria, at=at)
    return {
        "total": found.total,
        "page": criteria.page,
        "page_size": PAGE_SIZE,
        "pages": -(-found.reachable // PAGE_SIZE),
        "items": [_out(opening) for opening in openings_in_order(found.ids)],
        "facets": engine.facet_counts(criteria, at=at),
    }


@api.get("/openings/changes", response={200: ChangesOut, 422: ErrorOut, 429: ErrorOut}, summary="Changes since")
@decorate_view(conditional_page)
def list_changes(request: HttpRequest, asked: Query[ChangesIn]) -> dict[str, Any]:
    """What may be shown or no longer be shown, in order: ask again with `next` until `more` is false."""
    names = (OpeningListed.name, OpeningUnlisted.name)
    events = list(OutboxEvent.objects.filter(name__in=names, id__gt=asked.since).order_by("id")[: CHANGES + 1])
    told = events[:CHANGES]
    ids = list(dict.fromkeys(int(event.payload["opening_id"]) for event in told))
    shown = {opening.pk: opening for opening in listed_openings().filter(pk__in=ids)}
    return {
        "changes": [{"id": pk, "opening": _out(shown[pk]) if pk in shown else None} for pk in ids],
        "next": told[-1].pk if told else asked.since,
        "more": len(events) > CHANGES,
    }


@api.get(
    "/openings/{number}", response={200: OpeningOut, 404: ErrorOut, 422: ErrorOut, 429: ErrorOut}, summary="One opening"
)
@decorate_view(conditional_page)
def show_opening(request: HttpRequest, number: int) -> dict[str, Any]:
    opening = listed_openings().filter(pk=number).first() if 0 < number <= MAX_ID else None
    if opening is None:
        raise HttpError(404, "no such open opening")
    return _out(opening)


@api.get("/taxonomy", response={200: list[str], 429: ErrorOut}, summary="Names of the code lists")
@decorate_view(conditional_page)
def list_taxonomies(request: HttpRequest) -> list[str]:
    return [kind.value for kind in Kind]


@api.get(
    "/taxonomy/{name}", response={200: list[TermOut], 404: ErrorOut, 422: ErrorOut, 429: ErrorOut}, summary="One list"
)
@decorate_view(conditional_page)
def show_taxonomy(request: HttpRequest, name: str) -> list[dict[str, Any]]:
    if name not in set(Kind):
        raise HttpError(404, "no such list")
    return [
        {"code": t.code, "name": t.name, "name_en": t.name_en, "parent": t.parent, "level": t.level}
        for t in taxonomy.tree(name).terms
    ]


@api.get(
    "/suggestions",
    response={200: list[SuggestionOut], 404: ErrorOut, 422: ErrorOut, 429: ErrorOut},
    summary="Names for what was typed so far",
    url_name="suggestions",
)
@decorate_view(conditional_page)
def list_suggestions(request: HttpRequest, asked: Query[SuggestIn]) -> list[dict[str, Any]]:
    """At most eight names of occupations, job titles, skills, certificates or universities, best first."""
    if not set(asked.kind) <= set(OFFERED):
        raise HttpError(404, "no such list")
    return [{"kind": s.kind, "code": s.code, "name": s.name, "within": s.within} for s in suggest(asked.kind, asked.q)]


ANSWERS = {
    400: ("invalid", "Compare with /api/v1/openapi.json."),
    401: ("key_needed", "Send `Authorization: Bearer` with a key that an owner of the employer created."),
    404: ("not_found", "Search at /api/v1/openings, or see the names at /api/v1/taxonomy."),
    429: ("too_many", "Ask again in a minute."),
}


@api.exception_handler(HttpError)
def answer_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    code, step = ANSWERS.get(error.status_code, ("refused", ""))
    body = {"code": code, "message": str(error), "next_step": step}
    return api.create_response(request, body, status=error.status_code)


@api.exception_handler(Refused)
def answer_refusal(request: HttpRequest, refused: Refused) -> HttpResponse:
    body = {
        "code": refused.code,
        "message": str(refused.message),
        "next_step": str(refused.next_step),
        "field": refused.field,
    }
    return api.create_response(request, body, status=refused.status)


@api.exception_handler(ValidationError)
def answer_invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    where = ", ".join(".".join(str(part) for part in item["loc"]) + ": " + item["msg"] for item in error.errors)
    body = {"code": "invalid", "message": where, "next_step": "Compare with /api/v1/openapi.json."}
    return api.create_response(request, body, status=422)


api.add_router("/employer", employer_router)
