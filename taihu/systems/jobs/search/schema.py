"""One opening as a document of the search index.

Text fields hold space-separated terms of `taihu.engines.text`; facets are single coded values in fast columns, so that
counting them is one pass over a column. Sort keys carry the opening's id in their low 32 bits: no two are equal.
"""

import hashlib
import json
from datetime import datetime
from functools import cache
from typing import Any

import tantivy
from django.conf import settings

from taihu.engines.text.segment import index_text
from taihu.records.taxonomy import queries as taxonomy
from taihu.records.taxonomy.enums import Kind
from taihu.systems.jobs.enums import PayBasis
from taihu.systems.jobs.models import Opening
from taihu.systems.jobs.search.criteria import PAY_BANDS, UNDISCLOSED

VERSION = 1
TEXTS = ("title", "employer", "body")
CODES = ("district", "occ1", "occ2", "occ3", "occ4", "bands", "degree", "experience", "type", "industry", "kind")
NUMBERS = ("organisation", "pay_low", "pay_high", "published", "stamp")
KEYS = ("newest_key", "rank_key", "pay_key")
OWN_BONUS_SECONDS = 30 * 86_400
ID_BITS = 32
BAND_JOIN = "+"
NO_PAY = (2**40, 0)


@cache
def schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in TEXTS:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    for name in CODES:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in ("id", *NUMBERS):
        builder.add_unsigned_field(name, indexed=True, fast=True)
    for name in KEYS:
        builder.add_unsigned_field(name, fast=True)
    builder.add_float_field("weight", fast=True)
    return builder.build()


@cache
def fingerprint() -> str:
    """Names the layout; an index with another one is rebuilt."""
    layout = json.dumps([VERSION, TEXTS, CODES, NUMBERS, KEYS, settings.CITY_AREA, tantivy.__version__])
    return hashlib.sha256(layout.encode()).hexdigest()[:12]


def document(opening: Opening) -> dict[str, Any]:
    """The index's view of an opening whose organisation is loaded."""
    published = int(opening.published_at.timestamp()) if opening.published_at else 0
    is_own = not opening.source
    low, high = pay_range(opening)
    fields: dict[str, Any] = {
        "id": opening.pk,
        "title": index_text(opening.title),
        "employer": index_text(f"{opening.organisation.name} {opening.organisation.short_name}"),
        "body": index_text(_body(opening)),
        "district": facet_area(opening.area_code),
        "bands": BAND_JOIN.join(bands(low, high)),
        "degree": str(opening.education_rank),
        "experience": experience_band(opening.experience_min),
        "type": opening.employment_type,
        "industry": (opening.industry_code or opening.organisation.industry_code)[:1],
        "kind": opening.organisation.kind_code,
        "organisation": opening.organisation_id,
        "pay_low": low,
        "pay_high": high,
        "published": published,
        "newest_key": published << ID_BITS | opening.pk,
        "rank_key": (published + (OWN_BONUS_SECONDS if is_own else 0)) << ID_BITS | opening.pk,
        "pay_key": high << ID_BITS | opening.pk,
        # Tantivy multiplies the score by log2(2 + weight): two for own openings, one for cited ones.
        "weight": 2.0 if is_own else 0.0,
    }
    codes = taxonomy.ancestors(Kind.OCCUPATION, opening.occupation_code, include_self=True)
    fields |= {f"occ{level}": code for level, code in enumerate(codes, start=1)}
    return {name: value for name, value in fields.items() if value != ""}


def stamp(fields: dict[str, Any]) -> int:
    """Equal documents have equal stamps: what did not change is not written again."""
    text = json.dumps(fields, sort_keys=True, ensure_ascii=False)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=7).digest(), "big")


def _body(opening: Opening) -> str:
    parts = [opening.description, opening.requirements, opening.benefits, opening.address]
    parts += [taxonomy.label("skill", code) for code in opening.skill_codes]
    parts += [taxonomy.label("certificate", code) for code in opening.certificate_codes]
    parts += [str(major) for major in opening.majors]
    found = taxonomy.term(Kind.OCCUPATION, opening.occupation_code)
    if found is not None:
        parts += [found.name, *found.aliases]
    parts.append(taxonomy.path_label(Kind.AREA, opening.area_code))
    return "\n".join(parts)


@cache
def facet_area(code: str) -> str:
    """The district inside the city, the city elsewhere."""
    path = taxonomy.ancestors(Kind.AREA, code, include_self=True)
    if settings.CITY_AREA in path:
        return path[2] if len(path) > 2 else settings.CITY_AREA
    return path[min(len(path), 2) - 1] if path else ""


def pay_range(opening: Opening) -> tuple[int, int]:
    """Monthly pay in fen; an undisclosed one is a range that overlaps no other."""
    low, high = opening.pay_min or opening.pay_max, opening.pay_max or opening.pay_min
    if opening.pay_basis == PayBasis.UNDISCLOSED or low is None or high is None:
        return NO_PAY
    return low, high


def bands(low: int, high: int) -> list[str]:
    """The pay bands that a monthly range in fen touches."""
    if (low, high) == NO_PAY:
        return [UNDISCLOSED]
    return [b.code for b in PAY_BANDS if high >= b.low * 100 and (b.high is None or low < b.high * 100)]


@cache
def band_sets(code: str) -> tuple[str, ...]:
    """Every value of the column `bands` that holds this band."""
    codes = [band.code for band in PAY_BANDS]
    runs = [codes[start:end] for start in range(len(codes)) for end in range(start + 1, len(codes) + 1)]
    return tuple(BAND_JOIN.join(run) for run in (*runs, [UNDISCLOSED]) if code in run)


@cache
def _experience_bands() -> tuple[tuple[int, str], ...]:
    found = [
        (int(term.extra["min_months"]), term.code)
        for term in taxonomy.tree(Kind.EXPERIENCE_BAND).terms
        if int(term.extra["min_months"]) > 0
    ]
    return ((0, "any"), *sorted(found))


def experience_band(months: int) -> str:
    """The band of the experience that an opening asks for at least."""
    return max((low, code) for low, code in _experience_bands() if low <= months)[1]


def moving_moment(at: datetime) -> int:
    """The quarter of an hour that `at` lies in: windows of time move in such steps, so that counts can be kept."""
    return int(at.timestamp()) // 900 * 900


def published_after(at: datetime, days: int) -> int:
    return moving_moment(at) - days * 86_400
