"""The keyless read API of policies: the list, one version with its text, and how a version comes out for given facts.

Errors are JSON with `code`, `message` and `next_step`. Nothing that is sent is stored.
"""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import conditional_page
from ninja import NinjaAPI, Schema
from ninja.decorators import decorate_view
from ninja.errors import HttpError, ValidationError
from ninja.throttling import AnonRateThrottle, AuthRateThrottle
from pydantic import Field

from taihu.engines.rules.errors import FactsError
from taihu.engines.rules.explain import explain
from taihu.engines.rules.people import Person
from taihu.records.base.clock import city_date, now
from taihu.systems.policies.models import PolicyVersion
from taihu.systems.policies.queries.public import public_versions, version_of
from taihu.systems.policies.rulebook import rules_beside
from taihu.systems.policies.standing import group_of

api = NinjaAPI(
    title="Taihu policies",
    version="1",
    description="Published policies of the city, free to read without a key.",
    docs_url=None,
    openapi_url="openapi.json",
    urls_namespace="policies_api",
    throttle=[AnonRateThrottle("300/m"), AuthRateThrottle("300/m")],
)


class VersionOut(Schema):
    """One version. `effective_to` is the first day on which it holds no more; `digest` is the SHA-256 of the text."""

    policy: str
    version: str
    state: str
    title: str
    title_en: str
    document_number: str
    issuer: str
    level: str
    area_code: str
    effective_from: date | None
    effective_to: date | None
    is_example: bool
    digest: str


class TextOut(VersionOut):
    """`text` is the YAML that the engine evaluates, as it was published."""

    text: str


class CheckIn(Schema):
    """Facts by name, in the form of `given` in the cases of a policy; what is absent is unknown."""

    facts: dict[str, Any] = Field(default_factory=dict)
    at: date | None = None
    language: str = Field("zh", pattern="^(zh|en)$")


class ClauseOut(Schema):
    id: str
    state: str
    text: str
    article: str
    becomes_true_on: str


class CheckOut(Schema):
    """Amounts in fen. `group`: entitled, decision, check, near, scarce, no, elsewhere."""

    group: str
    amount_fen: int
    payable_fen: int
    becomes_true_on: str
    missing_facts: list[str]
    next_question: str
    clauses: list[ClauseOut]
    sentences: list[str]


class ErrorOut(Schema):
    code: str
    message: str
    next_step: str


def _out(version: PolicyVersion, *, with_text: bool = False) -> dict[str, Any]:
    names = set(TextOut.model_fields if with_text else VersionOut.model_fields)
    return {name: getattr(version, name) for name in names}


def _version(policy: str, version: str) -> PolicyVersion:
    found = version_of(policy, version) if len(policy) <= 80 and len(version) <= 40 else None
    if found is None:
        raise HttpError(404, "no such published version")
    return found


@api.get("", response={200: list[VersionOut], 429: ErrorOut}, summary="Published and withdrawn versions")
@decorate_view(conditional_page)
def list_versions(request: HttpRequest) -> list[dict[str, Any]]:
    return [_out(version) for version in public_versions()]


@api.get("/{policy}/{version}", response={200: TextOut, 404: ErrorOut, 429: ErrorOut}, summary="One version")
@decorate_view(conditional_page)
def show_version(request: HttpRequest, policy: str, version: str) -> dict[str, Any]:
    return _out(_version(policy, version), with_text=True)


@api.post(
    "/{policy}/{version}/check",
    response={200: CheckOut, 404: ErrorOut, 422: ErrorOut, 429: ErrorOut},
    summary="How a version comes out for given facts; nothing is stored",
)
def check(request: HttpRequest, policy: str, version: str, asked: CheckIn) -> dict[str, Any]:
    row = _version(policy, version)
    rules = rules_beside(row)
    try:
        person = Person.of(rules.catalogue, "asked", asked.facts)
    except (FactsError, AttributeError, TypeError) as error:
        text = error.text("en") if isinstance(error, FactsError) else "facts must be values or lists of records"
        raise HttpError(422, text) from error
    found = explain(rules, person, asked.at or city_date(now()), asked.language)
    answer = found[rules.index_of(row.key)]
    return {
        "group": group_of(rules.policies[rules.index_of(row.key)], answer).value,
        "amount_fen": answer.amount,
        "payable_fen": answer.payable,
        "becomes_true_on": answer.becomes_true_on,
        "missing_facts": list(answer.missing_facts),
        "next_question": answer.next_question,
        "clauses": [
            {name: getattr(clause, name) for name in ("id", "state", "text", "article", "becomes_true_on")}
            for clause in answer.clauses
        ],
        "sentences": list(answer.sentences),
    }


@api.exception_handler(HttpError)
def answer_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    codes = {404: "not_found", 422: "invalid", 429: "too_many"}
    steps = {
        "not_found": "See the versions at /api/v1/policies.",
        "invalid": "Compare with the cases in the policy's text.",
        "too_many": "Ask again in a minute.",
    }
    code = codes.get(error.status_code, "refused")
    body = {"code": code, "message": str(error), "next_step": steps.get(code, "")}
    return api.create_response(request, body, status=error.status_code)


@api.exception_handler(ValidationError)
def answer_invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    where = ", ".join(".".join(str(part) for part in item["loc"]) + ": " + item["msg"] for item in error.errors)
    body = {"code": "invalid", "message": where, "next_step": "Compare with /api/v1/policies/openapi.json."}
    return api.create_response(request, body, status=422)
