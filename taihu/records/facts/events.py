from dataclasses import dataclass
from typing import ClassVar

from taihu.records.base.events import Event


@dataclass(frozen=True, kw_only=True)
class FactsAdded(Event):
    """Something became known: ids of the new rows, all of one property."""

    name: ClassVar[str] = "facts.added"
    property_name: str
    fact_ids: list[int]


@dataclass(frozen=True, kw_only=True)
class FactWithdrawn(Event):
    """A row is no longer believed; `replaced_by` says what is instead, if anything."""

    name: ClassVar[str] = "facts.withdrawn"
    fact_id: int
    replaced_by: int | None
