"""Read who may be matched with what from the database into the engine's arrays."""

import hashlib
import json
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import Exists, F, OuterRef, QuerySet, TextField
from django.db.models.functions import Cast

from taihu.engines.matching import (
    PAY_NOT_STATED,
    Features,
    Lists,
    Market,
    Openings,
    People,
    expand_tree,
    rarity_weights,
)
from taihu.engines.matching.records import FULL_WEIGHT
from taihu.engines.text.segment import terms
from taihu.records.identity.enums import Purpose
from taihu.records.identity.models import Consent
from taihu.systems.jobs.enums import OPEN_APPLICATION, ApplicationState
from taihu.systems.jobs.matching.vocabulary import TYPES, CityVocabulary
from taihu.systems.jobs.models import Application, HiddenOpening, Opening, Profile

PERSON_FIELDS = (
    "person_id", "headline", "education_rank", "experience_months", "majors", "occupation_codes", "wanted_occupations",
    "skill_codes", "certificate_codes", "wanted_areas", "wanted_types", "pay_floor",
)  # fmt: skip
OPENING_FIELDS = (
    "id", "title", "organisation_id", "occupation_code", "employment_type", "headcount", "area_code", "pay_max",
    "education_rank", "experience_min", "majors", "skill_codes", "certificate_codes",
)  # fmt: skip
_LISTS = frozenset(
    {
        "majors",
        "occupation_codes",
        "wanted_occupations",
        "skill_codes",
        "certificate_codes",
        "wanted_areas",
        "wanted_types",
    }
)
MOST_TERMS = 6
#: Applications that are still open count as suitable applicants already there, at this rate, before any calibration.
OPEN_APPLICATION_LOAD = 0.3
Weights = npt.NDArray[np.uint8]


@dataclass
class Pairs:
    """Growing (row, number) pairs."""

    rows: "array[int]" = field(default_factory=lambda: array("q"))
    numbers: "array[int]" = field(default_factory=lambda: array("q"))

    def add(self, row: int, numbers: Iterable[int]) -> None:
        found = tuple(numbers)
        self.numbers.extend(found)
        self.rows.extend((row,) * len(found))

    def lists(self, rows: int) -> Lists:
        return Lists.from_pairs(np.array(self.rows, np.int64), np.array(self.numbers, np.int64), rows)


@dataclass(frozen=True)
class Snapshot:
    """The market at one moment, with everything that a later reader needs to understand the numbers."""

    market: Market
    vocabulary: CityVocabulary
    rarity: Weights
    start_load: npt.NDArray[np.float64]

    @property
    def digest(self) -> str:
        """SHA-256 over every array that decides the result."""
        market, total = self.market, hashlib.sha256()
        for side in (market.people, market.openings):
            for name in sorted(vars(side)):
                value = getattr(side, name)
                arrays = (
                    [value] if isinstance(value, np.ndarray) else [getattr(value, key) for key in sorted(vars(value))]
                )
                for part in arrays:
                    total.update(np.ascontiguousarray(part).tobytes())
        total.update(self.start_load.tobytes())
        return total.hexdigest()


def matchable_people() -> QuerySet[Profile]:
    """Who looks for work, is a living record, and agreed to be matched."""
    agreed = Consent.objects.filter(person=OuterRef("person"), purpose=Purpose.MATCHING, withdrawn_at__isnull=True)
    alive = Profile.objects.filter(is_looking=True, person__merged_into__isnull=True, person__erased_at__isnull=True)
    return alive.filter(Exists(agreed)).order_by("person_id")


def matchable_openings() -> QuerySet[Opening]:
    return Opening.objects.filter(is_listed=True).order_by("id")


def load_snapshot(*, at: datetime) -> Snapshot:
    """Read both sides. Two people of one city never see each other's data: only arrays leave this function."""
    openings = list(matchable_openings().values_list(*OPENING_FIELDS))
    people = _person_rows()
    vocabulary = CityVocabulary.collect(
        majors=(major for row in openings for major in row[OPENING_FIELDS.index("majors")]),
        terms=(word for row in openings for word in title_terms(row[1])),
    )
    opening_pairs = opening_features(openings, vocabulary)
    rarity = rarity_weights(
        np.bincount(opening_pairs[1], minlength=vocabulary.engine.total), max(1, len(openings)), vocabulary.engine
    )
    employers = {number: row for row, number in enumerate(sorted({row[2] for row in openings}))}
    market = Market(
        vocabulary.engine,
        people_side(people, vocabulary, employers),
        openings_side(openings, opening_pairs, vocabulary, rarity, employers),
    )
    return Snapshot(market, vocabulary, rarity, _start_load(market.openings.ids))


