"""A refusal that a view did not handle becomes a page (or JSON) that says why and what to do next."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from taihu.records.base.errors import Refused


def refusal_body(refused: Refused) -> dict[str, object]:
    return {
        "code": refused.code,
        "message": str(refused.message),
        "next_step": str(refused.next_step),
        "field": refused.field,
        **refused.data,
    }


class RefusalMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refused):
            return None
        if request.path.startswith("/api/"):
            return JsonResponse(refusal_body(exception), status=exception.status)
        return render(request, "refused.html", {"refused": exception}, status=exception.status)
