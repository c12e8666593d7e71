"""Pools keep the best keys of a stream."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taihu.engines.matching import selection_kernels as kernels

distinct = st.lists(st.integers(0, 2**40), min_size=1, max_size=60, unique=True)


@given(keys=distinct, share=st.floats(0, 1))
@settings(max_examples=80, deadline=None)
def test_a_pool_is_cut_back_to_its_largest_keys(keys: list[int], share: float) -> None:
    k = 1 + int(share * (len(keys) - 1))
    pool = np.array([7, *keys, 9], np.uint64)

    worst = kernels.cut_back(pool, 1, len(keys), k)

    assert sorted(pool[1 : k + 1].tolist()) == sorted(keys)[-k:]
    assert int(worst) == sorted(keys)[-k]
    assert (pool[0], pool[-1]) == (7, 9)


@given(
    scores=st.lists(st.integers(-50, 50), min_size=1, max_size=80),
    wanted=st.integers(1, 90),
    dtype=st.sampled_from(["int16", "int32"]),
)
@settings(max_examples=80, deadline=None)
def test_a_level_is_the_largest_that_enough_scores_reach(scores: list[int], wanted: int, dtype: str) -> None:
    level = int(kernels.level_of(np.array(scores, dtype), wanted))

    reached = [at for at in range(1, 52) if sum(score >= at for score in scores) >= wanted]
    assert level == max(reached, default=1)


def test_counting_does_not_overflow_its_small_counters() -> None:
    scores = np.full(100_000, 7, np.int16)

    assert kernels.number_from(scores, np.int16(7)) == 100_000
    assert kernels.level_of(scores, 100_000) == 7


@given(left=distinct, right=distinct, k=st.integers(1, 8))
@settings(max_examples=60, deadline=None)
def test_merged_pools_hold_the_best_of_both(left: list[int], right: list[int], k: int) -> None:
    mine = sorted(set(left) - set(right))[-k:]
    keys, count = np.zeros(k, np.uint64), np.array([len(mine)], np.int32)
    keys[: len(mine)] = mine

    kernels.merge_pools(keys, count, np.array(right, np.uint64), np.array([len(right)], np.int32), len(right), k)

    assert sorted(keys[: count[0]].tolist()) == sorted({*mine, *right})[-k:]


@pytest.mark.parametrize(("score", "row"), [(0, 0), (32767, 199_999), (2**30 - 1, 2**31 - 1)])
def test_a_key_orders_by_score_then_by_smaller_row(score: int, row: int) -> None:
    key = int(kernels.key_of(score, row))

    assert (key >> 32, int(kernels.row_of_key(np.uint64(key)))) == (score, row)
    assert row == 0 or key < int(kernels.key_of(score, row - 1)) < int(kernels.key_of(score + 1, row))
