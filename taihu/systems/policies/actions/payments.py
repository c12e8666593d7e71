"""Pay people on a list without application (免申即享): from the end of the notice to commitments, and the later re-checks."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.engines.rules.explain import explain
from taihu.engines.rules.results import Explanation, PartFinding
from taihu.engines.rules.sets import PolicySet
from taihu.records.audit.actions import record
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.facts.dossiers import belief_at, dossiers_of
from taihu.records.identity.models import Account, Person
from taihu.records.ledger.actions import commit_all
from taihu.records.ledger.enums import Level
from taihu.records.ledger.models import BudgetLine, Commitment, Instalment
from taihu.records.ledger.orders import Order, OverrideOrder, Part
from taihu.records.ledger.permissions import is_finance
from taihu.records.ledger.rechecks import Finding
from taihu.systems.policies.actions.direct import hand_over
from taihu.systems.policies.enums import DIRECT_ORIGIN, DirectState, EntryState
from taihu.systems.policies.models import DirectEntry, DirectRun
from taihu.systems.policies.permissions import can_start_runs
from taihu.systems.policies.rulebook import rules_of

AT_ONCE = 200
# Who the rules call a payer and does not pay out of a budget line: the employer pays its own part.
NOT_OURS = frozenset({"employer"})
LEVEL_OF_PAYER = {
    "national": Level.NATIONAL,
    "province": Level.PROVINCE,
    "city": Level.CITY,
    "finance": Level.CITY,
    "district": Level.DISTRICT,
}


def place_of(payer: str, area_code: str) -> str:
    """The place of a budget line in the list of those to choose: one per payer, districts one each."""
    return f"{payer}:{area_code[:6]}" if LEVEL_OF_PAYER.get(payer) == Level.DISTRICT else payer


def needed_places(entries: Iterable[DirectEntry]) -> dict[str, int]:
    """Place → fen that it has to pay for a list."""
    sums: dict[str, int] = defaultdict(int)
    for entry in entries:
        for payer, amount in entry.payers.items():
            if payer not in NOT_OURS and amount:
                sums[place_of(payer, entry.person.area_code)] += amount
    return dict(sorted(sums.items()))


@transaction.atomic
def pay_direct_list(
    *,
    acting_user: Account,
    at: datetime,
    direct_run: DirectRun,
    lines: Mapping[str, int],
    override: OverrideOrder | None = None,
) -> list[Commitment]:
    """Promise the money of a list whose notice is over: all or nobody, once; `lines` gives the budget line per place.

    Asked again after it was done, the same commitments come back.
    """
    if not (can_start_runs(acting_user, at=at) or is_finance(acting_user, at=at)):
        raise NotAllowed("not_office", _("只有经办人员和财务人员可以登记资金承诺。"))
    direct_run = DirectRun.objects.select_for_update().select_related("version", "run").get(pk=direct_run.pk)
    if direct_run.state == DirectState.HANDED:
        return list(Commitment.objects.filter(origin=DIRECT_ORIGIN, origin_ref=str(direct_run.pk)).order_by("pk"))
    entries = hand_over(acting_user=None, at=at, direct_run=direct_run)
    if not entries:
        raise Refused("nobody_listed", _("名单上没有可以拨付的人。"))
    rechecks = _rechecks(direct_run, entries)
    orders = [_order(direct_run, entry, lines, rechecks.get(entry.pk, {})) for entry in entries]
    made = commit_all(acting_user=acting_user, at=at, orders=orders, override=override)
    record(
        at=at,
        acting_user=acting_user,
        action="policies.direct_pay",
        subject=direct_run,
        data={"people": len(made), "fen": sum(row.total for row in made), "lines": dict(lines)},
    )
    return made


def _order(
    direct_run: DirectRun, entry: DirectEntry, lines: Mapping[str, int], rechecks: Mapping[tuple[str, int], Any]
) -> Order:
    version = direct_run.version
    split: dict[int, int] = defaultdict(int)
    for payer, amount in entry.payers.items():
        if payer in NOT_OURS or not amount:
            continue
        place = place_of(payer, entry.person.area_code)
        if place not in lines:
            raise Refused(
                "no_line",
                _("没有为“%(place)s”选定预算项目。") % {"place": place},
                _("请为每个付款方（各区分别）选定预算项目。"),
                field=place,
            )
        split[lines[place]] += amount
    parts = _own_parts(entry, sum(split.values()))
    return Order(
        key=f"{DIRECT_ORIGIN}:{version.policy}:{direct_run.pk}:{entry.person_id}",
        origin=DIRECT_ORIGIN,
        origin_ref=str(direct_run.pk),
        purpose=version.title,
        document=version.document_number[:80],
        parts=tuple(
            Part(fen, date.fromisoformat(due), rechecks.get((due, whole), {})) for due, whole, fen in parts if fen
        ),
        split=tuple(split.items()),
        person_id=entry.person_id,
    )


def _own_parts(entry: DirectEntry, ours: int) -> list[tuple[str, int, int]]:
    """(due, fen of the whole instalment, fen of ours): the employer's part taken out in proportion, no fen lost."""
    instalments = [(str(due), int(amount)) for due, amount in entry.instalments]
    whole = sum(amount for _due, amount in instalments)
    found, done, before = [], 0, 0
    for due, amount in instalments:
        done += amount
        now = done * ours // whole
        found.append((due, amount, now - before))
        before = now
    return found


