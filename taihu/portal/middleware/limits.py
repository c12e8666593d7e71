"""Sign-in, sign-up and recovery are counted per address, in every process at once."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from taihu.portal.middleware.refusals import answer_refusal
from taihu.records.base.clock import now
from taihu.records.base.limits import TooMany, client_address, consume

LIMITS = {
    "account_login": (60, 600),
    "account_signup": (20, 3600),
    "account_reset_password": (20, 3600),
    "account_email_verification_sent": (60, 600),
    "account_verify_phone": (60, 600),
    "mfa_authenticate": (30, 600),
}


class AccountLimitMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: Any, kwargs: Any) -> HttpResponse | None:
        match = request.resolver_match
        if request.method != "POST" or match is None or match.url_name not in LIMITS:
            return None
        amount, seconds = LIMITS[match.url_name]
        try:
            consume(match.url_name, client_address(request), amount=amount, seconds=seconds, at=now())
        except TooMany as refused:
            return answer_refusal(request, refused)
        return None
