"""Find codes by words: the folded forms of every name and alias of a list."""

from functools import cache

from taihu.engines.text.fold import fold as fold_text
from taihu.records.taxonomy.catalogue import Term, code_tree


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
