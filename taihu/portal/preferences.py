"""How a reader wants the pages: language, light or dark, text size. Kept in cookies, so it needs no account and no script."""

from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from taihu.portal.context import SIZES, THEMES
from taihu.portal.middleware.language import LANGUAGE_COOKIE

YEAR = 365 * 86400


# Without a token these forms are the same bytes for everybody; all that a forged request could change is the colour of a page.
@csrf_exempt
@require_POST
def save_preferences(request: HttpRequest) -> HttpResponseRedirect:
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        target = "/"
    response = HttpResponseRedirect(target)
    allowed = {"theme": THEMES, "size": SIZES, LANGUAGE_COOKIE: tuple(code for code, _ in settings.LANGUAGES)}
    for name, values in allowed.items():
        value = request.POST.get(name)
        if value in values:
            response.set_cookie(name, value, max_age=YEAR, samesite="Lax", secure=settings.HTTPS, httponly=True)
        elif value == "auto":
            response.delete_cookie(name)
    return response
