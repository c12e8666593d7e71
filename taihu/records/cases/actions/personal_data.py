"""Case files among a person's own data: exported with them; erased as far as no decision rests on them."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from taihu.records.cases.actions.acting import SYSTEM
from taihu.records.cases.actions.moving import close
from taihu.records.cases.enums import CaseState, Verb
from taihu.records.cases.models import Attachment, Case, CaseEvent, NoticeEntry
from taihu.records.cases.procedures.tree import Outcome
from taihu.records.identity.actions import DataHolder, register_holder
from taihu.records.identity.models import Person


def _export(person: Person) -> Any:
    found = []
    for case in person.cases.select_related("procedure").order_by("pk"):
        events = case.events.order_by("pk").values("at", "verb", "reason", "actor", "on_behalf_of")
        attachments = case.attachments.order_by("pk").values("kind", "name", "digest", "uploaded_at")
        found.append(
            {
                "number": case.number,
                "title": case.title,
                "procedure": case.procedure.title,
                "data": case.data,
                "state": case.state,
                "outcome": case.outcome,
                "submitted_at": case.submitted_at,
                "closed_at": case.closed_at,
                "events": list(events),
                "attachments": list(attachments),
                "decisions": list(case.decisions.order_by("pk").values("resolution", "grounds", "amount", "held_on")),
                "appeals": list(case.appeals.order_by("pk").values("filed_at", "grounds", "state", "answer")),
            }
        )
    return found


def _files(person: Person) -> list[tuple[str, Any]]:
    rows = Attachment.objects.filter(case__person=person).order_by("pk")
    return [(f"case-{row.case_id}-{row.pk}.{row.content_type}", row.file) for row in rows]


def _obstacle(person: Person, at: datetime) -> str:
    paying = person.cases.filter(state=CaseState.OPEN, decisions__resolution="grant")
    return _("还有正在兑现的政策：请先结束，或写明放弃。") if paying.exists() else ""


def _erase(person: Person, at: datetime) -> None:
    """Drafts go; what is under way is withdrawn; what was decided keeps its grounds without the person's words and files."""
    for case in person.cases.filter(state=CaseState.DRAFT):
        _delete_files(case)
        case.delete()
    for case in person.cases.filter(state=CaseState.OPEN):
        close(case, Outcome.WITHDRAWN, actor=SYSTEM, at=at)
    names = {str(person), str(person.account)}
    for case in person.cases.order_by("pk"):
        _delete_files(case)
        case.data = {
            name: value for name, value in case.data.items() if name in case.procedure.template.catalogue.facts
        }
        case.title = case.procedure.title
        case.save(update_fields=["data", "title"])
        CaseEvent.objects.filter(case=case, actor__in=names).update(actor="", reason="")
        CaseEvent.objects.filter(case=case, on_behalf_of__in=names).update(on_behalf_of="")
        CaseEvent.objects.filter(case=case, verb=Verb.SAVE).update(before={}, after={})
        case.appeals.update(grounds="")
    NoticeEntry.objects.filter(case__person=person).update(name="")


def _delete_files(case: Case) -> None:
    for attachment in case.attachments.all():
        attachment.file.delete(save=False)
        attachment.delete()


register_holder(
    DataHolder(
        "cases",
        gettext_lazy("办事记录"),
        export=_export,
        erase=_erase,
        files=_files,
        kept=gettext_lazy("已作出决定的案卷去掉姓名、材料和您写的内容后，按档案管理规定保存。"),
        obstacle=_obstacle,
    )
)
