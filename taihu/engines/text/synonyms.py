"""One canonical term for each concept, used alike when indexing and when asking.

The table ships as ``data/synonyms.tsv``. A text that says ``software engineer`` or 軟體工程師 gets the canonical term
软件工程师 beside its own words; a query that says either asks for that one term. No query is multiplied out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from taihu.engines.text.fold import fold, fold_plain

__all__ = ["Synonyms", "default_synonyms", "read_synonyms"]


@dataclass(frozen=True, slots=True)
class Synonyms:
    """Canonical terms by spelling.

    Attributes
    ----------
    canonical : dict of str to str
        Folded spelling to canonical term; the canonical term maps to itself. Several words are joined by one space.
    """

    canonical: dict[str, str]

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every spelling, longest first."""
        return tuple(sorted(self.canonical, key=lambda spelling: (-len(spelling), spelling)))

    def of(self, spelling: str) -> str | None:
        """Return the canonical term of a spelling, or None.

        Examples
        --------
        >>> default_synonyms().of("Electrician"), default_synonyms().of("軟體"), default_synonyms().of("zzz")
        ('电工', '软件', None)
        """
        return self.canonical.get(fold(spelling))


def read_synonyms(lines: Iterable[str]) -> Synonyms:
    """Return the table in `lines`: canonical term, then its spellings, tab-separated; ``#`` starts a comment line.

    Raises
    ------
    ValueError
        If a spelling stands for two concepts, naming both.

    Examples
    --------
    >>> read_synonyms(["电工\\telectrician"]).of("ELECTRICIAN")
    '电工'
    >>> read_synonyms(["a\\tx", "b\\tx"])
    Traceback (most recent call last):
    ...
    ValueError: line 2: "x" already means "a"; it cannot also mean "b"
    """
    canonical: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        fields = [field.strip() for field in line.split("\t") if field.strip()]
        if not fields or line.startswith("#"):
            continue
        head = fold(fields[0])
        for field in fields:
            for spelling in {" ".join(fold(field).split()), " ".join(fold_plain(field).split())}:
                known = canonical.setdefault(spelling, head)
                if known != head:
                    raise ValueError(
                        f'line {number}: "{spelling}" already means "{known}"; it cannot also mean "{head}"'
                    )
    return Synonyms(canonical)


@cache
def default_synonyms() -> Synonyms:
    """Return the table that ships with the engine."""
    text = (files("taihu.engines.text") / "data" / "synonyms.tsv").read_text(encoding="utf-8")
    return read_synonyms(text.splitlines())
