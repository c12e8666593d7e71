"""What a process that only reads facts does. Nothing of Django is imported here before it is set up."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

from taihu.records.base.processes import end_with

_at_work: dict[str, Any] = {}


def start(parent: int, catalogue: Any, day: str, known_at: str, folder: str) -> None:
    """In a process of its own: its own connection, the organisations read once."""
    end_with(parent)
    import django

    django.setup()
    from taihu.records.facts.parts import read_employers
    from taihu.records.facts.reading import Belief

    belief = Belief(date.fromisoformat(day), datetime.fromisoformat(known_at))
    employers = read_employers(catalogue, belief)
    _at_work.update(catalogue=catalogue, belief=belief, folder=Path(folder), employers=employers)


def work(number: int) -> int:
    """Load one block into its file."""
    from taihu.records.facts.parts import load_block

    return load_block(_at_work["catalogue"], _at_work["belief"], _at_work["folder"], number, _at_work["employers"])
