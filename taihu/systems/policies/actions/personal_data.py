"""Applications among a person's own data; their cases hold the rest."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from taihu.records.identity.actions import DataHolder, register_holder
from taihu.records.identity.models import Person
from taihu.systems.policies.models import Application


def _export(person: Person) -> Any:
    rows = Application.objects.filter(person=person).order_by("pk")
    names = ("track__call__title", "track__name", "created_at", "agreed_at", "entitlement", "entitlement_at")
    return list(rows.values(*names, "case__number", "case__outcome"))


def _erase(person: Person, at: datetime) -> None:
    """Reasons with the person's values go; what was decided stays in the case. Drafts go with their case."""
    for application in Application.objects.filter(person=person):
        kept = {name: application.entitlement[name] for name in _KEPT if name in application.entitlement}
        application.entitlement = kept
        application.save(update_fields=["entitlement"])


_KEPT = ("policy", "status", "amount", "payable", "payers", "instalments", "counts", "day")

register_holder(
    DataHolder(
        "policies",
        _("政策申报"),
        export=_export,
        erase=_erase,
        kept=_("已作出决定的申报去掉个人数值后，随案卷保存。"),
    )
)