def _rechecks(direct_run: DirectRun, entries: Sequence[DirectEntry]) -> dict[int, dict[tuple[str, int], Any]]:
    """What must hold again before each later part, by entry, due date and fen; read from the same facts as the list."""
    rules = _rules(direct_run)
    key = direct_run.version.key
    policy = next(item for item in rules.policies if item.key == key)
    if not any(part.recheck for schedule in policy.schedules for part in schedule.parts):
        return {}
    found: dict[int, dict[tuple[str, int], Any]] = {}
    for first in range(0, len(entries), AT_ONCE):
        chunk = entries[first : first + AT_ONCE]
        explained = _explained(
            rules, [entry.person for entry in chunk], direct_run.run.known_at, direct_run.run.day, key
        )
        for entry in chunk:
            parts = explained[entry.person_id].instalments
            _refuse_other(entry, parts)
            found[entry.pk] = {
                (part.due, part.amount): {"policy": key, "clauses": list(part.recheck)}
                for part in parts
                if part.recheck
            }
    return found


def _refuse_other(entry: DirectEntry, parts: Sequence[PartFinding]) -> None:
    """The list must still come out of the facts and rules it was drawn from."""
    stated = [[part.due, part.amount] for part in parts if part.amount]
    if stated != [list(pair) for pair in entry.instalments] and entry.decided_at is None:
        raise Refused(
            "not_reproduced",
            _("“%(name)s”的金额或日期与名单不一致，没有登记任何承诺。") % {"name": entry.person},
            _("请核对这个人的资料后重新核实。"),
            entry=entry.pk,
        )


def _rules(direct_run: DirectRun) -> PolicySet:
    return rules_of(sorted(direct_run.run.versions.all(), key=lambda version: version.key))


def _explained(
    rules: PolicySet, people: Sequence[Person], known_at: datetime, day: date, key: str
) -> dict[int, Explanation]:
    belief = belief_at(known_at, day)
    place = next(number for number, policy in enumerate(rules.policies) if policy.key == key)
    dossiers = dossiers_of(rules.catalogue, people, belief)
    return {pk: explain(rules, dossier.person, belief.day, "zh")[place] for pk, dossier in dossiers.items()}


def recheck_direct(instalments: Sequence[Instalment], at: datetime) -> dict[int, Finding]:
    """Does what an instalment rests on still hold on its due date? By the version the list was drawn with."""
    lists = {
        row.pk: row
        for row in DirectRun.objects.filter(
            pk__in={int(item.commitment.origin_ref) for item in instalments}
        ).select_related("version", "run")
    }
    found: dict[int, Finding] = {}
    together: dict[tuple[int, date], list[Instalment]] = defaultdict(list)
    for item in instalments:
        if not item.recheck:
            found[item.pk] = Finding(True)
        elif int(item.commitment.origin_ref) in lists:
            together[int(item.commitment.origin_ref), item.due_date].append(item)
    for (number, day), items in sorted(together.items()):
        found |= _recheck_together(lists[number], day, items, at)
    return found


def _recheck_together(
    direct_run: DirectRun, day: date, items: Sequence[Instalment], at: datetime
) -> dict[int, Finding]:
    rules, key = _rules(direct_run), direct_run.version.key
    people = list(Person.objects.filter(pk__in={item.commitment.person_id for item in items}))
    explained = _explained(rules, people, at, day, key)
    return {
        item.pk: _finding(explained[item.commitment.person_id], item.recheck.get("clauses", ()))
        for item in items
        if item.commitment.person_id in explained
    }


def _finding(explanation: Explanation, wanted: Iterable[str]) -> Finding:
    """Every clause named must hold; one that cannot be decided is for a person, in words."""
    states = {clause.id: clause for clause in explanation.clauses}
    reasons = []
    for name in wanted:
        clause = states.get(name)
        if clause is None:
            reasons.append(_("政策中没有条件“%(name)s”。") % {"name": name})
        elif clause.state == "unknown":
            missing = "、".join(item.label for item in clause.readings if not item.is_known) or clause.text
            reasons.append(_("“%(text)s”查不清，缺少：%(missing)s。") % {"text": clause.text, "missing": missing})
        elif clause.state == "fails":
            worked = f"（{clause.gap.rstrip('。')}）" if clause.gap else ""
            reasons.append(_("“%(text)s”不再满足%(worked)s。") % {"text": clause.text, "worked": worked})
    return Finding(not reasons, tuple(reasons))


def lists_to_pay(at: datetime) -> Any:
    """Lists whose notice is over and whose money is not promised yet."""
    rows = DirectRun.objects.filter(state=DirectState.NOTICED, notice_until__lte=at)
    return rows.select_related("version").order_by("notice_until", "pk")


def payable_entries(direct_run: DirectRun) -> list[DirectEntry]:
    return list(direct_run.entries.filter(state=EntryState.LISTED).select_related("person").order_by("pk"))


def candidate_lines(place: str, at_year: int) -> list[BudgetLine]:
    """Open lines of the year that could pay a place, those of its district first."""
    payer, _colon, area = place.partition(":")
    level = LEVEL_OF_PAYER.get(payer)
    rows = BudgetLine.objects.filter(year=at_year, level=level, closed_at__isnull=True).select_related("unit")
    if level == Level.DISTRICT:
        rows = rows.filter(unit__area_code=area)
    return list(rows.order_by("programme", "pk"))
