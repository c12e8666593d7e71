"""The typed tree of a policy: what the loader makes of a file and both readers walk.

Everything is frozen. Places are left out of comparisons, so equal expressions are equal wherever they stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from taihu.engines.text.script import in_language

from .errors import NOWHERE, Place
from .kinds import Type


@dataclass(frozen=True, slots=True)
class Words:
    """A text in Chinese and English."""

    zh: str
    en: str

    def say(self, language: str) -> str:
        """For a reader of "zh", "zh-hant" or "en"."""
        return in_language(self.zh, self.en, language)


# --- expressions -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Expr:
    type: Type
    place: Place = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Literal(Expr):
    """A constant: int for every stored kind, str for a code."""

    value: int | str


@dataclass(frozen=True, slots=True)
class Applied(Expr):
    """The application date, the one date given from outside."""


@dataclass(frozen=True, slots=True)
class Fact(Expr):
    """A single-valued fact of the person (or of the household or employer the person belongs to)."""

    name: str


@dataclass(frozen=True, slots=True)
class FactAt(Expr):
    """A fact with a history, read on a date."""

    name: str
    when: Expr


@dataclass(frozen=True, slots=True)
class Field(Expr):
    """A field of the record at hand inside any(), sum(), months_run() ..."""

    record: str
    name: str


@dataclass(frozen=True, slots=True)
class Arith(Expr):
    """op: add sub mul div, with rounding half up where the result is not whole."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Shift(Expr):
    """A date moved by a number of months and days."""

    item: Expr
    months: int
    days: int


