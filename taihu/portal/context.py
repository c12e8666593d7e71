"""What every page needs: the city's name, the reader's choices, the navigation of their roles."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from taihu.portal import navigation, roles
from taihu.records.identity.queries import count_unread

THEMES = ("light", "dark")
SIZES = ("normal", "large")


def site(request: HttpRequest) -> dict[str, Any]:
    theme = request.COOKIES.get("theme", "")
    size = request.COOKIES.get("size", "")
    return {
        "city_name": settings.CITY_NAME,
        "site_url": settings.SITE_URL,
        "is_demo": settings.DEMO,
        "theme": theme if theme in THEMES else "",
        "text_size": size if size in SIZES else "normal",
        "languages": settings.LANGUAGES,
        "main_nav": navigation.build(navigation.PUBLIC, request),
        **_of_account(request),
    }


def _of_account(request: HttpRequest) -> dict[str, Any]:
    """Three statements for whoever is signed in, none for others."""
    hat = roles.current_hat(request) if hasattr(request, "user") else None
    if hat is None:
        return {}
    unread = count_unread(request.user)  # type: ignore[arg-type]
    nav = navigation.side_navigation(request, hat.kind, unread=unread)
    return {
        "hat": hat,
        "hats": roles.hats_of(request),
        "nav": nav,
        "account_nav": nav,
        "unread": unread,
        "workspace_role": hat.role,
        "workspace_name": hat.name,
    }
