"""Slates under hard caps on how many people may be shown an opening."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taihu.engines.matching.arrays import Float64, Int64, frozen_array, row_pointer
from taihu.engines.matching.edges import Edges
from taihu.engines.matching.errors import MarketError


@dataclass(frozen=True)
class Allocation:
    """Slates with capped exposure.

    Attributes
    ----------
    edge : int64 array of shape (people, k)
        Edges shown, most valuable first; -1 where there are fewer.
    prices : float64 array of shape (openings,)
        What one more place of exposure would be worth.
    objective, upper_bound, gap : float
        Value of the allocation, the bound that none exceeds, and the distance as a share of the bound.
    """

    edge: Int64
    prices: Float64
    objective: float
    upper_bound: float
    gap: float


def capped_slates(
    edges: Edges, worth: npt.ArrayLike, caps: npt.ArrayLike, *, k: int = 10, precision: float = 1e-4
) -> Allocation:
    """Show everybody at most ``k`` openings and every opening to at most ``caps`` people, with the largest total worth.

    Parameters
    ----------
    edges : Edges
    worth : float array of shape (edges,), 0..1
        For example ``p q``.
    caps : int array of shape (openings,), 0 or more
    k : int
    precision : float
        Smallest bid step, as a share of the largest worth; the result is within ``people x k`` steps of the optimum.

    Notes
    -----
    Auction with bid steps that shrink five-fold (Bertsekas 1988), places being identical units. Prices found with a large step
    are the reserve of the next; if a reserve turns out to leave a place unsold, the last step is repeated without reserves, so
    that the bound holds.

    Examples
    --------
    >>> edges = Edges([0, 2, 4], [0, 1, 0, 1], [1] * 4, [1] * 4, openings=2)
    >>> capped_slates(edges, [0.9, 0.8, 0.9, 0.1], [1, 1], k=1).edge.tolist()
    [[1], [2]]
    """
    from taihu.engines.matching import auction_kernels as kernels

    limits = frozen_array(caps, np.int64, "caps")
    value = np.asarray(worth, np.float64)
    _check(edges, value, limits, k, precision)
    limits = np.minimum(limits, edges.people)
    cap_start = row_pointer(limits)
    largest = float(value.max(initial=0.0))
    step, last = 0.1 * largest, precision * largest
    reserve, price = np.zeros(limits.size), np.zeros(limits.size)
    table = (edges.indptr, edges.opening, value)
    while True:
        held, taken = kernels.bid_until_quiet(k, step, *table, cap_start, reserve, price)
        unsold = taken < np.diff(cap_start)
        if step <= last:
            if not (unsold & (reserve > 0)).any():
                break
            reserve = np.zeros(limits.size)
            continue
        reserve = np.where(unsold, 0.0, np.maximum(price - 2 * step, 0.0))
        step = max(step / 5, last)
    price[unsold] = 0.0
    bound = kernels.auction_bound(k, *table, limits, price)
    objective = float(value[held].sum())
    bound = max(bound, objective)
    return Allocation(
        _ranked(edges, value, held, k), price, objective, bound, (bound - objective) / bound if bound else 0.0
    )


def _ranked(edges: Edges, value: Float64, held: npt.NDArray[np.bool_], k: int) -> Int64:
    chosen = np.flatnonzero(held)
    person = np.searchsorted(edges.indptr, chosen, side="right") - 1
    order = np.lexsort((chosen, -value[chosen], person))
    chosen, person = chosen[order], person[order]
    start = row_pointer(np.bincount(person, minlength=edges.people))
    table = np.full((edges.people, k), -1, np.int64)
    table[person, np.arange(chosen.size) - start[person]] = chosen
    return table


def _check(edges: Edges, worth: Float64, caps: Int64, k: int, precision: float) -> None:
    if worth.shape != (len(edges),) or caps.size != edges.openings:
        raise MarketError("bad_shape", f"{worth.shape} worths and {caps.size} caps for {len(edges)} edges")
    wrong = ~((worth >= 0) & (worth <= 1))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise MarketError("out_of_range", f"worth is {worth[row]}: must lie in 0..1", row=row)
    if caps.size and caps.min() < 0:
        row = int(np.argmax(caps < 0))
        raise MarketError("out_of_range", f"caps is {int(caps[row])}: must be 0 or more", row=row)
    if k < 1 or not 0 < precision <= 0.1:
        raise MarketError("out_of_range", f"k is {k} and precision {precision}: give k from 1 and precision in 0..0.1")
