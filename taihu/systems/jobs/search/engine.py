"""Run a search: which openings, in which order, and how many there would be for every other choice.

Rank by relevance: every word of the question must occur; a word scores 3 x BM25 in the title, 1.5 x BM25 in the
employer's name and 1 x BM25 in the text; the sum counts double for an opening that a verified employer posted here
itself; the best 400 are then multiplied by 1 + 0.5 x 2^(-age / 14 days). Without a question the newest come first, own
openings as if they were 30 days newer. Nothing about the reader is used in any order.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache

import numpy as np
import tantivy
from django.http import QueryDict
from tantivy import FieldType, Occur, Query

from taihu.engines.text.segment import default_segmenter
from taihu.records.taxonomy import queries as taxonomy
from taihu.records.taxonomy.enums import Kind
from taihu.systems.jobs.search import store
from taihu.systems.jobs.search.criteria import (
    MAX_RESULTS,
    MULTIPLE,
    PAGE_SIZE,
    PAY_CODES,
    SINCE_DAYS,
    Criteria,
    Order,
    parse,
)
from taihu.systems.jobs.search.schema import BAND_JOIN, band_sets, moving_moment, published_after, schema

TITLE_BOOST, EMPLOYER_BOOST, BODY_BOOST = 3.0, 1.5, 1.0
RERANKED = 400
FRESHNESS_SHARE = 0.5
FRESHNESS_HALF_LIFE_DAYS = 14
SORT_KEYS = {Order.NEWEST: "newest_key", Order.PLAIN: "newest_key", Order.PAY: "pay_key"}
BUCKETS = 5000
OCCUPATION_FIELDS = ("occ1", "occ2", "occ3", "occ4")
COLUMNS = {
    "district": ("district",),
    "occupation": OCCUPATION_FIELDS,
    "pay": ("bands",),
    "degree": ("degree",),
    "experience": ("experience",),
    "type": ("type",),
    "industry": ("industry",),
    "kind": ("kind",),
}
Clause = tuple[Occur, Query]


@dataclass(frozen=True)
class Found:
    """Ids of one page in order, and how many openings there are in all."""

    ids: list[int]
    total: int

    @property
    def reachable(self) -> int:
        return min(self.total, MAX_RESULTS)


def search(criteria: Criteria, *, at: datetime, size: int = PAGE_SIZE) -> Found:
    searcher = store.opened().searcher
    query = _query(criteria, at)
    offset = (criteria.page - 1) * size
    key = SORT_KEYS.get(Order(criteria.order)) or (None if _has_words(criteria.text) else "rank_key")
    if key is not None:
        result = searcher.search(query, limit=size, offset=offset, order_by_field=key)
        return Found(_ids(searcher, result), result.count)
    if offset + size > RERANKED:
        result = searcher.search(query, limit=size, offset=offset, weight_by_field="weight")
        return Found(_ids(searcher, result), result.count)
    result = searcher.search(query, limit=RERANKED, weight_by_field="weight")
    return Found(_freshest(searcher, result, at)[offset : offset + size], result.count)


def count(criteria: Criteria, *, at: datetime) -> int:
    return int(store.opened().searcher.search(_query(criteria, at), limit=1).count)


def count_newer(criteria: Criteria, *, after: datetime, at: datetime) -> int:
    """How many of the found were published after that moment."""
    newer = _between("published", int(after.timestamp()) + 1, None)
    query = Query.boolean_query([(Occur.Must, _query(criteria, at)), (Occur.Must, newer)])
    return int(store.opened().searcher.search(query, limit=1).count)


def similar(opening_id: int, title: str, occupation: str, *, at: datetime, limit: int = 6) -> list[int]:
    """Openings like this one: the same small occupation group or words of the title. Nothing personal in it."""
    words = default_segmenter().query(title)
    alternatives = [_word(group) for group in words.required]
    codes = taxonomy.ancestors(Kind.OCCUPATION, occupation, include_self=True)
    alternatives += [
        Query.const_score_query(_code(f"occ{level}", codes[level - 1]), 3.0) for level in (3, 4) if len(codes) >= level
    ]
    if not alternatives:
        return []
    clauses: list[Clause] = [
        (Occur.Must, Query.boolean_query([(Occur.Should, query) for query in alternatives])),
        (Occur.MustNot, Query.term_query(schema(), "id", opening_id, "basic")),
    ]
    searcher = store.opened().searcher
    return _ids(searcher, searcher.search(Query.boolean_query(clauses), limit=limit, weight_by_field="weight"))


def facet_counts(criteria: Criteria, *, at: datetime) -> dict[str, dict[str, int]]:
    """For every facet how many openings each value has, under all other conditions but not the facet's own."""
    key = replace(criteria, page=1, order=Order.RELEVANCE).query_string()
    return _cached_counts(store.version(), key, moving_moment(at))


@lru_cache(maxsize=512)
def _cached_counts(version: tuple[str, int], key: str, moment: int) -> dict[str, dict[str, int]]:
    return _count_all(parse(QueryDict(key)), datetime.fromtimestamp(moment, UTC))


def _count_all(criteria: Criteria, at: datetime) -> dict[str, dict[str, int]]:
    searcher = store.opened().searcher
    chosen = [name for name in MULTIPLE if criteria.values(name)]
    rest = [name for name in MULTIPLE if name not in chosen]
    counts = _aggregate(searcher, _query(criteria, at), rest)
    for name in chosen:
        counts |= _aggregate(searcher, _query(criteria.without(name), at), [name])
    counts["since"] = _count_since(searcher, _query(criteria.without("since"), at), at)
    return counts


