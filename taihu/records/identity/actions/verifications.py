from calendar import monthrange
from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from taihu.records.audit.actions import record
from taihu.records.base.clock import CITY_ZONE, city_date
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.events import publish
from taihu.records.base.working_days import add_working_days
from taihu.records.identity.actions.notifications import notify, register_kind
from taihu.records.identity.enums import MemberRole, OrganisationState, PaperKind, VerificationState
from taihu.records.identity.events import OrganisationStateChanged
from taihu.records.identity.models import Account, Organisation, Verification
from taihu.records.identity.permissions import can_manage_organisation, is_officer, member_role
from taihu.records.identity.queries import has_licence_in_force, missing_papers

DECISION_WORKING_DAYS = 5
VALID_MONTHS = 6
WARNING_DAYS = (30, 7)

register_kind(
    "identity.verification_approved",
    gettext_lazy("“%(organisation)s”已通过核验"),
    gettext_lazy("核验有效至 %(until)s。到期前请重新提交，否则岗位会自动隐藏。"),
)
register_kind(
    "identity.verification_refused",
    gettext_lazy("“%(organisation)s”未通过核验"),
    gettext_lazy("原因：%(reason)s。请补正材料后重新提交。"),
)
register_kind(
    "identity.verification_warning",
    gettext_lazy("“%(organisation)s”的核验还有 %(days)s 天到期"),
    gettext_lazy("核验将于 %(until)s 到期。请尽快重新提交，否则岗位会自动隐藏。"),
)
register_kind(
    "identity.verification_expired",
    gettext_lazy("“%(organisation)s”的核验已到期，岗位已隐藏"),
    gettext_lazy("核验已于 %(until)s 到期。重新通过核验后，岗位会自动恢复显示。"),
)


def six_months_after(at: datetime) -> datetime:
    """The end of the last day on which a verification made then may be relied on (city time)."""
    day = city_date(at)
    month = day.month - 1 + VALID_MONTHS
    year, month = day.year + month // 12, month % 12 + 1
    last = day.replace(year=year, month=month, day=min(day.day, monthrange(year, month)[1]))
    return datetime.combine(last + timedelta(days=1), time(), tzinfo=CITY_ZONE)


@transaction.atomic
def request_verification(*, acting_user: Account, organisation: Organisation, at: datetime) -> Verification:
    """Ask for the papers to be checked; an officer answers within five working days."""
    if not can_manage_organisation(acting_user, organisation):
        raise NotAllowed("not_owner", _("只有单位负责人可以申请核验。"))
    if not organisation.credit_code:
        raise Refused("no_credit_code", _("单位还没有统一社会信用代码。"), _("请先登记代码。"))
    if organisation.verifications.filter(state=VerificationState.REQUESTED).exists():
        raise Refused("verification_open", _("已有一份核验申请正在办理。"), _("请等待结果。"))
    _check_agency(organisation, at=at)
    missing = missing_papers(organisation)
    if missing:
        names = "、".join(str(PaperKind(kind).label) for kind in missing)
        raise Refused(
            "papers_missing", _("缺少材料：%(names)s。") % {"names": names}, _("请先上传再申请。"), missing=missing
        )
    verification = Verification.objects.create(
        organisation=organisation,
        requested_by=acting_user,
        requested_at=at,
        due_at=add_working_days(at, DECISION_WORKING_DAYS),
    )
    if organisation.state in {OrganisationState.UNVERIFIED, OrganisationState.EXPIRED}:
        organisation.state = OrganisationState.PENDING
        organisation.save(update_fields=["state"])
    record(at=at, acting_user=acting_user, action="identity.request_verification", subject=verification)
    return verification


def _check_agency(organisation: Organisation, *, at: datetime) -> None:
    """An agency shows its licence, services, fees and supervisor before it is verified, and the licence holds."""
    if not organisation.is_agency:
        return
    if not has_licence_in_force(organisation, at=at):
        raise Refused(
            "agency_licence",
            _("还没有填写有效的人力资源服务许可证信息。"),
            _("请先填写许可证、服务项目、收费标准和监督机关。"),
        )


