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
from taihu.records.identity import validators
from taihu.records.identity.enums import MemberRole, OrganisationState, PaperKind, VerificationState
from taihu.records.identity.events import OrganisationStateChanged
from taihu.records.identity.models import Account, AgencyLicence, Membership, Organisation, Paper
from taihu.records.identity.permissions import can_manage_organisation, is_officer

EDITABLE = frozenset(
    {"short_name", "kind_code", "industry_code", "size_code", "area_code", "address", "description", "website"}
)


@transaction.atomic
def register_organisation(
    *,
    acting_user: Account,
    at: datetime,
    credit_code: str,
    name: str,
    parent: Organisation | None = None,
    is_agency: bool = False,
    **fields: str,
) -> Organisation:
    """Register an employer, or a branch of one's own; the acting account becomes its owner.

    A record that an import made with this credit code is taken over; one without a code stays apart: only an officer
    may join the two (`merge_organisations`).
    """
    _check_fields(fields)
    if not name.strip():
        raise Refused("name", _("请填写单位全称。"), field="name")
    code = validators.check_credit_code(credit_code)
    if parent is not None and not can_manage_organisation(acting_user, parent):
        raise NotAllowed("not_owner", _("只有总部的负责人可以登记分支机构。"))
    if parent is not None and parent.parent_id is not None:
        raise Refused(
            "branch_of_branch", _("分支机构不能再有分支机构。"), _("请登记为总部的分支机构。"), field="parent"
        )
    known = Organisation.objects.select_for_update().filter(credit_code=code).first()
    if known is None or known.source == "" or known.memberships.exists():
        _check_code_is_free(code)
    # A record that an import made becomes the employer's own; an officer still checks the papers before it may post.
    organisation = known or Organisation(credit_code=code, created_at=at)
    values = {"name": name.strip(), "name_key": validators.name_key(name), "parent": parent, "is_agency": is_agency}
    for key, value in {**values, **fields, "source": ""}.items():
        setattr(organisation, key, value)
    organisation.save()
    Membership.objects.create(organisation=organisation, account=acting_user, role=MemberRole.OWNER, created_at=at)
    record(
        at=at,
        acting_user=acting_user,
        action="identity.register_organisation",
        subject=organisation,
        data={"credit_code": code, "parent": parent.pk if parent else None, "taken_over": known is not None},
    )
    return organisation


def _check_code_is_free(code: str) -> None:
    if Organisation.objects.filter(credit_code=code).exists():
        raise Refused(
            "credit_code_known",
            _("这个统一社会信用代码已经登记。"),
            _("请让单位的负责人邀请您加入，或联系服务窗口。"),
            field="credit_code",
        )


def _check_fields(fields: dict[str, Any]) -> None:
    if unknown := fields.keys() - EDITABLE:
        raise TypeError(f"an organisation's {sorted(unknown)} cannot be set here: known are {sorted(EDITABLE)}")


@transaction.atomic
def change_organisation(
    *, acting_user: Account, organisation: Organisation, at: datetime, **fields: str
) -> Organisation:
    """Change how an employer presents itself; name and credit code follow the licence and are not changed here."""
    _check_fields(fields)
    if not can_manage_organisation(acting_user, organisation):
        raise NotAllowed("not_owner", _("只有单位负责人可以修改单位资料。"))
    changed = sorted(key for key, value in fields.items() if getattr(organisation, key) != value)
    for key in changed:
        setattr(organisation, key, fields[key])
    organisation.save(update_fields=changed)
    record(
        at=at,
        acting_user=acting_user,
        action="identity.change_organisation",
        subject=organisation,
        data={"fields": changed},
    )
    return organisation


