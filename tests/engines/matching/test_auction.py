"""Capped slates against the exact linear programme."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, sparse

from taihu.engines.matching import MarketError, capped_slates
from tests.engines.matching.test_slates import random_edges


@given(seed=st.integers(0, 10**6), people=st.integers(1, 30), openings=st.integers(1, 10), k=st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_capped_slates_are_optimal_and_keep_the_caps(seed: int, people: int, openings: int, k: int) -> None:
    edges, chances, caps = random_edges(seed, people, openings, 6)
    worth = chances.p.astype(float)

    found = capped_slates(edges, worth, caps, k=k, precision=1e-5)

    person = sparse.csr_matrix((np.ones(len(edges)), (edges.person_of_edges(), np.arange(len(edges)))))
    place = sparse.csr_matrix((np.ones(len(edges)), (edges.opening, np.arange(len(edges)))), (openings, len(edges)))
    limits = np.concatenate([np.full(person.shape[0], k), caps])
    best = optimize.linprog(-worth, A_ub=sparse.vstack([person, place]), b_ub=limits, bounds=(0, 1))
    shown = found.edge[found.edge >= 0]
    assert (np.bincount(edges.opening[shown], minlength=openings) <= caps).all()
    assert found.objective == pytest.approx(-best.fun, abs=1e-5 * people * k + 1e-9)
    assert found.upper_bound >= -best.fun - 1e-9
    assert found.upper_bound == pytest.approx(-best.fun, abs=1e-5 * people * k * 2 + 1e-9)


def test_bad_caps_are_refused_with_their_row() -> None:
    edges, chances, _ = random_edges(1, 5, 3, 2)

    with pytest.raises(MarketError) as refused:
        capped_slates(edges, chances.p, [1, -1, 1])

    assert (refused.value.code, refused.value.row) == ("out_of_range", 1)
