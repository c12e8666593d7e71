"""Look codes up. Nothing here runs SQL except the dated lists at the end: pages render hundreds of labels."""

from collections.abc import Sequence
from datetime import date
from functools import cache

from django.db.models import Q, QuerySet

from taihu.engines.text.script import in_language
from taihu.records.taxonomy.catalogue import CodeTree, ListInfo, Term, code_tree, manifest
from taihu.records.taxonomy.enums import Kind
from taihu.records.taxonomy.lookup import code_of, fold, search
from taihu.records.taxonomy.mapping import (
    Guess,
    guess_area,
    guess_industry,
    guess_occupation,
    guess_skills,
)
from taihu.records.taxonomy.models import DatedList, DatedListEntry

__all__ = [
    "Guess",
    "ancestors",
    "choices",
    "code_labelled",
    "code_of",
    "descendants",
    "fold",
    "guess_area",
    "guess_industry",
    "guess_occupation",
    "guess_skills",
    "is_code",
    "is_listed",
    "label",
    "list_entries",
    "list_info",
    "lists_in_force",
    "path_label",
    "search",
    "term",
    "term_label",
    "tree",
]

SOURCE_LANGUAGE = "zh-hans"
LABEL_SEPARATOR = " · "


def tree(kind: str) -> CodeTree:
    return code_tree(kind)


def list_info(kind: str) -> ListInfo:
    """Standard, version date and source of a list, for the page that says where codes come from."""
    return manifest()[Kind(kind)]


def term(kind: str, code: str) -> Term | None:
    return code_tree(kind).by_code.get(code)


def is_code(kind: str, code: str, *, level: int | None = None) -> bool:
    found = term(kind, code)
    return found is not None and (level is None or found.level == level)


def label(kind: str, code: str, language: str = SOURCE_LANGUAGE) -> str:
    """The name of a code in a language; the Chinese name where no English one exists, the code where it is unknown."""
    found = term(kind, code)
    return term_label(found, language) if found is not None else code


def code_labelled(kind: str, text: str, language: str) -> str:
    """The code whose label in that language this is: what a page showed is understood when it comes back."""
    return _labelled(kind, language).get(text, "")


@cache
def _labelled(kind: str, language: str) -> dict[str, str]:
    return {term_label(found, language): found.code for found in reversed(code_tree(kind).terms)}


def term_label(found: Term, language: str = SOURCE_LANGUAGE) -> str:
    return in_language(found.name, found.name_en, language.lower())


def path_label(kind: str, code: str, language: str = SOURCE_LANGUAGE, *, depth: int | None = None) -> str:
    """The label with those above it: `江苏省 · 无锡市 · 滨湖区`. `depth` keeps only so many of the last parts."""
    found = term(kind, code)
    if found is None:
        return code
    parts = [t for t in (*code_tree(kind).ancestors(code), found) if t.extra.get("kind") != "grouping"]
    return LABEL_SEPARATOR.join(term_label(t, language) for t in parts[-depth if depth else 0 :])


def ancestors(kind: str, code: str, *, include_self: bool = False) -> tuple[str, ...]:
    """Codes from the root down."""
    above = tuple(t.code for t in code_tree(kind).ancestors(code))
    return (*above, code) if include_self and is_code(kind, code) else above


def descendants(kind: str, code: str, *, include_self: bool = False) -> tuple[str, ...]:
    below = tuple(t.code for t in code_tree(kind).descendants(code))
    return (code, *below) if include_self else below


def choices(
    kind: str, *, parent: str | None = None, level: int | None = None, language: str = SOURCE_LANGUAGE
) -> list[tuple[str, str]]:
    """`(code, label)` for a form field: all codes, those of one level, or those right below a parent."""
    terms: Sequence[Term] = code_tree(kind).terms if parent is None else code_tree(kind).children(parent)
    return [(t.code, term_label(t, language)) for t in terms if level is None or t.level == level]


def lists_in_force(kind: str, *, on: date) -> QuerySet[DatedList]:
    """The dated lists of a kind that hold on a day, newest first; a list ends before its `active_to`."""
    return DatedList.objects.filter(
        Q(active_to__isnull=True) | Q(active_to__gt=on), kind=kind, active_from__lte=on
    ).order_by("-active_from", "-version")


def is_listed(kind: str, code: str, *, on: date, version: str = "") -> bool:
    """Whether a code, or one above it, is on a list of that kind that holds on that day.

    With a `version` only that list counts: a policy that names the catalogue of a year means that catalogue.
    """
    lists = lists_in_force(kind, on=on)
    if version:
        lists = lists.filter(version=version)
    code_kind = lists.values_list("code_kind", flat=True).first()
    if code_kind is None:
        return False
    above = ancestors(code_kind, code) if code_kind else ()
    return DatedListEntry.objects.filter(dated_list__in=lists, code__in=(*above, code)).exists()


def list_entries(dated_list: DatedList) -> QuerySet[DatedListEntry]:
    return dated_list.entries.order_by("position")
