"""From free words to codes, with a confidence: job titles, skills, industries and places.

A title is matched against the job title list and the names of the official occupations. Chinese puts the head of a
compound last, so of several known words in a title the longer one wins and one that ends the title has an advantage.
The confidence orders guesses and is no probability: in samples of real titles about 93 of 100 guesses at or above
`EXACT_ENOUGH` were right. Below it only the group (小类) is given, because the single occupation would pretend to know
more than the words say.
"""

import csv
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from functools import cache
from operator import add
from typing import NamedTuple

from taihu.records.taxonomy.catalogue import DATA, Term, code_tree
from taihu.records.taxonomy.enums import Kind
from taihu.records.taxonomy.lookup import code_of, fold

EXACT_ENOUGH = 0.65
MAX_WORD = 24
CLEAR = 2.0
GROUP_LEVEL = 3

_BRACKETS = re.compile(r"[（(【\[《「<][^）)】\]》」>]*[）)】\]》」>]")
_SEPARATORS = re.compile(r"[/、,，|+＋·•—_~;；:：!！?？&＆*【】（）()\[\]《》<>\s-]+")
_RANK = re.compile(
    r"^(?:急聘|急招|诚聘|招聘|高薪|双休|包吃住|应届生?|实习|储备|初级|中级|中高级|高级|资深|首席|专家级|高|中|外派|海外|驻外|兼职|全职|\d+[届级k]?)+"
)
_ROLE = re.compile(
    r"(?:高级|资深)?(?:工程师|设计师|分析师|架构师|研究员|技术员|管理员|操作员|专员|主管|经理|总监|助理|主任|组长|负责人|实习生|储备干部|专家|顾问|人员|岗位|岗|员|师|工)$"
)
_WEAK = frozenset(("设计", "设计师", "测试", "研发", "技术", "生产", "数据", "工程师", "管理", "产品", "软件", "项目"))
_LATIN = re.compile(r"[a-z0-9.+#]")


class Guess(NamedTuple):
    code: str
    confidence: float


class _Hit(NamedTuple):
    code: str
    weight: float
    start: int
    ends_title: bool


NOTHING = Guess("", 0.0)


def guess_occupation(title: str, skills: Iterable[str] = ()) -> Guess:
    """The occupation (2022) that a free job title means; `skills` are skill codes that may decide where the title cannot.

    The code is a single occupation where the confidence reaches `EXACT_ENOUGH`, else a group or what the words allow;
    it is empty when nothing in the title or the skills is known.
    """
    whole = fold(title)
    bare = _bare(whole)
    known = _occupation_words().get(whole) or _occupation_words().get(bare)
    guess = Guess(known, 0.95) if known else _best_of_segments(bare)
    if guess.confidence < 0.5:
        inside = _best_inside(whole)
        guess = max(guess, Guess(inside.code, inside.confidence * 0.9), key=lambda g: g.confidence)
    if guess.code.endswith("-99"):
        guess = _sharpened(guess, whole, skills)
    if guess.confidence < 0.4:
        guess = max(guess, _occupation_of_skills(skills), key=lambda g: g.confidence)
    if guess.confidence < EXACT_ENOUGH:
        guess = Guess(_group(guess.code), guess.confidence)
    return Guess(guess.code, round(guess.confidence, 2))


def guess_skills(text: str) -> list[Guess]:
    """The skills named in a text, in the order in which they first appear; a skill named in full is surer than a part."""
    plain = fold(text)
    whole = _skill_words().get(plain)
    if whole is not None:
        return [Guess(whole, 0.98)]
    found: dict[str, float] = {}
    for start, end in _known_spans(plain, _skill_words(), _starts(Kind.SKILL)):
        word = plain[start:end]
        confidence = 0.6 if len(word) < 3 else 0.8 if len(word) < 4 else 0.9
        code = _skill_words()[word]
        found[code] = max(found.get(code, 0.0), confidence)
    return [Guess(code, confidence) for code, confidence in found.items()]


