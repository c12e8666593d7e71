"""Searching openings: words, filters, counts, order, and the index following the outbox."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction
from django.http import QueryDict
from factories import AT, make_opening, make_organisation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taihu.records.base.events import deliver_all, publish
from taihu.systems.jobs.enums import PayBasis
from taihu.systems.jobs.events import OpeningListed, OpeningUnlisted
from taihu.systems.jobs.models import Opening
from taihu.systems.jobs.search import engine, indexing, store
from taihu.systems.jobs.search.criteria import MULTIPLE, PAY_BANDS, SINCE_DAYS, Order, parse
from taihu.systems.jobs.search.schema import band_sets, bands, experience_band, facet_area, pay_range, published_after

pytestmark = pytest.mark.django_db


def find(query: str, **options) -> list[int]:
    return engine.search(parse(QueryDict(query)), at=AT, **options).ids


@pytest.mark.parametrize("asked", ["软件", "軟體", "software", "Software", "软件工程师", "软体"])
def test_one_word_in_three_spellings_finds_the_same_opening(asked):
    wanted = make_opening(title="软件工程师")
    make_opening(title="会计", description="负责账务。", requirements="", occupation_code="2-06-03-00")
    indexing.rebuild()

    assert find(f"q={asked}") == [wanted.pk]


@pytest.mark.parametrize("word", ["保安", "焊工", "产品"])
def test_two_character_words_are_found(word):
    wanted = make_opening(title=f"{word}（长白班）", occupation_code="", description="见面详谈。", requirements="")
    make_opening(title="会计", description="负责账务。", requirements="", occupation_code="")
    indexing.rebuild()

    assert find(f"q={word}") == [wanted.pk]


def test_a_word_in_the_title_ranks_before_a_word_in_the_text():
    in_text = make_opening(title="质检员", description="与焊工一起工作。", requirements="", occupation_code="")
    in_title = make_opening(title="焊工", description="按图施工。", requirements="", occupation_code="")
    indexing.rebuild()

    assert find("q=焊工") == [in_title.pk, in_text.pk]


def test_own_openings_rank_before_cited_ones_of_the_same_relevance():
    cited = make_opening(title="焊工", source="示例网", source_id="1", published_at=AT)
    own = make_opening(title="焊工", published_at=AT - timedelta(days=1))
    indexing.rebuild()

    assert find("q=焊工") == [own.pk, cited.pk]
    assert find("") == [own.pk, cited.pk]
    assert find("order=plain") == [cited.pk, own.pk]


def test_fresher_of_two_equal_openings_ranks_first():
    older = make_opening(title="焊工", published_at=AT - timedelta(days=20))
    newer = make_opening(title="焊工", published_at=AT - timedelta(days=1))
    indexing.rebuild()

    assert find("q=焊工") == [newer.pk, older.pk]


def test_pay_filter_takes_every_range_that_overlaps():
    low = make_opening(pay_min=400_000, pay_max=700_000)
    high = make_opening(pay_min=1_500_000, pay_max=2_500_000)
    hidden = make_opening(pay_min=None, pay_max=None, pay_basis=PayBasis.UNDISCLOSED)
    indexing.rebuild()

    assert set(find("pay_min=6000&pay_max=10000")) == {low.pk}
    assert set(find("pay_min=7000")) == {low.pk, high.pk}
    assert set(find("pay_max=15000")) == {low.pk, high.pk}
    assert set(find("pay=none")) == {hidden.pk}
    assert find("order=pay") == [high.pk, low.pk, hidden.pk]


def test_an_occupation_node_finds_everything_below_it():
    programmer = make_opening(occupation_code="2-02-10-03")
    engineer = make_opening(occupation_code="2-02-10-05")
    make_opening(occupation_code="4-07-03-04")
    indexing.rebuild()

    assert set(find("occupation=2-02-10")) == {programmer.pk, engineer.pk}
    assert set(find("occupation=2")) == {programmer.pk, engineer.pk}
    assert find("occupation=2-02-10-03") == [programmer.pk]


def test_unlisted_openings_are_not_found():
    make_opening(published=False)
    indexing.rebuild()

    assert find("") == []


def test_pages_do_not_overlap_and_hold_everything():
    openings = {make_opening(title="焊工").pk for _ in range(45)}
    indexing.rebuild()

    for query in ("q=焊工", "", "order=newest", "order=pay"):
        pages = [find(f"{query}&page={number}") for number in (1, 2, 3, 4)]
        assert [len(page) for page in pages] == [20, 20, 5, 0]
        assert {pk for page in pages for pk in page} == openings


def test_a_published_opening_is_found_after_the_worker_looked_once():
    indexing.rebuild()
    opening = make_opening(title="焊工")
    with transaction.atomic():
        publish(OpeningListed(opening_id=opening.pk), at=AT)

    assert find("q=焊工") == []
    deliver_all(at=AT)
    assert find("q=焊工") == [opening.pk]


def test_a_withdrawn_opening_is_gone_after_the_worker_looked_once():
    opening = make_opening(title="焊工")
    indexing.rebuild()
    Opening.objects.filter(pk=opening.pk).update(is_listed=False)
    with transaction.atomic():
        publish(OpeningUnlisted(opening_id=opening.pk, reason="closed"), at=AT)

    deliver_all(at=AT)

    assert find("q=焊工") == []


def test_an_unchanged_opening_is_not_written_again():
    opening = make_opening()
    indexing.rebuild()
    before = store.version()

    assert indexing.refresh([opening.pk]) == 0
    assert store.version() == before
    Opening.objects.filter(pk=opening.pk).update(title="焊工")
    assert indexing.refresh([opening.pk]) == 1
    assert find("q=焊工") == [opening.pk]


def test_an_index_of_another_layout_is_rebuilt_at_start(monkeypatch):
    make_opening()
    indexing.rebuild()
    assert indexing.ensure_index() == 0
    (store.folder() / "current").write_text("openings-0-1-otherlayout", encoding="utf-8")

    with pytest.raises(store.IndexMissing):
        find("")
    assert indexing.ensure_index() == 1
    assert len(find("")) == 1


def test_only_one_writes_at_a_time():
    make_opening()
    indexing.rebuild()

    with store.write_lock(), pytest.raises(store.IndexBusy), store.write_lock(wait_seconds=0.05):
        pass


def test_similar_openings_share_occupation_or_title_and_exclude_the_opening_itself():
    first = make_opening(title="数控车工", occupation_code="6-18-01-01")
    second = make_opening(title="数控铣工", occupation_code="6-18-01-02")
    make_opening(title="会计", occupation_code="2-06-03-00", description="账务", requirements="")
    indexing.rebuild()

    assert engine.similar(first.pk, first.title, first.occupation_code, at=AT) == [second.pk]


VALUES = {
    "district": ["320214", "320205", "3202JK", "310115"],
    "occupation": ["2-02-10-03", "2-02-10", "6-18-01-01", "6", "4-07-03-04"],
    "pay": ["5-8k", "12-20k", "30k", "none"],
    "degree": ["0", "3", "4"],
    "experience": ["any", "1_3", "5_10"],
    "type": ["full", "part"],
    "industry": ["C", "I"],
    "kind": ["private", "state"],
}
rows = st.fixed_dictionaries(
    {
        "title": st.sampled_from(["焊工", "软件工程师", "会计 焊工", "保安"]),
        "area_code": st.sampled_from(["320214", "320205", "3202JK", "320205001", "310115"]),
        "occupation_code": st.sampled_from(["2-02-10-03", "2-02-10-05", "6-18-01-01", "4-07-03-04", ""]),
        "pay": st.sampled_from([(400_000, 700_000), (800_000, 1_300_000), (3_500_000, 5_000_000), (None, None)]),
        "education_rank": st.sampled_from([0, 3, 4]),
        "experience_min": st.sampled_from([0, 6, 12, 60]),
        "employment_type": st.sampled_from(["full", "part"]),
        "industry_code": st.sampled_from(["C39", "I65"]),
        "days": st.sampled_from([0, 2, 5, 20, 90]),
        "kind": st.integers(0, 1),
    }
)
choices = st.fixed_dictionaries(
    {},
    optional={name: st.lists(st.sampled_from(values), min_size=1, max_size=2) for name, values in VALUES.items()}
    | {"q": st.sampled_from(["焊工", "会计"]), "since": st.sampled_from(["3", "30"])},
)


def holds(opening: Opening, name: str, values: tuple[str, ...]) -> bool:
    low_high = pay_range(opening)
    if name == "occupation":
        return any((opening.occupation_code + "-").startswith(value + "-") for value in values)
    if name == "pay":
        return bool(set(bands(*low_high)).intersection(values))
    actual = {
        "district": facet_area(opening.area_code),
        "degree": str(opening.education_rank),
        "experience": experience_band(opening.experience_min),
        "type": opening.employment_type,
        "industry": opening.industry_code[:1],
        "kind": opening.organisation.kind_code,
    }
    return actual[name] in values


def keys(opening: Opening, name: str) -> list[str]:
    if name == "pay":
        return bands(*pay_range(opening))
    if name == "occupation":
        parts = opening.occupation_code.split("-") if opening.occupation_code else []
        return ["-".join(parts[:size]) for size in range(1, len(parts) + 1)]
    return {
        "district": [facet_area(opening.area_code)],
        "degree": [str(opening.education_rank)],
        "experience": [experience_band(opening.experience_min)],
        "type": [opening.employment_type],
        "industry": [opening.industry_code[:1]],
        "kind": [opening.organisation.kind_code],
    }[name]


@given(data=st.lists(rows, min_size=1, max_size=12), chosen=choices)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.slow
def test_counts_equal_those_of_looking_at_every_opening(data, chosen):
    Opening.objects.all().delete()
    employers = [make_organisation(kind_code=code) for code in ("private", "state")]
    for entry in data:
        row = dict(entry)
        pay, days, kind = row.pop("pay"), row.pop("days"), row.pop("kind")
        basis = PayBasis.MONTHLY if pay[0] else PayBasis.UNDISCLOSED
        make_opening(
            organisation=employers[kind], pay_min=pay[0], pay_max=pay[1], pay_basis=basis,
            published_at=AT - timedelta(days=days), description="示例", requirements="", **row,
        )  # fmt: skip
    indexing.rebuild()
    query = QueryDict(mutable=True)
    for name, value in chosen.items():
        query.setlist(name, value if isinstance(value, list) else [value])
    criteria = parse(query)

    found = engine.search(criteria, at=AT, size=50)
    counts = engine.facet_counts(criteria, at=AT)

    def matches(opening: Opening, *, but: str = "") -> bool:
        text_fits = not criteria.text or criteria.text in opening.title
        fresh = (
            but == "since"
            or not criteria.since
            or opening.published_at.timestamp() >= published_after(AT, criteria.since)
        )
        rest = all(holds(opening, n, criteria.values(n)) for n in MULTIPLE if n != but and criteria.values(n))
        return text_fits and fresh and rest

    everything = list(Opening.objects.select_related("organisation"))
    assert sorted(found.ids) == sorted(o.pk for o in everything if matches(o))
    assert found.total == len(found.ids)
    for name in MULTIPLE:
        expected = Counter(key for o in everything if matches(o, but=name) for key in keys(o, name))
        assert counts[name] == dict(expected), name
    for days in SINCE_DAYS:
        start = published_after(AT, days)
        expected = sum(o.published_at.timestamp() >= start for o in everything if matches(o, but="since"))
        assert counts["since"][str(days)] == expected


def test_every_band_is_in_the_sets_that_name_it():
    for band in PAY_BANDS:
        assert all(band.code in value.split("+") for value in band_sets(band.code))
    assert band_sets("none") == ("none",)


def test_the_canonical_query_string_is_stable_and_drops_what_is_unknown():
    messy = parse(QueryDict("page=2&type=full&q=%20焊工%20%20夜班&district=320214,nowhere&district=320205&order=best"))

    assert (
        messy.query_string()
        == "q=%E7%84%8A%E5%B7%A5+%E5%A4%9C%E7%8F%AD&district=320205&district=320214&type=full&page=2"
    )
    assert parse(QueryDict(messy.query_string())) == messy
    assert messy.order == Order.RELEVANCE
    assert messy.toggled("type", "full").values("type") == ()
