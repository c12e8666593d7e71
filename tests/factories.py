"""Small makers of rows for tests: few statements each, everything else by keyword."""

from datetime import UTC, datetime, timedelta
from itertools import count

from taihu.records.identity.enums import MemberRole, OrganisationState, Role, UnitKind
from taihu.records.identity.models import Account, Membership, Organisation, Person, RoleGrant, Unit
from taihu.systems.jobs.enums import OpeningState
from taihu.systems.jobs.models import Opening, Profile

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
_numbers = count(1)


def make_account(**fields) -> Account:
    number = next(_numbers)
    fields = {"email": f"account{number}@example.test", "display_name": f"账户{number}", "created_at": AT, **fields}
    return Account.objects.create(password="!", **fields)


def make_person(*, with_account: bool = True, **fields) -> Person:
    account = make_account() if with_account and "account" not in fields else fields.pop("account", None)
    return Person.objects.create(account=account, **{"name": f"测试{next(_numbers)}", "created_at": AT, **fields})


def make_seeker(*, person: Person | None = None, **fields) -> Profile:
    defaults = {"education_rank": 4, "experience_months": 36, "area_code": "320214", "updated_at": AT}
    return Profile.objects.create(person=person or make_person(), **{**defaults, **fields})


def make_organisation(*, verified: bool = True, **fields) -> Organisation:
    number = next(_numbers)
    defaults = {
        "name": f"无锡示例{number}科技有限公司",
        "name_key": f"无锡示例{number}科技有限公司",
        "area_code": "320214",
        "industry_code": "C39",
        "created_at": AT,
    }
    if verified:
        defaults |= {"state": OrganisationState.VERIFIED, "verified_until": AT + timedelta(days=150)}
    return Organisation.objects.create(**{**defaults, **fields})


def make_member(organisation: Organisation, role: MemberRole = MemberRole.RECRUITER) -> Account:
    account = make_account()
    Membership.objects.create(organisation=organisation, account=account, role=role, created_at=AT)
    return account


def make_opening(*, organisation: Organisation | None = None, published: bool = True, **fields) -> Opening:
    number = next(_numbers)
    defaults = {
        "title": f"软件工程师{number}",
        "description": "负责业务系统的设计与开发。",
        "requirements": "熟悉 Python 和数据库。",
        "occupation_code": "2-02-10-03",
        "industry_code": "I65",
        "area_code": "320214",
        "address": "示例路 1 号",
        "pay_min": 1_200_000,
        "pay_max": 2_000_000,
        "education_rank": 4,
        "created_at": AT,
        "updated_at": AT,
    }
    if published:
        defaults |= {
            "state": OpeningState.PUBLISHED,
            "is_listed": True,
            "published_at": AT,
            "refreshed_at": AT,
            "valid_through": AT + timedelta(days=60),
        }
    return Opening.objects.create(organisation=organisation or make_organisation(), **{**defaults, **fields})


def make_unit(code: str = "320200-talent-office") -> Unit:
    fields = {"name": "市人才办（示例）", "kind": UnitKind.DEPARTMENT, "area_code": "320200"}
    return Unit.objects.get_or_create(code=code, defaults=fields)[0]


def make_official(role: Role = Role.OFFICER, *, unit: Unit | None = None) -> Account:
    account = make_account()
    RoleGrant.objects.create(account=account, unit=unit or make_unit(), role=role, active_from=AT - timedelta(days=30))
    return account
