"""The facet panel, the chips and the way out of an empty result, ready for a template."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext

from taihu.records.identity.models import Organisation
from taihu.records.taxonomy import queries as taxonomy
from taihu.records.taxonomy.enums import Kind
from taihu.systems.jobs.labels import area_label, code_label, reader_language
from taihu.systems.jobs.search import engine
from taihu.systems.jobs.search.criteria import (
    MULTIPLE,
    PAY_BANDS,
    SINCE_DAYS,
    UNDISCLOSED,
    Criteria,
)

SHOWN_AREAS = 16
SHOWN_CHILDREN = 12
Counts = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Option:
    """One value of a facet: the link toggles it."""

    label: str
    count: int
    query: str
    is_chosen: bool = False
    children: tuple["Option", ...] = ()


@dataclass(frozen=True)
class Facet:
    name: str
    label: str
    options: tuple[Option, ...]
    is_open: bool = False


@dataclass(frozen=True)
class Chip:
    label: str
    query: str


@dataclass(frozen=True)
class Suggestion:
    label: str
    count: int
    query: str


@dataclass
class _Panel:
    criteria: Criteria
    counts: Counts
    facets: list[Facet] = field(default_factory=list)

    def option(self, name: str, code: str, label: str, children: tuple[Option, ...] = ()) -> Option:
        query = self.criteria.toggled(name, code).query_string()
        chosen = code in self.criteria.values(name)
        return Option(label, self.counts[name].get(code, 0), query, chosen, children)

    def add(self, name: str, label: str, codes: Iterable[tuple[str, str]], *, is_open: bool = False) -> None:
        counts, chosen = self.counts[name], self.criteria.values(name)
        shown = tuple(self.option(name, code, text) for code, text in codes if counts.get(code) or code in chosen)
        is_chosen = any(option.is_chosen for option in shown)
        if shown:
            self.facets.append(Facet(name, label, shown, is_open or is_chosen))


def facets(criteria: Criteria, counts: Counts) -> list[Facet]:
    panel = _Panel(criteria, counts)
    panel.add("district", gettext("工作地点"), shown_areas(counts["district"]), is_open=True)
    panel.add("pay", gettext("月薪"), [(code, pay_label(code)) for code in _pay_codes()], is_open=True)
    _add_occupations(panel)
    panel.add("degree", gettext("学历要求"), taxonomy.choices(Kind.EDUCATION_RANK, language=reader_language()))
    panel.add("experience", gettext("经验要求"), taxonomy.choices(Kind.EXPERIENCE_BAND, language=reader_language()))
    panel.add("type", gettext("用工形式"), taxonomy.choices(Kind.EMPLOYMENT_TYPE, language=reader_language()))
    panel.add("industry", gettext("行业"), taxonomy.choices(Kind.INDUSTRY, level=1, language=reader_language()))
    panel.add("kind", gettext("单位性质"), taxonomy.choices(Kind.COMPANY_KIND, language=reader_language()))
    _add_since(panel)
    return panel.facets


def shown_areas(counts: dict[str, int]) -> list[tuple[str, str]]:
    """The city's own districts in official order, then other cities by number."""
    own = [term.code for term in taxonomy.tree(Kind.AREA).children(settings.CITY_AREA)]
    others = sorted((code for code in counts if code not in own), key=lambda code: (-counts[code], code))
    return [(code, area_label(code)) for code in (*own, *others)][:SHOWN_AREAS]


def _pay_codes() -> list[str]:
    return [*(band.code for band in PAY_BANDS), UNDISCLOSED]


def pay_label(code: str) -> str:
    band = next((band for band in PAY_BANDS if band.code == code), None)
    if band is None:
        return gettext("面议")
    if band.high is None:
        return gettext("%(low)s元以上") % {"low": f"{band.low:,}"}
    if band.low == 0:
        return gettext("%(high)s元以下") % {"high": f"{band.high:,}"}
    return gettext("%(low)s–%(high)s元") % {"low": f"{band.low:,}", "high": f"{band.high:,}"}


