"""Where a commitment comes from: the case or the list, the person, the policy; only what the reader may open."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from taihu.records.base.clock import now
from taihu.records.cases.permissions import can_view_file
from taihu.records.identity.enums import Role
from taihu.records.identity.permissions import has_role
from taihu.records.ledger.models import Commitment
from taihu.records.ledger.permissions import can_see_finance
from taihu.systems.policies.queries.money import Source, source_of

CASE_READERS = (Role.OFFICER, Role.DECIDER, Role.FINANCE, Role.AUDITOR)
OFFICE_READERS = (Role.OFFICER, Role.DECIDER, Role.AUDITOR)


def can_see_lines(request: HttpRequest) -> bool:
    return can_see_finance(request.user, at=now())


@dataclass(frozen=True)
class Link:
    label: str
    text: str
    url: str


def links_of(request: HttpRequest, commitment: Commitment) -> list[Link]:
    source = source_of(commitment)
    found = [*_origin(request, source)]
    if source.version is not None:
        version = source.version
        url = reverse("policies:version", args=[version.policy, version.version])
        found.append(Link(_("政策"), version.title, url))
    person = commitment.person or commitment.beneficiary
    if person is not None and has_role(request.user, *OFFICE_READERS, at=now()):
        found.append(Link(_("个人情况"), str(person), reverse("policies:office_person", args=[person.pk])))
    return found


def _origin(request: HttpRequest, source: Source) -> list[Link]:
    at = now()
    if source.case is not None and has_role(request.user, *CASE_READERS, at=at):
        text = source.case.number or source.case.title
        is_open = can_view_file(request.user, source.case, at=at)
        return [Link(_("案卷"), text, reverse("policies:office_case", args=[source.case.pk]) if is_open else "")]
    if source.direct_run is not None:
        text = _("%(month)s 名单") % {"month": f"{source.direct_run.month:%Y-%m}"}
        is_open = has_role(request.user, *OFFICE_READERS, at=at)
        url = reverse("policies:office_direct_run", args=[source.direct_run.pk]) if is_open else ""
        return [Link(_("免申即享"), text, url)]
    return []