def guess_industry(text: str) -> Guess:
    """The industry (GB/T 4754) that a free industry name or a company's line of business means."""
    plain = fold(text)
    if not plain:
        return NOTHING
    if plain in _industry_words():
        return _industry_words()[plain]
    official = code_of(Kind.INDUSTRY, text)
    if official:
        return Guess(official, 0.95)
    spans = [plain[start:end] for start, end in _known_spans(plain, _industry_words(), _starts(Kind.INDUSTRY))]
    best = max(spans, key=len, default="")
    if not best:
        return NOTHING
    known = _industry_words()[best]
    return Guess(known.code, round(known.confidence * (0.6 + 0.3 * len(best) / len(plain)), 2))


def guess_area(text: str, *, within: str = "") -> Guess:
    """The area that an address or place name means: the most precise one whose parents do not contradict the text.

    `within` is an area that is known already, such as the city of the column beside it.
    """
    plain = fold(text)
    exact = code_of(Kind.AREA, text) if not within else ""
    if exact:
        return Guess(exact, 0.95)
    tree = code_tree(Kind.AREA)
    root = within.rstrip("0")
    named: set[str] = set()
    for start, end in _known_spans(plain, _area_words(), _starts(Kind.AREA)):
        named |= {code for code in _area_words()[plain[start:end]] if code.startswith(root)}
    if not named:
        return Guess(within, 0.5) if within else NOTHING
    support = {code: sum(t.code in named for t in tree.ancestors(code)) for code in named}
    level = {code: tree.by_code[code].level for code in named}
    best = max(named, key=lambda code: (support[code], level[code] if support[code] or within else -level[code], code))
    rivals = [c for c in named if c != best and (support[c], level[c]) == (support[best], level[best])]
    if rivals:
        return Guess(tree.by_code[best].parent if support[best] else within, 0.4)
    return Guess(best, 0.95 if support[best] or within else 0.75)


def _bare(whole: str) -> str:
    """A folded title without what stands in brackets and without words of rank at its front."""
    text = _BRACKETS.sub(" ", whole).strip() or whole
    return _RANK.sub("", text).strip() or text


def _best_of_segments(text: str) -> Guess:
    best = NOTHING
    for position, segment in enumerate(part for part in _SEPARATORS.split(text) if part):
        short = _RANK.sub("", segment) or segment
        if short in _occupation_words():
            guess = Guess(_occupation_words()[short], 0.9 if _weight(short) > CLEAR else 0.8)
        else:
            guess = _best_inside(short)
        guess = Guess(guess.code, guess.confidence - 0.05 * min(position, 4))
        best = max(best, guess, key=lambda g: g.confidence)
    return best


def _sharpened(guess: Guess, whole: str, skills: Iterable[str]) -> Guess:
    """A title that only says "engineer" or "worker": what stands in brackets, else the skills, say of which kind."""
    same_kind = [hit for hit in _hits(whole) if hit.code[:4] == guess.code[:4] and hit.code != guess.code]
    hits = [hit for hit in same_kind if hit.weight >= CLEAR]
    if hits:
        return Guess(max(hits, key=lambda h: h.weight).code, 0.6)
    by_skill = _occupation_of_skills(skills)
    return by_skill if by_skill.code[:4] == guess.code[:4] else guess


def _best_inside(segment: str) -> Guess:
    hits = list(_hits(segment))
    if not hits:
        return NOTHING
    hit = max(hits, key=lambda h: (h.weight + (1.0 if h.ends_title else 0.0), h.start))
    cover = min(1.0, hit.weight / max(1.0, _weight(segment)))
    sure = (0.55 if hit.ends_title else 0.45) + 0.35 * cover
    if hit.code.count("-") < GROUP_LEVEL:
        sure = min(sure, 0.6)
    return Guess(hit.code, sure)


def _hits(segment: str) -> Iterator[_Hit]:
    stem = _ROLE.sub("", segment)
    words = _occupation_words()
    for start, end in _spans(segment, words):
        word = segment[start:end]
        yield _Hit(words[word], _weight(word), start, end in (len(segment), len(stem)))


def _weight(word: str) -> float:
    """How much a word says: its length, where Latin letters count half and a mere role (工程师, 专员) little."""
    if word in _WEAK:
        return 0.5
    stem = _ROLE.sub("", word)
    role = 0.5 if stem != word else 0.0
    latin = sum(1 for c in stem if c.isascii())
    return len(stem) - latin * 0.5 + role


def _spans(text: str, words: dict[str, str]) -> Iterator[tuple[int, int]]:
    """Every place where a known word stands; a Latin word must not be part of a longer one."""
    for start in range(len(text)):
        for end in range(start + 1, min(len(text), start + MAX_WORD) + 1):
            if text[start:end] in words and _is_whole(text, start, end):
                yield start, end


