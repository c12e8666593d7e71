"""Compiled kernels of `auction`."""

from __future__ import annotations

from typing import Any

import numpy as np

from taihu.engines.kernels import kernel


@kernel
def bid_until_quiet(  # noqa: C901 - the loop of one bid, in one piece
    k: int, step: float, indptr: Any, opening: Any, worth: Any, cap_start: Any, reserve: Any, price: Any
) -> tuple[Any, Any]:
    """People bid for places until nobody wants one more; returns the held edges as flags and the bids per place."""
    people = indptr.size - 1
    holder = np.full(cap_start[-1], -1, np.int64)
    bid = np.zeros(cap_start[-1], np.float64)
    taken = np.zeros(cap_start.size - 1, np.int64)
    held = np.zeros(opening.size, np.bool_)
    slots = np.full(people, k, np.int64)
    owner = np.empty(opening.size, np.int64)
    queue = np.arange(people - 1, -1, -1)
    for i in range(people):
        owner[indptr[i] : indptr[i + 1]] = i
    queued = np.ones(people, np.bool_)
    waiting = people
    price[:] = reserve
    while waiting > 0:
        waiting -= 1
        i = queue[waiting]
        best, second, at = 0.0, 0.0, np.int64(-1)
        if slots[i] > 0:
            for e in range(indptr[i], indptr[i + 1]):
                j = opening[e]
                if held[e] or cap_start[j + 1] == cap_start[j]:
                    continue
                net = worth[e] - price[j]
                if net > best:
                    best, second, at = net, best, np.int64(e)
                elif net > second:
                    second = net
        if at < 0:
            queued[i] = False
            continue
        j = opening[at]
        offer = worth[at] - second + step
        place = cap_start[j] + taken[j]
        if place == cap_start[j + 1]:
            place = cap_start[j]
            for other in range(cap_start[j] + 1, cap_start[j + 1]):
                if bid[other] < bid[place]:
                    place = other
            loser = owner[holder[place]]
            held[holder[place]] = False
            slots[loser] += 1
            if not queued[loser]:
                queued[loser] = True
                queue[waiting] = loser
                waiting += 1
        else:
            taken[j] += 1
        holder[place], bid[place], held[at] = at, offer, True
        slots[i] -= 1
        queued[i] = slots[i] > 0
        if queued[i]:
            queue[waiting] = i
            waiting += 1
        if taken[j] == cap_start[j + 1] - cap_start[j]:
            least = bid[cap_start[j]]
            for other in range(cap_start[j] + 1, cap_start[j + 1]):
                least = min(least, bid[other])
            price[j] = max(least, reserve[j])
    return held, taken


@kernel
def auction_bound(k: int, indptr: Any, opening: Any, worth: Any, caps: Any, price: Any) -> float:
    """Upper bound of any allocation: places at their prices plus the best that each person could gain above them."""
    total = 0.0
    for j in range(caps.size):
        total += caps[j] * price[j]
    for i in range(indptr.size - 1):
        gains = np.empty(indptr[i + 1] - indptr[i], np.float64)
        for e in range(indptr[i], indptr[i + 1]):
            gains[e - indptr[i]] = worth[e] - price[opening[e]] if caps[opening[e]] > 0 else 0.0
        gains.sort()
        for n in range(min(k, gains.size)):
            total += max(gains[gains.size - 1 - n], 0.0)
    return total
