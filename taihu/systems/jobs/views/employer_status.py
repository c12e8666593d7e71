"""How an employer's verification stands, in words: what it means, what to do next."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from taihu.records.base.clock import city_date
from taihu.records.base.working_days import last_day, working_days_left
from taihu.records.identity.enums import OrganisationState, VerificationState
from taihu.records.identity.models import Organisation, Verification
from taihu.records.identity.queries import missing_papers
from taihu.systems.jobs.queries.employer import last_verification, suspension_reason

NOTICE_DAYS = 30


@dataclass(frozen=True)
class Status:
    """`kind` is that of a badge; `left` counts working days for the officer's answer, or days of validity."""

    kind: str
    title: str
    text: str
    last: Verification | None
    is_waiting: bool = False
    is_valid: bool = False
    due: date | None = None
    left: int = 0
    until: date | None = None
    reason: str = ""
    missing: tuple[str, ...] = ()

    @property
    def can_ask(self) -> bool:
        """Nothing is open and nothing is far from its end."""
        return not self.is_waiting and (not self.is_valid or self.left <= NOTICE_DAYS)

    @property
    def needs_care(self) -> bool:
        return not self.is_waiting and (not self.is_valid or self.left <= NOTICE_DAYS)


def status_of(organisation: Organisation, *, at: datetime) -> Status:
    """Two or three statements."""
    last = last_verification(organisation)
    missing = tuple(missing_papers(organisation))
    is_waiting = last is not None and last.state == VerificationState.REQUESTED
    until = organisation.verified_until
    if organisation.state == OrganisationState.SUSPENDED:
        reason = suspension_reason(organisation)
        text = _("岗位已全部隐藏。整改后重新提交核验，通过后恢复。")
        return _waiting_or(Status("bad", _("单位已被停用"), text, last, reason=reason, missing=missing), last, at)
    if organisation.state == OrganisationState.VERIFIED and until is not None and until > at:
        return _valid(until, last, is_waiting=is_waiting, missing=missing, at=at)
    if is_waiting:
        assert last is not None
        text = _("经办人员正在核对证照。通过前可以先写岗位，不能发布。")
        return _waiting_or(Status("wait", _("正在核验"), text, last, missing=missing), last, at)
    if last is not None and last.state == VerificationState.REFUSED:
        text = _("请按经办人员的意见补正材料，再提交一次。")
        return Status("bad", _("核验没有通过"), text, last, reason=last.reason, missing=missing)
    if until is not None:
        text = _("岗位已隐藏。核对证照后重新提交，通过后自动恢复显示。")
        return Status("bad", _("核验已到期"), text, last, until=last_day(until), missing=missing)
    return Status("off", _("还没有核验"), _("上传证照并提交核验，通过后就能发布岗位。"), last, missing=missing)


def _valid(
    until: datetime, last: Verification | None, *, is_waiting: bool, missing: tuple[str, ...], at: datetime
) -> Status:
    day = last_day(until)
    left = (day - city_date(at)).days
    if is_waiting:
        assert last is not None
        text = _("核验仍然有效，续期申请正在办理，岗位照常显示。")
        return Status("good", _("已核验"), text, last, True, True, last_day(last.due_at), left, day, missing=missing)
    if left <= NOTICE_DAYS:
        title = ngettext("核验还有 %(n)d 天到期", "核验还有 %(n)d 天到期", left) % {"n": left}
        text = _("到期后岗位会自动隐藏。现在提交续期，办理期间不受影响。")
        return Status("wait", title, text, last, is_valid=True, left=left, until=day, missing=missing)
    text = _("可以发布岗位。证照每六个月核对一次，到期前会提醒您。")
    return Status("good", _("已核验"), text, last, is_valid=True, left=left, until=day, missing=missing)


def _waiting_or(status: Status, last: Verification | None, at: datetime) -> Status:
    if last is None or last.state != VerificationState.REQUESTED:
        return status
    return Status(
        "wait",
        status.title if status.kind == "bad" else _("正在核验"),
        status.text,
        last,
        is_waiting=True,
        due=last_day(last.due_at),
        left=working_days_left(last.due_at, at=at),
        reason=status.reason,
        missing=status.missing,
    )
