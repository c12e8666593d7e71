"""The kinds of work of the demo city, with their codes looked up in the shipped lists."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from taihu.portal.demo.words import MAJORS
from taihu.records.taxonomy.queries import code_of

FILE = Path(__file__).with_name("data") / "families.yaml"


@dataclass(frozen=True)
class Family:
    occupation: str
    titles: tuple[str, ...]
    industries: tuple[str, ...]
    pay_low: int
    pay_high: int
    education: int
    opening_weight: int
    people_weight: int
    skills: tuple[str, ...]
    skill_codes: tuple[str, ...]
    certificate_codes: tuple[str, ...]
    certificates: tuple[str, ...]
    duties: tuple[str, ...]
    majors: tuple[str, ...]


@cache
def families() -> tuple[Family, ...]:
    rows = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return tuple(_family(row) for row in rows)


def unknown_words() -> list[str]:
    """Skills and certificates that the shipped lists do not know: none, a test says."""
    rows = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    skills = {word for row in rows for word in row["skills"] if not code_of("skill", word)}
    certificates = {word for row in rows for word in row.get("certificates", []) if not code_of("certificate", word)}
    return sorted(skills | certificates)


def _family(row: dict[str, list[str]]) -> Family:
    occupation = str(row["occupation"])
    certificates = row.get("certificates", [])
    return Family(
        occupation=occupation,
        titles=tuple(row["titles"]),
        industries=tuple(row["industries"]),
        pay_low=int(row["pay"][0]),
        pay_high=int(row["pay"][1]),
        education=int(str(row["education"])),
        opening_weight=int(row["weight"][0]),
        people_weight=int(row["weight"][1]),
        skills=tuple(row["skills"]),
        skill_codes=tuple(code for word in row["skills"] if (code := code_of("skill", word))),
        certificates=tuple(certificates),
        certificate_codes=tuple(code for word in certificates if (code := code_of("certificate", word))),
        duties=tuple(row["duties"]),
        majors=tuple(MAJORS.get(occupation[:7], [])),
    )
