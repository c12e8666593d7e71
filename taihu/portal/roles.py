"""The hats of an account: itself, its employers, its offices. A reader wears one at a time and may change it."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from taihu.records.base.clock import now
from taihu.records.identity.enums import Role
from taihu.records.identity.hats import SESSION_KEY, employer_hat
from taihu.records.identity.queries import employers_of, open_grants

PERSON, EMPLOYER = "person", "employer"
# Where each hat starts, the first address that exists.
HOMES: dict[str, tuple[str, ...]] = {
    PERSON: ("jobs:my_matches", "me:home"),
    EMPLOYER: ("jobs:employer_home", "me:home"),
    Role.OFFICER: ("desk", "me:home"),
    Role.DECIDER: ("desk", "me:home"),
    Role.CASEWORKER: ("jobs:caseworker_home", "me:mandates"),
    Role.AUDITOR: ("jobs:office_audit", "me:home"),
    Role.ADMINISTRATOR: ("me:offices", "me:home"),
    Role.FINANCE: ("policies:finance", "me:home"),
    Role.EXPERT: ("policies:reviews", "me:home"),
}


@dataclass(frozen=True)
class Hat:
    """`kind` is PERSON, EMPLOYER or an office; `key` tells it apart; `role` and `name` are shown."""

    key: str
    kind: str
    role: str
    name: str
    organisation_id: int | None = None

    @property
    def is_office(self) -> bool:
        return self.kind in Role.values


def hats_of(request: HttpRequest) -> list[Hat]:
    """Every hat of the signed-in account, offices first; read once per request."""
    found: list[Hat] | None = getattr(request, "_hats", None)
    if found is None:
        found = _find_hats(request.user) if request.user.is_authenticated else []
        request._hats = found  # type: ignore[attr-defined]
    return found


def _find_hats(account: Any) -> list[Hat]:
    offices = [
        Hat(f"office:{grant.pk}", grant.role, str(Role(grant.role).label), grant.unit.title)
        for grant in open_grants(account, at=now())
    ]
    employers = [
        Hat(employer_hat(organisation.pk), EMPLOYER, str(role.label), organisation.name, organisation.pk)
        for organisation, role in employers_of(account)
    ]
    return [*offices, *employers, Hat(PERSON, PERSON, _("求职者"), str(account))]


def current_hat(request: HttpRequest) -> Hat | None:
    hats = hats_of(request)
    chosen = request.session.get(SESSION_KEY) if hats else None
    return next((hat for hat in hats if hat.key == chosen), hats[0] if hats else None)


def home_of(hat: Hat) -> str:
    return first_address(*HOMES[hat.kind]) or "/"


@cache
def first_address(*names: str) -> str:
    """The path of the first address name that exists, or ''. Addresses stay while the process runs."""
    for name in names:
        try:
            return reverse(name)
        except NoReverseMatch:
            continue
    return ""
