"""Words for the search index and words of a question.

Both sides use the same dictionary, the same folding and the same canonical terms, so what is indexed can be asked for:

* index side: search-mode cutting (a long word also gives its parts), every pair of neighbouring characters that the
  dictionary does not know (so an unknown name of two or more characters is found), and canonical terms;
* query side: each word becomes a group of alternatives; a text matches when it holds one alternative of every group.

Hidden-Markov guessing is off: it cuts the same unknown word differently in different sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

import rjieba

from taihu.engines.text.fold import HAN, fold, fold_plain, has_traditional, normalise_width
from taihu.engines.text.synonyms import Synonyms, default_synonyms

__all__ = ["Query", "Segmenter", "default_segmenter", "index_text", "query", "shipped_words", "terms"]

STOP_CHARACTERS = frozenset("的了和及与或等是在有对为能可以并将被把从到也都就而且其之于由所着过们我你您他她它这那")


def _class_without(stops: Iterable[str]) -> str:
    """Return a character class of Han without `stops`: one class scans three times faster than a look-ahead."""
    low, ranges = 0x4E00, ["\u3400-\u4dbf"]
    for stop in sorted(map(ord, stops)):
        if stop > low:
            ranges.append(f"{chr(low)}-{chr(stop - 1)}")
        low = stop + 1
    return f"[{''.join(ranges)}{chr(low)}-\u9fff]"


_SINGLE = _class_without(STOP_CHARACTERS)
_UNKNOWN_RUN = re.compile(f" {_SINGLE}(?: {_SINGLE})+(?= )")
_HAN = re.compile(f"[{HAN}]")
_LATIN = re.compile("[a-z0-9]+")
_GAP = re.compile(r"(?:\\ |\\-|\s|-)+")
_LONGEST_WHOLE_WORD = 4


@dataclass(frozen=True, slots=True)
class Query:
    """What a searched text must hold.

    Attributes
    ----------
    required : tuple of tuple of str
        Groups of alternative terms; a text matches when every group has at least one term in it.
    preferred : tuple of str
        Long words whose parts are required; a text that holds the whole word ranks higher.
    """

    required: tuple[tuple[str, ...], ...]
    preferred: tuple[str, ...] = ()


@cache
def shipped_words() -> tuple[str, ...]:
    """Return the words of job texts that ship with the engine, folded."""
    text = (files("taihu.engines.text") / "data" / "words.txt").read_text(encoding="utf-8")
    return tuple(fold(line.strip()) for line in text.splitlines() if line.strip() and not line.startswith("#"))


class Segmenter:
    """A dictionary with its canonical terms. Building one takes about 0.1 s; keep it.

    Parameters
    ----------
    words : iterable of str
        Titles, skills, certificates, districts: cut as one word. Spaces and case do not matter.
    synonyms : Synonyms, optional
        By default the table that ships with the engine.

    Examples
    --------
    >>> Segmenter(["云帆计划"]).index_terms("云帆计划上线")
    ['计划', '云帆计划', '上线']
    """

    def __init__(self, words: Iterable[str] = (), *, synonyms: Synonyms | None = None) -> None:
        self._synonyms = default_synonyms() if synonyms is None else synonyms
        self._jieba = rjieba.Jieba()
        spellings = self._synonyms.canonical
        self._spellings = frozenset(spellings)
        for word in dict.fromkeys([*shipped_words(), *(s for s in spellings if len(s) > 1), *map(fold, words)]):
            if _HAN.search(word):  # a Latin word in the dictionary would be found inside longer Latin words
                self._jieba.add_word(word, None, None)
        # Spellings of several Latin words, or with marks in them, are not one piece to the segmenter.
        marked = [s for s in self._synonyms.spellings if not s.isalnum()]
        self._concept_terms = {c: (c, *self._parts(c)) for c in spellings.values()}
        self._first_words = frozenset(match.group() for s in marked if (match := _LATIN.search(s)))
        self._marked = re.compile(
            "(?<![a-z0-9])(?:" + "|".join(_GAP.sub(r"[\\s-]+", re.escape(s)) for s in marked) + ")(?![a-z0-9])"
        )
        self._of_marked = {_one_gap(s): spellings[s] for s in marked}

    def index_terms(self, text: str) -> list[str]:
        """Return the terms under which `text` is found, in text order, canonical terms last. O(n).

        Examples
        --------
        >>> default_segmenter().index_terms("招聘軟體工程師")
        ['招聘', '软件', '工程', '工程师', '软件工程师', '招聘', '软体', '工程', '工程师', '软体工程师']
        >>> default_segmenter().index_terms("Electrician 电工")
        ['electrician', '电工']
        """
        main = fold(text)
        found = self._cut(main)
        if has_traditional(text) and (plain := fold_plain(text)) != main:
            found += self._cut(plain)
            main = f"{main}\n{plain}"
        return found + sorted(self._canonical(main, found))

    def index_text(self, text: str) -> str:
        """Return the terms joined by spaces, for an index that splits at spaces."""
        return " ".join(self.index_terms(text))

    def query(self, text: str) -> Query:
        """Return what a text must hold to answer the question `text`.

        Examples
        --------
        >>> default_segmenter().query("軟體 无锡").required == default_segmenter().query("Software 无锡").required
        True
        >>> default_segmenter().query("software 无锡").required
        (('软件',), ('无锡',))
        >>> default_segmenter().query("Machine-Learning工程师").required
        (('机器学习',), ('工程师',))
        """
        original, plain = normalise_width(text).lower(), fold_plain(text)
        if len(original) != len(plain):
            original = plain
        groups: dict[tuple[str, ...], None] = {}
        preferred: dict[str, None] = {}
        position = 0
        for match in self._marked.finditer(plain):
            self._ask(original, plain, position, match.start(), groups, preferred)
            self._ask_whole(self._of_marked[_one_gap(match.group())], groups, preferred)
            position = match.end()
        self._ask(original, plain, position, len(plain), groups, preferred)
        return Query(tuple(groups), tuple(preferred))

    def _cut(self, folded: str) -> list[str]:
        pieces = self._jieba.cut_for_search(folded, False)
        found = [piece for piece in pieces if piece[0].isalnum() and piece not in STOP_CHARACTERS]
        for run in _UNKNOWN_RUN.findall(f" {' '.join(pieces)} "):
            characters = run[1:].split(" ")
            found += [a + b for a, b in pairwise(characters)]
        return found

    def _canonical(self, folded: str, found: list[str]) -> set[str]:
        table = self._synonyms.canonical
        canonical = {table[term] for term in self._spellings.intersection(found)}
        if not self._first_words.isdisjoint(found):
            for match in self._marked.finditer(folded):
                canonical.add(self._of_marked[_one_gap(match.group())])
        return {term for concept in canonical for term in self._concept_terms[concept]}.difference(found)

    def _ask(
        self, original: str, plain: str, start: int, end: int,
        groups: dict[tuple[str, ...], None], preferred: dict[str, None],
    ) -> None:  # fmt: skip
        for word, at in self._words(plain, start, end):
            spellings = dict.fromkeys((word, fold(original[at : at + len(word)])))
            canonical = next((self._synonyms.canonical[s] for s in spellings if s in self._synonyms.canonical), None)
            if canonical is not None or len(spellings) == 1:
                self._ask_whole(canonical or word, groups, preferred)
            else:
                groups[tuple(spellings)] = None

    def _ask_whole(self, word: str, groups: dict[tuple[str, ...], None], preferred: dict[str, None]) -> None:
        parts = self._parts(word)
        if parts:
            preferred[word] = None
        groups.update(dict.fromkeys((part,) for part in parts or (word,)))

    def _words(self, plain: str, start: int, end: int) -> Iterator[tuple[str, int]]:
        """Yield the words of a question with their places; unknown neighbours come as overlapping pairs."""
        run: list[tuple[str, int]] = []
        at = start
        for piece in (*self._jieba.cut(plain[start:end], False), ""):
            single = len(piece) == 1 and "\u3400" <= piece <= "\u9fff" and piece not in STOP_CHARACTERS
            if single:
                run.append((piece, at))
            else:
                yield from _pairs(run)
                run = []
                if piece and piece[0].isalnum() and piece not in STOP_CHARACTERS:
                    yield piece, at
            at += len(piece)

    def _parts(self, word: str) -> tuple[str, ...]:
        """Return shorter index terms that together spell a long word, or nothing."""
        if len(word) <= _LONGEST_WHOLE_WORD or not "\u3400" <= word[0] <= "\u9fff":
            return ()
        known = sorted(set(self._jieba.cut_for_search(word, False)) - {word}, key=len, reverse=True)
        parts: list[str] = []
        rest = word
        while rest:
            part = next((k for k in known if len(k) > 1 and rest.startswith(k)), None)
            if part is None:
                return ()
            parts.append(part)
            rest = rest[len(part) :]
        return tuple(parts)


def _one_gap(spelling: str) -> str:
    return _GAP.sub(" ", spelling)


def _pairs(run: list[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    if len(run) == 1:
        yield run[0]
    for (first, at), (second, _) in pairwise(run):
        yield first + second, at


@cache
def default_segmenter() -> Segmenter:
    """Return the segmenter with the shipped dictionary, built once."""
    return Segmenter()


def terms(text: str) -> list[str]:
    """Return the index terms of `text` under the shipped dictionary: see `Segmenter.index_terms`."""
    return default_segmenter().index_terms(text)


def index_text(text: str) -> str:
    """Return `terms` joined by spaces.

    Examples
    --------
    >>> index_text("taxi driver")
    'taxi driver 出租车'
    """
    return default_segmenter().index_text(text)


def query(text: str) -> Query:
    """Return what a text must hold to answer `text` under the shipped dictionary: see `Segmenter.query`."""
    return default_segmenter().query(text)
