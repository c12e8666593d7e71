"""What a person says of themselves and wishes; kept by the person or a caseworker who acts for them."""

from dataclasses import asdict, dataclass, field
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.clock import city_date
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.identity.enums import Purpose
from taihu.records.identity.models import Account, Consent, Person
from taihu.records.identity.permissions import can_act_as, is_self
from taihu.systems.jobs.enums import HideReason
from taihu.systems.jobs.models import HiddenOpening, Opening, Profile, Resume


@dataclass(frozen=True, kw_only=True)
class ProfileFields:
    """Codes are taxonomy codes, pay is fen a month. There is no field for a protected attribute."""

    headline: str = ""
    summary: str = ""
    education_rank: int = 0
    school: str = ""
    majors: list[str] = field(default_factory=list)
    experience_months: int = 0
    skill_codes: list[str] = field(default_factory=list)
    certificate_codes: list[str] = field(default_factory=list)
    area_code: str = ""
    wanted_occupations: list[str] = field(default_factory=list)
    wanted_areas: list[str] = field(default_factory=list)
    wanted_types: list[str] = field(default_factory=list)
    pay_floor: int = 0
    is_looking: bool = True


def _check(account: Account, person: Person, at: datetime) -> str:
    if not can_act_as(account, person, at=at):
        raise NotAllowed("not_yours", _("只有本人或本人授权的专员可以修改。"))
    return "" if is_self(account, person) else str(person)


@transaction.atomic
def save_profile(*, acting_user: Account, at: datetime, person: Person, fields: ProfileFields) -> Profile:
    """Create or change the profile; the next match reads it."""
    behalf = _check(acting_user, person, at)
    if not 0 <= fields.education_rank <= 6:
        raise Refused("education_rank", _("学历不在选项之内。"), _("请从列表中选择。"), field="education_rank")
    if fields.pay_floor < 0 or not 0 <= fields.experience_months <= 720:
        raise Refused("out_of_range", _("数字超出范围。"), _("请检查薪资和年限。"))
    profile, _is_new = Profile.objects.update_or_create(person=person, defaults={**asdict(fields), "updated_at": at})
    record(at=at, action="profile.saved", subject=profile, acting_user=acting_user, on_behalf_of=behalf)
    return profile


@transaction.atomic
def set_personalised(*, acting_user: Account, at: datetime, person: Person, is_personalised: bool) -> None:
    """Switch the use of personal data in the order of lists off or on (算法推荐管理规定 第十七条)."""
    behalf = _check(acting_user, person, at)
    changed = Profile.objects.filter(person=person).update(is_personalised=is_personalised, updated_at=at)
    if not changed:
        raise Refused("no_profile", _("还没有填写资料。"), _("请先填写资料与意向。"))
    data = {"is_personalised": is_personalised}
    record(
        at=at, action="profile.order_switched", subject=person, acting_user=acting_user, on_behalf_of=behalf, data=data
    )


@transaction.atomic
def hide_opening(*, acting_user: Account, at: datetime, person: Person, opening: Opening, reason: str) -> None:
    """Not this one, please. Hiding twice changes nothing."""
    behalf = _check(acting_user, person, at)
    if reason not in HideReason.values:
        raise Refused("reason_needed", _("请选择原因。"), field="reason")
    _row, is_new = HiddenOpening.objects.get_or_create(
        person=person, opening=opening, defaults={"reason": reason, "hidden_at": at}
    )
    if is_new:
        data = {"reason": reason}
        record(at=at, action="opening.hidden", subject=opening, acting_user=acting_user, on_behalf_of=behalf, data=data)


@transaction.atomic
def tell_birth_date(*, acting_user: Account, at: datetime, person: Person, birth_date: date) -> None:
    """Told once, for the legal working age only. A date that an identity number gave is not replaced."""
    behalf = _check(acting_user, person, at)
    if not date(1900, 1, 1) <= birth_date <= city_date(at):
        raise Refused("birth_date", _("出生日期不对。"), _("请检查年份。"), field="birth_date")
    changed = Person.objects.filter(pk=person.pk, birth_date__isnull=True).update(birth_date=birth_date)
    if changed:
        record(at=at, action="person.birth_date_told", subject=person, acting_user=acting_user, on_behalf_of=behalf)


@transaction.atomic
def resume_from_profile(*, acting_user: Account, at: datetime, person: Person) -> Resume:
    """A CV in the JSON Resume format from what the profile says, for whoever has none yet."""
    behalf = _check(acting_user, person, at)
    profile = Profile.objects.filter(person=person).first()
    if profile is None:
        raise Refused("no_profile", _("还没有填写资料。"), _("请先填写资料与意向。"))
    data = {
        "basics": {"name": person.name, "label": profile.headline, "summary": profile.summary, "email": person.email},
        "education": [{"institution": profile.school, "area": "、".join(profile.majors)}] if profile.school else [],
        "skills": [{"name": code} for code in profile.skill_codes],
        "certificates": [{"name": code} for code in profile.certificate_codes],
    }
    resume = Resume.objects.create(
        person=person, title=_("我的简历"), data=data, is_confirmed=True, created_at=at, updated_at=at
    )
    record(at=at, action="resume.created", subject=resume, acting_user=acting_user, on_behalf_of=behalf)
    return resume


def follow_matching_consent(*, person_id: int, at: datetime) -> None:
    """Bring the switch in line with the consent that holds now: events may come late or twice."""
    agreed = Consent.objects.filter(person=person_id, purpose=Purpose.MATCHING, withdrawn_at__isnull=True).exists()
    stale = Profile.objects.filter(person=person_id).exclude(is_personalised=agreed)
    stale.update(is_personalised=agreed, updated_at=at)