def _person_rows() -> list[tuple[Any, ...]]:
    """Rows of `PERSON_FIELDS`. Lists are read as text and parsed once for each different text: most are alike."""
    columns = [Cast(name, TextField()) if name in _LISTS else F(name) for name in PERSON_FIELDS]
    are_lists = [name in _LISTS for name in PERSON_FIELDS]
    parsed: dict[str, Any] = {}

    def parse(text: str) -> Any:
        found = parsed.get(text)
        if found is None:
            found = parsed[text] = json.loads(text)
        return found

    rows = matchable_people().values_list(*columns).iterator(chunk_size=20_000)
    return [
        tuple(parse(value) if is_list else value for value, is_list in zip(row, are_lists, strict=True)) for row in rows
    ]


@lru_cache(maxsize=100_000)
def title_terms(title: str) -> tuple[str, ...]:
    """The first words of a title; a city has far fewer different titles than people."""
    return tuple(terms(title)[:MOST_TERMS])


def opening_features(rows: Sequence[tuple[Any, ...]], vocabulary: CityVocabulary) -> tuple[Any, Any, Any]:
    """(row, feature, halvings) of openings, the ancestors of their occupation with half the credit each."""
    plain, occupations = Pairs(), Pairs()
    skills, majors, words = vocabulary.skill_numbers, vocabulary.major_numbers, vocabulary.term_numbers
    for number, row in enumerate(rows):
        values = dict(zip(OPENING_FIELDS, row, strict=True))
        plain.add(number, (skills[code] for code in values["skill_codes"] if code in skills))
        plain.add(number, (majors[name] for name in values["majors"] if name in majors))
        plain.add(number, (words[word] for word in title_terms(values["title"]) if word in words))
        if values["occupation_code"] in vocabulary.occupation_numbers:
            occupations.add(number, [vocabulary.occupation_numbers[values["occupation_code"]]])
    return _with_tree(plain, occupations, vocabulary)


def person_features(rows: Sequence[tuple[Any, ...]], vocabulary: CityVocabulary) -> tuple[Any, Any, Any]:
    plain, occupations = Pairs(), Pairs()
    skills, majors, words = vocabulary.skill_numbers, vocabulary.major_numbers, vocabulary.term_numbers
    known = vocabulary.occupation_numbers
    for number, row in enumerate(rows):
        values = dict(zip(PERSON_FIELDS, row, strict=True))
        plain.add(number, (skills[code] for code in values["skill_codes"] if code in skills))
        plain.add(number, (majors[name] for name in values["majors"] if name in majors))
        plain.add(number, (words[word] for word in title_terms(values["headline"]) if word in words))
        wanted = {*values["wanted_occupations"], *values["occupation_codes"]}
        occupations.add(number, sorted(known[code] for code in wanted if code in known))
    return _with_tree(plain, occupations, vocabulary)


def _with_tree(plain: Pairs, occupations: Pairs, vocabulary: CityVocabulary) -> tuple[Any, Any, Any]:
    row, node, halvings = expand_tree(occupations.rows, occupations.numbers, vocabulary.occupation_parents)
    return (
        np.concatenate([np.array(plain.rows, np.int64), row]),
        np.concatenate([np.array(plain.numbers, np.int32), node + np.int32(vocabulary.engine.offsets[1])]),
        np.concatenate([np.zeros(len(plain.rows), np.int32), halvings]),
    )


def people_side(
    rows: Sequence[tuple[Any, ...]],
    vocabulary: CityVocabulary,
    employers: dict[int, int],
    *,
    without_history: bool = False,
) -> People:
    """Rows of `PERSON_FIELDS`, in order of person id; `without_history` forgets what they hid and applied to."""
    ids = np.array([row[0] for row in rows], np.int64)
    row_of = {number: row for row, number in enumerate(ids.tolist())}
    areas, certificates, types = Pairs(), Pairs(), np.zeros(len(rows), np.uint16)
    held = vocabulary.certificate_numbers
    for number, row in enumerate(rows):
        values = dict(zip(PERSON_FIELDS, row, strict=True))
        areas.add(number, (below for code in values["wanted_areas"] for below in vocabulary.areas_below.get(code, ())))
        certificates.add(number, (held[code] for code in values["certificate_codes"] if code in held))
        types[number] = sum(1 << TYPES.index(code) for code in values["wanted_types"]) or 0xFFFF
    pairs = person_features(rows, vocabulary)
    weights = np.maximum(np.full(pairs[1].size, FULL_WEIGHT) >> pairs[2], 1)
    return People(
        ids=ids,
        features=Features.from_pairs(pairs[0], pairs[1], weights, len(rows)),
        areas=areas.lists(len(rows)),
        pay_floor=_column(rows, "pay_floor", PERSON_FIELDS),
        degree=_column(rows, "education_rank", PERSON_FIELDS),
        experience=_column(rows, "experience_months", PERSON_FIELDS),
        types=types,
        certificates=certificates.lists(len(rows)),
        never_openings=_never_openings({} if without_history else row_of, len(rows)),
        never_employers=_never_employers({} if without_history else row_of, len(rows), employers),
    )


