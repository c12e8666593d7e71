"""Compiled kernels of `online`: one opening against all people."""

from __future__ import annotations

from typing import Any

from taihu.engines.matching.runtime import prepare_kernels

prepare_kernels()

import numpy as np  # noqa: E402
from numba import njit  # noqa: E402

from taihu.engines.matching.candidates_kernels import contains, has_all, key_of, push  # noqa: E402


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def best_people(
    k: int, member: Any, scores: Any, conditions: Any, opening: Any, profile: Any, lists: Any, active: Any,
    person_lists: Any, needed: Any, never_people: Any,
) -> Any:  # fmt: skip
    """Keys of the best ``k`` people for one opening; ``scores`` is all 0 before and after."""
    floor, degree, months, types = conditions
    pay, degree_min, months_min, kind, number, employer = opening
    ids, weights = profile
    start, people, person_weights = lists
    p_ids, cert_ptr, cert_ids, no_job_ptr, no_job_ids, no_firm_ptr, no_firm_ids = person_lists
    for f in range(ids.size):
        for e in range(start[ids[f]], start[ids[f] + 1]):
            scores[people[e]] += np.int32(weights[f]) * np.int32(person_weights[e])
    heap = np.empty(k, np.uint64)
    count, least = 0, np.int64(1)
    for at in range(member.size):
        i = member[at]
        if scores[i] < least or not active[i]:
            continue
        if floor[i] > pay or degree[i] < degree_min or months[i] < months_min or not (types[i] >> kind) & 1:
            continue
        if needed.size and not has_all(cert_ids, cert_ptr[i], cert_ptr[i + 1], needed, 0, needed.size):
            continue
        if (
            contains(never_people, 0, never_people.size, p_ids[i])
            or contains(no_job_ids, no_job_ptr[i], no_job_ptr[i + 1], number)
            or contains(no_firm_ids, no_firm_ptr[i], no_firm_ptr[i + 1], employer)
        ):
            continue
        count = push(heap, 0, count, k, key_of(scores[i], i))
        if count == k:
            least = np.int64(heap[0] >> np.uint64(32)) + (1 if at + 1 < member.size and member[at + 1] > i else 0)
    for f in range(ids.size):
        for e in range(start[ids[f]], start[ids[f] + 1]):
            scores[people[e]] = 0
    return np.sort(heap[:count])[::-1]
