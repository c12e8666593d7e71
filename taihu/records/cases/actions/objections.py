"""Objections to a public notice: with a real name, in time, answered by somebody."""

import secrets
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from taihu.engines.workdays import Unit
from taihu.records.audit.actions import record
from taihu.records.base.errors import Refused
from taihu.records.base.uploads import PAPERS, check_upload, file_digest
from taihu.records.cases.actions.acting import SYSTEM, handler_actor, locked_run, need_reason, note
from taihu.records.cases.actions.moving import end_of_term, fail
from taihu.records.cases.actions.notices import pass_if_clear
from taihu.records.cases.enums import NoticeState, ObjectionState, Verb
from taihu.records.cases.models import NoticeEntry, Objection
from taihu.records.cases.procedures.terms import Term
from taihu.records.identity.models import Account

ANSWER_WITHIN = Term(count=10, unit=Unit.WORKING_DAYS)
TEXT_LIMIT = 2000


@transaction.atomic
def file_objection(
    *,
    entry: NoticeEntry,
    at: datetime,
    name: str,
    contact: str,
    text: str,
    evidence: "UploadedFile[Any] | None" = None,
) -> Objection:
    """Anybody may object while the notice lasts; without a name, a way to reach them and a reason it is not taken."""
    entry = NoticeEntry.objects.select_related("notice", "run", "case").get(pk=entry.pk)
    notice = entry.notice
    if notice.state != NoticeState.PUBLISHED or at >= notice.ends_at:
        raise Refused("notice_over", _("公示期已过，不再受理异议。"), _("仍有问题的，可以向受理单位反映或举报。"))
    for field, value in (("name", name), ("contact", contact), ("text", text)):
        if not value.strip():
            raise Refused("objection_incomplete", _("异议应当署真实姓名、留下联系方式并写明理由。"), field=field)
    if len(text) > TEXT_LIMIT:
        raise Refused("too_long", _("请写在 2000 字以内。"), field="text")
    if notice.needs_evidence and evidence is None:
        raise Refused(
            "evidence_needed", _("本次公示的异议需要附证据材料。"), _("请上传 PDF 或图片。"), field="evidence"
        )
    objection = Objection(
        entry=entry,
        ticket=secrets.token_hex(8),
        name=name.strip()[:80],
        contact=contact.strip()[:120],
        text=text.strip(),
        received_at=at,
        due_at=end_of_term(ANSWER_WITHIN, at),
    )
    if evidence is not None:
        objection.evidence_type = check_upload(evidence, PAPERS)
        objection.evidence_digest = file_digest(evidence)
        objection.evidence, objection.evidence_name = evidence, (evidence.name or "")[:120]
    objection.save()
    note(entry.case, Verb.OBJECT, actor=SYSTEM, at=at, run=entry.run, after={"objection": objection.ticket})
    return objection


@transaction.atomic
def handle_objection(
    *, acting_user: Account, objection: Objection, at: datetime, is_upheld: bool, answer: str
) -> Objection:
    """Decide an objection after looking into it. An upheld one ends the case as refused; the reason is the answer."""
    current = Objection.objects.select_for_update().select_related("entry__run", "entry__notice").get(pk=objection.pk)
    if current.state != ObjectionState.OPEN:
        raise Refused("objection_handled", _("这项异议已经办结。"))
    run = locked_run(current.entry.run)
    actor = handler_actor(acting_user, run, at=at)
    text = need_reason(answer)
    current.state = ObjectionState.UPHELD if is_upheld else ObjectionState.DISMISSED
    current.answer, current.handled_by, current.handled_at = text, acting_user, at
    current.save(update_fields=["state", "answer", "handled_by", "handled_at"])
    after = {"objection": current.ticket, "state": current.state}
    note(run.case, Verb.HANDLE, actor=actor, at=at, run=run, reason=text, after=after)
    if is_upheld:
        fail(run, actor=actor, at=at, reason=text, data={"objection": current.ticket})
    elif at >= current.entry.notice.ends_at:
        pass_if_clear(current.entry, at=at, actor=actor)
    record(at=at, acting_user=acting_user, action="cases.handle_objection", subject=current, data=after)
    objection.refresh_from_db()
    return objection
