"""What a reader looks for: parsed from any query string, written back as one canonical query string."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from django.db import models
from django.utils.translation import gettext_lazy as _

from taihu.records.taxonomy import queries as taxonomy
from taihu.records.taxonomy.enums import Kind

MAX_TEXT = 100
MAX_VALUES = 40
MAX_PAY_YUAN = 1_000_000
PAGE_SIZE = 20
MAX_RESULTS = 1000


class Order(models.TextChoices):
    RELEVANCE = "relevance", _("最相关")
    NEWEST = "newest", _("最新发布")
    PAY = "pay", _("薪酬从高到低")
    PLAIN = "plain", _("不用个人信息")


@dataclass(frozen=True)
class PayBand:
    """Monthly pay in yuan; `high` is exclusive. An opening belongs to every band that its range touches."""

    code: str
    low: int
    high: int | None


PAY_BANDS = (
    PayBand("0-5k", 0, 5_000),
    PayBand("5-8k", 5_000, 8_000),
    PayBand("8-12k", 8_000, 12_000),
    PayBand("12-20k", 12_000, 20_000),
    PayBand("20-30k", 20_000, 30_000),
    PayBand("30k", 30_000, None),
)
UNDISCLOSED = "none"
PAY_CODES = (*(band.code for band in PAY_BANDS), UNDISCLOSED)
SINCE_DAYS = (1, 3, 7, 30)

# Facets of which several values may be chosen: name of the parameter, and the code list that names its values.
MULTIPLE: dict[str, Kind | None] = {
    "district": Kind.AREA,
    "occupation": Kind.OCCUPATION,
    "pay": None,
    "degree": Kind.EDUCATION_RANK,
    "experience": Kind.EXPERIENCE_BAND,
    "type": Kind.EMPLOYMENT_TYPE,
    "industry": Kind.INDUSTRY,
    "kind": Kind.COMPANY_KIND,
}


@dataclass(frozen=True)
class Criteria:
    """One search. `chosen` holds the values of the facets; pay in yuan a month; `since` in days."""

    text: str = ""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pay_min: int | None = None
    pay_max: int | None = None
    since: int | None = None
    organisation: int | None = None
    order: str = Order.RELEVANCE
    page: int = 1

    def values(self, name: str) -> tuple[str, ...]:
        return self.chosen.get(name, ())

    @property
    def has_filters(self) -> bool:
        return bool(any(self.chosen.values()) or self.pay_min or self.pay_max or self.since or self.organisation)

    def without(self, name: str) -> "Criteria":
        """The same search with one condition dropped."""
        if name in MULTIPLE:
            return replace(self, chosen={key: value for key, value in self.chosen.items() if key != name}, page=1)
        dropped: dict[str, Any] = {name: "" if name == "text" else None}
        return replace(self, **dropped, page=1)

    def toggled(self, name: str, value: str) -> "Criteria":
        """The same search with one value of a facet added, or taken away when it was there."""
        values = self.values(name)
        changed = tuple(v for v in values if v != value) if value in values else (*values, value)
        return replace(self, chosen={**self.chosen, name: tuple(sorted(changed))}, page=1)

    def query_string(self, *, with_page: bool = True) -> str:
        """Canonical: the same search always gives the same text."""
        pairs: list[tuple[str, Any]] = [("q", self.text)] if self.text else []
        pairs += [(name, value) for name in MULTIPLE for value in sorted(self.values(name))]
        for name in ("pay_min", "pay_max", "since", "organisation"):
            if getattr(self, name) is not None:
                pairs.append((name, getattr(self, name)))
        if self.order != Order.RELEVANCE:
            pairs.append(("order", self.order))
        if with_page and self.page > 1:
            pairs.append(("page", self.page))
        return urlencode(pairs)


def parse(data: Any, *, default_order: str = Order.RELEVANCE) -> Criteria:
    """Read a search from a QueryDict. Unknown values are dropped: a link from yesterday still finds something."""
    order = data.get("order", "")
    return Criteria(
        text=" ".join(data.get("q", "").replace("\x00", "").split())[:MAX_TEXT].strip(),
        chosen={name: values for name in MULTIPLE if (values := _known(name, data.getlist(name)))},
        pay_min=_number(data.get("pay_min"), 1, MAX_PAY_YUAN),
        pay_max=_number(data.get("pay_max"), 1, MAX_PAY_YUAN),
        since=_number(data.get("since"), 1, 365),
        organisation=_number(data.get("organisation"), 1, 2**31),
        order=order if order in Order.values else default_order,
        page=_number(data.get("page"), 1, MAX_RESULTS // PAGE_SIZE) or 1,
    )


def _known(name: str, values: list[str]) -> tuple[str, ...]:
    kind = MULTIPLE[name]
    flat = {part for value in values[:MAX_VALUES] for part in value.split(",")}
    if kind is None:
        return tuple(sorted(flat.intersection(PAY_CODES)))
    return tuple(sorted(value for value in flat if taxonomy.is_code(kind, value)))[:MAX_VALUES]


def _number(text: str | None, low: int, high: int) -> int | None:
    if not text or not text.isascii() or not text.isdigit() or len(text) > 10:
        return None
    return int(text) if low <= int(text) <= high else None
