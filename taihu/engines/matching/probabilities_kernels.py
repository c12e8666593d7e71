"""Compiled kernels of `probabilities`."""

from __future__ import annotations

from typing import Any

from taihu.engines.kernels import kernel


@kernel
def fill_fits(
    start: int, stop: int, indptr: Any, opening: Any,
    person_ptr: Any, person_ids: Any, person_weights: Any, opening_ptr: Any, opening_ids: Any, opening_weights: Any,
    person_importance: Any, opening_importance: Any, pay_floor: Any, pay_max: Any, for_person: Any, for_opening: Any,
) -> None:  # fmt: skip
    """Fits of the edges of people ``start`` to ``stop``; see `probabilities.fits`."""
    for person in range(start, stop):
        first, last = person_ptr[person], person_ptr[person + 1]
        wanted = 0
        for a in range(first, last):
            wanted += person_importance[person_ids[a]] * person_weights[a]
        floor = pay_floor[person]
        for edge in range(indptr[person], indptr[person + 1]):
            job = opening[edge]
            a, b, end = first, opening_ptr[job], opening_ptr[job + 1]
            asked, met, had = 0, 0, 0
            while b < end:
                feature = opening_ids[b]
                while a < last and person_ids[a] < feature:
                    a += 1
                weight = opening_importance[feature] * opening_weights[b]
                asked += weight
                if a < last and person_ids[a] == feature:
                    had += weight
                    met += person_importance[feature] * person_weights[a]
                b += 1
            fit = 0
            if wanted > 0:
                fit = (52428 * met) // wanted
            offer = pay_max[job]
            if 0 < floor < offer and offer < 2**62:
                fit += (13107 * min(offer - floor, floor)) // floor
            for_person[edge] = fit
            for_opening[edge] = (65535 * had) // asked if asked > 0 else 0
