"""Every page that is photographed by `taihu screenshots`: name, role of the reader, path. Whoever adds a page adds a line.

The role is the name of a demo account (the part before the @), or empty for a visitor. A path may hold places such as
`{opening}`; `PLACES` says how to find a value for each in the city at hand, and a page whose place cannot be filled is left out.
"""

from collections.abc import Callable
from typing import NamedTuple


class Screen(NamedTuple):
    name: str
    role: str
    path: str
    status: int = 200


PLACES: dict[str, Callable[[], object | None]] = {}

SCREENS = [
    Screen("design-foundation", "officer", "/design/foundation/"),
    Screen("design-parts", "officer", "/design/parts/"),
    Screen("design-openings", "officer", "/design/openings/"),
    Screen("design-forms", "officer", "/design/forms/"),
    Screen("design-figures", "officer", "/design/figures/"),
    Screen("design-work", "officer", "/design/work/"),
    Screen("design-front", "officer", "/design/front/"),
    Screen("accessibility", "", "/accessibility/"),
    Screen("login", "", "/account/login/"),
    Screen("signup", "", "/account/signup/"),
    Screen("password-reset", "", "/account/password/reset/"),
    Screen("not-found", "", "/no-such-page/", 404),
    Screen("account-email", "seeker", "/account/email/"),
    Screen("account-phone", "seeker", "/account/phone/change/"),
    Screen("account-password", "seeker", "/account/password/change/"),
    Screen("account-two-factor", "seeker", "/account/2fa/"),
    Screen("account-sessions", "seeker", "/account/sessions/"),
    Screen("account-logout", "seeker", "/account/logout/"),
]
