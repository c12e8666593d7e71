"""What to offer while somebody types the name of a skill, a certificate, an occupation, a university."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

from taihu.records.taxonomy import queries as taxonomy
from taihu.records.taxonomy.catalogue import Term
from taihu.records.taxonomy.enums import Kind
from taihu.systems.jobs.labels import area_label, code_label

OFFERED = (Kind.OCCUPATION, Kind.JOB_TITLE, Kind.SKILL, Kind.CERTIFICATE, Kind.UNIVERSITY)
FLAT = (Kind.JOB_TITLE, Kind.UNIVERSITY)
SHOWN = 8
LONGEST = 80


@dataclass(frozen=True)
class Suggestion:
    """A name in the reader's language and what it belongs to: its group, or the place of a university."""

    kind: str
    code: str
    name: str
    within: str


def suggest(kinds: Sequence[str], text: str, *, limit: int = SHOWN) -> list[Suggestion]:
    """What means the words exactly (JS is JavaScript), what has them in its name, and what has them in an alias.

    Within these the lists take turns; every name is given once.
    """
    wanted = taxonomy.fold(text[:LONGEST])
    lists = [[(kind, term) for term in _terms(kind, wanted, limit)] for kind in kinds]
    in_turn = [found for found in chain.from_iterable(zip_longest(*lists)) if found is not None]
    in_turn.sort(key=lambda found: _distance(found[1], wanted))
    offered = [_suggestion(kind, term) for kind, term in in_turn]
    return list({found.name: found for found in reversed(offered)}.values())[::-1][:limit]


def _terms(kind: str, wanted: str, limit: int) -> list[Term]:
    """A job title stands for its occupation; groups of a list are too wide to be wished for."""
    found = [term for term in taxonomy.search(kind, wanted, limit=limit) if term.level > 1 or kind in FLAT]
    if kind != Kind.OCCUPATION:
        return found
    titles = taxonomy.search(Kind.JOB_TITLE, wanted, limit=limit)
    named = [taxonomy.term(kind, title.extra.get("occupation", "")) for title in titles]
    return [*(term for term in named if term is not None), *found]


def _distance(term: Term, wanted: str) -> int:
    names = [taxonomy.fold(name) for name in (term.name, term.name_en)]
    if wanted in (*names, *map(taxonomy.fold, term.aliases)):
        return 0
    return 1 if any(wanted in name for name in names) else 2


def _suggestion(kind: str, term: Term) -> Suggestion:
    above = area_label(term.extra["area"]) if kind == Kind.UNIVERSITY else code_label(kind, term.parent)
    return Suggestion(kind, term.code, code_label(kind, term.code), above)
