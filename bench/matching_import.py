"""Import of the package, and the first match after installation with kernels from the cache, in fresh processes.

python -m bench.matching_import
"""

from __future__ import annotations

import subprocess
import sys

from bench.matching_measure import report, timed

FIRST = """
from taihu.engines import matching as m
market = m.Market.from_records(people=[{"id": 1, "skills": "a"}], openings=[{"id": 2, "skills": "a"}])
edges = m.candidates(market)
m.slates(edges, m.probabilities(market, edges), [1])
"""


def main() -> None:
    """Run and report."""

    def run(code: str) -> float:
        return round(timed(lambda: subprocess.run([sys.executable, "-c", code], check=True))[1], 3)

    run(FIRST)
    empty = run("pass")
    report(
        {
            "python_alone_seconds": empty,
            "import_seconds": run("import taihu.engines.matching"),
            "first_match_seconds": run(FIRST),
        }
    )


if __name__ == "__main__":
    main()
