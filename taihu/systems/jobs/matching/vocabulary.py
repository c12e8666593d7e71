"""Which codes are which feature numbers. Codes of the shipped lists are always there; free words are collected."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from taihu.engines.matching import Vocabulary
from taihu.engines.matching.arrays import Int32
from taihu.records.taxonomy.enums import Kind
from taihu.records.taxonomy.queries import tree
from taihu.systems.jobs.enums import EmploymentType

AREAS_KIND, SKILLS, OCCUPATIONS, CERTIFICATES = Kind.AREA, Kind.SKILL, Kind.OCCUPATION, Kind.CERTIFICATE
TYPES = tuple(EmploymentType.values)


@dataclass(frozen=True)
class CityVocabulary:
    """Feature labels by group: skill codes, occupation codes, majors, words of titles."""

    skills: tuple[str, ...]
    occupations: tuple[str, ...]
    majors: tuple[str, ...]
    terms: tuple[str, ...]
    areas: tuple[str, ...]
    certificates: tuple[str, ...]

    @classmethod
    def collect(cls, majors: Iterable[str], terms: Iterable[str]) -> "CityVocabulary":
        return cls(
            skills=tuple(term.code for term in tree(SKILLS).terms),
            occupations=tuple(term.code for term in tree(OCCUPATIONS).terms),
            majors=tuple(sorted(set(majors))),
            terms=tuple(sorted(set(terms))),
            areas=tuple(term.code for term in tree(AREAS_KIND).terms if term.level <= 3),
            certificates=tuple(term.code for term in tree(CERTIFICATES).terms),
        )

    def to_json(self) -> dict[str, Any]:
        """Only what the shipped lists do not say already, plus their sizes as a check."""
        return {
            "majors": self.majors,
            "terms": self.terms,
            "skills": len(self.skills),
            "occupations": len(self.occupations),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "CityVocabulary | None":
        """None when the lists of this release are not those of the run: its feature numbers mean nothing now."""
        found = cls.collect(data["majors"], data["terms"])
        return found if (len(found.skills), len(found.occupations)) == (data["skills"], data["occupations"]) else None

    @cached_property
    def engine(self) -> Vocabulary:
        return Vocabulary(
            sizes=(len(self.skills), len(self.occupations), len(self.majors), 0, len(self.terms)),
            labels=(*self.skills, *self.occupations, *self.majors, *self.terms),
            areas=self.areas,
            types=TYPES,
            certificates=self.certificates,
        )

    @cached_property
    def skill_numbers(self) -> dict[str, int]:
        return _numbers(self.skills, self.engine.offsets[0])

    @cached_property
    def occupation_numbers(self) -> dict[str, int]:
        return _numbers(self.occupations, 0)

    @cached_property
    def major_numbers(self) -> dict[str, int]:
        return _numbers(self.majors, self.engine.offsets[2])

    @cached_property
    def term_numbers(self) -> dict[str, int]:
        return _numbers(self.terms, self.engine.offsets[4])

    @cached_property
    def area_numbers(self) -> dict[str, int]:
        return _numbers(self.areas, 0)

    @cached_property
    def certificate_numbers(self) -> dict[str, int]:
        return _numbers(self.certificates, 0)

    @cached_property
    def occupation_parents(self) -> Int32:
        numbers = self.occupation_numbers
        return np.array([numbers.get(term.parent, -1) for term in tree(OCCUPATIONS).terms], np.int32)

    @cached_property
    def areas_below(self) -> dict[str, tuple[int, ...]]:
        """An area code stands for itself and everything below it: who wants the city takes its districts."""
        numbers, areas = self.area_numbers, tree(AREAS_KIND)
        return {
            code: tuple(
                numbers[below] for below in (code, *(t.code for t in areas.descendants(code))) if below in numbers
            )
            for code in self.areas
        }


def _numbers(labels: Sequence[str], first: int) -> dict[str, int]:
    return {label: number for number, label in enumerate(labels, first)}
