"""A person says that a fact is wrong or missing; an officer checks and answers (个人信息保护法 第四十六条)."""

from datetime import date, datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.clock import city_date
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.events import publish
from taihu.records.base.uploads import PAPERS, check_upload, file_digest
from taihu.records.base.working_days import add_working_days
from taihu.records.facts.actions import add_fact, withdraw_fact
from taihu.records.facts.models import Evidence, Fact, Source
from taihu.records.facts.properties import PERSON, property_named
from taihu.records.facts.queries import valid_on
from taihu.records.identity.models import Account, Person
from taihu.records.identity.permissions import can_act_as, is_officer
from taihu.systems.policies.enums import CorrectionState
from taihu.systems.policies.events import CorrectionDecided
from taihu.systems.policies.models import CorrectionRequest

WORKING_DAYS = 15


@transaction.atomic
def request_correction(
    *,
    acting_user: Account,
    at: datetime,
    person: Person,
    property_name: str,
    value: Any,
    valid_from: date,
    reason: str,
    upload: "UploadedFile[Any] | None" = None,
) -> CorrectionRequest:
    """Ask for a fact to be put right. The fact stays as it is until an officer has checked."""
    if not can_act_as(acting_user, person, at=at):
        raise NotAllowed("not_you", _("只有本人可以申请更正。"))
    item = property_named(property_name)
    if item.subject != PERSON:
        raise Refused("fact_subject", _("“%(label)s”由单位更正。") % {"label": item.label}, field="property")
    if valid_from > city_date(at):
        raise Refused("fact_future", _("起始日期不能在将来。"), field="valid_from")
    if not reason.strip():
        raise Refused("reason", _("请说明哪里不对、依据是什么。"), field="reason")
    if CorrectionRequest.objects.filter(person=person, property=item.name, state=CorrectionState.REQUESTED).exists():
        raise Refused(
            "correction_open", _("“%(label)s”的更正申请正在核实。") % {"label": item.label}, _("请等待答复。")
        )
    made = CorrectionRequest.objects.create(
        person=person,
        property=item.name,
        value=item.check(value),
        valid_from=valid_from,
        reason=reason.strip()[:500],
        evidence=_keep(upload, acting_user, at) if upload is not None else None,
        requested_by=acting_user,
        requested_at=at,
        due_at=add_working_days(at, WORKING_DAYS),
    )
    record(at=at, acting_user=acting_user, action="policies.ask_correction", subject=made, data={"property": item.name})
    return made


def _keep(upload: "UploadedFile[Any]", acting_user: Account, at: datetime) -> Evidence:
    kind = check_upload(upload, PAPERS)
    return Evidence.objects.create(
        file=upload,
        name=(upload.name or "evidence")[:120],
        content_type=kind,
        digest=file_digest(upload.file),
        uploaded_by=acting_user,
        uploaded_at=at,
    )


@transaction.atomic
def decide_correction(
    *,
    acting_user: Account,
    at: datetime,
    request: CorrectionRequest,
    is_accepted: bool,
    answer: str,
    source_name: str = "",
) -> CorrectionRequest:
    """Answer with reasons. Accepting writes what was checked as a department's fact and ends what it replaces."""
    if not is_officer(acting_user, at=at):
        raise NotAllowed("not_officer", _("只有经办人员可以核实更正申请。"))
    if not answer.strip():
        raise Refused("answer", _("请写明核实结果和依据。"), field="answer")
    current = CorrectionRequest.objects.select_for_update().get(pk=request.pk)
    if current.state != CorrectionState.REQUESTED:
        raise Refused("correction_closed", _("这个申请已经答复过。"))
    if current.person.account_id == acting_user.pk:
        raise NotAllowed("own_case", _("不能核实自己的申请。"), _("请由其他经办人员核实。"))
    current.state = CorrectionState.ACCEPTED if is_accepted else CorrectionState.REFUSED
    current.fact = _write(current, acting_user, at, source_name) if is_accepted else None
    current.decided_by, current.decided_at, current.answer = acting_user, at, answer.strip()[:500]
    current.save()
    record(
        at=at,
        acting_user=acting_user,
        action="policies.answer_correction",
        subject=current,
        data={"state": current.state},
    )
    publish(CorrectionDecided(request_id=current.pk, is_accepted=is_accepted), at=at)
    return current


def _write(request: CorrectionRequest, acting_user: Account, at: datetime, source_name: str) -> Fact:
    """The checked value; everything that says otherwise about the same time is no longer believed."""
    item = property_named(request.property)
    rows = Fact.objects.filter(
        valid_on(request.valid_from), person=request.person, property=item.name, known_to__isnull=True
    )
    for row in rows.order_by("pk"):
        withdraw_fact(acting_user=None, fact=row, at=at, reason=_("按更正申请 %(number)s") % {"number": request.pk})
    return add_fact(
        acting_user=acting_user,
        at=at,
        subject=request.person,
        property_name=item.name,
        value=request.value,
        valid_from=request.valid_from,
        source=Source.DEPARTMENT,
        source_name=source_name.strip()[:80],
        evidence=request.evidence,
    )


@transaction.atomic
def withdraw_request(*, acting_user: Account, at: datetime, request: CorrectionRequest) -> None:
    """The person does not want it checked any more."""
    if not can_act_as(acting_user, request.person, at=at):
        raise NotAllowed("not_you", _("只有本人可以撤回。"))
    rows = CorrectionRequest.objects.filter(pk=request.pk, state=CorrectionState.REQUESTED)
    if not rows.update(state=CorrectionState.WITHDRAWN, decided_at=at):
        raise Refused("correction_closed", _("这个申请已经答复过。"))
    record(at=at, acting_user=acting_user, action="policies.withdraw_correction", subject=request)
