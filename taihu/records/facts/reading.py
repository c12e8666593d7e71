"""The facts of many people out of the database in few statements: one row per property, its values as lines of text.

A million rows fetched one by one cost seconds in the database driver alone. Here the database joins the values of a
property with line breaks, and the text is cut and decoded in one go (`texts.py`).
"""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import Aggregate, F, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce

from taihu.records.facts.models import Fact, Source
from taihu.records.facts.queries import known_at, valid_on
from taihu.records.facts.texts import LINE, Coded, code_lines
from taihu.records.identity.models import Organisation, Person

Array = npt.NDArray[Any]


class Lines(Aggregate):
    """The values of a column as lines of one text, in the order in which the database reads the rows.

    The line break is written out: SQLite would call CHAR(10) for every row, which costs a third of the whole reading.
    """

    function = "STRING_AGG"
    template = "%(function)s(CAST(%(expressions)s AS TEXT), '\n')"
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(
            compiler, connection, function="GROUP_CONCAT", template="%(function)s(%(expressions)s, '\n')", **context
        )


@dataclass(frozen=True)
class Scope:
    """Whose facts: people numbered low..high (excluded), or just `people`."""

    low: int = 0
    high: int = 2**62
    people: tuple[int, ...] | None = None

    def of(self, name: str) -> Q:
        if self.people is not None:
            return Q(**{f"{name}__in": self.people})
        return Q(**{f"{name}__gte": self.low, f"{name}__lt": self.high})


@dataclass(frozen=True)
class Belief:
    """What held on a day, as it was known at a moment."""

    day: date
    known_at: datetime


@dataclass(frozen=True)
class RawFacts:
    """The answers on one property: whose, and their values as lines of JSON; periods where they were asked for.

    `order` puts them by person and number of the fact; None where the database gave them so.
    """

    owners: Array
    lines: str
    order: Array | None = None
    starts: Coded | None = None
    ends: Coded | None = None


def numbers(text: str) -> Array:
    found: Array = np.fromstring(text, dtype=np.int64, sep=LINE)
    return found


def read_people(scope: Scope) -> tuple[Array, Coded]:
    """Ids, ascending, and dates of birth ("" where unknown) of everybody who is still their own record."""
    rows = Person.objects.filter(scope.of("id"), merged_into__isnull=True, erased_at__isnull=True)
    born = Coalesce(Cast("birth_date", TextField()), Value(""), output_field=TextField())
    found = rows.aggregate(ids=Lines("id"), born=Lines(born))
    if not found["ids"]:
        return np.zeros(0, np.int64), Coded(np.zeros(0, np.int64), [])
    ids = numbers(found["ids"])
    order = np.argsort(ids, kind="stable")
    return ids[order], code_lines(found["born"]).take(order)


def read_facts(
    scope: Scope, belief: Belief, *, current: Iterable[str], dated: Iterable[str], self_stated: Iterable[str]
) -> dict[str, RawFacts]:
    """Facts of people: of `current` properties what held on the day, of `dated` ones all periods. Two statements.

    What people say of themselves counts only for the properties that nobody else can know (`self_stated`).
    """
    rows = Fact.objects.filter(scope.of("person_id"), known_at(belief.known_at))
    rows = rows.exclude(Q(source=Source.SELF) & ~Q(property__in=list(self_stated)))
    found = _lines(rows.filter(valid_on(belief.day), property__in=list(current)), "person_id", has_periods=False)
    return found | _lines(rows.filter(property__in=list(dated)), "person_id", has_periods=True)


def read_organisations(belief: Belief, names: Iterable[str], ids: list[int] | None) -> dict[str, RawFacts]:
    """Facts that held on the day of all organisations, or of these. One statement."""
    rows = Fact.objects.filter(known_at(belief.known_at), valid_on(belief.day), property__in=list(names))
    rows = rows.filter(organisation__isnull=False) if ids is None else rows.filter(organisation__in=ids)
    return _lines(rows, "organisation_id", has_periods=False)


def read_codes(codes: Set[str] | None) -> dict[str, tuple[int, str]]:
    """Credit code → (id, area) of every organisation that has one, or of these."""
    rows = Organisation.objects.filter(credit_code__isnull=False)
    if codes is not None:
        rows = rows.filter(credit_code__in=sorted(codes))
    return {str(code): (pk, area) for code, pk, area in rows.values_list("credit_code", "pk", "area_code").iterator()}


def _lines(rows: QuerySet[Fact], owner: str, *, has_periods: bool) -> dict[str, RawFacts]:
    columns: dict[str, Any] = {"owners": Lines(owner), "facts": Lines("pk"), "lines": Lines(F("value"))}
    if has_periods:
        columns["starts"] = Lines("valid_from")
        columns["ends"] = Lines(Coalesce(Cast("valid_to", TextField()), Value(""), output_field=TextField()))
    found: dict[str, RawFacts] = {}
    answer: Iterable[dict[str, Any]] = rows.order_by().values("property").annotate(**columns)  # type: ignore[assignment]
    for row in answer:
        periods = (code_lines(row["starts"]), code_lines(row["ends"])) if has_periods else (None, None)
        owners = numbers(row["owners"])
        found[row["property"]] = RawFacts(owners, row["lines"], _order(owners, numbers(row["facts"])), *periods)
    return found


def _order(owners: Array, facts: Array) -> Array | None:
    """By person and number of the fact, whatever order the database chose."""
    step = np.diff(owners)
    if (step > 0).all() or ((step >= 0).all() and (np.diff(facts)[step == 0] > 0).all()):
        return None
    order: Array = np.lexsort((facts, owners))
    return order
