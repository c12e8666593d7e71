"""Exact two-sided candidates of a synthetic city, against sparse_dot_topn and one tantivy query per person.

python -m bench.matching_candidates [people] [openings] [--alone]

The rivals answer a sample of the people and their times are extrapolated in proportion; the sample sizes are in the output.
sparse_dot_topn gets the same sparse scores without any condition; tantivy gets one query per person with the same filters
except certificates and never-show lists, the same features as boosted terms, and the same length of list. Both answer only
the direction from people to openings.
"""

from __future__ import annotations

import sys

import numpy as np
from scipy import sparse

from bench.matching_city import city
from bench.matching_measure import measured, report, timed
from taihu.engines.matching import FROM_OPENING, FROM_PERSON, Edges, Features, Market, candidates

K, DOT_SAMPLE, QUERY_SAMPLE, CHECKED = 50, 20_000, 300, 40


def matrix(features: Features, total: int, dtype: str = "float32") -> sparse.csr_matrix:
    """Features as a sparse matrix."""
    return sparse.csr_matrix((features.weights.astype(dtype), features.ids, features.indptr), (features.rows, total))


def permitted(market: Market, i: int, j: np.ndarray) -> np.ndarray:
    """Hard conditions of one person against many openings, from the definitions."""
    people, openings = market.people, market.openings
    areas = people.areas.row(i)
    fit = (openings.pay_max[j] >= people.pay_floor[i]) & (openings.degree_min[j] <= people.degree[i])
    fit &= (openings.experience_min[j] <= people.experience[i]) & ((people.types[i] >> openings.type[j]) & 1 == 1)
    fit &= np.isin(openings.area[j], areas) | (areas.size == 0)
    fit &= ~np.isin(openings.employer[j], people.never_employers.row(i))
    for at in np.flatnonzero(fit & (np.diff(openings.certificates.indptr)[j] > 0)):
        fit[at] = np.isin(openings.certificates.row(j[at]), people.certificates.row(i)).all()
    return fit


def sample_is_exact(market: Market, edges: Edges, left: sparse.csr_matrix, right: sparse.csr_matrix) -> bool:
    """Compare random people and openings with brute force over the whole other side."""
    rng = np.random.default_rng(5)
    every = np.arange(len(market.openings))
    for i in rng.integers(0, len(market.people), CHECKED):
        score = np.asarray((right @ left[i].T).todense()).ravel().astype(np.int64)
        score[~permitted(market, int(i), every)] = 0
        best = np.lexsort((every, -score))[:K]
        where = edges.row(int(i))
        mine = edges.opening[where][(edges.source[where] & FROM_PERSON) > 0]
        if not np.array_equal(np.sort(best[score[best] > 0]), mine):
            return False
    person = edges.person_of_edges()
    for j in rng.integers(0, len(market.openings), CHECKED // 4):
        score = np.asarray((left @ right[j].T).todense()).ravel().astype(np.int64)
        order = np.lexsort((np.arange(score.size), -score))
        best: list[int] = []
        for i in order:
            if len(best) == K or score[i] == 0:
                break
            if permitted(market, int(i), np.array([j]))[0]:
                best.append(int(i))
        if sorted(best) != person[(edges.opening == j) & ((edges.source & FROM_OPENING) > 0)].tolist():
            return False
    return True


def dot_seconds(left: sparse.csr_matrix, right: sparse.csr_matrix) -> float:
    """Seconds of sparse_dot_topn for a sample of the people, two threads."""
    from sparse_dot_topn import sp_matmul_topn

    sample = left[np.random.default_rng(3).choice(left.shape[0], min(DOT_SAMPLE, left.shape[0]), replace=False)]
    columns = right.T.tocsr()
    _, seconds = timed(lambda: sp_matmul_topn(sample, columns, top_n=K, n_threads=2))
    return seconds * left.shape[0] / sample.shape[0]


def query_seconds(market: Market) -> float:
    """Seconds of one tantivy query per person, from a sample."""
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("features", tokenizer_name="whitespace", index_option="freq")
    for name in ("area", "pay", "degree", "months", "type", "employer"):
        builder.add_integer_field(name, indexed=True, fast=True)
    index = tantivy.Index(builder.build())
    writer = index.writer(200_000_000, 1)
    openings, people = market.openings, market.people
    for j in range(len(openings)):
        document = tantivy.Document()
        document.add_text("features", " ".join(f"f{feature}" for feature in openings.features.row(j)[0]))
        for name, value in (
            ("area", openings.area[j]), ("pay", openings.pay_max[j]), ("degree", openings.degree_min[j]),
            ("months", openings.experience_min[j]), ("type", openings.type[j]), ("employer", openings.employer[j]),
        ):  # fmt: skip
            document.add_integer(name, int(value))
        writer.add_document(document)
    writer.commit()
    index.reload()
    searcher = index.searcher()

    def ask(i: int) -> None:
        ids, weights = people.features.row(i)
        words = " ".join(f"features:f{feature}^{weight}" for feature, weight in zip(ids, weights, strict=True))
        parts = [
            f"+({words})", f"+pay:[{people.pay_floor[i]} TO *]", f"+degree:[* TO {people.degree[i]}]",
            f"+months:[* TO {people.experience[i]}]",
            "+(" + " ".join(f"type:{t}" for t in range(4) if (people.types[i] >> t) & 1) + ")",
        ]  # fmt: skip
        if people.areas.row(i).size:
            parts.append("+(" + " ".join(f"area:{area}" for area in people.areas.row(i)) + ")")
        searcher.search(index.parse_query(" ".join(parts)), K)

    rows = np.random.default_rng(4).choice(len(people), min(QUERY_SAMPLE, len(people)), replace=False)
    _, seconds = timed(lambda: [ask(int(i)) for i in rows])
    return seconds * len(people) / rows.size


def main() -> None:
    """Run and report."""
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    people, openings = [*map(int, words), *[1_954_000, 200_000][len(words) :]]
    market = city(people, openings)
    candidates(city(200, 100), 5)
    edges, spent = measured(lambda: candidates(market, K))
    seconds = spent["seconds"]
    total = market.vocabulary.total
    left, right = matrix(market.people.features, total), matrix(market.openings.features, total)
    figures = {
        "people": people, "openings": openings, "edges": len(edges), **spent,
        "processor_microseconds_per_person": round(spent["processor_seconds"] / people * 1e6, 1),
        "sample_equal_to_brute_force": sample_is_exact(market, edges, left, right),
    }  # fmt: skip
    if "--alone" in sys.argv:
        report(figures)
        return
    dot, query = dot_seconds(left, right), query_seconds(market)
    report(
        {
            **figures,
            "sparse_dot_topn_seconds": round(dot, 1), "sparse_dot_topn_sample": min(DOT_SAMPLE, people),
            "ratio_to_sparse_dot_topn": round(dot / seconds, 2),
            "tantivy_seconds_one_thread": round(query, 1), "tantivy_sample": min(QUERY_SAMPLE, people),
            "ratio_to_tantivy": round(query / seconds, 1),
            "ratio_to_tantivy_if_it_used_all_cores": round(query / 2 / seconds, 1),
        },
        "sparse-dot-topn", "tantivy",
    )  # fmt: skip


if __name__ == "__main__":
    main()
