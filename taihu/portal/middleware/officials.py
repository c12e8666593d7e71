"""Whoever holds an office signs in with a second factor (等级保护: two ways of telling who it is)."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from taihu.portal.roles import hats_of

OPEN_PATHS = ("/account/", "/preferences/", "/static/", "/health", "/privacy/")


class SecondFactorMiddleware:
    """Leads officials without a second factor to the page where they set one up; nothing else opens before."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not settings.REQUIRE_MFA_FOR_OFFICIALS or request.path.startswith(OPEN_PATHS):
            return self.get_response(request)
        if request.user.is_authenticated and any(hat.is_office for hat in hats_of(request)):
            from allauth.mfa.utils import is_mfa_enabled

            if not is_mfa_enabled(request.user):
                messages.warning(request, _("担任公职角色的账户必须先设置两步验证。"))
                return redirect("mfa_activate_totp")
        return self.get_response(request)
