"""Documents of a case: put in by the applicant, looked at by an officer."""

from datetime import date, datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.uploads import PAPERS, check_upload, file_digest
from taihu.records.cases.actions.acting import Actor, applicant_actor, locked, note
from taihu.records.cases.actions.opening import open_draft
from taihu.records.cases.enums import CaseState, RunState, Verb
from taihu.records.cases.models import Attachment, Case
from taihu.records.cases.permissions import can_handle, can_view_file, is_employer
from taihu.records.cases.procedures.tree import Role
from taihu.records.identity.models import Account

PER_KIND = 10


@transaction.atomic
def attach(
    *,
    acting_user: Account,
    case: Case,
    kind: str,
    upload: "UploadedFile[Any]",
    at: datetime,
    allowed: frozenset[str] = PAPERS,
    valid_until: date | None = None,
) -> Attachment:
    """Add a document while one has the case: the applicant in a draft or correction, the employer at its check."""
    case = locked(case)
    actor = _supplier(acting_user, case, at)
    content_type = check_upload(upload, allowed)
    current = case.attachments.filter(kind=kind, replaced_at__isnull=True)
    if current.count() >= PER_KIND:
        raise Refused("too_many_files", _("同一项材料最多 10 个文件。"), _("请先删除不需要的文件。"), field="file")
    digest = file_digest(upload)
    if current.filter(digest=digest).exists():
        raise Refused("file_known", _("这个文件已经上传过。"), field="file")
    attachment = Attachment.objects.create(
        case=case,
        kind=kind,
        file=upload,
        name=(upload.name or "file")[:120],
        content_type=content_type,
        digest=digest,
        uploaded_by=acting_user,
        uploaded_at=at,
        valid_until=valid_until,
    )
    note(case, Verb.ATTACH, actor=actor, at=at, after={"kind": kind, "digest": digest})
    return attachment


def _supplier(account: Account, case: Case, at: datetime) -> Actor:
    has_employer_turn = case.runs.filter(state=RunState.OPEN, role=Role.EMPLOYER).exists()
    if has_employer_turn and is_employer(account, case):
        return Actor(account, str(case.organisation))
    actor = applicant_actor(account, case, at=at)
    open_draft(case)
    return actor


@transaction.atomic
def remove_attachment(*, acting_user: Account, attachment: Attachment, at: datetime) -> None:
    """Set a document aside; what a decision rested on is never thrown away, what was never handed in is."""
    case = locked(attachment.case)
    actor = _supplier(acting_user, case, at)
    if attachment.replaced_at is not None:
        raise Refused("file_gone", _("这个文件已经删除。"))
    note(case, Verb.ATTACH, actor=actor, at=at, before={"kind": attachment.kind, "digest": attachment.digest})
    if case.state == CaseState.DRAFT:
        stored = attachment.file
        attachment.delete()
        transaction.on_commit(lambda: stored.delete(save=False))
        return
    attachment.replaced_at = at
    attachment.save(update_fields=["replaced_at"])


@transaction.atomic
def verify_attachment(*, acting_user: Account, attachment: Attachment, at: datetime, how: str) -> Attachment:
    """An officer has compared a document with the original or a register."""
    case = locked(attachment.case)
    on_desk = case.runs.filter(state=RunState.OPEN).select_related("unit")
    for run in on_desk:
        run.case = case
    if not can_view_file(acting_user, case, at=at) or not any(can_handle(acting_user, run, at=at) for run in on_desk):
        raise NotAllowed("not_your_stage", _("只有承办人员可以核验材料。"))
    if not how.strip():
        raise Refused("how_needed", _("请写明怎样核验。"), field="how")
    attachment.verified_by, attachment.verified_at, attachment.verified_how = acting_user, at, how.strip()[:80]
    attachment.save(update_fields=["verified_by", "verified_at", "verified_how"])
    actor = Actor(acting_user, str(acting_user))
    note(case, Verb.VERIFY, actor=actor, at=at, after={"kind": attachment.kind, "how": attachment.verified_how})
    return attachment