def _aggregate(searcher: tantivy.Searcher, query: Query, names: list[str]) -> dict[str, dict[str, int]]:
    fields = [field for name in names for field in COLUMNS[name]]
    found = searcher.aggregate(query, {f: {"terms": {"field": f, "size": BUCKETS}} for f in fields}) if fields else {}
    counts: dict[str, dict[str, int]] = {}
    for name in names:
        merged = {str(b["key"]): int(b["doc_count"]) for f in COLUMNS[name] for b in found[f]["buckets"]}
        counts[name] = _per_band(merged) if name == "pay" else merged
    return counts


def _per_band(sets: dict[str, int]) -> dict[str, int]:
    counts = {code: sum(n for key, n in sets.items() if code in key.split(BAND_JOIN)) for code in PAY_CODES}
    return {code: number for code, number in counts.items() if number}


def _count_since(searcher: tantivy.Searcher, query: Query, at: datetime) -> dict[str, int]:
    starts = sorted(published_after(at, days) for days in SINCE_DAYS)
    edges: list[int | None] = [*starts[1:], None]
    ranges = [{"from": float(a)} | ({"to": float(b)} if b else {}) for a, b in zip(starts, edges, strict=True)]
    found = searcher.aggregate(query, {"n": {"range": {"field": "published", "ranges": ranges}}})["n"]["buckets"]
    in_range = {int(bucket["from"]): int(bucket["doc_count"]) for bucket in found if "from" in bucket}
    return {
        str(days): sum(number for start, number in in_range.items() if start >= published_after(at, days))
        for days in SINCE_DAYS
    }


def _query(criteria: Criteria, at: datetime) -> Query:
    clauses = [*_words(criteria.text), *_filters(criteria, at)]
    return Query.boolean_query(clauses) if clauses else Query.all_query()


def _has_words(text: str) -> bool:
    return bool(text) and bool(default_segmenter().query(text).required)


def _words(text: str) -> list[Clause]:
    if not text:
        return []
    asked = default_segmenter().query(text)
    clauses: list[Clause] = [(Occur.Must, _word(group)) for group in asked.required]
    if not clauses:
        return [(Occur.Must, Query.empty_query())]
    return clauses + [(Occur.Should, _word((whole,))) for whole in asked.preferred]


def _word(spellings: tuple[str, ...]) -> Query:
    boosts = (("title", TITLE_BOOST), ("employer", EMPLOYER_BOOST), ("body", BODY_BOOST))
    return Query.boolean_query(
        [
            (Occur.Should, Query.boost_query(Query.term_query(schema(), name, spelling, "freq"), boost))
            for spelling in spellings
            for name, boost in boosts
        ]
    )


def _filters(criteria: Criteria, at: datetime) -> list[Clause]:
    clauses = [_any_of(name, criteria.values(name)) for name in MULTIPLE if criteria.values(name)]
    if criteria.organisation is not None:
        clauses.append(Query.term_query(schema(), "organisation", criteria.organisation, "basic"))
    if criteria.since is not None:
        clauses.append(_between("published", published_after(at, criteria.since), None))
    if criteria.pay_min is not None:
        clauses.append(_between("pay_high", criteria.pay_min * 100, None))
    if criteria.pay_max is not None:
        clauses.append(_between("pay_low", None, criteria.pay_max * 100))
    return [(Occur.Must, Query.const_score_query(clause, 0.0)) for clause in clauses]


def _any_of(name: str, values: tuple[str, ...]) -> Query:
    if name == "pay":
        sets = dict.fromkeys(found for value in values for found in band_sets(value))
        return Query.term_set_query(schema(), "bands", list(sets))
    if name == "occupation":
        parts = [(Occur.Should, _code(f"occ{value.count('-') + 1}", value)) for value in values]
        return Query.boolean_query(parts)
    if len(values) == 1:
        return _code(COLUMNS[name][0], values[0])
    return Query.term_set_query(schema(), COLUMNS[name][0], list(values))


def _code(field: str, value: str) -> Query:
    return Query.term_query(schema(), field, value, "basic")


def _between(field: str, low: int | None, high: int | None) -> Query:
    return Query.range_query(schema(), field, FieldType.Unsigned, low, high)


def _ids(searcher: tantivy.Searcher, result: tantivy.SearchResult) -> list[int]:
    return [int(number) for number in searcher.fast_field_values("id", [address for _, address in result.hits])]


def _freshest(searcher: tantivy.Searcher, result: tantivy.SearchResult, at: datetime) -> list[int]:
    """Ids by score and freshness; the newer and then the higher number first where these are equal."""
    addresses = [address for _, address in result.hits]
    ids = np.array(searcher.fast_field_values("id", addresses), np.int64)
    published = np.array(searcher.fast_field_values("published", addresses), np.float64)
    scores = np.array([score for score, _ in result.hits], np.float64)
    ages_days = np.maximum(0.0, at.timestamp() - published) / 86_400
    ranks = scores * (1 + FRESHNESS_SHARE * np.exp2(-ages_days / FRESHNESS_HALF_LIFE_DAYS))
    order: list[int] = ids[np.lexsort((-ids, -published, -ranks))].tolist()
    return order
