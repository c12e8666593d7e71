"""Load procedures into the city's books; a version that cases rest on is never changed."""

import hashlib
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.cases.models import ProcedureVersion
from taihu.records.cases.procedures.errors import ProcedureError
from taihu.records.cases.procedures.loader import load_procedure
from taihu.records.cases.procedures.shipped import shipped_sources
from taihu.records.facts.properties import PERSON, all_properties
from taihu.records.identity.models import Account
from taihu.records.identity.permissions import is_officer


@transaction.atomic
def add_procedure(*, acting_user: Account | None, source: str, file: str, at: datetime) -> ProcedureVersion:
    """Check a template and keep it; the same text again changes nothing. `acting_user` None is the console."""
    if acting_user is not None and not is_officer(acting_user, at=at):
        raise NotAllowed("not_officer", _("只有经办人员可以载入流程。"))
    properties = [item.name for item in all_properties() if item.subject == PERSON]
    try:
        template = load_procedure(source, file, properties=properties)
    except ProcedureError as error:
        raise Refused("procedure", error.text("zh"), field="source") from None
    digest = hashlib.sha256(source.encode()).hexdigest()
    current = ProcedureVersion.objects.filter(slug=template.id, version=template.version).first()
    if current is not None and current.digest == digest:
        return current
    if current is not None and current.cases.exists():
        raise Refused(
            "version_used",
            _("流程“%(key)s”已有案卷使用，不能修改。") % {"key": template.key},
            _("请换一个版本号。"),
            field="version",
        )
    row, _is_new = ProcedureVersion.objects.update_or_create(
        slug=template.id,
        version=template.version,
        defaults={
            "title": template.title.zh,
            "title_en": template.title.en,
            "document": template.document,
            "source": source,
            "digest": digest,
            "effective_from": template.effective_from,
            "effective_to": template.effective_to,
            "is_example": template.is_example,
            "loaded_at": at,
        },
    )
    record(at=at, acting_user=acting_user, action="cases.add_procedure", subject=row, data={"digest": digest})
    return row


def load_shipped(*, at: datetime, only: tuple[str, ...] = ()) -> list[ProcedureVersion]:
    """The shipped example templates; `only` names some of them by file name without its end."""
    wanted = {f"{name}.yaml" for name in only}
    return [
        add_procedure(acting_user=None, source=text, file=name, at=at)
        for name, text in shipped_sources().items()
        if not wanted or name in wanted
    ]
