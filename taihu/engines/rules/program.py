"""A policy set prepared for repeated evaluation."""

from __future__ import annotations

from dataclasses import dataclass

from .frames import Plan
from .sets import PolicySet, references
from .tree import Other, Policy
from .walking import expressions, payment_expressions, walk


@dataclass(frozen=True)
class Program:
    """A policy set prepared for repeated evaluation."""

    policies: PolicySet
    plan: Plan
    read: frozenset[str]


def asked_when_paying(policy: Policy) -> frozenset[str]:
    """Ids of the policies whose results decide who pays and when."""
    parts = (expr for top in payment_expressions(policy) for expr in walk(top))
    return frozenset(expr.policy for expr in parts if isinstance(expr, Other))


def compile_policies(policies: PolicySet) -> Program:
    """Find shared expressions and monotone comparisons once; evaluation then reuses them."""
    read = frozenset(name for policy in policies.policies for name in references(policy))
    return Program(policies, Plan(expr for policy in policies.policies for expr in expressions(policy)), read)
