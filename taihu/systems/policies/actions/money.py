"""From a positive decision to the ledger: one commitment per application, in instalments, split by payer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.engines.workdays.calendar import add_months
from taihu.records.audit.actions import record
from taihu.records.base.clock import city_date
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.cases import actions as cases
from taihu.records.cases.enums import CaseState, RunState
from taihu.records.cases.models import Case, DecisionRecord, StageRun
from taihu.records.cases.procedures.tree import Kind
from taihu.records.identity.enums import Role
from taihu.records.identity.models import Account
from taihu.records.identity.permissions import has_role
from taihu.records.ledger.actions import commit
from taihu.records.ledger.enums import InstalmentState, Level
from taihu.records.ledger.models import BudgetLine, Commitment, Instalment
from taihu.records.ledger.money import divide
from taihu.records.ledger.orders import Order, OverrideOrder, Part
from taihu.records.ledger.rechecks import Finding
from taihu.systems.policies.enums import ORIGIN
from taihu.systems.policies.models import Application
from taihu.systems.policies.queries.entitlements import standing_of
from taihu.systems.policies.queries.money import application_instalments

_LEVELS = {
    "city": Level.CITY,
    "finance": Level.CITY,
    "district": Level.DISTRICT,
    "province": Level.PROVINCE,
    "national": Level.NATIONAL,
}
# Who the rules call a payer and does not pay out of a budget line: the employer pays its own part.
_NOT_OURS = frozenset({"employer"})
_SETTLED = frozenset({InstalmentState.PAID, InstalmentState.CANCELLED})


@dataclass(frozen=True)
class Plan:
    """What is to be paid: parts of fen with their days, and fen per payer."""

    parts: tuple[Part, ...]
    payers: dict[str, int]

    @property
    def total(self) -> int:
        return sum(part.amount for part in self.parts)


def plan_of(application: Application, *, at: datetime) -> Plan | None:
    """The payment plan of a granted application; None where nothing is paid.

    What a body set itself comes first (一事一议), then what the policy says, then the shares of the track.
    """
    case = application.case
    assert case is not None
    decision = case.decisions.filter(resolution="grant").order_by("-pk").first()
    stated = application.entitlement
    amount = _amount(case, decision, stated)
    if not amount:
        return None
    start = decision.document_on or decision.held_on if decision else city_date(at)
    payers = {payer: fen for payer, fen in _payers(application, amount).items() if payer not in _NOT_OURS and fen}
    if not payers:
        return None
    parts = _parts(application, decision, amount, start)
    return Plan(_own_parts(parts, sum(payers.values())), payers)


def _own_parts(parts: tuple[Part, ...], ours: int) -> tuple[Part, ...]:
    """The share of each instalment that budget lines pay; no fen is lost on the way."""
    whole = sum(part.amount for part in parts)
    found, done, before = [], 0, 0
    for part in parts:
        done += part.amount
        now = done * ours // whole
        if now > before:
            found.append(replace(part, amount=now - before))
        before = now
    return tuple(found)


def _amount(case: Case, decision: DecisionRecord | None, stated: dict[str, Any]) -> int:
    if decision is not None and decision.amount is not None:
        return decision.amount
    return int(case.data.get("amount") or stated.get("payable") or 0)


def _parts(application: Application, decision: DecisionRecord | None, amount: int, start: date) -> tuple[Part, ...]:
    stated = application.entitlement
    if decision is not None and decision.schedule:
        return tuple(Part(int(part["amount"]), date.fromisoformat(part["due"])) for part in decision.schedule)
    if stated.get("payable") == amount and stated.get("instalments"):
        return tuple(
            Part(part["amount"], date.fromisoformat(part["due"]), _recheck(application, part["recheck"]))
            for part in stated["instalments"]
        )
    shares = application.track.instalments or [[100, 0]]
    amounts = divide(amount, [share for share, _months in shares])
    return tuple(
        Part(fen, add_months(start, months)) for fen, (_share, months) in zip(amounts, shares, strict=True) if fen
    )


def _recheck(application: Application, clauses: list[str]) -> dict[str, Any]:
    return {"policy": application.entitlement["policy"], "clauses": clauses} if clauses else {}


def _payers(application: Application, amount: int) -> dict[str, int]:
    stated = application.entitlement
    if stated.get("payable") == amount and stated.get("payers"):
        return dict(stated["payers"])
    split = application.track.split or {"city": 100}
    return dict(zip(split, divide(amount, list(split.values())), strict=True))


@transaction.atomic
def commit_application(
    *,
    acting_user: Account | None,
    application: Application,
    at: datetime,
    override: OverrideOrder | None = None,
) -> Commitment | None:
    """Promise the money of a granted application; asked again, the same promise. `acting_user` None is the system."""
    if acting_user is not None and not has_role(acting_user, Role.OFFICER, Role.DECIDER, Role.FINANCE, at=at):
        raise NotAllowed("not_office", _("只有经办人员可以登记资金。"))
    application = (
        Application.objects.select_for_update(of=("self",)).select_related("case", "track__call").get(pk=application.pk)
    )
    if application.commitment_id is not None:
        return Commitment.objects.get(pk=application.commitment_id)
    if application.case is None or not application.case.runs.filter(kind=Kind.PAYMENT).exists():
        raise Refused("not_payable", _("案卷还没有办到拨付环节。"))
    if application.person is not None and application.agreed_at is None:
        raise Refused("not_agreed", _("本人还没有签署诚信承诺。"), _("签署后即可拨付。"))
    plan = plan_of(application, at=at)
    if plan is None:
        return None
    made = commit(acting_user=acting_user, at=at, order=_order(application, plan, at), override=override)
    application.commitment_id, application.money_problem = made.pk, ""
    application.save(update_fields=["commitment_id", "money_problem"])
    data = {"commitment": made.pk, "fen": plan.total}
    record(at=at, acting_user=acting_user, action="policies.commit", subject=application, data=data)
    return made


def needed_lines(application: Application, plan: Plan, *, at: datetime) -> dict[BudgetLine, int]:
    """Which open budget line would have to promise how many fen; refuses where a payer has none."""
    return {_line(application, payer, at): fen for payer, fen in plan.payers.items() if fen}


def _order(application: Application, plan: Plan, at: datetime) -> Order:
    case = application.case
    assert case is not None
    decision = case.decisions.filter(resolution="grant").order_by("-pk").first()
    return Order(
        key=f"{ORIGIN}:application:{application.pk}",
        origin=ORIGIN,
        origin_ref=str(application.pk),
        purpose=str(application.track)[:200],
        parts=plan.parts,
        split=tuple((line.pk, fen) for line, fen in needed_lines(application, plan, at=at).items()),
        person_id=application.person_id,
        organisation_id=application.organisation_id if application.person_id is None else None,
        document=(decision.document_number if decision else "") or application.track.call.document[:80],
    )


def _line(application: Application, payer: str, at: datetime) -> BudgetLine:
    """The open line of the year for the programme and the payer; a district pays from its own."""
    case = application.case
    assert case is not None
    level, year, programme = _LEVELS.get(payer), city_date(at).year, application.track.call.programme
    lines = BudgetLine.objects.filter(year=year, level=level, programme=programme, closed_at__isnull=True)
    if level == Level.DISTRICT and case.district_unit is not None:
        lines = lines.filter(unit__area_code=case.district_unit.area_code)
    line = lines.order_by("pk").first()
    if line is None:
        words = Level(level).label if level else payer
        raise Refused(
            "no_budget_line",
            _("%(year)s 年没有“%(programme)s”的%(level)s预算项目。")
            % {"year": year, "programme": programme, "level": words},
            _("请财务人员先登记预算，再登记资金承诺。"),
        )
    return line


def commit_or_explain(*, application: Application, at: datetime) -> Commitment | None:
    """For the system itself: what stands in the way is written down for the officer instead of being tried for ever."""
    try:
        made = commit_application(acting_user=None, application=application, at=at)
    except Refused as refused:
        Application.objects.filter(pk=application.pk).update(money_problem=str(refused)[:300])
        return None
    if made is None:
        pass_paid_stages(application=application, at=at)
    return made


@transaction.atomic
def pass_paid_stages(*, application: Application, at: datetime) -> int:
    """Let the case go on when the money of its payment stage is out."""
    passed = 0
    rows = StageRun.objects.filter(case=application.case_id, kind=Kind.PAYMENT, state=RunState.OPEN)
    for run in rows.select_related("case__procedure").order_by("pk"):
        if _is_out(application, run):
            cases.confirm_payment(acting_user=None, run=run, at=at, data={"commitment": application.commitment_id})
            passed += 1
    return passed


def _is_out(application: Application, run: StageRun) -> bool:
    if application.commitment_id is None:
        return application.money_problem == "" and application.agreed_at is not None
    states = list(application_instalments(application).values_list("state", flat=True))
    wanted = states[:1] if run.template.parts == "first" else states
    return all(state in _SETTLED for state in wanted)


def recheck_instalments(instalments: Sequence[Instalment], at: datetime) -> dict[int, Finding]:
    """Does what an instalment rests on still hold? Asked by the ledger before each payment."""
    ids = {int(item.commitment.origin_ref) for item in instalments}
    rows = Application.objects.filter(pk__in=ids).select_related("case__procedure", "person", "track")
    applications = {row.pk: row for row in rows}
    return {item.pk: _finding(applications.get(int(item.commitment.origin_ref)), item, at) for item in instalments}


def _finding(application: Application | None, item: Instalment, at: datetime) -> Finding:
    if application is None or application.case is None:
        return Finding(False, (_("找不到对应的申报。"),))
    if reason := _case_obstacle(application.case, item):
        return Finding(False, (reason,))
    if application.left_on is not None and item.due_date > application.left_on:
        return Finding(False, (_("单位报告已于 %(day)s 离职。") % {"day": application.left_on},))
    rule = item.recheck
    if not rule or application.person is None:
        return Finding(True)
    found = standing_of(application.person, at=at).of(rule["policy"])
    if found is None:
        return Finding(False, (_("政策已停用，需要人工核对。"),))
    wanted = set(rule["clauses"])
    bad = [
        clause
        for clause in found.explanation.clauses
        if clause.id in wanted and clause.state not in ("holds", "exempt")
    ]
    return Finding(
        not bad, tuple(f"{clause.text}：{clause.gap or clause.missing_text or clause.worked}" for clause in bad)
    )


def _case_obstacle(case: Case, item: Instalment) -> str:
    """Later parts wait for the stage that releases them, such as a mid-term assessment."""
    if case.state == CaseState.CLOSED:
        return "" if case.outcome == "granted" else str(_("案卷已终止，不再拨付。"))
    stages = set(case.runs.filter(kind=Kind.PAYMENT).exclude(state=RunState.ABANDONED).values_list("stage", flat=True))
    template = case.procedure.template
    released = {template.stage(stage).parts for stage in stages}
    if item.number == 1 or released & {"all", "rest"}:
        return "" if released else str(_("案卷还没有办到拨付环节。"))
    return str(_("中期评估或年度考核还没有通过。"))