def openings_side(
    rows: Sequence[tuple[Any, ...]],
    pairs: tuple[Any, Any, Any],
    vocabulary: CityVocabulary,
    rarity: Weights,
    employers: dict[int, int],
) -> Openings:
    """Rows of `OPENING_FIELDS`, in order of id."""
    certificates, required = Pairs(), vocabulary.certificate_numbers
    for number, row in enumerate(rows):
        values = dict(zip(OPENING_FIELDS, row, strict=True))
        certificates.add(number, (required[code] for code in values["certificate_codes"] if code in required))
    pay = [PAY_NOT_STATED if value is None else value for value in _column(rows, "pay_max", OPENING_FIELDS)]
    elsewhere = len(vocabulary.areas)
    area = [vocabulary.area_numbers.get(code, elsewhere) for code in _column(rows, "area_code", OPENING_FIELDS)]
    weights = np.maximum(rarity[pairs[1]].astype(np.int64) >> pairs[2], 1)
    ids = np.array([row[0] for row in rows], np.int64)
    return Openings(
        ids=ids,
        features=Features.from_pairs(pairs[0], pairs[1], weights, len(rows)),
        area=np.array(area, np.int64),
        pay_max=np.array(pay, np.int64),
        degree_min=_column(rows, "education_rank", OPENING_FIELDS),
        experience_min=_column(rows, "experience_min", OPENING_FIELDS),
        type=np.array([TYPES.index(code) for code in _column(rows, "employment_type", OPENING_FIELDS)], np.int64),
        employer=np.array([employers[number] for number in _column(rows, "organisation_id", OPENING_FIELDS)], np.int64),
        certificates=certificates.lists(len(rows)),
        vacancies=_vacancies(rows, ids),
    )


def _column(rows: Sequence[tuple[Any, ...]], name: str, names: Sequence[str]) -> Any:
    place = names.index(name)
    values = [row[place] for row in rows]
    return np.array(values, np.int64) if all(isinstance(value, int) for value in values) else values


def _never_openings(row_of: dict[int, int], rows: int) -> Lists:
    """What a person hid, and what the person applied to already."""
    pairs = Pairs()
    if not row_of:
        return pairs.lists(rows)
    few = {"person__in": list(row_of)} if len(row_of) <= 100 else {}
    for model in (HiddenOpening, Application):
        for person, opening in model.objects.filter(**few).values_list("person_id", "opening_id").iterator():
            if person in row_of:
                pairs.add(row_of[person], [opening])
    return pairs.lists(rows)


def _never_employers(row_of: dict[int, int], rows: int, employers: dict[int, int]) -> Lists:
    pairs = Pairs()
    if not row_of:
        return pairs.lists(rows)
    few = {"profile__person__in": list(row_of)} if len(row_of) <= 100 else {}
    links = Profile.never_organisations.through.objects.filter(**few)
    for person, organisation in links.values_list("profile__person_id", "organisation_id").iterator():
        if person in row_of and organisation in employers:
            pairs.add(row_of[person], [employers[organisation]])
    return pairs.lists(rows)


def _vacancies(rows: Sequence[tuple[Any, ...]], ids: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    places = np.array(_column(rows, "headcount", OPENING_FIELDS), np.int64)
    left: npt.NDArray[np.int64] = np.maximum(places - _application_counts(ids, [ApplicationState.ACCEPTED]), 0)
    return left


def _start_load(ids: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    return OPEN_APPLICATION_LOAD * _application_counts(ids, list(OPEN_APPLICATION)).astype(np.float64)


def _application_counts(ids: npt.NDArray[np.int64], states: list[Any]) -> npt.NDArray[np.int64]:
    few = {"opening__in": ids.tolist()} if ids.size <= 100 else {}
    found = Application.objects.filter(state__in=states, **few).values_list("opening_id", flat=True)
    openings = np.fromiter(found.iterator(), np.int64)
    openings = openings[np.isin(openings, ids)]
    counts: npt.NDArray[np.int64] = np.bincount(np.searchsorted(ids, openings), minlength=ids.size).astype(np.int64)
    return counts
