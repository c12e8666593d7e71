"""What the steps, payers and instalments of a policy do to an amount: for one number, in plain Python."""

from __future__ import annotations

from dataclasses import dataclass

from .kinds import DECIMAL_ONE
from .reader import Reader, divide_half_up
from .tree import Layer, Part, PayerRule, Policy, Schedule, Step


class Unknown(Exception):
    """An amount cannot be worked out because a fact is missing."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a calculation: the step (None for the base of a layer) and the amount after it."""

    layer: Layer | None
    step: Step | None
    amount: int


@dataclass(frozen=True, slots=True)
class OneAmount:
    total: int
    layers: dict[str, int]
    lines: tuple[Line, ...]


def apply_step(step: Step, amount: int, value: int, used: int) -> int:
    """The amount after a step.

    >>> from taihu.engines.rules.tree import Step
    >>> cap = Step("cap", None, None, None, "", None, "")
    >>> apply_step(cap, 100, 72, 0)
    72
    """
    match step.op:
        case "cap":
            return min(amount, value)
        case "floor":
            return max(amount, value)
        case "add":
            return amount + value
        case "deduct":
            return max(0, amount - value)
        case "limit":
            return min(amount, max(0, value - used))
        case "times":
            return amount * value
        case "share":
            return divide_half_up(amount * value, DECIMAL_ONE)
        case "uplift":
            return amount + divide_half_up(amount * value, DECIMAL_ONE)
        case "round_down":
            return amount // value * value
        case "round_up":
            return -(-amount // value) * value
    return divide_half_up(amount, value) * value


def amount_for(policy: Policy, reader: Reader) -> OneAmount:
    """The amount of a policy for a person who fulfils its conditions.

    Raises
    ------
    Unknown
        When a fact it needs is missing.
    """
    lines: list[Line] = []
    amounts: dict[str, int] = {}
    reader.layers = amounts
    for layer in policy.layers:
        amounts[layer.id] = _layer(layer, reader, lines)
    total = sum(amounts.values())
    if policy.total_steps:
        after = total
        for step in policy.total_steps:
            after = _stepped(step, after, reader, lines, None)
        spread(amounts, max(0, after) - total)
        total = max(0, after)
    reader.running = total
    return OneAmount(total, amounts, tuple(lines))


def _layer(layer: Layer, reader: Reader, lines: list[Line]) -> int:
    if layer.when is not None and not _truth(reader, layer.when):
        return 0
    base = reader.value(layer.base)
    if base is None:
        raise Unknown
    amount = int(base)
    lines.append(Line(layer, None, amount))
    for step in layer.steps:
        amount = _stepped(step, amount, reader, lines, layer)
    return max(0, amount)


def _stepped(step: Step, amount: int, reader: Reader, lines: list[Line], layer: Layer | None) -> int:
    reader.running = amount
    if step.when is not None and not _truth(reader, step.when):
        return amount
    value = reader.value(step.value)
    used = 0 if step.used is None else reader.value(step.used)
    if value is None or used is None:
        raise Unknown
    after = apply_step(step, amount, value, used)
    lines.append(Line(layer, step, after))
    return after


def _truth(reader: Reader, expr: object) -> bool:
    found = reader.truth(expr)  # type: ignore[arg-type]
    if found is None:
        raise Unknown
    return found


def spread(amounts: dict[str, int], change: int) -> None:
    """Put a change of the total on the layers: more on the first, less from the last backwards."""
    names = list(amounts)
    if change > 0 and names:
        amounts[names[0]] += change
    for name in reversed(names):
        taken = min(amounts[name], max(0, -change))
        amounts[name] -= taken
        change += taken


def split_payers(policy: Policy, amounts: dict[str, int], payable: int, reader: Reader) -> dict[str, int]:
    """Who pays what of `payable`: layer by layer by their shares; an exclusion that takes the amount away takes it all.

    Raises
    ------
    Unknown
        When it depends on a missing fact who pays.
    """
    found: dict[str, int] = {}
    for layer in policy.layers:
        amount = amounts[layer.id] if payable else 0
        rule = _rule(layer.payers, reader) if layer.payers else None
        shares = rule.shares if rule else (("unassigned", DECIMAL_ONE),)
        parts = [amount * share // DECIMAL_ONE for _, share in shares]
        parts[0] += amount - sum(parts)
        for (payer, _), part in zip(shares, parts, strict=True):
            found[payer] = found.get(payer, 0) + part
    return found


def _rule(rules: tuple[PayerRule, ...], reader: Reader) -> PayerRule:
    for rule in rules:
        if rule.when is None or _truth(reader, rule.when):
            return rule
    raise AssertionError("the last payer rule has no condition")


def schedule_for(policy: Policy, reader: Reader, payable: int) -> tuple[tuple[Part | None, int, int], ...]:
    """Instalments as (part, due day or 0, fen); one payment on the application date when nothing is said.

    Raises
    ------
    Unknown
        When the choice of the schedule or an amount depends on a missing fact.
    """
    reader.running = payable
    chosen = _schedule(policy.schedules, reader)
    if chosen is None:
        return ((None, reader.at, payable),)
    rest = payable
    found: list[tuple[Part | None, int, int]] = []
    for number, part in enumerate(chosen.parts, 1):
        amount = rest
        if number < len(chosen.parts):
            wanted = payable * part.share // DECIMAL_ONE if part.share is not None else reader.value(part.amount)  # type: ignore[arg-type]
            if wanted is None:
                raise Unknown
            amount = max(0, min(rest, wanted))
        rest -= amount
        found.append((part, reader.value(part.due) or 0, amount))
    return tuple(found)


def _schedule(schedules: tuple[Schedule, ...], reader: Reader) -> Schedule | None:
    for schedule in schedules:
        if schedule.when is None or _truth(reader, schedule.when):
            return schedule
    return None
