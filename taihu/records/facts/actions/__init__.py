"""Writes on what the city knows."""

from taihu.records.facts.actions.exchanges import AnswerReport, receive_answer, send_exchange
from taihu.records.facts.actions.facts import BulkReport, FactRow, add_fact, correct_fact, load_facts, withdraw_fact

__all__ = [
    "AnswerReport",
    "BulkReport",
    "FactRow",
    "add_fact",
    "correct_fact",
    "load_facts",
    "receive_answer",
    "send_exchange",
    "withdraw_fact",
]
