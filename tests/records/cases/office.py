"""A small city hall for the tests of procedures: units, officials, experts, and a driver from stage to stage."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count

from factories import AT, make_account, make_member, make_organisation, make_person

from taihu.records.base.clock import city_date
from taihu.records.cases import actions
from taihu.records.cases.enums import CaseState, Resolution, RunState, SheetState
from taihu.records.cases.models import Case, StageRun
from taihu.records.cases.procedures.tree import Kind, Role
from taihu.records.identity.enums import MemberRole, UnitKind
from taihu.records.identity.enums import Role as Office
from taihu.records.identity.models import Account, Organisation, Person, RoleGrant, Unit

_numbers = count(1)
CREDIT_CODE = "91320200MA1EXAMPLE"


@dataclass
class Hall:
    office: Unit
    department: Unit
    district: Unit
    officer: Account
    decider: Account
    science: Account
    district_officer: Account
    finance: Account
    experts: list[Account] = field(default_factory=list)

    def actor(self, run: StageRun) -> Account:
        """Whoever has this stage on the desk."""
        if run.role == Role.APPLICANT:
            return run.case.person.account
        if run.role == Role.EMPLOYER:
            return run.case.organisation.memberships.first().account
        if run.role == Role.FINANCE:
            return self.finance
        units = {
            self.office.pk: self.officer,
            self.department.pk: self.science,
            self.district.pk: self.district_officer,
        }
        return units[run.unit_id]


def _official(unit: Unit, role: Office) -> Account:
    account = make_account()
    RoleGrant.objects.create(account=account, unit=unit, role=role, active_from=AT - timedelta(days=4000))
    return account


def make_hall(*, experts: int = 0) -> Hall:
    city = Unit.objects.create(code="t-city", name="示例市", kind=UnitKind.CITY, area_code="320200")
    office, department = (
        Unit.objects.create(code=f"t-{code}", name=name, kind=UnitKind.DEPARTMENT, area_code="320200", parent=city)
        for code, name in (("office", "示例市人才办"), ("science", "示例市科技局"))
    )
    district = Unit.objects.create(
        code="t-district", name="示例区", kind=UnitKind.DISTRICT, area_code="320214", parent=city
    )
    hall = Hall(
        office,
        department,
        district,
        _official(office, Office.OFFICER),
        _official(office, Office.DECIDER),
        _official(department, Office.OFFICER),
        _official(district, Office.OFFICER),
        _official(office, Office.FINANCE),
    )
    hall.experts = [_official(office, Office.EXPERT) for _ in range(experts)]
    return hall


def make_case(
    hall: Hall,
    procedure: str,
    *,
    data: dict | None = None,
    person: Person | None = None,
    organisation: Organisation | None = None,
    at=AT,
    submit: bool = True,
) -> Case:
    actions.load_shipped(at=at, only=(procedure,))
    if organisation is None:
        organisation = make_organisation()
        make_member(organisation, MemberRole.OWNER)
    person = person or make_person()
    opener = person.account
    case = actions.open_case(
        acting_user=opener,
        at=at,
        procedure=procedure,
        title="示例申请",
        category="示例类别",
        origin="test",
        origin_id=str(next(_numbers)),
        units=actions.Units(office=hall.office, department=hall.department, district=hall.district),
        person=person,
        organisation=organisation,
        data=data or {},
    )
    if submit:
        actions.submit_case(acting_user=opener, case=case, at=at)
        case.refresh_from_db()
    return case


def open_run(case: Case, stage: str = "") -> StageRun:
    runs = StageRun.objects.filter(case=case, state=RunState.OPEN)
    return runs.get(stage=stage) if stage else runs.get()


def minutes(run: StageRun, at, **fields) -> actions.Minutes:
    values = {
        "body": actions.body_for(run, at),
        "meeting": "2026 年第 3 次会议",
        "held_on": city_date(at),
        "number": "2026-3",
        "attendees": ["甲主任", "乙委员", "丙委员"],
        **fields,
    }
    return actions.Minutes(**values)


def step(hall: Hall, run: StageRun, at, *, values: dict | None = None) -> None:
    """Let one stage end well, the way its kind asks for."""
    actor = hall.actor(run)
    wanted = {name: (values or {})[name] for name in run.template.sets if name in (values or {})}
    match Kind(run.kind):
        case Kind.DRAFT | Kind.PROOF:
            actions.submit_case(acting_user=actor, case=run.case, at=at)
        case Kind.DEPARTMENT_CHECKS:
            for check in run.checks.filter(answer=""):
                actions.answer_check(acting_user=actor, check=check, answer="yes", at=at)
            actions.pass_stage(acting_user=actor, run=run, at=at, values=wanted)
        case Kind.EXPERT_REVIEW:
            review(hall, run, at)
            actions.conclude_review(acting_user=actor, run=run, at=at, values=wanted)
        case Kind.DECISION:
            grant(hall, run, at, amount=wanted.pop("amount", None), values=wanted)
        case Kind.PUBLIC_NOTICE:
            actions.publish_notice(acting_user=actor, runs=[run], at=at, title="公示", contact="0510-00000000")
        case Kind.DOCUMENT:
            actions.issue_document(
                acting_user=actor, run=run, at=at, number="锡人才办〔2026〕3号", signed_on=city_date(at)
            )
        case Kind.PAYMENT:
            actions.confirm_payment(acting_user=actor, run=run, at=at)
        case _:
            actions.pass_stage(acting_user=actor, run=run, at=max(at, run.not_before or at), values=wanted)


def grant(hall: Hall, run: StageRun, at, *, amount: int | None = None, values: dict | None = None, **fields):
    return actions.record_decision(
        acting_user=hall.actor(run),
        run=run,
        at=at,
        minutes=minutes(run, at, **({"body": actions.body_for(run, at, amount)} | fields.pop("minutes", {}))),
        resolution=fields.pop("resolution", Resolution.GRANT),
        grounds="符合办法规定",
        amount=amount,
        values=values,
        **fields,
    )


def review(hall: Hall, run: StageRun, at, *, votes: list[bool] | None = None, score: int = 85) -> None:
    """Enough experts that took no part before give their opinion."""
    rule = run.template.review
    used = set(run.case.runs.filter(stage__in=rule.differs_from).values_list("sheets__expert", flat=True))
    free = [expert for expert in hall.experts if expert.pk not in used]
    for index, expert in enumerate(free[: len(votes or []) or rule.experts]):
        sheet = actions.assign_expert(acting_user=hall.actor(run), run=run, expert=expert, at=at)
        agrees = votes[index] if votes else True
        actions.submit_sheet(acting_user=expert, sheet=sheet, at=at, agrees=agrees, score=score, comment="意见")
        assert sheet.state == SheetState.SUBMITTED


def drive(hall: Hall, case: Case, at, *, values: dict | None = None, until: str = "") -> list[str]:
    """From stage to stage to the end (or to a stage); returns the stages passed, notices waited for."""
    passed: list[str] = []
    for _ in range(60):
        case = Case.objects.get(pk=case.pk)
        runs = list(StageRun.objects.filter(case=case, state=RunState.OPEN).order_by("pk"))
        if case.state == CaseState.CLOSED or any(run.stage == until for run in runs):
            return passed
        run = runs[0]
        step(hall, run, at, values=values)
        passed.append(run.stage)
        if run.kind == Kind.PUBLIC_NOTICE:
            at = run.notice_entry.notice.ends_at
            actions.look_at_terms(at=at)
    raise AssertionError(f"no end in sight: {passed}")


def later(days: int) -> date:
    return city_date(AT) + timedelta(days=days)
