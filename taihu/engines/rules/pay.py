"""Amounts, payers and instalments for the people of a frame: the arrays beside `amounts`."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .frames import Frame, Pair, both, portion, scaled
from .kinds import Kind
from .tree import Expr, Layer, Policy, Schedule, Step

Array = npt.NDArray[Any]


def amounts_of(policy: Policy, frame: Frame) -> tuple[Array, dict[str, Array], Any]:
    """Total, amount per layer (int64 fen) and where they are known (None = everywhere)."""
    known: Any = None
    layers: dict[str, Array] = {}
    for layer in policy.layers:
        amount, sure = _layer(layer, frame)
        layers[layer.id] = amount
        frame.layers[layer.id] = (amount, sure)
        known = both(known, sure)
    sums = list(layers.values())
    total = sums[0] if len(sums) == 1 else sum(sums, np.zeros(frame.n, np.int64))
    if policy.total_steps:
        after = total
        for step in policy.total_steps:
            after, sure = _step(step, after, frame)
            known = both(known, sure)
        after = np.maximum(after, 0)
        spread(layers, after - total)
        total = after
    return total, layers, known


def _layer(layer: Layer, frame: Frame) -> tuple[Array, Any]:
    base, known = frame.run(layer.base)
    amount = _full(frame, base)
    for step in layer.steps:
        amount, sure = _step(step, amount, frame)
        known = both(known, sure)
    amount = np.maximum(amount, 0)
    if layer.when is not None:
        true, open_ = _when(frame, layer.when)
        amount = np.where(true, amount, 0)
        known = both(None if known is None else known | ~true, open_)
    return amount, known


def _when(frame: Frame, expr: Expr) -> tuple[Array, Any]:
    """(true, where it is decided)."""
    true, false = frame.run(expr)
    full = np.broadcast_to(true, frame.n)
    return full, None if false is None else full | np.broadcast_to(false, frame.n)


def _full(frame: Frame, values: Any) -> Array:
    return np.broadcast_to(np.asarray(values, np.int64), frame.n)


def _step(step: Step, amount: Array, frame: Frame) -> tuple[Array, Any]:
    frame.running = (amount, None)
    value, known = frame.run(step.value)
    used: Pair = (0, None) if step.used is None else frame.run(step.used)
    known = both(known, used[1])
    after = _after(step.op, amount, _full(frame, value), _full(frame, used[0]))
    if step.when is not None:
        true, open_ = _when(frame, step.when)
        after = np.where(true, after, amount)
        known = both(None if known is None else known | ~true, open_)
    return after, known


def _after(op: str, amount: Array, value: Array, used: Array) -> Array:
    if op in ("share", "uplift"):
        part: Any = scaled(amount, value, (Kind.MONEY, Kind.DECIMAL))
        return np.asarray(amount + part if op == "uplift" else part)
    if op.startswith("round_"):
        if op == "round_down":
            return amount // value * value
        return -(-amount // value) * value if op == "round_up" else (2 * amount + value) // (2 * value) * value
    after: Array
    match op:
        case "cap":
            after = np.minimum(amount, value)
        case "floor":
            after = np.maximum(amount, value)
        case "add":
            after = amount + value
        case "deduct":
            after = np.maximum(0, amount - value)
        case "limit":
            after = np.minimum(amount, np.maximum(0, value - used))
        case _:
            after = amount * value
    return after


def spread(layers: dict[str, Array], change: Array) -> None:
    """Put a change of the total on the layers: more on the first, less from the last backwards."""
    names = list(layers)
    if names:
        layers[names[0]] = layers[names[0]] + np.maximum(change, 0)
    left = np.maximum(-change, 0)
    for name in reversed(names):
        taken = np.minimum(layers[name], left)
        layers[name] = layers[name] - taken
        left = left - taken


def reads_payers(policy: Policy) -> bool:
    """Does it depend on facts who pays?"""
    return any(rule.when is not None for layer in policy.layers for rule in layer.payers)


def reads_schedule(policy: Policy) -> bool:
    """Do the instalments depend on facts or on the amount?"""
    return any(item.when is not None or any(part.amount for part in item.parts) for item in policy.schedules)


def payers_of(policy: Policy, layers: dict[str, Array], frame: Frame) -> tuple[dict[str, Array], Any]:
    """Split of every layer by payer, and where it is known who pays."""
    found: dict[str, Array] = {}
    known: Any = None
    for layer in policy.layers:
        amount = layers[layer.id]
        if not layer.payers:
            found["unassigned"] = found.get("unassigned", 0) + amount
            continue
        free: Any = np.ones(frame.n, np.bool_)
        for rule in layer.payers:
            if rule.when is not None:
                true, open_ = _when(frame, rule.when)
                if open_ is not None:
                    known = both(known, open_ | ~free)
                base = np.where(free & true, amount, 0)
                free = free & ~true
            else:
                base = np.where(free, amount, 0) if len(layer.payers) > 1 else amount
            others = [portion(base, share) for _, share in rule.shares[1:]]
            parts = [base - sum(others) if others else base, *others]
            for (payer, _), part in zip(rule.shares, parts, strict=True):
                found[payer] = found[payer] + part if payer in found else part
    return found, known


def schedule_of(policy: Policy, payable: Array, frame: Frame) -> tuple[Array, Array, Any]:
    """Due days int32 (n, k) (0 = none), fen int64 (n, k), and where they are known."""
    frame.running = (payable, None)
    frame.cache = {}
    if not policy.schedules:
        return np.broadcast_to(np.asarray(frame.at, np.int32), frame.n).copy()[:, None], payable[:, None].copy(), None
    width = max((len(item.parts) for item in policy.schedules), default=1)
    due, parts = np.zeros((frame.n, width), np.int32), np.zeros((frame.n, width), np.int64)
    free: Any = np.ones(frame.n, np.bool_)
    known: Any = None
    for schedule in policy.schedules:
        mine = free
        if schedule.when is not None:
            true, open_ = _when(frame, schedule.when)
            known = both(known, None if open_ is None else open_ | ~free)
            mine = free & true
        free = free & ~mine
        if mine.any():
            sure = _parts(schedule, payable, frame, mine, due, parts)
            known = both(known, None if sure is None else sure | ~mine)
    if free.any():
        due[free, 0] = np.broadcast_to(frame.at, frame.n)[free]
        parts[free, 0] = payable[free]
    return due, parts, known


def _parts(schedule: Schedule, payable: Array, frame: Frame, mine: Array, due: Array, parts: Array) -> Any:
    rest = payable
    known: Any = None
    for number, part in enumerate(schedule.parts):
        amount = rest
        if number < len(schedule.parts) - 1:
            if part.share is not None:
                wanted: Any = portion(payable, part.share)
            else:
                assert part.amount is not None
                wanted, sure = frame.run(part.amount)
                known = both(known, sure)
            amount = np.maximum(0, np.minimum(rest, wanted))
        rest = rest - amount
        day, day_known = frame.run(part.due)
        day = np.broadcast_to(day if day_known is None else np.where(day_known, day, 0), frame.n)
        due[mine, number] = day[mine]
        parts[mine, number] = amount[mine]
    return known
