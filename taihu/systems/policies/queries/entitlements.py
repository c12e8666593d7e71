"""What one person is entitled to, with reasons: the same facts and rules as the evaluation of the city."""

from dataclasses import dataclass
from datetime import date, datetime

from taihu.engines.rules.explain import explain
from taihu.engines.rules.results import Explanation, Status
from taihu.engines.rules.sets import PolicySet
from taihu.engines.rules.tree import Policy
from taihu.records.base.language import language
from taihu.records.facts.dossiers import Dossier, belief_at, dossier_of
from taihu.records.identity.models import Person
from taihu.systems.policies.enums import Group
from taihu.systems.policies.pages import facts_of_amount
from taihu.systems.policies.rulebook import published_rules
from taihu.systems.policies.standing import group_of


@dataclass(frozen=True)
class Entitlement:
    """A policy for one person: where they stand and why."""

    policy: Policy
    group: Group
    explanation: Explanation
    amount_needs: tuple[str, ...] = ()

    @property
    def is_soon(self) -> bool:
        """Not now, but on a known date if nothing else changes."""
        return bool(self.explanation.becomes_true_on) and self.group in (Group.NO, Group.NEAR)


@dataclass(frozen=True)
class Standing:
    """All policies for one person, and the facts that they rest on."""

    day: date
    known_at: datetime
    policies: PolicySet
    dossier: Dossier
    entitlements: tuple[Entitlement, ...]

    def of(self, key: str) -> Entitlement | None:
        return next((item for item in self.entitlements if key in (item.policy.key, item.policy.id)), None)


def standing_of(
    person: Person,
    *,
    at: datetime,
    day: date | None = None,
    policies: PolicySet | None = None,
    language: str = "zh",
) -> Standing:
    """Every published policy for a person, as known at a moment, for an application on a day (today by default)."""
    rules = published_rules() if policies is None else policies
    belief = belief_at(at, day)
    dossier = dossier_of(rules.catalogue, person, belief)
    found = explain(rules, dossier.person, belief.day, language)
    items = tuple(
        Entitlement(
            policy, group_of(policy, explanation), explanation, _amount_needs(rules, policy, explanation, dossier)
        )
        for policy, explanation in zip(rules.policies, found, strict=True)
    )
    return Standing(belief.day, at, rules, dossier, items)


def _amount_needs(rules: PolicySet, policy: Policy, explanation: Explanation, dossier: Dossier) -> tuple[str, ...]:
    """What is missing to compute an amount when every condition holds: labels of facts that nobody answered for."""
    if explanation.status is not Status.UNKNOWN or explanation.unknown:
        return ()
    catalogue, person = rules.catalogue, dossier.person
    names = [name for name in facts_of_amount(policy) if name not in person.facts and name not in person.records]
    return tuple((catalogue.facts.get(name) or catalogue.records[name]).label.say(language()) for name in names)


def sections(standing: Standing) -> dict[str, list[Entitlement]]:
    """What a person asks first: now, soon, to be checked, not; each ordered by what it brings or when it comes."""
    found: dict[str, list[Entitlement]] = {
        "now": [],
        "soon": [],
        "check": [],
        "near": [],
        "scarce": [],
        "no": [],
        "past": [],
    }
    for item in standing.entitlements:
        found[_section(item)].append(item)
    found["now"].sort(key=lambda item: (-item.explanation.payable, item.policy.key))
    found["soon"].sort(key=lambda item: (item.explanation.becomes_true_on, item.policy.key))
    return found


def _section(item: Entitlement) -> str:
    if item.group in (Group.ENTITLED, Group.DECISION):
        return "now"
    if item.is_soon:
        return "soon"
    names = {Group.CHECK: "check", Group.NEAR: "near", Group.SCARCE: "scarce", Group.ELSEWHERE: "past"}
    return names.get(item.group, "no")