@transaction.atomic
def decide_verification(
    *, acting_user: Account, verification: Verification, at: datetime, is_approved: bool, reason: str = ""
) -> Verification:
    """An officer's answer: approved for six months, or refused with a reason."""
    if not is_officer(acting_user, at=at):
        raise NotAllowed("not_officer", _("只有经办人员可以核验单位。"))
    organisation = Organisation.objects.select_for_update().get(pk=verification.organisation_id)
    if member_role(acting_user, organisation) is not None:
        raise NotAllowed("own_organisation", _("您是这个单位的成员，应当回避。"), _("请由其他经办人员办理。"))
    if not is_approved and not reason.strip():
        raise Refused("reason", _("请写明未通过的原因。"), field="reason")
    state = VerificationState.APPROVED if is_approved else VerificationState.REFUSED
    until = six_months_after(at) if is_approved else None
    decided = Verification.objects.filter(pk=verification.pk, state=VerificationState.REQUESTED).update(
        state=state, decided_by=acting_user, decided_at=at, reason=reason.strip(), expires_at=until
    )
    if not decided:
        raise Refused("already_decided", _("这份申请已经有了结果。"))
    verification.refresh_from_db()
    _apply_decision(organisation, until=until, at=at)
    record(
        at=at,
        acting_user=acting_user,
        action="identity.decide_verification",
        subject=verification,
        data={"organisation": organisation.pk, "state": state, "reason": reason.strip()},
    )
    kind = "identity.verification_approved" if is_approved else "identity.verification_refused"
    _tell_members(organisation, kind, key=f"verification:{verification.pk}:decided", at=at, reason=reason.strip())
    return verification


def _apply_decision(organisation: Organisation, *, until: datetime | None, at: datetime) -> None:
    if until is not None:
        organisation.state, organisation.verified_until = OrganisationState.VERIFIED, until
    elif organisation.state == OrganisationState.PENDING:
        has_ended = organisation.verified_until is not None
        organisation.state = OrganisationState.EXPIRED if has_ended else OrganisationState.UNVERIFIED
    else:
        return
    organisation.save(update_fields=["state", "verified_until"])
    publish(OrganisationStateChanged(organisation_id=organisation.pk, state=organisation.state), at=at)


def expire_verifications(*, at: datetime) -> int:
    """End the verifications whose time is over and warn where it soon will be; return how many ended.

    Run daily. Each organisation is one transaction; running it twice changes and sends nothing more.
    """
    ended = Organisation.objects.filter(state=OrganisationState.VERIFIED, verified_until__lte=at)
    count = sum(_expire(pk, at=at) for pk in ended.values_list("pk", flat=True).order_by("pk"))
    for days in sorted(WARNING_DAYS):
        _warn(days, at=at)
    return count


@transaction.atomic
def _expire(organisation_id: int, *, at: datetime) -> bool:
    claimed = Organisation.objects.filter(
        pk=organisation_id, state=OrganisationState.VERIFIED, verified_until__lte=at
    ).update(state=OrganisationState.EXPIRED)
    if not claimed:
        return False
    organisation = Organisation.objects.get(pk=organisation_id)
    organisation.verifications.filter(state=VerificationState.APPROVED).update(state=VerificationState.EXPIRED)
    record(at=at, action="identity.expire_verification", subject=organisation)
    publish(OrganisationStateChanged(organisation_id=organisation.pk, state=organisation.state), at=at)
    _tell_members(organisation, "identity.verification_expired", key=_period_key(organisation, "expired"), at=at)
    return True


def _warn(days: int, *, at: datetime) -> None:
    """Only the nearest warning is sent: seven days before the end the one of thirty days says nothing new."""
    nearer = max((other for other in WARNING_DAYS if other < days), default=0)
    soon = Organisation.objects.filter(
        state=OrganisationState.VERIFIED,
        verified_until__lte=at + timedelta(days=days),
        verified_until__gt=at + timedelta(days=nearer),
    ).exclude(verifications__state=VerificationState.REQUESTED)
    for organisation in soon.order_by("pk"):
        assert organisation.verified_until is not None
        left = (city_date(organisation.verified_until) - city_date(at)).days
        with transaction.atomic():
            _tell_members(
                organisation,
                "identity.verification_warning",
                key=_period_key(organisation, str(days)),
                at=at,
                days=left,
            )


def _period_key(organisation: Organisation, what: str) -> str:
    assert organisation.verified_until is not None
    return f"verification:{organisation.pk}:{organisation.verified_until:%Y%m%d}:{what}"


def _tell_members(organisation: Organisation, kind: str, *, key: str, at: datetime, **data: object) -> None:
    owners = [organisation.pk] + ([organisation.parent_id] if organisation.parent_id else [])
    accounts = Account.objects.filter(
        is_active=True,
        memberships__organisation__in=owners,
        memberships__ended_at__isnull=True,
        memberships__role__in=[MemberRole.OWNER, MemberRole.RECRUITER],
    ).distinct()
    until = organisation.verified_until
    last_day = city_date(until - timedelta(microseconds=1)).isoformat() if until else ""
    for account in accounts.order_by("pk"):
        notify(
            account=account,
            kind=kind,
            key=f"{key}:{account.pk}",
            at=at,
            data={"organisation": organisation.name, "organisation_id": organisation.pk, "until": last_day, **data},
        )
