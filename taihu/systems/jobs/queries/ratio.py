"""求人倍率 (岗位空缺与求职人数的比率) by the official quarterly method.

Demand is head-count, supply is people; both are those valid in the period: carried over and still open plus new.
Applicants without an occupational wish (无要求) are distributed over the groups in proportion to demand before the
ratio is taken, while the table shows the raw count (人力资源市场供求分析报告, table 5).
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, Sum

from taihu.records.taxonomy.models import DatedList
from taihu.records.taxonomy.queries import ancestors, is_code, list_entries, lists_in_force
from taihu.systems.jobs.enums import OpeningState
from taihu.systems.jobs.models import Opening, Profile

NO_WISH = ""


@dataclass(frozen=True)
class Ratio:
    """One row; `applicants` is the raw count, `ratio` uses the distributed one. None without applicants."""

    code: str
    demand: int
    applicants: int
    ratio: float | None


def ratios(demand: dict[str, int], applicants: dict[str, int]) -> tuple[list[Ratio], Ratio]:
    """Rows by code and the total.

    >>> rows, total = ratios({"a": 30, "b": 10}, {"a": 10, "b": 10, "": 4})
    >>> [(row.code, row.applicants, round(row.ratio, 3)) for row in rows]
    [('a', 10, 2.308), ('b', 10, 0.909)]
    >>> round(total.ratio, 3)
    1.667
    """
    whole, free = sum(demand.values()), applicants.get(NO_WISH, 0)
    rows = []
    for code in sorted({*demand, *applicants} - {NO_WISH}):
        wanted, there = demand.get(code, 0), applicants.get(code, 0)
        counted = there + (free * wanted / whole if whole else 0.0)
        rows.append(Ratio(code, wanted, there, wanted / counted if counted else None))
    everybody = sum(applicants.values())
    return rows, Ratio("", whole, everybody, whole / everybody if everybody else None)


def supply_and_demand(*, since: datetime, until: datetime, by: str = "occupation") -> tuple[list[Ratio], Ratio]:
    """Rows by occupation group (中类) or by district. Two statements.

    A person who wishes several groups counts in the first one: people are counted, not wishes.
    """
    valid = Q(published_at__lt=until) & (Q(valid_through__isnull=True) | Q(valid_through__gte=since))
    states = (OpeningState.PUBLISHED, OpeningState.PAUSED, OpeningState.EXPIRED, OpeningState.CLOSED)
    field = "occupation_code" if by == "occupation" else "area_code"
    own = Opening.objects.filter(valid, state__in=states, duplicate_of__isnull=True)
    demand: Counter[str] = Counter()
    for code, places in own.order_by().values_list(field).annotate(places=Sum("headcount")):
        demand[_group(code, by)] += places
    applicants: Counter[str] = Counter()
    wish = "wanted_occupations" if by == "occupation" else "area_code"
    for value in Profile.objects.filter(is_looking=True).values_list(wish, flat=True).iterator():
        code = (value[0] if value else NO_WISH) if isinstance(value, list) else value
        applicants[_group(code, by)] += 1
    return ratios(dict(demand), dict(applicants))


def _group(code: str, by: str) -> str:
    """The 中类 of an occupation; a district as it is."""
    if by != "occupation" or not is_code("occupation", code):
        return code
    path = ancestors("occupation", code, include_self=True)
    return path[1] if len(path) > 1 else path[0]


def shortage_by_group(*, on: date) -> tuple[DatedList | None, dict[str, list[str]]]:
    """The shortage catalogue in force and its occupations by 中类; none where the city adopted none. Two statements."""
    catalogue = lists_in_force("shortage", on=on).first()
    groups: dict[str, list[str]] = {}
    for entry in list_entries(catalogue) if catalogue else ():
        if entry.code:
            groups.setdefault(_group(entry.code, "occupation"), []).append(entry.name)
    return catalogue, groups
