"""Applications of the demo city in every stage: something to see for the applicant, employer, district, office, expert and public."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import segno
from django.core.files.uploadedfile import SimpleUploadedFile

from taihu.portal.demo.accounts import DISTRICT, DemoAccounts
from taihu.records.base.clock import CITY_ZONE, city_date
from taihu.records.base.fields import keyed_hash
from taihu.records.cases import actions as cases
from taihu.records.cases.enums import DecisionKind, Resolution, RunState
from taihu.records.cases.models import StageRun
from taihu.records.facts.models import Fact, Source
from taihu.records.identity.enums import Purpose, Role, UnitKind
from taihu.records.identity.models import Account, Consent, Organisation, Person, RoleGrant, Unit
from taihu.records.identity.queries import open_memberships
from taihu.records.ledger.actions import create_line, set_payee_account
from taihu.systems.jobs.models import Profile
from taihu.systems.policies.actions.applications import (
    employer_of,
    save_application,
    start_application,
    submit_application,
)
from taihu.systems.policies.actions.calls import (
    copy_call,
    example_calls,
    extend_call,
    load_example_calls,
    publish_call,
    save_call,
)
from taihu.systems.policies.actions.money import commit_or_explain
from taihu.systems.policies.actions.policies import import_examples
from taihu.systems.policies.models import Application, Track

WAN = 1_000_000
DEPARTMENTS = {
    "science": "市科技局（示例）",
    "industry": "市工信局（示例）",
    "hrss": "市人社局（示例）",
    "health": "市卫健委（示例）",
}
EXPERTS = ("陆教授（示例）", "沈研究员（示例）", "顾教授（示例）", "倪总工（示例）")
PROJECTS = ("车规级传感芯片", "深海作业机器人", "高纯硅材料", "工业视觉检测", "新型储能电池", "智能纺机")
SURPLUS = 12  # the last people drawn are the applicants


@dataclass
class Office:
    """Who does what in the demo's city hall."""

    at: datetime
    accounts: DemoAccounts
    unit: Unit
    district: Unit
    organisations: list[Organisation]
    experts: list[Account] = field(default_factory=list)

    @property
    def officer(self) -> Account:
        return self.accounts.officials["officer"]

    def ago(self, days: int) -> datetime:
        return self.at - timedelta(days=days)


def build_applications(
    *, at: datetime, organisations: Sequence[Organisation], profiles: Sequence[Profile], accounts: DemoAccounts
) -> None:
    """Everything through the same actions as the pages, at times before the day on which the city stands."""
    office = _open_office(at, organisations, accounts)
    people = [profile.person for profile in profiles[-SURPLUS:]]
    staff = open_memberships(accounts.employer)[0].organisation
    for number, person in enumerate(people):
        employer = staff if number < 2 else office.organisations[number % len(office.organisations)]
        _prepare(person, number, employer, at)
    _seeker(office, profiles[0].person, staff)
    _staff(office, people[:2], staff)
    _allowances(office, people[2:8])
    _plan(office, people[8:12])


def _open_office(at: datetime, organisations: Sequence[Organisation], accounts: DemoAccounts) -> Office:
    unit = Unit.objects.get(code="320200-talent")
    for code, name in DEPARTMENTS.items():
        made, _is_new = Unit.objects.get_or_create(
            code=f"320200-{code}",
            defaults={"name": name, "kind": UnitKind.DEPARTMENT, "area_code": "320200", "parent": unit.parent},
        )
        RoleGrant.objects.get_or_create(
            account=accounts.officials["officer"], unit=made, role=Role.OFFICER, active_to=None,
            defaults={"active_from": at - timedelta(days=365)},
        )  # fmt: skip
    cases.load_shipped(at=at - timedelta(days=200))
    import_examples(acting_user=None, at=at - timedelta(days=40))
    load_example_calls(at=at - timedelta(days=60), office=unit)
    _open_plan(at, unit, accounts.officials["officer"])
    district = Unit.objects.get(code=DISTRICT)
    near = [row for row in organisations if row.area_code == district.area_code and row.credit_code][:6]
    office = Office(at, accounts, unit, district, near or list(organisations[:6]))
    for number, name in enumerate(EXPERTS):
        account = Account.objects.create_user(
            email=f"reviewer{number + 1}@demo.example", display_name=name, created_at=at - timedelta(days=200)
        )
        RoleGrant.objects.create(account=account, unit=unit, role=Role.EXPERT, active_from=at - timedelta(days=200))
        office.experts.append(account)
    office.experts.append(accounts.officials["expert"])
    _budget(office)
    return office


