"""Who is behind the figures of a forecast, and why it changes for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from taihu.engines.rules.explain import explain
from taihu.engines.rules.results import Explanation, Status
from taihu.engines.rules.sets import PolicySet
from taihu.records.base.clock import city_date
from taihu.records.base.language import language
from taihu.records.facts.dossiers import dossiers_of
from taihu.records.facts.parts import unpack
from taihu.records.facts.reading import Belief
from taihu.records.identity.models import Person
from taihu.systems.policies.enums import Move
from taihu.systems.policies.models import Forecast, PolicyVersion
from taihu.systems.policies.rulebook import beside, published_rules, published_versions, rules_digest

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Moved:
    """The people of one kind of change under one policy, in the order of their record numbers. Money in fen."""

    ids: Array
    before: Array
    after: Array

    def __len__(self) -> int:
        return len(self.ids)


def moved_people(forecast: Forecast, policy: str, move: Move) -> Moved:
    """One statement. Nobody where the forecast changes nothing there, or is not the newest of its draft any more."""
    row = forecast.changes.filter(policy=policy).first()
    if row is None:
        none = np.zeros(0, np.int64)
        return Moved(none, none, none)
    found = unpack(row.people)
    ids, before, after = found["ids"], found["before"], found["after"]
    chosen = {
        Move.GAINED: (before == 0) & (after > 0),
        Move.LOST: (before > 0) & (after == 0),
        Move.RAISED: (before > 0) & (after > before),
        Move.LOWERED: (after > 0) & (after < before),
    }[move]
    return Moved(ids[chosen], before[chosen], after[chosen])


def is_of_today(forecast: Forecast) -> bool:
    """Whether the text and the published rules are still those that it was made on."""
    version = forecast.version
    return version.digest == forecast.digest and rules_digest(published_rules()) == forecast.rules_digest


def reasons_for(forecast: Forecast, policy: str, move: Move, people: Sequence[Person]) -> dict[int, str]:
    """Record number → what stood or stands in the way: under the draft for who loses, under today's rules for who gains.

    Empty where amounts only change, or where text or rules have moved on since.
    """
    if move not in (Move.GAINED, Move.LOST) or forecast.facts_at is None or not is_of_today(forecast):
        return {}
    rules = _with_draft(forecast.version) if move is Move.LOST else published_rules()
    rules = rules.only([policy])
    belief = Belief(city_date(forecast.facts_at), forecast.facts_at)
    found = {}
    for number, dossier in dossiers_of(rules.catalogue, list(people), belief).items():
        items = [item for item in explain(rules, dossier.person, forecast.day, language()) if _is_of(item, policy)]
        found[number] = _obstacle(items)
    return found


def _with_draft(version: PolicyVersion) -> PolicySet:
    others = [item for item in published_versions() if item.key != version.key]
    return beside(others, {version.key: version.text}, version.replaces)


def _is_of(item: Explanation, policy: str) -> bool:
    return item.policy.partition("@")[0] == policy


def _obstacle(items: list[Explanation]) -> str:
    """The clauses that fail or are open in the version that applies to this person."""
    applied = [item for item in items if item.status is not Status.NOT_APPLICABLE]
    names = {name for item in applied for name in (*item.failing, *item.unknown)}
    texts = [clause.text for item in applied for clause in item.clauses if clause.id in names and clause.text]
    return "；".join(dict.fromkeys(texts))
