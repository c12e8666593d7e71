"""A part of a city as a file: whole, or just the facts that a question needs."""

import random

import numpy as np

from taihu.engines.rules.catalogue import shipped_catalogue
from taihu.engines.rules.table import FactsTable
from taihu.records.facts.parts import join, read_part, write_part
from taihu.records.facts.tables import LoadedFacts, arrays_of
from tests.engines.rules.people_strategy import random_person


def test_a_part_is_read_back_whole_or_for_some_facts(tmp_path):
    rng = random.Random(3)
    people = [random_person(rng, shipped_catalogue(), str(number)) for number in range(20)]
    table = FactsTable.from_people(shipped_catalogue(), people)
    write_part(tmp_path / "0.npz", LoadedFacts(np.arange(20), table, (), "digest"))

    whole = read_part(tmp_path / "0.npz")
    some = read_part(tmp_path / "0.npz", frozenset({"birth_date", "home", "hukou_in_city"}))

    assert arrays_of(whole.table).keys() == arrays_of(table).keys()
    assert (set(some.table.columns), set(some.table.records), set(some.table.histories)) == (
        {"birth_date"}, {"home"}, {"hukou_in_city"},
    )  # fmt: skip
    kept = arrays_of(some.table)
    assert all((arrays_of(whole.table)[name] == array).all() for name, array in kept.items())
    assert join(shipped_catalogue(), [some, some]).table.n == 40
