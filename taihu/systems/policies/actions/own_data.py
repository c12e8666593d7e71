"""Lists, refusals and requests for correction among a person's own data: exported with them, erased with them."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from taihu.records.identity.actions import DataHolder, register_holder
from taihu.records.identity.models import Person
from taihu.systems.policies.enums import CorrectionState, DirectState, EntryState
from taihu.systems.policies.models import CorrectionRequest, DirectEntry, OptOut


def _export(person: Person) -> Any:
    entries = DirectEntry.objects.filter(person=person).exclude(state=EntryState.OBJECTED).order_by("pk")
    requests = CorrectionRequest.objects.filter(person=person).order_by("pk")
    return {
        "lists": list(entries.values("direct_run__version__title", "direct_run__month", "state", "amount", "note")),
        "declined": list(OptOut.objects.filter(person=person).order_by("pk").values("policy", "made_at", "ended_at")),
        "corrections": list(
            requests.values(
                "property", "value", "valid_from", "reason", "state", "requested_at", "decided_at", "answer"
            )
        ),
    }


def _files(person: Person) -> list[tuple[str, Any]]:
    rows = (
        CorrectionRequest.objects.filter(person=person, evidence__isnull=False)
        .select_related("evidence")
        .order_by("pk")
    )
    return [(f"corrections/{row.pk}-{row.evidence.name}", row.evidence.file) for row in rows if row.evidence]


def _erase(person: Person, at: datetime) -> None:
    """What was not decided goes; an answered request keeps the answer, for the fact that rests on it."""
    requests = CorrectionRequest.objects.filter(person=person)
    requests.filter(state__in=[CorrectionState.REQUESTED, CorrectionState.WITHDRAWN]).delete()
    requests.update(reason="", value=None)
    OptOut.objects.filter(person=person).delete()
    paid = (DirectState.HANDED, DirectState.CANCELLED)
    DirectEntry.objects.filter(person=person).exclude(direct_run__state__in=paid).update(
        state=EntryState.OPTED_OUT, note="", objector="", decided_at=at
    )


register_holder(
    DataHolder(
        "policies.lists",
        _("免申即享名单和更正申请"),
        export=_export,
        erase=_erase,
        files=_files,
        kept=_("已拨付的名单和已答复的更正申请去掉姓名和理由后保存，作为付款和更正的依据。"),
    )
)
