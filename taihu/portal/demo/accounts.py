"""One account per role, so that each can be tried."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from taihu.portal.accounts import create_ready_account
from taihu.records.identity.enums import MandateState, MemberRole, Role, UnitKind
from taihu.records.identity.models import Account, Mandate, Membership, Organisation, RoleGrant, Unit
from taihu.systems.jobs.models import Opening, Profile

PASSWORD = "taihu-demo-2026"  # noqa: S105 - printed at start, for a synthetic city only
OFFICES = (
    ("officer", Role.OFFICER, _("经办人员（示例）")),
    ("decider", Role.DECIDER, _("审批负责人（示例）")),
    ("caseworker", Role.CASEWORKER, _("就业服务专员（示例）")),
    ("finance", Role.FINANCE, _("财务人员（示例）")),
    ("finance2", Role.FINANCE, _("财务审批人员（示例）")),
    ("auditor", Role.AUDITOR, _("审计人员（示例）")),
    ("admin", Role.ADMINISTRATOR, _("系统管理员（示例）")),
    ("district", Role.OFFICER, _("新吴区经办人员（示例）")),
    ("expert", Role.EXPERT, _("评审专家（示例）")),
)
DISTRICT = "320214"


@dataclass(frozen=True)
class DemoAccounts:
    seeker: Account
    employer: Account
    officials: dict[str, Account]

    @property
    def listed(self) -> list[Account]:
        return [self.seeker, self.employer, *self.officials.values()]


def address(name: str) -> str:
    return f"{name}@demo.example"


def build_accounts(
    *, at: datetime, organisations: Sequence[Organisation], openings: Sequence[Opening], profiles: Sequence[Profile]
) -> DemoAccounts:
    seeker = _account("seeker", profiles[0].person.name, at)
    profiles[0].person.account = seeker
    profiles[0].person.save(update_fields=["account"])
    employer = _account("employer", "王经理（示例）", at)
    Membership.objects.create(
        organisation=_busiest(organisations, openings), account=employer, role=MemberRole.OWNER, created_at=at
    )
    officials = _officials(at)
    Mandate.objects.create(
        person=profiles[0].person,
        caseworker=officials["caseworker"],
        state=MandateState.ACTIVE,
        requested_at=at - timedelta(days=10),
        active_from=at - timedelta(days=9),
    )
    return DemoAccounts(seeker, employer, officials)


def _busiest(organisations: Sequence[Organisation], openings: Sequence[Opening]) -> Organisation:
    """The verified employer with the most openings; the first of equals."""
    counts = dict.fromkeys((organisation.pk for organisation in organisations), 0)
    for opening in openings:
        counts[opening.organisation_id] += opening.is_listed
    return max(organisations, key=lambda organisation: counts[organisation.pk])


def _account(name: str, display_name: str, at: datetime) -> Account:
    return create_ready_account(email=address(name), password=PASSWORD, display_name=display_name, at=at)


def _officials(at: datetime) -> dict[str, Account]:
    city = Unit.objects.create(
        code="320200", name="无锡市（示例）", name_en="Wuxi (example)", kind=UnitKind.CITY, area_code="320200"
    )
    office = Unit.objects.create(
        code="320200-talent", name="市人才工作办公室（示例）", name_en="Talent Office (example)",
        kind=UnitKind.DEPARTMENT, area_code="320200", parent=city,
    )  # fmt: skip
    district = Unit.objects.create(
        code=DISTRICT, name="新吴区（示例）", name_en="Xinwu District (example)", kind=UnitKind.DISTRICT, area_code=DISTRICT,
        parent=city,
    )  # fmt: skip
    made = {}
    for name, role, title in OFFICES:
        made[name] = _account(name, str(title), at)
        unit = district if name == "district" else office
        RoleGrant.objects.create(account=made[name], unit=unit, role=role, active_from=at - timedelta(days=365))
    return made
