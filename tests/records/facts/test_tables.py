"""The facts of a city and of one person come out of one mapping; a slow reading of the rows says the same."""

from datetime import date, timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from taihu.engines.rules.catalogue import shipped_catalogue
from taihu.engines.rules.consistency import check_person
from taihu.engines.rules.errors import FactsError
from taihu.engines.rules.people import Person as RulePerson
from taihu.records.facts import reading, texts
from taihu.records.facts.dossiers import belief_at, dossier_of, dossiers_of, rows_of
from taihu.records.facts.models import Fact, Source
from taihu.records.facts.reading import Belief, Scope
from taihu.records.facts.tables import load_facts_of
from taihu.records.identity.models import Person
from tests.factories import AT, make_organisation, make_person
from tests.records.facts.random_facts import START, make_facts, make_households

pytestmark = pytest.mark.django_db
CATALOGUE = shipped_catalogue()
DAY = date(2026, 3, 10)
BELIEF = Belief(DAY, AT)
RECENT = {"valid_from": START, "known_from": AT - timedelta(days=30), "source": Source.DEPARTMENT}


class BackwardLines(reading.Lines):
    """As if the database read the rows from the end."""

    def convert_value(self, value, expression, connection):
        return value

    def get_db_converters(self, connection):
        return [lambda text, *_: None if text is None else "\n".join(reversed(text.split("\n")))]


def load(**fields):
    return load_facts_of(CATALOGUE, Scope(**fields), BELIEF)


def add(person, name, value, **fields):
    return Fact.objects.create(person=person, property=name, value=value, **{**RECENT, **fields})


def found(loaded):
    return {(item.code, item.name): loaded.ids[item.rows].tolist() for item in loaded.contradictions}


@pytest.fixture
def people():
    rows = Person.objects.bulk_create(
        Person(name=f"测试{n}", created_at=AT, birth_date=date(1990, 1, 1)) for n in range(80)
    )
    make_facts(rows)
    make_households(rows)
    return rows


def plain(person):
    """Values only, as the engine reads them."""
    facts = {name: [(item.value, item.valid_from if CATALOGUE.facts[name].has_history else None) for item in items]
             for name, items in person.facts.items() if items}  # fmt: skip
    records = {name: [dict(item.values) for item in items] for name, items in person.records.items()}
    return facts, records


def test_one_person_reads_the_same_alone_and_in_the_city(people):
    city = load()
    place = {int(pk): row for row, pk in enumerate(city.ids)}

    together = dossiers_of(CATALOGUE, people, BELIEF)
    for person in people:
        alone = dossier_of(CATALOGUE, person, BELIEF).person if person.pk % 8 == 0 else together[person.pk].person
        assert alone == together[person.pk].person
        assert plain(alone) == plain(city.table.person(CATALOGUE, place[person.pk]))


def test_a_slow_reading_of_the_rows_finds_the_same_values_and_the_same_contradictions(people):
    city = load()
    by_person = {}
    for item in city.contradictions:
        for row in item.rows:
            by_person.setdefault(int(city.ids[row]), set()).add(item.code)

    rows, dossiers = rows_of(CATALOGUE, people, BELIEF), dossiers_of(CATALOGUE, people, BELIEF)
    for person in people:
        given = {}
        for row in rows[person.pk]:
            if row.property in CATALOGUE.records:
                given[row.property] = [*given.get(row.property, []), *row.value]
            elif CATALOGUE.facts[row.property].has_history if row.property in CATALOGUE.facts else False:
                value = {"value": row.value, "from": row.valid_from, "to": row.valid_to}
                given.setdefault(row.property, []).append(value)
            elif row.property in CATALOGUE.facts:
                given.setdefault(row.property, []).append({"value": row.value})
        given.setdefault("birth_date", [{"value": "1990-01-01"}])
        try:
            whole = RulePerson.of(CATALOGUE, str(person.pk), given)
        except FactsError:
            assert by_person[person.pk] >= {"bad_value"}
            continue
        codes = {item.code for item in check_person(CATALOGUE, whole, DAY) if item.is_error}
        assert codes == by_person.get(person.pk, set()), person.pk
        alone = dossiers[person.pk].person
        for name, records in whole.records.items():
            if name in alone.records:
                assert [dict(item.values) for item in records] == [dict(item.values) for item in alone.records[name]]


def test_parts_of_a_city_hold_what_the_whole_holds(people):
    middle = people[40].pk
    whole, low, high = load(), load(high=middle), load(low=middle)

    assert whole.ids.tolist() == [*low.ids.tolist(), *high.ids.tolist()]
    assert low.table.person(CATALOGUE, 3) == whole.table.person(CATALOGUE, 3)
    assert high.table.person(CATALOGUE, 5).records == whole.table.person(CATALOGUE, 45).records


def test_the_digest_depends_on_the_facts_alone(people):
    before = load().digest
    rows = list(Fact.objects.order_by("-pk"))
    Fact.objects.all().delete()
    Fact.objects.bulk_create(reversed(rows))

    assert load().digest == before
    add(people[0], "is_returnee", True)
    assert load().digest != before


def test_much_text_is_read_by_compiled_readers_and_gives_the_same_bytes(people, monkeypatch):
    plain = load()
    monkeypatch.setattr(texts, "WORTH_KERNELS", 0)

    compiled = load()

    assert plain.contradictions
    assert compiled.digest == plain.digest