@dataclass(frozen=True, slots=True)
class Compare(Expr):
    """op: eq ne lt le gt ge."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Member(Expr):
    """The item is one of some literal values."""

    item: Expr
    values: tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Listed(Expr):
    """The code is in a named dated list, as the list stood on a date."""

    item: Expr
    name: str
    when: Expr


@dataclass(frozen=True, slots=True)
class Logic(Expr):
    """op: and or; three-valued."""

    op: str
    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Not(Expr):
    item: Expr


@dataclass(frozen=True, slots=True)
class Known(Expr):
    """True when the item has a value; never unknown itself."""

    item: Expr


@dataclass(frozen=True, slots=True)
class If(Expr):
    test: Expr
    then: Expr
    other: Expr


@dataclass(frozen=True, slots=True)
class Call(Expr):
    """A function of plain values: years, months, days, year, start_of_year, min, max, round_down ..."""

    name: str
    args: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Lookup(Expr):
    """A value from a table of the policy by one or two keys."""

    table: str
    keys: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Aggregate(Expr):
    """A fold over the records of one kind that satisfy `where`.

    name: any count sum max min latest earliest months_covered days_covered months_run longest_run run_start month_reached.
    `value` is the field folded, `by` the field that orders, `bounds` the dates or number the name needs.
    """

    name: str
    record: str
    where: Expr | None
    value: Expr | None
    by: Expr | None
    bounds: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Defined(Expr):
    """A name the policy defined; `item` is its meaning."""

    name: str
    item: Expr


@dataclass(frozen=True, slots=True)
class Running(Expr):
    """The amount so far, inside amount steps, limits and instalments."""


@dataclass(frozen=True, slots=True)
class LayerAmount(Expr):
    """What an earlier layer of the same policy came to."""

    layer: str


#: What `class_of` answers for somebody who is in no class.
NO_CLASS = "none"


@dataclass(frozen=True, slots=True)
class Other(Expr):
    """The result of another policy. name: holds, amount_of, class_of."""

    name: str
    policy: str


# --- policies ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Exemption:
    """Where `test` is true the clause counts as fulfilled."""

    test: Expr
    text: Words | None


@dataclass(frozen=True, slots=True)
class Clause:
    """A node of the condition tree.

    `index` numbers nodes in reading order, 0 is the root; it is the bit number in an evaluation.
    `op` is test, all, any, at_least or none.
    """

    id: str
    index: int
    op: str
    test: Expr | None
    items: tuple[Clause, ...]
    at_least: int
    text: Words | None
    article: str
    exemptions: tuple[Exemption, ...]
    is_waivable: bool
    evidence: tuple[str, ...]
    place: Place = field(default=NOWHERE, compare=False, repr=False)

    def walk(self) -> list[Clause]:
        """This node and all below, in reading order."""
        found = [self]
        for item in self.items:
            found.extend(item.walk())
        return found


@dataclass(frozen=True, slots=True)
class Table:
    """Rows by one or two keys; `other` is the value for keys without a row."""

    name: str
    keys: tuple[Type, ...]
    rows: tuple[tuple[tuple[int | str, ...], int], ...]
    other: int | None
    type: Type


@dataclass(frozen=True, slots=True)
class Step:
    """One change of the running amount.

    op: cap floor add deduct uplift times share limit round_down round_up round_half_up. `used` (limit only) is what
    earlier payments took of `value`; `per` says whose limit it is: person, year, household, project, lifetime.
    """

    op: str
    value: Expr
    when: Expr | None
    used: Expr | None
    per: str
    text: Words | None
    article: str


@dataclass(frozen=True, slots=True)
class PayerRule:
    """Shares in ten-thousandths, adding up to one; the first payer takes the odd fen."""

    when: Expr | None
    shares: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """One addend of the amount, with who pays it."""

    id: str
    when: Expr | None
    base: Expr
    steps: tuple[Step, ...]
    payers: tuple[PayerRule, ...]
    text: Words | None
    article: str


@dataclass(frozen=True, slots=True)
class Part:
    """One instalment: a share (ten-thousandths) or an amount, due on a date, after `recheck` clauses hold again."""

    share: int | None
    amount: Expr | None
    due: Expr
    recheck: tuple[str, ...]
    text: Words | None


@dataclass(frozen=True, slots=True)
class Schedule:
    when: Expr | None
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Exclusion:
    """rule: best (highest amount), first (lowest order), choose (the person's recorded choice)."""

    group: str
    rule: str
    order: int


@dataclass(frozen=True, slots=True)
class SharedCap:
    """A ceiling several policies draw on together, in the order of `order`.

    `used` is what earlier payments took of `limit`; `per` says whose ceiling it is. Within one run a household draws on
    one ceiling together, everybody else on one of their own.
    """

    group: str
    limit: Expr
    used: Expr | None
    per: str
    order: int
    text: Words | None
    article: str
    place: Place = field(default=NOWHERE, compare=False, repr=False)

    @property
    def is_of_household(self) -> bool:
        return self.per == "household"


@dataclass(frozen=True, slots=True)
class Decision:
    """Discretion. `mode` amount: the approved amount replaces a formula (一事一议)."""

    mode: str
    body: Words
    at_most: int


@dataclass(frozen=True, slots=True)
class Selector:
    """The version applies when `date` lies in from..to (to excluded)."""

    label: str
    date: Expr
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class GivenCase:
    """A worked case of the file: facts as written, and what must come out."""

    name: str
    title: Words
    at: int
    given: tuple[tuple[str, object], ...]
    expect: tuple[tuple[str, object], ...]
    household: tuple[tuple[tuple[str, object], ...], ...]
    place: Place = field(compare=False, repr=False)
    #: Where each expectation stands.
    places: Mapping[str, Place] = field(default_factory=dict, compare=False, repr=False)


#: Definitions of these names say how many months and years of a benefit one payment uses up.
COUNTED = {"months_counted": "months", "years_counted": "years"}


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of one policy: `key` (id@version) is unique, `id` is shared by the versions of a policy."""

    id: str
    version: str
    title: Words
    document: str
    issuer: str
    level: str
    area: str
    is_example: bool
    notice: Words | None
    effective_from: int
    effective_to: int
    selectors: tuple[Selector, ...]
    definitions: tuple[tuple[str, Expr], ...]
    tables: tuple[Table, ...]
    root: Clause
    payment_conditions: tuple[Clause, ...]
    classes: tuple[tuple[str, str], ...]
    #: What `class_of` can answer: the classes of all its versions, then "none"; empty without classes.
    class_names: tuple[str, ...]
    layers: tuple[Layer, ...]
    total_steps: tuple[Step, ...]
    #: The highest amount it can come to whatever the facts are, fen.
    most: int
    schedules: tuple[Schedule, ...]
    household_rule: str
    exclusion: Exclusion | None
    shared_caps: tuple[SharedCap, ...]
    decision: Decision | None
    cases: tuple[GivenCase, ...]
    file: str
    source: str = field(repr=False, compare=False)

    @property
    def key(self) -> str:
        return f"{self.id}@{self.version}"

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """Every clause by its index: the conditions, then what is only asked before a payment."""
        return (*self.root.walk(), *(item for top in self.payment_conditions for item in top.walk()))
