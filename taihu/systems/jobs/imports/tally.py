"""What an import counted; kept with the batch after every chunk, so that a killed import counts on."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from taihu.systems.jobs.imports.understanding import STATES, Outcome

MOST_EXAMPLES = 5
EFFECTS = ("created", "updated", "unchanged", "linked")


@dataclass
class Tally:
    """Counts of one import so far."""

    rows: int = 0
    states: Counter[str] = field(default_factory=Counter)
    effects: Counter[str] = field(default_factory=Counter)
    remarks: Counter[str] = field(default_factory=Counter)
    reasons: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, outcome: Outcome) -> None:
        self.rows += 1
        self.states[outcome.state] += 1
        self.remarks.update(outcome.remarks)
        for reason in outcome.reasons:
            key = f"{outcome.state}|{reason.code}|{reason.field}"
            known = self.reasons.setdefault(key, {"count": 0, "examples": []})
            known["count"] += 1
            if len(known["examples"]) < MOST_EXAMPLES:
                known["examples"].append({"row": outcome.number, "text": reason.detail})

    def columns(self) -> dict[str, int]:
        """The counts that the batch keeps as columns."""
        return {
            "rows": self.rows,
            **{state: self.states[state] for state in STATES},
            **{effect: self.effects[effect] for effect in EFFECTS},
        }

    def to_json(self) -> dict[str, Any]:
        return {
            "effects": dict(sorted(self.effects.items())),
            "remarks": dict(sorted(self.remarks.items())),
            "reasons": dict(sorted(self.reasons.items())),
        }

    @classmethod
    def from_batch(cls, batch: Any) -> "Tally":
        report = batch.report or {}
        return cls(
            rows=batch.rows,
            states=Counter({state: getattr(batch, state) for state in STATES}),
            effects=Counter(report.get("effects", {})),
            remarks=Counter(report.get("remarks", {})),
            reasons=dict(report.get("reasons", {})),
        )
