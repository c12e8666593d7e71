"""The hard conditions of both sides, for one pair, by name."""

from __future__ import annotations

import numpy as np

from taihu.engines.matching.market import Market

#: Whose condition each is: the person's, then the employer's.
PERSON_CONDITIONS = ("area", "pay", "type", "never_opening", "never_employer")
EMPLOYER_CONDITIONS = ("degree", "experience", "certificates", "never_person")
CONDITIONS = PERSON_CONDITIONS + EMPLOYER_CONDITIONS


def failing_conditions(market: Market, person: int, opening: int) -> tuple[str, ...]:
    """Names of the hard conditions that a pair of rows breaks, in the order of `CONDITIONS`.

    Examples
    --------
    >>> market = Market.from_records(
    ...     people=[{"id": 1, "pay_floor": 800000, "degree": 3}],
    ...     openings=[{"id": 2, "pay_max": 600000, "degree_min": 4}],
    ... )
    >>> failing_conditions(market, 0, 0)
    ('pay', 'degree')
    """
    people, openings = market.people, market.openings
    areas = people.areas.row(person)
    missing = np.setdiff1d(openings.certificates.row(opening), people.certificates.row(person))
    broken = {
        "area": areas.size > 0 and openings.area[opening] not in areas,
        "pay": openings.pay_max[opening] < people.pay_floor[person],
        "type": not (int(people.types[person]) >> int(openings.type[opening])) & 1,
        "never_opening": openings.ids[opening] in people.never_openings.row(person),
        "never_employer": openings.employer[opening] in people.never_employers.row(person),
        "degree": people.degree[person] < openings.degree_min[opening],
        "experience": people.experience[person] < openings.experience_min[opening],
        "certificates": missing.size > 0,
        "never_person": people.ids[person] in openings.never_people.row(opening),
    }
    return tuple(name for name in CONDITIONS if broken[name])
