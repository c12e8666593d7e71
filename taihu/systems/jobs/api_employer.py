"""The employer's own API: the same actions, checks and refusals as the employer's pages, opened by a key.

Send `Authorization: Bearer th_…`. Errors are JSON with `code`, `message`, `next_step` and, where there is one, `field`.
"""

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status
from ninja.errors import HttpError
from ninja.security import HttpBearer
from pydantic import AfterValidator

from taihu.records.base.clock import now
from taihu.records.base.errors import NotAllowed
from taihu.records.base.working_days import last_day
from taihu.records.identity.actions import authenticate_api_key
from taihu.records.identity.enums import ApiScope
from taihu.records.identity.models import ApiKey, Organisation
from taihu.records.identity.permissions import can_view_organisation
from taihu.systems.jobs.actions import openings as actions
from taihu.systems.jobs.actions.answers import end_opening
from taihu.systems.jobs.enums import CloseReason, EmploymentType, OpeningState, PayBasis
from taihu.systems.jobs.lawful_words import ShownFinding, findings_of
from taihu.systems.jobs.models import Opening
from taihu.systems.jobs.posting_data import opening_url
from taihu.systems.jobs.queries.employer import own_openings
from taihu.systems.jobs.validators import OpeningFields, end_of_day, missing_by_law

PAGE_SIZE = 50
MAX_ID = 2**63 - 1


class EmployerKey(HttpBearer):
    """A key that works, of somebody who still belongs to the employer, with the scope that the call needs."""

    def __init__(self, scope: ApiScope) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        key = authenticate_api_key(token, at=now())
        if key is None or not can_view_organisation(key.created_by, key.organisation):
            return None
        if self.scope not in key.scopes:
            raise NotAllowed("scope_missing", "The key may not do this.", "Create a key with the scope it needs.")
        return key


def _storable(text: str) -> str:
    """JSON can say characters that no database keeps."""
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("holds a NUL or a lone surrogate")
    return text


Text = Annotated[str, AfterValidator(_storable)]
READ, WRITE = EmployerKey(ApiScope.READ), EmployerKey(ApiScope.WRITE)
router = Router(tags=["employer"])


class OpeningIn(Schema):
    """Codes are those of `/taxonomy/{list}`, pay is fen a month, experience is months."""

    title: Text = Field(min_length=1, max_length=120)
    description: Text = Field(min_length=1, max_length=6000)
    requirements: Text = Field("", max_length=6000)
    benefits: Text = Field("", max_length=2000)
    occupation_code: Text = ""
    industry_code: Text = ""
    employment_type: EmploymentType = EmploymentType.FULL_TIME
    headcount: int = Field(1, ge=1, le=10_000)
    area_code: Text = Field(min_length=1, max_length=12)
    address: Text = Field("", max_length=200)
    pay_basis: PayBasis = PayBasis.MONTHLY
    pay_min: int | None = Field(None, ge=0, le=100_000_000)
    pay_max: int | None = Field(None, ge=0, le=100_000_000)
    pay_months: int = Field(12, ge=1, le=24)
    education_rank: int = Field(0, ge=0, le=6)
    experience_min: int = Field(0, ge=0, le=600)
    experience_max: int | None = Field(None, ge=0, le=600)
    skill_codes: list[Text] = Field([], max_length=30)
    certificate_codes: list[Text] = Field([], max_length=10)
    majors: list[Text] = Field([], max_length=10)
    contact_name: Text = Field("", max_length=40)
    contact_phone: Text = Field("", max_length=40)

    def opening_fields(self) -> OpeningFields:
        values = {name: getattr(self, name) for name in OpeningFields.__dataclass_fields__}
        return OpeningFields(**values | {"skill_codes": sorted(set(self.skill_codes))})


class NewOpeningIn(OpeningIn):
    organisation_id: int | None = Field(None, ge=1, le=MAX_ID, description="a branch; the key's employer by default")


class UntilIn(Schema):
    valid_until: date = Field(description="the last day on which it is open")


class CloseIn(Schema):
    reason: CloseReason
    note: Text = Field("", max_length=500, description="a sentence for those who still wait for an answer")


class FindingOut(Schema):
    field: str
    level: str
    rule: str
    excerpt: str
    advice: str
    articles: list[str]


class MissingOut(Schema):
    field: str
    advice: str


class OwnOpeningRow(Schema):
    id: int
    organisation_id: int
    title: str
    state: OpeningState
    is_listed: bool
    valid_until: date | None
    updated_at: datetime


class OwnOpeningOut(OwnOpeningRow):
    """`url` is where everybody sees it; `findings` and `missing` say what keeps it from being published.

    An opening may have come from a file: what it says is not bound to what may be sent here.
    """

    description: str
    requirements: str
    benefits: str
    occupation_code: str
    industry_code: str
    employment_type: str
    headcount: int
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
    certificate_codes: list[str]
    majors: list[str]
    contact_name: str
    contact_phone: str
    url: str
    published_at: datetime | None
    findings: list[FindingOut]
    missing: list[MissingOut]


class OwnOpeningsOut(Schema):
    total: int
    page: int
    pages: int
    items: list[OwnOpeningRow]


class ListIn(Schema):
    state: OpeningState | None = None
    page: int = Field(1, ge=1, le=100_000)


class RefusedOut(Schema):
    code: str
    message: str
    next_step: str
    field: str | None = None


