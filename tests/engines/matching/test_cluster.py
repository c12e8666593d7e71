"""The same bytes on a local Ray cluster of several worker processes."""

from __future__ import annotations

import numpy as np
import pytest

from taihu.engines.matching import candidates, probabilities, slates
from tests.engines.matching.markets import random_market

ray = pytest.importorskip("ray")


@pytest.mark.slow
@pytest.mark.enable_socket
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("workers", [1, 3])
def test_ray_gives_the_same_bytes_as_the_local_run(workers: int) -> None:
    market = random_market(6, 300, 80)
    ray.init(num_cpus=workers, log_to_driver=False, include_dashboard=False)
    try:
        far = candidates(market, 8, engine="ray")
        near = candidates(market, 8)
        chances = probabilities(market, near)
        far_slates = slates(near, chances, market.openings.vacancies, k=2, sweeps=1, engine="ray")
    finally:
        ray.shutdown()

    near_slates = slates(near, chances, market.openings.vacancies, k=2, sweeps=1)
    for name in ("indptr", "opening", "score", "source"):
        assert np.array_equal(getattr(far, name), getattr(near, name))
    assert far_slates.edge.tobytes() == near_slates.edge.tobytes()
    assert far_slates.prices.tobytes() == near_slates.prices.tobytes()
