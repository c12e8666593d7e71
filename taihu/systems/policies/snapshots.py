"""What the rules said of a person on the day of an application, kept so that the decision letter can be replayed."""

from datetime import datetime
from typing import Any

from taihu.engines.rules.results import Explanation
from taihu.records.identity.models import Person
from taihu.systems.policies.queries.entitlements import standing_of


def snapshot(person: Person, policy: str, *, at: datetime) -> dict[str, Any]:
    """Status, reasons, amount, instalments and payers of one policy in both languages; {} where it is not published."""
    found: dict[str, Any] = {}
    for language in ("zh", "en"):
        standing = standing_of(person, at=at, language=language)
        entitlement = standing.of(policy)
        if entitlement is None:
            return {}
        found[language] = _words(entitlement.explanation)
        found |= _figures(entitlement.explanation)
        found["day"] = standing.day.isoformat()
    found["known_at"] = at.isoformat()
    return found


def _figures(item: Explanation) -> dict[str, Any]:
    return {
        "policy": item.policy,
        "status": item.status.name.lower(),
        "amount": item.amount,
        "payable": item.payable,
        "payers": {payer: fen for payer, fen in item.payers.items() if fen},
        "instalments": [
            {"due": part.due, "amount": part.amount, "recheck": list(part.recheck)} for part in item.instalments
        ],
        "counts": dict(item.counts),
        "failing": list(item.failing),
        "unknown": list(item.unknown),
    }


def _words(item: Explanation) -> dict[str, Any]:
    return {
        "title": item.title,
        "document": item.document,
        "sentences": list(item.sentences),
        "evidence_missing": list(item.evidence_missing),
        "clauses": [
            {
                "id": clause.id,
                "state": clause.state,
                "text": clause.text,
                "article": clause.article,
                "worked": clause.worked,
                "requires": clause.requires,
                "gap": clause.gap or clause.missing_text,
                "becomes_true_on": clause.becomes_true_on,
            }
            for clause in item.clauses
            if clause.is_leaf
        ],
    }
