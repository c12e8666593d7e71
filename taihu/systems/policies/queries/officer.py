"""What officers see of policies and runs, put together for pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from taihu.engines.rules.catalogue import Catalogue
from taihu.engines.rules.tree import Policy
from taihu.engines.text.script import in_language
from taihu.systems.policies.enums import Group
from taihu.systems.policies.models import PolicyRun, PolicyVersion
from taihu.systems.policies.queries.results import totals
from taihu.systems.policies.rulebook import city_catalogue
from taihu.systems.policies.standing import conditions_of

NOBODY = (0, 0, 0)
ORDER = (Group.ENTITLED, Group.DECISION, Group.CHECK, Group.NEAR, Group.NO, Group.SCARCE, Group.ELSEWHERE)


@dataclass(frozen=True)
class ClauseRow:
    """A condition and whom it stops: all for whom it fails, those for whom it alone fails, those for whom it is open."""

    id: str
    text: str
    depth: int
    article: str
    fails: int
    alone: int
    open: int
    is_condition: bool


def versions_with_counts(run: PolicyRun | None) -> list[tuple[PolicyVersion, dict[str, int], int]]:
    """Every version with its groups and payable fen in a run. One statement."""
    rows = PolicyVersion.objects.order_by("state", "policy", "-effective_from", "-pk")
    found = []
    for version in rows:
        report = run.report["policies"].get(version.key) if run is not None else None
        found.append((version, report["groups"] if report else {}, report["payable"] if report else 0))
    return found


def group_rows(run: PolicyRun, version: PolicyVersion) -> list[tuple[Group, int]]:
    counts = totals(run, version)
    return [(group, counts[group]) for group in ORDER if counts.get(group)]


def clause_rows(policy: Policy, counts: Mapping[str, Sequence[int]], people: int, language: str) -> list[ClauseRow]:
    """The conditions in reading order with how many people each stops."""
    top = {clause.index for clause in conditions_of(policy)}
    depths = _depths(policy)
    return [
        ClauseRow(
            clause.id,
            clause.text.say(language) if clause.text else clause.id,
            depths[clause.index],
            clause.article,
            counts.get(clause.id, NOBODY)[0],
            counts.get(clause.id, NOBODY)[1],
            counts.get(clause.id, NOBODY)[2],
            clause.index in top,
        )
        for clause in policy.clauses
        if clause.index or not clause.items
    ]


def _depths(policy: Policy) -> dict[int, int]:
    found = {policy.root.index: 0}
    waiting = [policy.root]
    while waiting:
        clause = waiting.pop()
        for item in clause.items:
            found[item.index] = found[clause.index] + 1
            waiting.append(item)
    return found


def contradiction_words(code: str, name: str, language: str) -> str:
    """A finding as a short line: which fact, what is wrong with it."""
    catalogue = city_catalogue()
    kinds = {
        "fact_conflict": ("两个部门说法不同", "two answers differ"),
        "future_date": ("日期在将来", "a date in the future"),
        "span_reversed": ("起止日期颠倒", "ends before it begins"),
        "record_overlap": ("时间重叠", "periods overlap"),
        "bad_value": ("内容无法读取", "cannot be read"),
    }
    if code == "check_failed":
        check = next((item for item in catalogue.checks if item.id == name.split("+", maxsplit=1)[0]), None)
        return check.label.say(language) if check else name
    zh, en = kinds.get(code, (code, code))
    label = _label(catalogue, name, language)
    return in_language(f"{label}：{zh}", f"{label}: {en}", language)


def _label(catalogue: Catalogue, name: str, language: str) -> str:
    item = catalogue.facts.get(name) or catalogue.records.get(name)
    if item is not None:
        return item.label.say(language)
    return in_language(*{"insured_by": ("参保单位", "employer by insurance")}.get(name, (name, name)), language)
