"""Facts that a policy declares for itself, as properties that may be written."""

from taihu.records.facts.properties import Property
from taihu.records.facts.rule_facts import property_of
from taihu.systems.policies.rulebook import published_rules


def declared_property(name: str) -> Property | None:
    """The property of a fact or kind of record that a published policy declares."""
    return property_of(name, published_rules().catalogue)
