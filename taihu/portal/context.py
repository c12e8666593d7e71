"""What every page needs: the city's name, the reader's choices, the navigation of their roles."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

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
    }
