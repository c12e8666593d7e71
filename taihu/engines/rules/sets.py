"""Several policies together: loading, references between them, overlapping versions, the order of evaluation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from .catalogue import Catalogue, shipped_catalogue
from .errors import PolicyError, Problem, problem
from .kinds import DATE, DATE_MIN, OPEN_DATE, OTHER_MAX
from .loader import Draft, load_policy
from .tree import NO_CLASS, Aggregate, Applied, Expr, Fact, FactAt, Other, Policy, Selector, SharedCap
from .values import show_money
from .walking import expressions, walk


@dataclass(frozen=True)
class PolicySet:
    """Checked policies with the catalogue they read, ordered so that a policy comes after those it refers to.

    `advice` are findings that do not stop loading (an unused table, a policy without cases).
    """

    policies: tuple[Policy, ...]
    catalogue: Catalogue
    advice: tuple[Problem, ...] = ()
    reads: dict[int, tuple[Expr, ...]] = field(default_factory=dict, compare=False, repr=False)
    phrases: dict[tuple[int, str, bool], str] = field(default_factory=dict, compare=False, repr=False)

    def index_of(self, key: str) -> int:
        """Position of a policy key (id@version)."""
        for index, policy in enumerate(self.policies):
            if policy.key == key:
                return index
        raise KeyError(key)

    def versions(self, identifier: str) -> tuple[int, ...]:
        """Positions of all versions of a policy."""
        return tuple(index for index, policy in enumerate(self.policies) if policy.id == identifier)

    def only(self, keys: Iterable[str]) -> PolicySet:
        """The policies with these keys or ids and what they refer to."""
        wanted = set(keys)
        for policy in reversed(self.policies):
            if policy.key in wanted or policy.id in wanted:
                wanted.update(references(policy))
        kept = tuple(policy for policy in self.policies if policy.key in wanted or policy.id in wanted)
        return PolicySet(kept, self.catalogue, self.advice)


def load_policies(
    sources: Mapping[str, str], catalogue: Catalogue | None = None, *, ends: Mapping[str, int] | None = None
) -> PolicySet:
    """Load policy texts given as {file name: YAML text}.

    Parameters
    ----------
    sources
        File names are only used in error messages and `Policy.file`.
    catalogue
        What may be read; the shipped catalogue when absent. Facts and lists declared inside a policy are added.
    ends
        ``{id@version: day number}``: versions that a later one takes over from that application date on, whatever
        their own text says.

    Raises
    ------
    PolicyError
        Every mistake of every file: places, what is wrong, what to change.

    Examples
    --------
    >>> text = '''
    ... policy: tiny
    ... version: "1"
    ... title: {zh: 小例, en: Tiny}
    ... document: none
    ... effective: {from: 2024-01-01}
    ... conditions: {id: adult, text: 满十八周岁, test: "years(birth_date, applied) >= 18"}
    ... amount: 100元
    ... '''
    >>> load_policies({"tiny.yaml": text}).policies[0].key
    'tiny@1'
    """
    problems: list[Problem] = []
    drafts: list[Draft] = []
    whole = shipped_catalogue() if catalogue is None else catalogue
    for file, text in sources.items():
        try:
            draft = Draft(text, file, whole)
            whole = whole.merged(draft.facts)
            drafts.append(draft)
        except PolicyError as error:
            problems.extend(error.problems)
    others: dict[str, tuple[str, ...]] = {}
    for draft in drafts:
        others[draft.id] = tuple(dict.fromkeys([*others.get(draft.id, ()), *draft.classes]))
    others = {name: (*classes, NO_CLASS) if classes else () for name, classes in others.items()}
    loaded: list[Policy] = []
    hints: list[Problem] = []
    for draft in drafts:
        try:
            policy, found = load_policy(draft, whole, others)
            loaded.append(_ended(policy, (ends or {}).get(policy.key)))
            hints.extend(found)
        except PolicyError as error:
            problems.extend(error.problems)
    if not problems:
        problems.extend(_set_problems(loaded))
    if problems:
        raise PolicyError(problems)
    titles = {policy.id: policy.title for policy in loaded}
    return PolicySet(tuple(_ordered(loaded)), whole.with_codes({"policy": titles}), tuple(hints))


def _ended(policy: Policy, end: int | None) -> Policy:
    """The policy for applications before a day only."""
    if end is None:
        return policy
    own = next((item for item in policy.selectors if item.label == "applied"), None)
    if own is None:
        own = Selector("applied", Applied(DATE, policy.root.place), DATE_MIN, OPEN_DATE)
        return replace(policy, selectors=(*policy.selectors, replace(own, end=end)))
    others = tuple(item for item in policy.selectors if item is not own)
    return replace(policy, selectors=(*others, replace(own, end=max(min(own.end, end), own.start))))


def load_files(paths: Iterable[Path], catalogue: Catalogue | None = None) -> PolicySet:
    """`load_policies` of files on disk, in the order of their names."""
    return load_policies({path.name: path.read_text("utf-8") for path in sorted(paths)}, catalogue)


def references(policy: Policy) -> frozenset[str]:
    """Ids of the policies whose results this one reads."""
    return frozenset(expr.policy for top in expressions(policy) for expr in walk(top) if isinstance(expr, Other))


def shared_groups(policies: list[Policy]) -> dict[str, list[tuple[int, SharedCap]]]:
    """Members of every group in the order in which they draw, groups in order of their first member.

    A group of one member is a ceiling like any other.
    """
    groups: dict[str, list[tuple[int, SharedCap]]] = {}
    for index, policy in enumerate(policies):
        for cap in policy.shared_caps:
            groups.setdefault(cap.group, []).append((index, cap))
    return {group: sorted(members, key=lambda item: (item[1].order, item[0])) for group, members in groups.items()}


def fact_names(policies: Iterable[Policy]) -> frozenset[str]:
    """Names of the facts and kinds of records that these policies read, the choice within exclusion groups included."""
    found = {"chosen_in_group"}
    for policy in policies:
        for expr in (item for top in expressions(policy) for item in walk(top)):
            if isinstance(expr, Fact | FactAt):
                found.add(expr.name)
            elif isinstance(expr, Aggregate):
                found.add(expr.record)
    return frozenset(found)


def _set_problems(policies: list[Policy]) -> list[Problem]:
    found: list[Problem] = []
    keys: dict[str, Policy] = {}
    for policy in policies:
        if policy.key in keys:
            found.append(problem("duplicate_policy", policy.root.place, key=policy.key, file=keys[policy.key].file))
        keys[policy.key] = policy
    pairs = ((first, second) for index, first in enumerate(policies) for second in policies[index + 1 :])
    found.extend(
        problem("version_overlap", second.root.place, first=first.key, second=second.key)
        for first, second in pairs
        if first.id == second.id and first.version != second.version and _overlap(first, second)
    )
    rules: dict[str, Policy] = {}
    for policy in policies:
        if policy.exclusion is None:
            continue
        other = rules.setdefault(policy.exclusion.group, policy)
        assert other.exclusion is not None
        if other.exclusion.rule != policy.exclusion.rule:
            found.append(problem("group_rule", policy.root.place, group=policy.exclusion.group, other=other.key))
    found.extend(_cap_problems(policies))
    found.extend(_wide_amounts(policies))
    found.extend(_cycles(policies))
    return found


def _cap_problems(policies: list[Policy]) -> list[Problem]:
    """Policies that draw on one ceiling state the same ceiling."""
    found: list[Problem] = []
    first: dict[str, tuple[Policy, SharedCap]] = {}
    for policy in policies:
        for cap in policy.shared_caps:
            owner, other = first.setdefault(cap.group, (policy, cap))
            if (cap.limit, cap.used, cap.per) != (other.limit, other.used, other.per):
                found.append(problem("cap_rule", cap.place, group=cap.group, other=owner.key))
    return found


def _wide_amounts(policies: list[Policy]) -> Iterable[Problem]:
    """Policies whose amount others read and that is not known to stay within what such a reader counts on."""
    tops = (top for policy in policies for top in expressions(policy))
    read = {expr.policy for top in tops for expr in walk(top) if isinstance(expr, Other) and expr.name == "amount_of"}
    for policy in policies:
        if policy.id in read and policy.most > OTHER_MAX:
            yield problem("wide_amount", policy.root.place, policy=policy.id, most=show_money(policy.most, "zh"))


def _overlap(first: Policy, second: Policy) -> bool:
    """True when some pair of dates selects both versions."""
    left = {item.label: item for item in first.selectors}
    right = {item.label: item for item in second.selectors}
    shared = set(left) & set(right)
    return all(left[name].start < right[name].end and right[name].start < left[name].end for name in shared)


def _cycles(policies: list[Policy]) -> list[Problem]:
    links: dict[str, set[str]] = {}
    for policy in policies:
        links.setdefault(policy.id, set()).update(references(policy))
    found = []
    done: set[str] = set()
    for start in links:
        chain = _find_cycle(start, links, [], done)
        if chain:
            place = next(policy.root.place for policy in policies if policy.id == chain[0])
            found.append(problem("policy_cycle", place, chain=" → ".join(chain)))
            break
    return found


def _find_cycle(node: str, links: dict[str, set[str]], path: list[str], done: set[str]) -> list[str]:
    if node in path:
        return [*path[path.index(node) :], node]
    if node in done:
        return []
    for target in sorted(links.get(node, ())):
        chain = _find_cycle(target, links, [*path, node], done)
        if chain:
            return chain
    done.add(node)
    return []


def _ordered(policies: list[Policy]) -> list[Policy]:
    """Stable order with every policy after those it reads."""
    placed: list[Policy] = []
    waiting = list(policies)
    while waiting:
        pending = {policy.id for policy in waiting}
        ready = next(item for item in waiting if not (references(item) & pending) - {item.id})
        placed.append(ready)
        waiting.remove(ready)
    return placed