Refusals: dict[Any, Any] = {
    401: RefusedOut,
    403: RefusedOut,
    404: RefusedOut,
    409: RefusedOut,
    422: RefusedOut,
    429: RefusedOut,
}
Reads: dict[Any, Any] = dict.fromkeys((401, 403, 404, 422, 429), RefusedOut)


def _key(request: HttpRequest) -> ApiKey:
    key = request.auth  # type: ignore[attr-defined]
    assert isinstance(key, ApiKey)
    return key


def _own(key: ApiKey) -> QuerySet[Opening]:
    return own_openings([key.organisation, *Organisation.objects.filter(parent=key.organisation)])


def _find(request: HttpRequest, number: int) -> Opening:
    opening = _own(_key(request)).filter(pk=number).first() if 0 < number <= MAX_ID else None
    if opening is None:
        raise HttpError(404, "no such opening of yours")
    return opening


def _row(opening: Opening) -> dict[str, Any]:
    return {
        "id": opening.pk,
        "organisation_id": opening.organisation_id,
        "title": opening.title,
        "state": opening.state,
        "is_listed": opening.is_listed,
        "valid_until": last_day(opening.valid_through) if opening.valid_through else None,
        "updated_at": opening.updated_at,
    }


def _out(opening: Opening) -> dict[str, Any]:
    fields = {name: getattr(opening, name) for name in OpeningFields.__dataclass_fields__}
    further = {
        "url": opening_url(opening) if opening.is_listed else "",
        "published_at": opening.published_at,
        "findings": [_finding(found) for found in findings_of(opening, at=now())],
        "missing": [{"field": name, "advice": advice} for name, advice in missing_by_law(opening)],
    }
    return fields | _row(opening) | further


def _finding(found: ShownFinding) -> dict[str, Any]:
    shown = {name: value for name, value in asdict(found).items() if name in ("field", "level", "rule", "advice")}
    return shown | {"excerpt": found.matched, "articles": [cite for cite, _text in found.articles]}


@router.get("/openings", auth=READ, response={200: OwnOpeningsOut, **Reads}, summary="Own openings")
def list_own(request: HttpRequest, asked: Query[ListIn]) -> dict[str, Any]:
    rows = _own(_key(request)).order_by("-updated_at", "-pk")
    if asked.state is not None:
        rows = rows.filter(state=asked.state)
    total, start = rows.count(), (asked.page - 1) * PAGE_SIZE
    items = [_row(opening) for opening in rows[start : start + PAGE_SIZE]]
    return {"total": total, "page": asked.page, "pages": -(-total // PAGE_SIZE), "items": items}


@router.get("/openings/{number}", auth=READ, response={200: OwnOpeningOut, **Reads}, summary="One own opening")
def show_own(request: HttpRequest, number: int) -> dict[str, Any]:
    return _out(_find(request, number))


@router.post("/openings", auth=WRITE, response={201: OwnOpeningOut, **Refusals}, summary="Write a draft")
def create_own(request: HttpRequest, body: NewOpeningIn) -> Status[dict[str, Any]]:
    key = _key(request)
    organisation = key.organisation
    if body.organisation_id not in (None, organisation.pk):
        branch = Organisation.objects.filter(pk=body.organisation_id, parent=organisation).first()
        if branch is None:
            raise HttpError(404, "no such branch of yours")
        organisation = branch
    opening = actions.create_opening(
        acting_user=key.created_by, at=now(), organisation=organisation, fields=body.opening_fields()
    )
    return Status(201, _out(opening))


@router.put("/openings/{number}", auth=WRITE, response={200: OwnOpeningOut, **Refusals}, summary="Change what it says")
def change_own(request: HttpRequest, number: int, body: OpeningIn) -> dict[str, Any]:
    opening = actions.change_opening(
        acting_user=_key(request).created_by, at=now(), opening=_find(request, number), fields=body.opening_fields()
    )
    return _out(opening)


@router.post("/openings/{number}/publish", auth=WRITE, response={200: OwnOpeningOut, **Refusals}, summary="Publish")
def publish_own(request: HttpRequest, number: int, body: UntilIn) -> dict[str, Any]:
    """Flagged wording makes the state `review`: an officer answers within two working days."""
    opening = actions.publish_opening(
        acting_user=_key(request).created_by,
        at=now(),
        opening=_find(request, number),
        valid_through=end_of_day(body.valid_until),
    )
    return _out(opening)


@router.post("/openings/{number}/renew", auth=WRITE, response={200: OwnOpeningOut, **Refusals}, summary="Extend")
def renew_own(request: HttpRequest, number: int, body: UntilIn) -> dict[str, Any]:
    opening, until = _find(request, number), end_of_day(body.valid_until)
    actions.renew_opening(acting_user=_key(request).created_by, at=now(), opening=opening, valid_through=until)
    return _out(opening)


@router.post("/openings/{number}/pause", auth=WRITE, response={200: OwnOpeningOut, **Refusals}, summary="Pause")
def pause_own(request: HttpRequest, number: int) -> dict[str, Any]:
    opening = _find(request, number)
    actions.pause_opening(acting_user=_key(request).created_by, at=now(), opening=opening)
    return _out(opening)


@router.post("/openings/{number}/close", auth=WRITE, response={200: OwnOpeningOut, **Refusals}, summary="Close")
def close_own(request: HttpRequest, number: int, body: CloseIn) -> dict[str, Any]:
    opening = _find(request, number)
    end_opening(acting_user=_key(request).created_by, at=now(), opening=opening, reason=body.reason, note=body.note)
    return _out(opening)