def _known_spans(text: str, words: Container[str], starts: Mapping[str, tuple[int, ...]]) -> Iterator[tuple[int, int]]:
    """The longest known word at each place, left to right, without overlaps."""
    reached = 0
    for start in [place for place, pair in enumerate(map(add, text, text[1:])) if pair in starts]:
        if start < reached:
            continue
        for length in starts[text[start : start + 2]]:
            end = start + length
            if text[start:end] in words and end <= len(text) and _is_whole(text, start, end):
                yield start, end
                reached = end
                break


@cache
def _starts(kind: Kind) -> Mapping[str, tuple[int, ...]]:
    """The first two characters of every word of a kind, with the lengths of the words that begin so, longest first."""
    words: Iterable[str]
    if kind == Kind.SKILL:
        words = _skill_words()
    elif kind == Kind.INDUSTRY:
        words = _industry_words()
    else:
        words = _area_words()
    lengths: dict[str, set[int]] = {}
    for word in words:
        if 2 <= len(word) <= MAX_WORD:
            lengths.setdefault(word[:2], set()).add(len(word))
    return {start: tuple(sorted(found, reverse=True)) for start, found in lengths.items()}


def _is_whole(text: str, start: int, end: int) -> bool:
    starts_inside = start > 0 and _LATIN.match(text[start]) and _LATIN.match(text[start - 1])
    ends_inside = end < len(text) and _LATIN.match(text[end - 1]) and _LATIN.match(text[end])
    return not (starts_inside or ends_inside)


def _occupation_of_skills(skills: Iterable[str]) -> Guess:
    """What most of the skills are typical of, as a group."""
    votes: dict[str, float] = {}
    tree = code_tree(Kind.SKILL)
    for code in skills:
        term = tree.by_code.get(code)
        if term is not None:
            for place, occupation in enumerate(term.linked("occupations")[:2]):
                group = _group(occupation)
                votes[group] = votes.get(group, 0.0) + (1.0 if place == 0 else 0.4)
    if not votes:
        return NOTHING
    best = max(votes, key=lambda group: (votes[group], group))
    return Guess(best, 0.25 + 0.2 * votes[best] / sum(votes.values()))


def _group(code: str) -> str:
    return "-".join(code.split("-")[:GROUP_LEVEL])


@cache
def _occupation_words() -> dict[str, str]:
    """Folded title or alias → occupation; the job title list first, then the official names, whole and shortened."""
    words: dict[str, str] = {}
    for term in code_tree(Kind.JOB_TITLE).terms:
        for text in (term.name, term.name_en, *term.aliases):
            words.setdefault(fold(text), term.extra["occupation"])
    for term in code_tree(Kind.OCCUPATION).terms:
        if term.level == len(("major", "middle", "minor", "occupation")):
            for text in _official_words(term):
                words.setdefault(text, term.code)
    words.pop("", None)
    return words


def _official_words(term: Term) -> Iterator[str]:
    name = fold(term.name)
    yield name
    stem = re.sub(r"(?:工程技术人员|专业人员|技术人员|研究人员|设计人员)$", "", name)
    if stem != name and len(stem) > 1:
        yield stem
        yield stem + "工程师"


@cache
def _skill_words() -> dict[str, str]:
    words: dict[str, str] = {}
    for term in code_tree(Kind.SKILL).terms:
        if term.parent:
            for text in (term.name, term.name_en, *term.aliases):
                words.setdefault(fold(text), term.code)
    return words


@cache
def _industry_words() -> dict[str, Guess]:
    with (DATA / "words" / "industry-1.csv").open(encoding="utf-8", newline="") as file:
        return {fold(row["word"]): Guess(row["code"], float(row["confidence"])) for row in csv.DictReader(file)}


@cache
def _area_words() -> dict[str, tuple[str, ...]]:
    words: dict[str, list[str]] = {}
    for term in code_tree(Kind.AREA).terms:
        if term.extra["kind"] != "grouping":
            for text in dict.fromkeys((term.name, *term.aliases)):
                if len(text) > 1:
                    words.setdefault(fold(text), []).append(term.code)
    return {word: tuple(codes) for word, codes in words.items()}
