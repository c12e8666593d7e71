"""Tell people about lists that are paid without application, and about their requests for correction."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from taihu.records.base.clock import city_date
from taihu.records.facts.properties import property_named
from taihu.records.identity.actions import notify, register_kind
from taihu.systems.policies.enums import EntryState
from taihu.systems.policies.models import CorrectionRequest, DirectEntry, DirectRun
from taihu.systems.policies.rulebook import city_catalogue

register_kind(
    "policies.direct_noticed",
    _("您被列入免申即享名单：%(title)s"),
    _(
        "按政府部门的数据，您符合“%(title)s”，名单公示至 %(until)s。没有异议即安排拨付，不用申报；不想参加可以在页面上选择。"
    ),
)
register_kind(
    "policies.correction_answered",
    _("更正申请已答复：%(label)s"),
    _("您申请更正的“%(label)s”已核实：%(answer)s"),
)


def tell_listed(direct: DirectRun, *, at: datetime) -> int:
    """Everybody on a published list who has an account; once each."""
    entries = DirectEntry.objects.filter(direct_run=direct, state=EntryState.LISTED, person__account__isnull=False)
    until = city_date(direct.notice_until).isoformat() if direct.notice_until else ""
    told = 0
    for entry in entries.select_related("person__account").order_by("pk"):
        assert entry.person.account is not None
        notify(
            account=entry.person.account,
            kind="policies.direct_noticed",
            key=f"policies.direct_noticed:{entry.pk}",
            at=at,
            data={"title": direct.version.title_words, "until": until},
            path="/me/entitlements/",
        )
        told += 1
    return told


def _label(name: str) -> Any:
    """What a property is called, in both languages where a policy may read it."""
    catalogue = city_catalogue()
    item = catalogue.facts.get(name) or catalogue.records.get(name)
    return asdict(item.label) if item else str(property_named(name).label)


def tell_answer(request: CorrectionRequest, *, at: datetime) -> None:
    account = request.person.account
    if account is not None:
        notify(
            account=account,
            kind="policies.correction_answered",
            key=f"policies.correction_answered:{request.pk}",
            at=at,
            data={"label": _label(request.property), "answer": request.answer},
            path="/me/facts/",
        )
