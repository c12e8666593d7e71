"""Look codes up. Nothing here runs SQL except the dated lists at the end: pages render hundreds of labels."""

from collections.abc import Sequence
from functools import cache

import opencc

from taihu.engines.text.fold import fold as fold_text
from taihu.records.taxonomy.catalogue import CodeTree, ListInfo, Term, code_tree, manifest
from taihu.records.taxonomy.enums import Kind

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


def term_label(found: Term, language: str = SOURCE_LANGUAGE) -> str:
    if language.startswith("en"):
        return found.name_en or found.name
    if language.lower() in ("zh-hant", "zh-tw", "zh-hk"):
        return _traditional(found.name)
    return found.name


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


def fold(text: str) -> str:
    """The form in which texts are compared: width, case and traditional characters do not matter."""
    return fold_text(text).strip()


def search(kind: str, text: str, *, limit: int = 10) -> list[Term]:
    """Terms for autocompletion: exact matches first, then beginnings, then parts, short names before long ones."""
    wanted = fold(text)
    if not wanted:
        return []
    best: dict[str, tuple[int, int, int]] = {}
    for position, (key, code) in enumerate(_search_keys(kind)):
        if wanted in key:
            rank = 0 if key == wanted else 1 if key.startswith(wanted) else 2
            score = (rank, len(key), position)
            if code not in best or score < best[code]:
                best[code] = score
    by_code = code_tree(kind).by_code
    return [by_code[code] for code in sorted(best, key=best.__getitem__)[:limit]]


def code_of(kind: str, text: str) -> str:
    """The code that a word means exactly (its code, name, English name or alias); empty where none or several do."""
    return _exact_keys(kind).get(fold(text), "")


@cache
def _search_keys(kind: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        (key, t.code)
        for t in code_tree(kind).terms
        for key in dict.fromkeys(fold(k) for k in (t.code, t.name, t.name_en, *t.aliases))
        if key
    )


@cache
def _exact_keys(kind: str) -> dict[str, str]:
    """Nearer the root wins where a parent and its only child share a name; true ambiguity is dropped."""
    found: dict[str, str] = {}
    by_code = code_tree(kind).by_code
    ambiguous: set[str] = set()
    for key, code in _search_keys(kind):
        first = found.setdefault(key, code)
        if first != code and by_code[first].level == by_code[code].level:
            ambiguous.add(key)
    return {key: code for key, code in found.items() if key not in ambiguous}


@cache
def _to_traditional() -> opencc.OpenCC:
    return opencc.OpenCC("s2twp")


@cache
def _traditional(text: str) -> str:
    return str(_to_traditional().convert(text))
