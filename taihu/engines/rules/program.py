"""A policy set prepared for repeated evaluation."""

from __future__ import annotations

from dataclasses import dataclass

from .frames import Plan
from .sets import PolicySet, references
from .walking import expressions


@dataclass(frozen=True)
class Program:
    """A policy set prepared for repeated evaluation."""

    policies: PolicySet
    plan: Plan
    read: frozenset[str]


def compile_policies(policies: PolicySet) -> Program:
    """Find shared expressions and monotone comparisons once; evaluation then reuses them."""
    read = frozenset(name for policy in policies.policies for name in references(policy))
    return Program(policies, Plan(expr for policy in policies.policies for expr in expressions(policy)), read)
