"""The same bytes on a local Ray cluster of several worker processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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


DYING = """
import os, sys
from pathlib import Path
import numpy as np, ray
from taihu.engines.matching import candidates, cluster
from tests.engines.matching.markets import random_market

marker, scan = Path(sys.argv[1]), cluster._scan_shared

def dying(shared, k, first, last):
    if first == 0 and not marker.exists():
        marker.touch()
        os._exit(1)
    return scan(shared, k, first, last)

cluster._scan_shared = dying
market = random_market(6, 200, 50)
ray.init(num_cpus=2, log_to_driver=False, include_dashboard=False)
far = candidates(market, 8, engine="ray")
assert marker.exists()
assert np.array_equal(far.opening, candidates(market, 8).opening)
"""


@pytest.mark.slow
def test_work_of_a_worker_that_dies_is_done_again(tmp_path: Path) -> None:
    root = Path(__file__).parents[3]

    command = [sys.executable, "-c", DYING, str(tmp_path / "died")]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
