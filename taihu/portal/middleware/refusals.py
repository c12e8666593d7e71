"""A refusal that a view did not handle becomes a page (or JSON) that says why and what to do next."""

from collections.abc import Callable

from allauth.core.exceptions import RateLimited
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from taihu.records.base.errors import Refused
from taihu.records.base.limits import TooMany


def refusal_body(refused: Refused) -> dict[str, object]:
    return {
        "code": refused.code,
        "message": str(refused.message),
        "next_step": str(refused.next_step),
        "field": refused.field,
        **refused.data,
    }


def answer_refusal(request: HttpRequest, refused: Refused) -> HttpResponse:
    response: HttpResponse
    if request.path.startswith("/api/"):
        response = JsonResponse(refusal_body(refused), status=refused.status)
    else:
        page = "429.html" if isinstance(refused, TooMany) else "refused.html"
        response = render(request, page, {"refused": refused}, status=refused.status)
    if isinstance(refused, TooMany):
        response["Retry-After"] = str(refused.retry_after)
    return response


class RefusalMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, RateLimited):
            exception = TooMany(60)
        return answer_refusal(request, exception) if isinstance(exception, Refused) else None