@pytest.mark.parametrize("worth", [0, 10**9])
def test_rows_may_come_in_any_order(people, monkeypatch, worth):
    before = load().digest
    monkeypatch.setattr(texts, "WORTH_KERNELS", worth)
    monkeypatch.setattr(reading, "Lines", BackwardLines)

    assert load().digest == before


def test_a_city_is_read_in_a_few_statements(people):
    with CaptureQueriesContext(
        connection,
    ) as few:
        load(high=people[1].pk)
    with CaptureQueriesContext(connection) as many:
        load()

    assert len(few) == len(many) == 3


def test_merged_and_erased_records_are_left_out():
    kept = make_person()
    merged, erased = make_person(merged_into=kept), make_person(erased_at=AT)
    for person in (kept, merged, erased):
        add(person, "is_returnee", True)

    assert load().ids.tolist() == [kept.pk]


def test_what_a_person_says_counts_only_where_nobody_else_can_know():
    person = make_person()
    add(person, "is_returnee", True, source=Source.SELF)
    add(person, "commitment_signed", True, source=Source.SELF)

    known = dossier_of(CATALOGUE, person, BELIEF).person.facts

    assert "commitment_signed" in known
    assert "is_returnee" not in known


def test_facts_of_the_employer_reach_its_staff():
    employer = make_organisation(credit_code="91320200MA1EXAMPLE", area_code="320214")
    person, other = make_person(), make_person()
    add(person, "insured_by", employer.credit_code)
    add(other, "insured_by", "91320200MA1NOBODY0")
    Fact.objects.create(organisation=employer, property="employer_kind", value="enterprise", **RECENT)

    table = load().table

    assert table.person(CATALOGUE, 0).facts["employer_kind"][0].value == 0
    assert table.person(CATALOGUE, 0).facts["employer_area"][0].value == "320214"
    assert "employer_kind" not in table.person(CATALOGUE, 1).facts


def test_the_past_is_read_as_it_was_known_then():
    person = make_person()
    add(person, "homes_in_city", 0, known_to=AT - timedelta(days=5))
    add(person, "homes_in_city", 1, known_from=AT - timedelta(days=5))

    before = load_facts_of(CATALOGUE, Scope(), Belief(DAY, AT - timedelta(days=6)))

    assert before.table.columns["homes_in_city"].values.tolist() == [0]
    assert load().table.columns["homes_in_city"].values.tolist() == [1]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([("homes_in_city", 0), ("homes_in_city", 1)], ("fact_conflict", "homes_in_city")),
        ([("first_insured_on", "2031-01-01")], ("future_date", "first_insured_on")),
        ([("degree", [{"level": "master", "degree_on": "2031-06-30"}])], ("future_date", "degree")),
        (
            [("degree", [{"diploma_on": "2010-06-30", "degree_on": "2020-06-30"}])],
            ("check_failed", "diploma_and_degree+degree"),
        ),
        (
            [("insurance", [{"kind": "medical", "from": "2020-01-01"}]), ("insurance", [{"kind": "medical", "from": "2021-01-01"}])],
            ("record_overlap", "insurance"),
        ),
        ([("employment", [{"from": "2021-01-01", "to": "2020-01-01"}])], ("span_reversed", "employment")),
        ([("work_years", "many")], ("bad_value", "work_years")),
        ([("honour", {"level": "national"})], ("bad_value", "honour")),
        ([("honour", [{"level": "cosmic"}])], ("bad_value", "honour")),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_listed_and_withheld(rows, problem):
    person, other = make_person(), make_person()
    for name, value in rows:
        add(person, name, value)
    add(other, rows[0][0], [] if rows[0][0] in CATALOGUE.records else 1 if "date" not in problem[0] else "2020-01-01")

    loaded = load()
    dossier = dossier_of(CATALOGUE, person, BELIEF)

    assert found(loaded) == {problem: [person.pk]}
    assert rows[0][0] not in {**dossier.person.facts, **dossier.person.records}
    assert [item.code for item in dossier.problems] in ([problem[0]], ["bad_value"], ["records_not_list"])
    assert all(item.message("zh") and item.fix("zh") for item in dossier.problems)


def test_a_missing_household_is_said_but_withholds_nothing():
    person = make_person()
    add(person, "is_returnee", True)

    dossier = dossier_of(CATALOGUE, person, BELIEF)

    assert [item.code for item in dossier.advice] == ["no_household"]
    assert dossier.problems == ()


def test_values_carry_their_source_and_date():
    person = make_person(birth_date=date(1991, 2, 3))
    add(person, "homes_in_city", 0, source_name="不动产登记中心（示例）")
    add(person, "insurance", [{"kind": "medical", "from": "2022-01-01"}], source_name="社保（示例）")
    add(
        person, "insurance", [{"kind": "medical", "from": "2020-01-01", "to": "2020-12-31"}], source_name="人社（示例）"
    )

    known = dossier_of(CATALOGUE, person, belief_at(AT)).person

    assert known.facts["homes_in_city"][0].source == "不动产登记中心（示例）"
    assert [item.source for item in known.records["insurance"]] == ["人社（示例）", "社保（示例）"]
    assert known.facts["birth_date"][0].fetched_at is not None


def test_households_are_the_same_in_the_city_and_alone(people):
    city = load()
    home, dossiers = city.table.household, dossiers_of(CATALOGUE, people, BELIEF)

    for person in people:
        row = int(np.searchsorted(city.ids, person.pk))
        same = {
            str(int(city.ids[other])) for other in np.flatnonzero(home == home[row]) if other != row and home[row] >= 0
        }
        assert {member.id for member in dossiers[person.pk].person.household} == same
