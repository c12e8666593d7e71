"""What the messages about applications say, and to whom they go."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from taihu.records.cases.models import Case
from taihu.records.identity.actions import notify, register_kind
from taihu.records.identity.enums import MandateState, MemberRole, Role
from taihu.records.identity.models import Account, Mandate, Membership, Organisation, Person, RoleGrant, Unit

register_kind(
    "policies.returned",
    _("请补正：%(title)s"),
    _("申报“%(title)s”被退回补正：%(reason)s 请在 %(due)s 前修改后重新提交。"),
)
register_kind("policies.moved", _("申报有进展：%(title)s"), _("申报“%(title)s”进入“%(stage)s”环节。"))
register_kind("policies.granted", _("申报已通过：%(title)s"), _("申报“%(title)s”已经办结。决定和理由请看决定书。"))
register_kind(
    "policies.refused",
    _("申报未通过：%(title)s"),
    _("申报“%(title)s”未通过。理由和复核办法请看决定书。"),
)
register_kind("policies.ended", _("申报已结束：%(title)s"), _("申报“%(title)s”已经结束。"))
register_kind("policies.confirm", _("请确认员工申报：%(title)s"), _("%(name)s 申报了“%(title)s”，请核对并确认。"))
register_kind(
    "policies.sign", _("请签署承诺：%(title)s"), _("“%(organisation)s”为您申报了“%(title)s”，请核对并签署诚信承诺。")
)
register_kind(
    "policies.left",
    _("员工离职：%(name)s"),
    _("“%(organisation)s”报告 %(name)s 已于 %(day)s 离职，未拨付的款项已暂缓。"),
)
register_kind("policies.review", _("新的评审任务"), _("请评审“%(title)s”，截止 %(due)s。"))
register_kind(
    "policies.overdue", _("办理超期：%(number)s"), _("案卷 %(number)s 的“%(stage)s”环节超期，第 %(level)s 次上报。")
)
register_kind("policies.held", _("款项暂缓：%(title)s"), _("“%(title)s”的第 %(part)s 期款项暂缓拨付：%(reason)s"))


def tell(accounts: Iterable[int], kind: str, *, key: str, at: datetime, path: str, data: dict[str, Any]) -> None:
    """One message to each account, once per key."""
    found = Account.objects.in_bulk(sorted(set(accounts)))
    for pk in sorted(found):
        notify(
            account=found[pk], kind=f"policies.{kind}", key=f"policies.{kind}:{key}:{pk}", at=at, path=path, data=data
        )


def readers_of_person(person: Person) -> list[int]:
    """The person's account; where there is none, the caseworkers who act for the person."""
    if person.account_id:
        return [person.account_id]
    mandates = Mandate.objects.filter(person=person, state=MandateState.ACTIVE)
    return list(mandates.values_list("caseworker_id", flat=True))


def readers_of_organisation(organisation: Organisation) -> list[int]:
    wanted = (MemberRole.OWNER, MemberRole.RECRUITER)
    rows = Membership.objects.filter(organisation=organisation, role__in=wanted, ended_at__isnull=True)
    return list(rows.values_list("account_id", flat=True))


def readers_of_applicant(case: Case) -> list[int]:
    if case.person is not None:
        return readers_of_person(case.person)
    return readers_of_organisation(case.organisation) if case.organisation else []


def deciders_of(unit: Unit | None, at: datetime) -> list[int]:
    if unit is None:
        return []
    open_at = Q(active_to__isnull=True) | Q(active_to__gt=at)
    grants = RoleGrant.objects.filter(open_at, unit=unit, role=Role.DECIDER, active_from__lte=at)
    return list(grants.values_list("account_id", flat=True))