def _open_plan(at: datetime, unit: Unit, officer: Account) -> None:
    """The example of 2021 once more, with a window around the day on which the city stands; the next one as a draft."""
    opens, closes = city_date(at) - timedelta(days=75), city_date(at) + timedelta(days=13)
    source = example_calls()["taihu-plan-2021.yaml"].replace(
        "call: taihu-plan-2021", f"call: taihu-plan-{opens.year}-demo"
    )
    source = source.replace("2021 年申报", f"{opens.year} 年申报（演示）").replace(
        "call of 2021", f"call of {opens.year} (demo)"
    )
    source = source.replace("from: 2021-01-21", f"from: {opens}").replace("to: 2021-04-20", f"to: {closes}")
    made = save_call(acting_user=None, at=at - timedelta(days=80), source=source, office=unit)
    plan = publish_call(acting_user=None, at=at - timedelta(days=76), call=made)
    extend_call(
        acting_user=officer,
        at=at - timedelta(days=5),
        call=plan,
        closes_at=datetime.combine(closes + timedelta(days=8), time(), tzinfo=CITY_ZONE),
        reason="应多家单位要求，为路演材料留出准备时间。",
    )
    copy_call(
        acting_user=officer,
        at=at - timedelta(days=2),
        call=plan,
        code=f"taihu-plan-{opens.year + 1}-draft",
        office=unit,
    )


def _budget(office: Office) -> None:
    finance, year = office.accounts.officials["finance"], city_date(office.at).year
    for account_unit in (office.unit.parent, office.district):
        if account_unit is not None:
            RoleGrant.objects.get_or_create(
                account=finance, unit=account_unit, role=Role.FINANCE, active_to=None,
                defaults={"active_from": office.ago(365)},
            )  # fmt: skip
    lines = (
        ("锡引人才补贴", "city", office.unit, 3_000 * WAN),
        ("太湖人才计划", "city", office.unit, 50_000 * WAN),
        ("太湖人才计划", "district", office.district, 30_000 * WAN),
    )
    for number, (programme, level, unit, amount) in enumerate(lines, start=1):
        create_line(
            acting_user=finance, at=office.ago(90), year=year, level=level, programme=programme,
            document=f"锡财示〔{year}〕{800 + number}号", unit=unit, amount=amount,
        )  # fmt: skip


def _prepare(person: Person, number: int, employer: Organisation, at: datetime) -> None:
    """An account, an identity number, consent, and what the registers know."""
    if person.account is None:
        person.account = Account.objects.create_user(
            email=f"applicant{number + 1}@demo.example", display_name=person.name, created_at=at - timedelta(days=100)
        )
    identity = f"32021119{85 + number % 10}0101{1000 + number}"
    if not person.id_number:
        person.id_type, person.id_number, person.id_number_hash = "resident", identity, keyed_hash(identity)
    person.save()
    Consent.objects.get_or_create(
        person=person, purpose=Purpose.POLICY, recipient=None, withdrawn_at=None,
        defaults={"text_version": "demo-1", "given_at": at - timedelta(days=100)},
    )  # fmt: skip
    arrived = city_date(at) - timedelta(days=500 + 30 * number)
    level = ("doctor", "master", "bachelor")[number % 3]
    graduated = (arrived - timedelta(days=60)).isoformat()
    _retell(
        person,
        at,
        {
            "degree": [{"level": level, "degree_on": graduated, "diploma_on": graduated}],
            "skill": [],
            "insurance": [{"kind": "enterprise_pension", "in_city": True, "from": arrived.isoformat()}],
            "is_full_time": True,
            "arrived_on": arrived.isoformat(),
            "hukou_in_city": True,
            "home": [{"ordinal": 1, "kind": "commercial_new"}],
            "insured_by": employer.credit_code,
        },
        arrived,
    )


def _retell(person: Person, at: datetime, values: dict[str, Any], since: date) -> None:
    """A life that the story needs, instead of what was drawn."""
    Fact.objects.filter(person=person, property__in=list(values)).delete()
    _know(person, at, values, since)


def _know(person: Person, at: datetime, values: dict[str, Any], since: date) -> None:
    """What no register has answered yet."""
    known = set(Fact.objects.filter(person=person, known_to__isnull=True).values_list("property", flat=True))
    Fact.objects.bulk_create(
        Fact(
            person=person, property=name, value=value, valid_from=since, known_from=at - timedelta(days=95),
            source=Source.DEPARTMENT, source_name="演示数据",
        )
        for name, value in values.items()
        if name not in known
    )  # fmt: skip


def _track(code: str, *, plan: bool = False) -> Track:
    rows = Track.objects.filter(code=code, call__code__endswith="-demo" if plan else "allowances")
    return rows.select_related("call__office_unit").get()


