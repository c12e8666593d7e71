"""Free text to the caller's codes: longest match of known phrases, and the best code for a whole title.

The phrases (occupations, skills, industries, universities) are the caller's data. Both sides are folded, so case, width and
script do not matter. Something that is not known gets no code; nothing is guessed beyond the stated confidence.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from taihu.engines.text.fold import fold
from taihu.engines.text.segment import Segmenter, default_segmenter

__all__ = ["Hit", "Lexicon", "Match"]

_PREFIX = 2


@dataclass(frozen=True, slots=True)
class Hit:
    """A known phrase in a text.

    Attributes
    ----------
    start, end : int
        Place in the folded text.
    phrase : str
        The phrase, folded.
    codes : tuple of str
        Every code the phrase stands for, in the order given.
    """

    start: int
    end: int
    phrase: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """The code that a whole text most likely means.

    Attributes
    ----------
    confidence : float
        1 for an exact phrase; below that the share of the text's information that the phrase explains.
    """

    code: str
    phrase: str
    confidence: float


class Lexicon:
    """Phrases with codes.

    Parameters
    ----------
    entries : iterable of (phrase, code)
        A phrase may have several codes and a code several phrases. Blank phrases are refused.
    segmenter : Segmenter, optional
        Cuts words for `best`; by default the shipped dictionary.

    Raises
    ------
    ValueError
        If a phrase is blank.

    Examples
    --------
    >>> skills = Lexicon([("Java", "s1"), ("JavaScript", "s2"), ("机器学习", "s3"), ("学习", "s4")])
    >>> [(hit.phrase, hit.codes) for hit in skills.find("熟悉ＪＡＶＡ、javascript與機器學習")]
    [('java', ('s1',)), ('javascript', ('s2',)), ('机器学习', ('s3',))]
    >>> jobs = Lexicon([("软件工程师", "2-02-10-03"), ("电工", "6-31-01-03")])
    >>> jobs.best("高级软件工程师（无锡）").code, jobs.best("维修电工").code, jobs.best("厨师")
    ('2-02-10-03', '6-31-01-03', None)
    """

    def __init__(self, entries: Iterable[tuple[str, str]], *, segmenter: Segmenter | None = None) -> None:
        codes: dict[str, dict[str, None]] = {}
        for phrase, code in entries:
            folded = " ".join(fold(phrase).split())
            if not folded:
                raise ValueError(f"code {code!r} has a blank phrase; leave the entry out")
            codes.setdefault(folded, {})[code] = None
        self._codes = {phrase: tuple(found) for phrase, found in codes.items()}
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        for phrase in self._codes:
            lengths[phrase[:_PREFIX]].add(len(phrase))
        self._lengths = {prefix: tuple(sorted(found, reverse=True)) for prefix, found in lengths.items()}
        self._segmenter = segmenter
        self._by_term: dict[str, list[str]] | None = None
        self._weights: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._codes)

    def find(self, text: str) -> tuple[Hit, ...]:
        """Return the known phrases in `text`, leftmost longest, not overlapping. Latin phrases match whole words only.

        O(n) for phrases that rarely share their first two characters.
        """
        folded = fold(text)
        hits: list[Hit] = []
        at, end = 0, len(folded)
        while at < end:
            length = self._longest(folded, at)
            if length:
                phrase = folded[at : at + length]
                hits.append(Hit(at, at + length, phrase, self._codes[phrase]))
            at += length or 1
        return tuple(hits)

    def codes(self, text: str) -> tuple[str, ...]:
        """Return the distinct codes of the phrases in `text`, in text order.

        Examples
        --------
        >>> Lexicon([("焊工", "a"), ("电工", "b")]).codes("电工、焊工、电工")
        ('b', 'a')
        """
        return tuple(dict.fromkeys(code for hit in self.find(text) for code in hit.codes))

    def best(self, text: str, *, least: float = 0.5) -> Match | None:
        """Return the code that `text` as a whole most likely means, or None below confidence `least`.

        An exact phrase wins with confidence 1. Otherwise the words of the text are weighed by how rare they are among the
        phrases, and the phrase that shares most weight wins; ties go to the shorter, then the smaller phrase.
        """
        folded = " ".join(fold(text).split())
        if folded in self._codes:
            return Match(self._codes[folded][0], folded, 1.0)
        ranked = self.rank(folded, limit=1)
        return ranked[0] if ranked and ranked[0].confidence >= least else None

    def rank(self, text: str, *, limit: int = 5) -> tuple[Match, ...]:
        """Return the likeliest codes, best first, one for each code.

        Examples
        --------
        >>> jobs = Lexicon([("软件工程师", "a"), ("硬件工程师", "b"), ("电工", "c")])
        >>> [match.code for match in jobs.rank("嵌入式软件开发工程师")]
        ['a', 'b']
        """
        by_term = self._terms()
        segmenter = self._segmenter or default_segmenter()
        asked = frozenset(segmenter.index_terms(text))
        contained = {hit.phrase for hit in self.find(text)}
        shared: defaultdict[str, float] = defaultdict(float)
        for term in sorted(asked):
            for phrase in by_term.get(term, ()):
                shared[phrase] += self._weights[term]
        total = sum(self._weights.get(term, 0.0) for term in asked)
        scored = [
            (self._score(phrase, weight, total, phrase in contained), phrase) for phrase, weight in shared.items()
        ]
        scored.sort(key=lambda item: (-item[0], len(item[1]), item[1]))
        matches: dict[str, Match] = {}
        for confidence, phrase in scored:
            for code in self._codes[phrase]:
                matches.setdefault(code, Match(code, phrase, round(confidence, 4)))
            if len(matches) >= limit:
                break
        return tuple(matches.values())[:limit]

    def _score(self, phrase: str, shared: float, asked: float, is_contained: bool) -> float:
        own = self._own[phrase]
        score = shared / math.sqrt(own * asked) if own and asked else 0.0
        # The phrase as it stands inside the text says more than its scattered words.
        return min(0.95, max(score, 0.7) + 0.1 * score) if is_contained else min(0.9, score)

    def _terms(self) -> dict[str, list[str]]:
        if self._by_term is None:
            segmenter = self._segmenter or default_segmenter()
            by_term: defaultdict[str, list[str]] = defaultdict(list)
            terms = {phrase: frozenset(segmenter.index_terms(phrase)) for phrase in self._codes}
            for phrase, found in terms.items():
                for term in found:
                    by_term[term].append(phrase)
            self._weights = {term: math.log(1 + len(terms) / len(found)) for term, found in by_term.items()}
            self._own = {phrase: math.fsum(self._weights[t] for t in sorted(found)) for phrase, found in terms.items()}
            self._by_term = dict(by_term)
        return self._by_term

    def _longest(self, folded: str, at: int) -> int:
        if at and _in_word(folded[at - 1], folded[at]):
            return 0
        for prefix in (folded[at : at + _PREFIX], folded[at]):
            for length in self._lengths.get(prefix, ()):
                end = at + length
                whole = end >= len(folded) or not _in_word(folded[end - 1], folded[end])
                if whole and folded[at:end] in self._codes:
                    return length
        return 0


def _in_word(before: str, after: str) -> bool:
    """Return whether two neighbouring characters belong to one Latin word or number."""
    return (before.isascii() and before.isalnum()) and (after.isascii() and (after.isalnum() or after in "+#"))
