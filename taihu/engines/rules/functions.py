"""The functions of the language: what they take and give."""

from __future__ import annotations

from dataclasses import dataclass

from .kinds import Kind

#: Longer enumerations belong in a dated list.
MAX_LITERALS = 500

#: name -> (kinds of the arguments, kind of the result); "same" = two or more of one ordered kind.
FUNCTIONS: dict[str, tuple[str, Kind | None]] = {
    "years": ("date date", Kind.INT),
    "months": ("date date", Kind.INT),
    "days": ("date date", Kind.INT),
    "year": ("date", Kind.INT),
    "month": ("date", Kind.INT),
    "start_of_year": ("date", Kind.DATE),
    "end_of_last_year": ("date", Kind.DATE),
    "start_of_month": ("date", Kind.DATE),
    "start_of_next_month": ("date", Kind.DATE),
    "add_months": ("date int", Kind.DATE),
    "min": ("same", None),
    "max": ("same", None),
    "round_down": ("money money", Kind.MONEY),
    "round_up": ("money money", Kind.MONEY),
    "round_half_up": ("money money", Kind.MONEY),
}


@dataclass(frozen=True, slots=True)
class Fold:
    """How an aggregate is written: ``name(record.field by record.other where condition, bound, ...)``."""

    result: Kind
    folds_field: bool = False
    needs_by: bool = False
    needs_span: bool = False
    bounds_min: int = 0
    bounds_max: int = 0
    bounds_kind: Kind = Kind.DATE


AGGREGATES: dict[str, Fold] = {
    "any": Fold(Kind.BOOL),
    "count": Fold(Kind.INT),
    "sum": Fold(Kind.MONEY, folds_field=True),
    "max": Fold(Kind.MONEY, folds_field=True),
    "min": Fold(Kind.MONEY, folds_field=True),
    "latest": Fold(Kind.CODE, folds_field=True, needs_by=True),
    "earliest": Fold(Kind.CODE, folds_field=True, needs_by=True),
    # months covered by the spans, each counted once, from month of bound 1 to month of bound 2 (or up to one bound)
    "months_covered": Fold(Kind.INT, needs_span=True, bounds_min=1, bounds_max=2),
    # days covered by the spans, each counted once, from bound 1 to bound 2 (or up to one bound), both included
    "days_covered": Fold(Kind.INT, needs_span=True, bounds_min=1, bounds_max=2),
    # unbroken months ending in the month of the bound, or in the month before it
    "months_run": Fold(Kind.INT, needs_span=True, bounds_min=1, bounds_max=1),
    # first day of that unbroken run
    "run_start": Fold(Kind.DATE, needs_span=True, bounds_min=1, bounds_max=1),
    # longest unbroken run up to the bound
    "longest_run": Fold(Kind.INT, needs_span=True, bounds_min=1, bounds_max=1),
    # first day of the month in which the n-th covered month falls
    "month_reached": Fold(Kind.DATE, needs_span=True, bounds_min=1, bounds_max=1, bounds_kind=Kind.INT),
}