def _apply(
    office: Office, person: Person, employer: Organisation | None, chosen: Track, days: int, *, project: str = ""
) -> Application:
    """A complete application, handed in so many days ago."""
    at, account = office.ago(days), person.account
    assert account is not None
    application = start_application(acting_user=account, at=at, track=chosen, person=person, organisation=employer)
    values = {item["name"]: _sample(item, project, at) for item in chosen.fields}
    save_application(acting_user=account, application=application, at=at, data=values)
    assert application.case is not None
    for item in chosen.attachments:
        if item["required"] and item["by"] == "person":
            upload = SimpleUploadedFile(f"{item['zh']}（示例）.png", _picture(f"{item['kind']} {application.pk}"))
            cases.attach(acting_user=account, case=application.case, kind=item["kind"], upload=upload, at=at)
    submit_application(acting_user=account, application=application, at=at, agrees=True)
    return application


def _sample(item: dict[str, Any], project: str, at: datetime) -> Any:
    samples = {
        "project": project or "示例项目",
        "summary": f"{project or '示例项目'}：核心技术自主，已完成样机，三年内实现批量应用。",
        "home_address": "示例路 8 号",
        "deed_number": "苏（示例）不动产权第 0000001 号",
        "degree": "博士",
    }
    if item["name"] in samples:
        return samples[item["name"]]
    if item["type"] == "choice":
        return item["choices"][0][0]
    return {"date": (city_date(at) - timedelta(days=500)).isoformat(), "money": 250_000}.get(item["type"], "示例")


def _picture(text: str) -> bytes:
    target = io.BytesIO()
    segno.make(f"示例 {text}").save(target, kind="png", scale=4)
    return target.getvalue()


# --- moving cases


def _run(application: Application, stage: str) -> StageRun:
    return StageRun.objects.select_related("case", "unit").get(
        case=application.case_id, stage=stage, state=RunState.OPEN
    )


def _pass(office: Office, application: Application, stage: str, days: int, **values: Any) -> None:
    """By whoever has it on the desk; employers of the demo other than the listed one answer by the system."""
    run = _run(application, stage)
    account = {
        office.unit.pk: office.officer,
        office.district.pk: office.accounts.officials["district"],
    }.get(run.unit_id or 0)
    if run.unit is not None and account is None and run.unit.code.removeprefix("320200-") in DEPARTMENTS:
        account = office.officer
    cases.pass_stage(acting_user=account, run=run, at=office.ago(days), values=values)


def _answer(office: Office, application: Application, days: int, *, waiting: str = "") -> None:
    for check in _run(application, "checks").checks.exclude(item=waiting):
        cases.answer_check(acting_user=office.officer, check=check, answer="yes", at=office.ago(days))


def _decide(office: Office, application: Application, days: int, *, amount: int, **fields: Any) -> None:
    run, at = _run(application, "decision"), office.ago(days)
    body = cases.body_for(run, at, amount)
    meeting = {"standing_committee": "市委常委会会议（示例）", "leading_group": "领导小组会议（示例）"}.get(
        body, "主任会议（示例）"
    )
    values: dict[str, Any] = {"kind": DecisionKind.ORDINARY, **fields}
    cases.record_decision(
        acting_user=office.officer,
        run=run,
        at=at,
        minutes=cases.Minutes(
            body=body,
            meeting=meeting,
            held_on=city_date(at),
            number=f"示例纪要〔{city_date(at).year}〕{application.pk}号",
            attendees=["甲主任（示例）", "乙委员（示例）", "丙委员（示例）"],
            recusals=[{"name": "丁委员（示例）", "reason": "曾在申报单位任职"}],
        ),
        resolution=Resolution.GRANT,
        grounds="符合申报条件，评审和核验均已通过，公示后兑现。",
        amount=amount,
        **values,
    )


def _review(office: Office, application: Application, days: int, *, given: int, score: int) -> None:
    run, at = _run(application, "roadshow"), office.ago(days)
    for number, expert in enumerate(office.experts):
        sheet = cases.assign_expert(acting_user=office.officer, run=run, expert=expert, at=at)
        if number < given:
            cases.submit_sheet(
                acting_user=expert,
                sheet=sheet,
                at=at,
                score=score + number,
                comment="技术路线清楚，团队完整，建议支持。",
            )
    if given == len(office.experts):
        cases.conclude_review(acting_user=office.officer, run=run, at=at)


# --- the stories


def _seeker(office: Office, person: Person, staff: Organisation) -> None:
    arrived = city_date(office.at) - timedelta(days=700)
    _know(
        person,
        office.at,
        {"arrived_on": arrived.isoformat(), "insured_by": staff.credit_code, "skill": [], "hukou_in_city": True},
        arrived,
    )
    Consent.objects.get_or_create(
        person=person, purpose=Purpose.POLICY, recipient=None, withdrawn_at=None,
        defaults={"text_version": "demo-1", "given_at": office.ago(100)},
    )  # fmt: skip
    employer = employer_of(person, at=office.ago(20)) or staff
    purchase = _apply(office, person, employer, _track("purchase"), 16)
    _pass(office, purchase, "employer", 14)
    _pass(office, purchase, "district", 10)
    _answer(office, purchase, 6, waiting="credit")
    talent = _apply(office, person, employer, _track("talent-innovate", plan=True), 12, project=PROJECTS[0])
    _pass(office, talent, "district", 8)
    cases.return_for_correction(
        acting_user=office.officer,
        run=_run(talent, "first_check"),
        at=office.ago(2),
        reason="项目计划书缺少经费预算，请补充后重新提交。",
    )


