"""Unlawful or suspicious wording in job advertisements, question forms, interview notes and chat templates.

The rules ship as ``data/lawful.toml``: wording, lawful wording that looks alike, level, articles, advice. A finding names the
rule, the exact place in the text as written, and the articles to show to the writer. The scanner decides nothing about people:
talent subsidies may lawfully have age limits and are never scanned.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

import opencc

from taihu.engines.text.fold import HAN

__all__ = [
    "Article",
    "Exemption",
    "Finding",
    "Kind",
    "Level",
    "Rule",
    "Scanner",
    "default_scanner",
    "read_rules",
    "scan",
]


class Level(StrEnum):
    """What follows from a finding."""

    BLOCK = "block"
    FLAG = "flag"
    EXEMPT = "exempt"
    OFF = "off"


class Kind(StrEnum):
    """What sort of text is read."""

    POSTING = "posting"
    QUESTION = "question"
    CHAT = "chat"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Article:
    """A provision to cite: law, article number and summary in both languages."""

    key: str
    law_zh: str
    law_en: str
    number: str
    zh: str
    en: str

    def cite(self, language: str = "zh") -> str:
        """Return law and article in one line.

        Examples
        --------
        >>> default_scanner().articles["market24"].cite()
        '《人力资源市场暂行条例》第二十四条'
        """
        return f"《{self.law_zh}》{self.number}" if language == "zh" else f"{self.law_en} {self.number}".rstrip()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its wording compiled, what is lawful although it looks alike, and what to say."""

    id: str
    category: str
    level: Level
    kinds: frozenset[Kind]
    triggers: frozenset[str]
    patterns: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]
    articles: tuple[Article, ...]
    advice_zh: str
    advice_en: str


@dataclass(frozen=True, slots=True)
class Exemption:
    """A registered exception for the text at hand, such as a post the state lists as unsuitable for women.

    Attributes
    ----------
    rule : str
        Rule id or category.
    basis : str
        The provision or register entry that allows it, shown with the finding.
    """

    rule: str
    basis: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One place that a rule found.

    Attributes
    ----------
    start, end : int
        Place in the text as given: ``text[start:end] == matched``.
    level : Level
        `Level.EXEMPT` when a registered exception covers it; `basis` then says which.
    """

    rule: str
    category: str
    level: Level
    start: int
    end: int
    matched: str
    articles: tuple[Article, ...]
    advice_zh: str
    advice_en: str
    basis: str = ""


class _View(dict[int, str]):
    """Half width, lower case, simplified, one character for one, so that places in the view are places in the text."""

    def __init__(self) -> None:
        super().__init__()
        self._convert = opencc.OpenCC("t2s").convert

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if unicodedata.category(character) in ("Cf", "Zs", "Cc") and character not in "\n\r":
            seen = " "
        else:
            seen = unicodedata.normalize("NFKC", character).lower()
            seen = self._convert(seen) if len(seen) == 1 else character
        self[code] = seen if len(seen) == 1 else character
        return self[code]


_VIEW = _View()
_FILLER = r"[ \t*_\-.·•|~^=\u2000-\u206f\uff5e]{0,2}"
_IS_HAN = re.compile(f"[{HAN}]")
_PART = re.compile(r"\\.|\[(?:\\.|[^\]])*\]|\(\?[:=!]|\(\?<[=!]|\(|\)|\{[\d,]+\}|[*+?|^$.]|.", re.S)


def _allow_fillers(pattern: str) -> str:
    """Return `pattern` with fillers allowed before every Han literal or group of them that follows another.

    >>> _allow_fillers("押金") == "押" + _FILLER + "金"
    True
    """
    out: list[str] = []
    after_han = False
    behind = 0
    for match in _PART.finditer(pattern):
        part = match.group()
        if part.startswith("(?<"):
            behind = 1  # a look-behind must keep its fixed width
        elif behind and part == ")":
            behind = 0
        is_han = len(part) == 1 and _IS_HAN.match(part) is not None
        if is_han and after_han and not behind:
            out.append(_FILLER)
        if part == "(?:" and after_han and not behind:
            out.append(_FILLER)
            after_han = False
        elif is_han or part == ")":
            after_han = True
        elif part not in ("?", "*", "+") and not part.startswith("{"):
            after_han = False
        out.append(part)
    return "".join(out)


_NAME = re.compile(r"\{([A-Z_]+)\}")


def _fill(pattern: str, fragments: Mapping[str, str]) -> str:
    def fragment(match: re.Match[str]) -> str:
        if match.group(1) not in fragments:
            raise ValueError(f"pattern {pattern!r} names the unknown fragment {match.group(1)}")
        return _fill(fragments[match.group(1)], fragments)

    return _NAME.sub(fragment, pattern)


def _compile(patterns: Iterable[str], fragments: Mapping[str, str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(_allow_fillers(_fill(pattern, fragments)), re.M) for pattern in patterns)


def read_rules(text: str) -> tuple[Rule, ...]:
    """Return the rules written in TOML, in order.

    Raises
    ------
    ValueError
        If a rule names an unknown article, fragment, level or kind, or two rules share an id.

    Examples
    --------
    >>> [rule.id for rule in read_rules('[[rules]]\\nid="a.b"\\ncategory="a"\\nlevel="flag"\\npatterns=["押金"]')]
    ['a.b']
    """
    data = tomllib.loads(text)
    fragments: dict[str, str] = data.get("fragments", {})
    articles = {key: Article(key, **entry) for key, entry in data.get("articles", {}).items()}
    rules: dict[str, Rule] = {}
    for entry in data.get("rules", []):
        if entry["id"] in rules:
            raise ValueError(f"rule {entry['id']} is written twice")
        unknown = [key for key in entry.get("articles", []) if key not in articles]
        if unknown:
            raise ValueError(f"rule {entry['id']} cites the unknown article {unknown[0]}")
        rules[entry["id"]] = Rule(
            id=entry["id"],
            category=entry["category"],
            level=Level(entry["level"]),
            kinds=frozenset(Kind(kind) for kind in entry.get("kinds", list(Kind))),
            triggers=frozenset(entry.get("triggers", "")),
            patterns=_compile(entry["patterns"], fragments),
            unless=_compile(entry.get("unless", []), fragments),
            articles=tuple(articles[key] for key in entry.get("articles", [])),
            advice_zh=entry.get("advice_zh", ""),
            advice_en=entry.get("advice_en", ""),
        )
    return tuple(rules.values())


class Scanner:
    """Rules ready to read texts.

    Parameters
    ----------
    rules : sequence of Rule

    Examples
    --------
    >>> [(f.rule, f.level.value, f.matched) for f in default_scanner().scan("限男性 35岁以下 押金200")]
    [('sex.limited', 'block', '限男性'), ('age.limit', 'flag', '35岁以下'), ('fee.charged', 'block', '押金200')]
    >>> default_scanner().scan("男女不限，不收押金，无需押金，3年经验，10kV及35kV电缆，不限户籍")
    ()
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        self.articles = {article.key: article for rule in rules for article in rule.articles}
        self._names = {rule.id for rule in rules} | {rule.category for rule in rules}

    def scan(
        self,
        text: str,
        *,
        kind: Kind = Kind.POSTING,
        levels: Mapping[str, Level] | None = None,
        exemptions: Iterable[Exemption] = (),
    ) -> tuple[Finding, ...]:
        """Return what the rules find in `text`, by place.

        Parameters
        ----------
        kind : Kind
            Some rules concern only some kinds: a question about marriage is unlawful, wedding leave in a posting is not.
        levels : mapping of str to Level, optional
            A city's own level for a rule id or a category; the rule id wins. `Level.OFF` silences.
        exemptions : iterable of Exemption
            Registered exceptions that hold for this text.

        Raises
        ------
        ValueError
            If a level or an exemption names neither a rule nor a category.
        """
        levels = levels or {}
        exempt = {exemption.rule: exemption.basis for exemption in exemptions}
        for name in (*levels, *exempt):
            if name not in self._names:
                raise ValueError(
                    f"{name!r} is neither a rule nor a category; use one of {', '.join(sorted(self._names))}"
                )
        view = text.translate(_VIEW)
        present = set(view)
        findings: list[Finding] = []
        for rule in self.rules:
            level = levels.get(rule.id, levels.get(rule.category, rule.level))
            if level is Level.OFF or kind not in rule.kinds or (rule.triggers and rule.triggers.isdisjoint(present)):
                continue
            basis = exempt.get(rule.id, exempt.get(rule.category, ""))
            findings += [
                _finding(rule, Level.EXEMPT if basis else level, start, end, text, basis)
                for start, end in _places(rule, view)
            ]
        return tuple(sorted(_strongest(findings), key=lambda f: (f.start, f.end, f.rule)))


