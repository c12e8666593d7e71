"""The market engine: a whole city matched every night, with a certificate.

From two sides with hard conditions and weighted features to exact candidates, calibrated probabilities, and slates
that fill as many vacancies as possible, with a proof of how close to optimal they are. Plain Python with numpy and
numba; no database.

Examples
--------
>>> from taihu.engines import matching
>>> market = matching.Market.from_records(
...     people=[{"id": 1, "skills": "焊工、钳工"}, {"id": 2, "skills": "焊工"}],
...     openings=[{"id": 10, "skills": "焊工"}, {"id": 11, "skills": "钳工"}],
... )
>>> edges = matching.candidates(market, k=10)
>>> chances = matching.probabilities(market, edges)
>>> result = matching.slates(edges, chances, market.openings.vacancies, k=1)
>>> market.openings.ids[result.opening[:, 0]].tolist()
[11, 10]
"""

from __future__ import annotations

from taihu.engines.kernel_cache import use_kernel_cache
from taihu.engines.matching.arrays import Features, Lists
from taihu.engines.matching.auction import Allocation, capped_slates
from taihu.engines.matching.calibration import Calibration, Reliability, reliability
from taihu.engines.matching.candidates import candidates
from taihu.engines.matching.conditions import CONDITIONS, failing_conditions
from taihu.engines.matching.edges import FROM_EXPLORATION, FROM_OPENING, FROM_PERSON, Edges
from taihu.engines.matching.errors import MarketError
from taihu.engines.matching.explain import Broken, Explanation, Fact, explain, why_not
from taihu.engines.matching.market import ANY_TYPE, GROUPS, PAY_NOT_STATED, Market, Openings, People, Vocabulary
from taihu.engines.matching.online import Online, Served
from taihu.engines.matching.probabilities import Fits, Probabilities, fits, probabilities
from taihu.engines.matching.records import expand_tree, is_protected, rarity_weights, refuse_protected
from taihu.engines.matching.simulate import Outcome, simulate
from taihu.engines.matching.slates import Slates, Sweep, position_weights, slates
from taihu.engines.matching.verify import Certificate, verify
from taihu.engines.matching.words import broken_words, explanation_words

__all__ = [
    "ANY_TYPE",
    "CONDITIONS",
    "FROM_EXPLORATION",
    "FROM_OPENING",
    "FROM_PERSON",
    "GROUPS",
    "PAY_NOT_STATED",
    "Allocation",
    "Broken",
    "Calibration",
    "Certificate",
    "Edges",
    "Explanation",
    "Fact",
    "Features",
    "Fits",
    "Lists",
    "Market",
    "MarketError",
    "Online",
    "Openings",
    "Outcome",
    "People",
    "Probabilities",
    "Reliability",
    "Served",
    "Slates",
    "Sweep",
    "Vocabulary",
    "broken_words",
    "candidates",
    "capped_slates",
    "expand_tree",
    "explain",
    "explanation_words",
    "failing_conditions",
    "fits",
    "is_protected",
    "position_weights",
    "probabilities",
    "rarity_weights",
    "refuse_protected",
    "reliability",
    "simulate",
    "slates",
    "use_kernel_cache",
    "verify",
    "why_not",
]