def _staff(office: Office, people: list[Person], staff: Organisation) -> None:
    _apply(office, people[0], staff, _track("purchase"), 3)
    start_application(
        acting_user=office.accounts.employer,
        at=office.ago(1),
        track=_track("purchase"),
        person=people[1],
        organisation=staff,
    )


def _allowances(office: Office, people: list[Person]) -> None:
    """Overdue at the district; refused with an appeal; ready for a notice; on notice, once with an objection; being paid."""
    made = [
        _apply(office, person, employer_of(person, at=office.at), _track("purchase"), days)
        for person, days in zip(people, (25, 40, 30, 34, 35, 55), strict=True)
    ]
    for application, days in zip(made, (22, 38, 28, 31, 32, 52), strict=True):
        _pass(office, application, "employer", days)
    cases.fail_stage(
        acting_user=office.accounts.officials["district"],
        run=_run(made[1], "district"),
        at=office.ago(30),
        reason="住房不在政策适用的区域内。",
    )
    account, refused = people[1].account, made[1].case
    assert account is not None
    assert refused is not None
    cases.file_appeal(
        acting_user=account, case=refused, at=office.ago(9), grounds="产权证载明的地址在市区，请重新核对。"
    )
    for application, days in zip(made[2:], (26, 29, 30, 50), strict=True):
        _pass(office, application, "district", days)
        _answer(office, application, days - 3)
        _pass(office, application, "checks", days - 4)
        _decide(office, application, days - 8, amount=int(application.entitlement.get("payable") or 10 * WAN))
    _notices(office, made[3:5])
    _pay(office, made[5])


def _notices(office: Office, shown: list[Application]) -> None:
    runs = [_run(application, "notice") for application in shown]
    notice = cases.publish_notice(
        acting_user=office.officer, runs=runs, at=office.ago(2), title="拟发放锡引人才补贴名单公示（示例）",
        contact="市人才工作办公室（示例）0510-00000000",
    )  # fmt: skip
    entry = notice.entries.order_by("pk").first()
    assert entry is not None
    cases.file_objection(
        entry=entry,
        at=office.ago(1),
        name="示例异议人",
        contact="objector@demo.example",
        text="据了解，此人名下另有一套住房，请核实。",
    )


def _pay(office: Office, application: Application) -> None:
    person = application.person
    assert person is not None
    set_payee_account(
        acting_user=None,
        at=office.ago(54),
        payee=person,
        holder=person.name,
        bank="示例银行无锡分行",
        number="6222020200012345670",
    )
    run = _run(application, "notice")
    notice = cases.publish_notice(
        acting_user=office.officer,
        runs=[run],
        at=office.ago(40),
        title="拟发放锡引人才补贴名单公示（示例）第一批",
        contact="0510-00000000",
    )
    cases.look_at_terms(at=notice.ends_at)
    commit_or_explain(application=Application.objects.get(pk=application.pk), at=office.ago(30))


def _plan(office: Office, people: list[Person]) -> None:
    """A top team decided case by case as precedent, another waiting for the standing committee, a team at the roadshow,
    a talent waiting for the leading group."""
    codes = ("top-start", "top-innovate", "team-start", "talent-start")
    made = [
        _apply(
            office, person, employer_of(person, at=office.at), _track(code, plan=True), 60 - 3 * number, project=project
        )
        for number, (person, code, project) in enumerate(zip(people, codes, PROJECTS[1:], strict=False))
    ]
    for number, application in enumerate(made):
        _pass(office, application, "district", 50 - 2 * number)
        _pass(office, application, "first_check", 40 - 2 * number)
    for application, amount in ((made[0], 10_000 * WAN), (made[1], 5_000 * WAN), (made[3], 300 * WAN)):
        _review(office, application, 24, given=len(office.experts), score=86)
        _pass(office, application, "grading", 20, amount=amount)
    _review(office, made[2], 6, given=2, score=80)
    schedule = [
        {"due": (city_date(office.at) + timedelta(days=days)).isoformat(), "amount": amount}
        for days, amount in ((30, 5_000 * WAN), (395, 3_000 * WAN), (760, 2_000 * WAN))
    ]
    _decide(office, made[0], 16, amount=10_000 * WAN, kind=DecisionKind.SPECIAL, schedule=schedule)