def _finding(rule: Rule, level: Level, start: int, end: int, text: str, basis: str) -> Finding:
    return Finding(
        rule.id, rule.category, level, start, end, text[start:end], rule.articles, rule.advice_zh, rule.advice_en, basis
    )


def _strongest(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings without the flags that lie where a rule of the same category already blocks."""
    blocked = [f for f in findings if f.level is Level.BLOCK]
    return [
        f
        for f in findings
        if f.level is not Level.FLAG
        or not _touches(f.start, f.end, ((b.start, b.end) for b in blocked if b.category == f.category))
    ]


def _places(rule: Rule, view: str) -> list[tuple[int, int]]:
    """Return the places of a rule that no lawful wording touches; of overlapping ones the first and longest."""
    hits = sorted(
        (_trimmed(view, *match.span()) for pattern in rule.patterns for match in pattern.finditer(view)),
        key=lambda span: (span[0], -span[1]),
    )
    if not hits:
        return []
    lawful = [match.span() for pattern in rule.unless for match in pattern.finditer(view)]
    places: list[tuple[int, int]] = []
    for start, end in hits:
        if not _touches(start, end, lawful) and not (places and start < places[-1][1]):
            places.append((start, end))
    return places


def _trimmed(view: str, start: int, end: int) -> tuple[int, int]:
    marks = " \n\t,.;:、()】。，"
    while start < end and view[start] in marks:
        start += 1
    while end > start and view[end - 1] in marks:
        end -= 1
    return start, end


def _touches(start: int, end: int, spans: Iterable[tuple[int, int]]) -> bool:
    return any(start < other_end and other_start < end for other_start, other_end in spans)


@cache
def default_scanner() -> Scanner:
    """Return the scanner with the shipped rules, built once."""
    return Scanner(read_rules((files("taihu.engines.text") / "data" / "lawful.toml").read_text(encoding="utf-8")))


def scan(
    text: str,
    *,
    kind: Kind = Kind.POSTING,
    levels: Mapping[str, Level] | None = None,
    exemptions: Iterable[Exemption] = (),
) -> tuple[Finding, ...]:
    """Return what the shipped rules find in `text`: see `Scanner.scan`.

    Examples
    --------
    >>> [f.rule for f in scan("限-男，押 金 ５００ 元；需繳納保證金")]
    ['sex.limited', 'fee.charged', 'fee.charged']
    >>> scan("仅限男性", exemptions=[Exemption("sex", "矿山井下作业")])[0].level.value
    'exempt'
    """
    return default_scanner().scan(text, kind=kind, levels=levels, exemptions=exemptions)
