"""What the finance pages have in common: whose money the reader may see, pages of lists, refusals as errors of a form."""

import secrets
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest

from taihu.records.base.clock import now
from taihu.records.base.errors import Refused
from taihu.records.identity.enums import Role
from taihu.records.ledger.permissions import units_in_area, units_of


def seen_units(request: HttpRequest) -> set[int]:
    """The units whose money the reader may look at: finance its own, deciders and auditors those of their area."""
    at = now()
    return units_of(request.user, Role.FINANCE, at=at) | units_in_area(request.user, Role.DECIDER, Role.AUDITOR, at=at)


def own_units(request: HttpRequest) -> set[int]:
    """The units for which the reader acts as a finance officer."""
    return units_of(request.user, Role.FINANCE, at=now())


def try_plain(request: HttpRequest, act: Callable[[], object], done: str) -> bool:
    """Run an action of a button; a refusal or the good news is shown above the next page."""
    try:
        act()
    except Refused as refused:
        messages.error(request, str(refused))
        return False
    messages.success(request, done)
    return True


def fresh_key(prefix: str) -> str:
    """A key for a form, so that sending it twice does the thing once."""
    return f"{prefix}:{secrets.token_hex(8)}"