@transaction.atomic
def change_registration(
    *, acting_user: Account, organisation: Organisation, at: datetime, name: str, credit_code: str, is_agency: bool
) -> Organisation:
    """Follow a changed licence. What was verified was the old one: a verified employer has to be verified again."""
    if not can_manage_organisation(acting_user, organisation):
        raise NotAllowed("not_owner", _("只有单位负责人可以修改单位资料。"))
    if not name.strip():
        raise Refused("name", _("请填写单位全称。"), field="name")
    code = validators.check_credit_code(credit_code)
    values = {"name": name.strip(), "credit_code": code, "is_agency": is_agency}
    changed = sorted(key for key, value in values.items() if getattr(organisation, key) != value)
    if not changed:
        return organisation
    if organisation.verifications.filter(state=VerificationState.REQUESTED).exists():
        raise Refused("verification_open", _("正在核验，现在不能改登记信息。"), _("请等经办人员答复后再改。"))
    if "credit_code" in changed:
        _check_code_is_free(code)
    for key in changed:
        setattr(organisation, key, values[key])
    organisation.name_key = validators.name_key(name)
    was_verified = organisation.state == OrganisationState.VERIFIED
    if was_verified:
        organisation.state, organisation.verified_until = OrganisationState.UNVERIFIED, None
    organisation.save(update_fields=[*changed, "name_key", "state", "verified_until"])
    record(
        at=at,
        acting_user=acting_user,
        action="identity.change_registration",
        subject=organisation,
        data={"fields": changed, "ended_verification": was_verified},
    )
    if was_verified:
        publish(OrganisationStateChanged(organisation_id=organisation.pk, state=organisation.state), at=at)
    return organisation


@transaction.atomic
def describe_agency(
    *,
    acting_user: Account,
    organisation: Organisation,
    at: datetime,
    number: str,
    valid_until: date,
    services: str,
    fees: str,
    supervisor: str,
    supervisor_phone: str,
) -> AgencyLicence:
    """State what an agency must show to everybody; changes are due within ten working days of the fact."""
    if not can_manage_organisation(acting_user, organisation):
        raise NotAllowed("not_owner", _("只有单位负责人可以修改单位资料。"))
    if not organisation.is_agency:
        raise Refused("not_agency", _("单位没有登记为人力资源服务机构。"), _("请先在登记信息里选择。"))
    if valid_until < city_date(at):
        raise Refused("licence_expired", _("许可证已经过期。"), _("请填写现行许可证的有效期。"), field="valid_until")
    values = {
        "number": number.strip(),
        "valid_until": valid_until,
        "services": services.strip(),
        "fees": fees.strip(),
        "supervisor": supervisor.strip(),
        "supervisor_phone": supervisor_phone.strip(),
        "updated_at": at,
    }
    empty = next((key for key, value in values.items() if not value), None)
    if empty is not None:
        raise Refused("agency_incomplete", _("许可、服务和监督信息都必须公示。"), _("请补充后再保存。"), field=empty)
    licence, _is_new = AgencyLicence.objects.update_or_create(organisation=organisation, defaults=values)
    record(
        at=at,
        acting_user=acting_user,
        action="identity.describe_agency",
        subject=organisation,
        data={"number": licence.number, "valid_until": valid_until.isoformat()},
    )
    return licence


@transaction.atomic
def upload_paper(
    *, acting_user: Account, organisation: Organisation, at: datetime, kind: str, upload: "UploadedFile[Any]"
) -> Paper:
    """Add a document that shows who the organisation is; PDF, PNG or JPEG."""
    if not can_manage_organisation(acting_user, organisation):
        raise NotAllowed("not_owner", _("只有单位负责人可以上传证照。"))
    if kind not in PaperKind.values:
        raise Refused("paper_kind", _("请选择材料的种类。"), field="kind")
    content_type = check_upload(upload, PAPERS)
    paper = Paper.objects.create(
        organisation=organisation,
        kind=kind,
        file=upload,
        name=(upload.name or "file")[:120],
        content_type=content_type,
        digest=file_digest(upload),
        uploaded_by=acting_user,
        uploaded_at=at,
    )
    record(
        at=at,
        acting_user=acting_user,
        action="identity.upload_paper",
        subject=organisation,
        data={"paper": paper.pk, "kind": kind, "digest": paper.digest},
    )
    return paper


@transaction.atomic
def suspend_organisation(
    *, acting_user: Account, organisation: Organisation, at: datetime, reason: str
) -> Organisation:
    """Take an employer out of the market, with a reason; a new verification brings it back."""
    if not is_officer(acting_user, at=at):
        raise NotAllowed("not_officer", _("只有经办人员可以停用单位。"))
    if not reason.strip():
        raise Refused("reason", _("请写明停用的原因。"), field="reason")
    organisation.state = OrganisationState.SUSPENDED
    organisation.save(update_fields=["state"])
    record(
        at=at,
        acting_user=acting_user,
        action="identity.suspend_organisation",
        subject=organisation,
        data={"reason": reason},
    )
    publish(OrganisationStateChanged(organisation_id=organisation.pk, state=organisation.state), at=at)
    return organisation
