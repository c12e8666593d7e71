"""Import of the package and the first match, in fresh processes: kernels prepared as at installation, and without.

python -m bench.matching_import
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile

from bench.matching_measure import report, timed

FIRST = """
from taihu.engines import matching as m
market = m.Market.from_records(people=[{"id": 1, "skills": "a"}], openings=[{"id": 2, "skills": "a"}])
edges = m.candidates(market)
m.slates(edges, m.probabilities(market, edges), [1])
"""
PREPARE = "from taihu.engines.matching.prepare import prepare; prepare()"


def main() -> None:
    """Run and report."""
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "NUMBA_CACHE_DIR": cache}

        def run(code: str) -> dict[str, float]:
            def spent() -> float:
                used = resource.getrusage(resource.RUSAGE_CHILDREN)
                return used.ru_utime + used.ru_stime

            before = spent()
            work = [sys.executable, "-c", code]
            _, seconds = timed(lambda: subprocess.run(work, check=True, env=environment))
            return {"seconds": round(seconds, 3), "processor_seconds": round(spent() - before, 3)}

        report(
            {
                "python_alone": run("pass"),
                "import": run("import taihu.engines.matching"),
                "prepare_at_installation": run(PREPARE),
                "first_match": run(FIRST),
            }
        )


if __name__ == "__main__":
    main()