def _add_occupations(panel: _Panel) -> None:
    """The tree of occupations: branches with a choice in them are open."""
    chosen = panel.criteria.values("occupation")
    opened = {above for code in chosen for above in taxonomy.ancestors(Kind.OCCUPATION, code, include_self=True)}
    options = _branch(panel, "", opened)
    if options:
        panel.facets.append(Facet("occupation", gettext("职业"), options, bool(chosen)))


def _branch(panel: _Panel, parent: str, opened: set[str]) -> tuple[Option, ...]:
    counts = panel.counts["occupation"]
    terms = [t for t in taxonomy.tree(Kind.OCCUPATION).children(parent) if counts.get(t.code) or t.code in opened]
    if parent:
        terms = sorted(terms, key=lambda t: (t.code not in opened, -counts.get(t.code, 0), t.code))[:SHOWN_CHILDREN]
    return tuple(
        panel.option(
            "occupation",
            term.code,
            taxonomy.term_label(term, reader_language()),
            _branch(panel, term.code, opened) if term.code in opened else (),
        )
        for term in terms
    )


def _add_since(panel: _Panel) -> None:
    chosen = panel.criteria.since
    options = []
    for days in SINCE_DAYS:
        value = None if chosen == days else days
        query = replace(panel.criteria, since=value, page=1).query_string()
        options.append(Option(since_label(days), panel.counts["since"][str(days)], query, chosen == days))
    panel.facets.append(Facet("since", gettext("发布时间"), tuple(options), chosen is not None))


def since_label(days: int) -> str:
    return gettext("24 小时内") if days == 1 else gettext("%(days)d 天内") % {"days": days}


def value_label(name: str, value: str) -> str:
    kind = MULTIPLE[name]
    if kind is None:
        return pay_label(value)
    return area_label(value) if kind == Kind.AREA else code_label(kind, value)


def chips(criteria: Criteria, organisation: Organisation | None = None) -> list[Chip]:
    """Every condition with the search that has it no more."""
    found = [
        Chip(value_label(name, value), criteria.toggled(name, value).query_string())
        for name in MULTIPLE
        for value in criteria.values(name)
    ]
    single = {
        "pay_min": gettext("月薪不低于 %(pay)s 元") % {"pay": f"{criteria.pay_min or 0:,}"},
        "pay_max": gettext("月薪不高于 %(pay)s 元") % {"pay": f"{criteria.pay_max or 0:,}"},
        "since": since_label(criteria.since or 1),
        "organisation": organisation.name if organisation else gettext("指定单位"),
    }
    found += [
        Chip(label, criteria.without(name).query_string())
        for name, label in single.items()
        if getattr(criteria, name) is not None
    ]
    return found


def suggestions(criteria: Criteria, *, at: datetime, limit: int = 5) -> list[Suggestion]:
    """When nothing was found: which one condition or word to drop, and how many openings there would be."""
    dropped = [name for name in MULTIPLE if criteria.values(name)]
    dropped += [name for name in ("pay_min", "pay_max", "since") if getattr(criteria, name) is not None]
    tries = [(gettext("不限%(what)s") % {"what": facet_label(name)}, criteria.without(name)) for name in dropped]
    words = criteria.text.split()
    tries += [
        (
            gettext("去掉“%(word)s”") % {"word": word},
            replace(criteria, text=" ".join(w for w in words if w != word), page=1),
        )
        for word in (words if len(words) > 1 else [])
    ]
    if criteria.text and criteria.has_filters:
        tries.append((gettext("只按“%(text)s”搜索") % {"text": criteria.text}, Criteria(text=criteria.text)))
    counted = [Suggestion(label, engine.count(other, at=at), other.query_string()) for label, other in tries]
    return sorted((s for s in counted if s.count), key=lambda s: (-s.count, s.label))[:limit]


def facet_label(name: str) -> str:
    return {
        "district": gettext("工作地点"),
        "pay": gettext("月薪"),
        "pay_min": gettext("最低月薪"),
        "pay_max": gettext("最高月薪"),
        "occupation": gettext("职业"),
        "degree": gettext("学历要求"),
        "experience": gettext("经验要求"),
        "type": gettext("用工形式"),
        "industry": gettext("行业"),
        "kind": gettext("单位性质"),
        "since": gettext("发布时间"),
    }[name]
