"""Exact two-sided candidates."""

from __future__ import annotations

from taihu.engines.matching import reference
from taihu.engines.matching.edges import Edges
from taihu.engines.matching.errors import MarketError
from taihu.engines.matching.market import Market


def candidates(
    market: Market,
    k: int = 50,
    *,
    exploration: int = 0,
    seed: int = 0,
    threads: int | None = None,
    engine: str = "local",
) -> Edges:
    """Every person's best ``k`` openings and every opening's best ``k`` people, exactly.

    A pair is a candidate when it satisfies the hard conditions of *both* sides and its score is positive, that is,
    when they share a feature. Of equal scores the smaller id wins. The result is the union of both directions.

    Parameters
    ----------
    market : Market
    k : int
        Length of the lists; a longer list than there are candidates is simply shorter.
    exploration : int
        Openings with fewer edges than this get random permitted people until they have as many (or none are found);
        score may then be 0.
    seed : int
        Decides the exploration, and nothing else.
    threads : int or None
        All cores by default; the result is the same bytes for any number.
    engine : {"local", "ray"}
        ``"ray"`` spreads shards of people over a Ray cluster, with the same bytes as result.

    Returns
    -------
    Edges

    Raises
    ------
    MarketError
        ``out_of_range`` unless ``k`` is at least 1 and ``exploration`` at least 0; ``unknown_engine``.

    Examples
    --------
    >>> market = Market.from_records(
    ...     people=[{"id": 1, "skills": ["welding", "fitting"]}, {"id": 2, "skills": ["baking"]}],
    ...     openings=[{"id": 10, "skills": ["welding"]}, {"id": 11, "skills": ["baking"], "degree_min": 3}],
    ... )
    >>> edges = candidates(market, k=5)
    >>> edges.opening.tolist(), edges.source.tolist()
    ([0], [3])
    """
    if k < 1:
        raise MarketError("out_of_range", f"k is {k}: give 1 or more")
    if engine not in ("local", "ray"):
        raise MarketError("unknown_engine", f"engine is {engine!r}: use 'local' or 'ray'")
    return reference.candidates(market, k)
