"""Why a pair fits, what is missing, what the crowd does to it; and why a pair was not offered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from taihu.engines.matching.conditions import failing_conditions
from taihu.engines.matching.market import GROUPS, PAY_NOT_STATED, Market
from taihu.engines.matching.probabilities import OPENING_IMPORTANCE, PERSON_IMPORTANCE


@dataclass(frozen=True)
class Fact:
    """One feature of a pair.

    Attributes
    ----------
    group : str
        One of `GROUPS`.
    feature : int
    label : str
    score : int
        What it adds to the score, 0 when missing.
    p_share, q_share : float
        Part of the fit for the person and for the opening, 0..1.
    """

    group: str
    feature: int
    label: str
    score: int
    p_share: float
    q_share: float


@dataclass(frozen=True)
class Broken:
    """One hard condition that keeps two sides apart.

    Attributes
    ----------
    code : str
        One of `CONDITIONS`.
    person, opening : object
        The value on either side, as stored (fen, months, ranks, numbers).
    """

    code: str
    person: Any
    opening: Any


@dataclass(frozen=True)
class Explanation:
    """Everything there is to say about one pair.

    Attributes
    ----------
    person, opening : int
        Rows.
    fits : tuple of Fact
        Shared features, largest score first.
    missing : tuple of Fact
        Features that the opening asks for and the person does not have, largest share of q first.
    pay_share : float
        Part of the fit for the person that pay gives, 0..0.2.
    broken : tuple of Broken
        Hard conditions that the pair breaks; empty for a candidate.
    score : int
    expected_applicants, price : float or None
        Suitable applicants to be expected for the opening and what one more is worth; None without prices.
    vacancies : int
    used : tuple of str
        Which data of the person were used.
    """

    person: int
    opening: int
    fits: tuple[Fact, ...]
    missing: tuple[Fact, ...]
    pay_share: float
    broken: tuple[Broken, ...]
    score: int
    expected_applicants: float | None
    price: float | None
    vacancies: int
    used: tuple[str, ...]

    def words(self, language: str = "zh") -> tuple[str, ...]:
        """Sentences in ``"zh"`` or ``"en"``."""
        from taihu.engines.matching.words import explanation_words

        return explanation_words(self, language)


def explain(market: Market, person: int, opening: int, *, prices: Any = None, loads: Any = None) -> Explanation:
    """Explain a pair of rows; pass `Slates.prices` and `Slates.loads` to include the crowd.

    Examples
    --------
    >>> import numpy as np
    >>> market = Market.from_records(
    ...     people=[{"id": 1, "skills": "焊工"}], openings=[{"id": 2, "skills": "焊工、钳工"}]
    ... )
    >>> told = explain(market, 0, 0, prices=np.array([0.1]), loads=np.array([14.2]))
    >>> [fact.label for fact in told.fits], [fact.label for fact in told.missing]
    (['焊工'], ['钳工'])
    >>> told.words("en")[-1]
    'Data used: skills.'
    """
    ids, weights = market.people.features.row(person)
    other_ids, other_weights = market.openings.features.row(opening)
    own = dict(zip(ids.tolist(), weights.tolist(), strict=True))
    asked = dict(zip(other_ids.tolist(), other_weights.tolist(), strict=True))
    groups = {feature: market.vocabulary.group_of(feature) for feature in {*own, *asked}}
    p_total = sum(weight * PERSON_IMPORTANCE[groups[feature]] for feature, weight in own.items()) or 1
    q_total = sum(weight * OPENING_IMPORTANCE[groups[feature]] for feature, weight in asked.items()) or 1
    facts = [
        Fact(
            groups[feature],
            feature,
            market.vocabulary.label(feature),
            own.get(feature, 0) * weight,
            0.8 * own.get(feature, 0) * PERSON_IMPORTANCE[groups[feature]] / p_total,
            weight * OPENING_IMPORTANCE[groups[feature]] / q_total,
        )
        for feature, weight in asked.items()
    ]
    fitting = sorted((fact for fact in facts if fact.score), key=lambda fact: (-fact.score, fact.feature))
    missing = sorted((fact for fact in facts if not fact.score), key=lambda fact: (-fact.q_share, fact.feature))
    return Explanation(
        person=person,
        opening=opening,
        fits=tuple(fitting),
        missing=tuple(missing),
        pay_share=_pay_share(market, person, opening),
        broken=why_not(market, person, opening),
        score=sum(fact.score for fact in fitting),
        expected_applicants=None if loads is None else float(loads[opening]),
        price=None if prices is None else float(prices[opening]),
        vacancies=int(market.openings.vacancies[opening]),
        used=_used(market, person, {groups[feature] for feature in own}),
    )


def why_not(market: Market, person: int, opening: int) -> tuple[Broken, ...]:
    """Hard conditions that keep two rows apart, with the value on either side; empty when they may meet.

    Examples
    --------
    >>> market = Market.from_records(
    ...     people=[{"id": 1, "pay_floor": 800000}], openings=[{"id": 2, "pay_max": 600000}]
    ... )
    >>> why_not(market, 0, 0)
    (Broken(code='pay', person=800000, opening=600000),)
    """
    return tuple(_broken(market, person, opening, code) for code in failing_conditions(market, person, opening))


def _broken(market: Market, i: int, j: int, code: str) -> Broken:
    people, openings = market.people, market.openings
    held, needed = people.certificates.row(i).tolist(), openings.certificates.row(j).tolist()
    sides: dict[str, tuple[Any, Any]] = {
        "area": (tuple(people.areas.row(i).tolist()), int(openings.area[j])),
        "pay": (int(people.pay_floor[i]), int(openings.pay_max[j])),
        "type": (int(people.types[i]), int(openings.type[j])),
        "never_opening": (int(openings.ids[j]), int(openings.ids[j])),
        "never_employer": (int(openings.employer[j]), int(openings.employer[j])),
        "degree": (int(people.degree[i]), int(openings.degree_min[j])),
        "experience": (int(people.experience[i]), int(openings.experience_min[j])),
        "certificates": (tuple(held), tuple(sorted(set(needed) - set(held)))),
        "never_person": (int(people.ids[i]), int(people.ids[i])),
    }
    return Broken(code, *sides[code])


def _pay_share(market: Market, i: int, j: int) -> float:
    floor, offer = int(market.people.pay_floor[i]), int(market.openings.pay_max[j])
    if floor == 0 or offer >= PAY_NOT_STATED or offer < floor:
        return 0.0
    return 0.2 * min(offer - floor, floor) / floor


def _used(market: Market, i: int, groups: set[str]) -> tuple[str, ...]:
    people = market.people
    stated = {
        "areas": people.areas.row(i).size > 0,
        "pay_floor": bool(people.pay_floor[i]),
        "degree": bool(people.degree[i]),
        "experience": bool(people.experience[i]),
        "types": int(people.types[i]) != 0xFFFF,
        "certificates": people.certificates.row(i).size > 0,
    }
    return tuple(group for group in GROUPS if group in groups) + tuple(name for name, used in stated.items() if used)
