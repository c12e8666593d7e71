"""Short coded phrases of job advertisements and résumés: degree, experience, company size, place, date."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from enum import IntEnum
from functools import lru_cache

from taihu.engines.text.fold import fold
from taihu.engines.text.numerals import replace_chinese_numerals

__all__ = [
    "DegreeFloor",
    "DegreeRank",
    "Experience",
    "PhraseNotUnderstood",
    "Place",
    "Size",
    "parse_date",
    "parse_day",
    "parse_degree",
    "parse_experience",
    "parse_place",
    "parse_size",
]

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")


class PhraseNotUnderstood(ValueError):
    """A phrase that is not read: its kind, the phrase and what to write instead."""

    def __init__(self, kind: str, phrase: str, example: str) -> None:
        self.kind, self.phrase = kind, phrase
        super().__init__(f"{kind} phrase {phrase[:60]!r} is not understood; write for example {example}")


class DegreeRank(IntEnum):
    """Level of completed education, in rising order, with the GB/T 4658-2006 codes it stands for.

    ===========  ========================================================  =====================================
    member       Chinese                                                   GB/T 4658-2006
    ===========  ========================================================  =====================================
    NONE         学历不限, 小学, no requirement                             80 小学, 90 其他
    JUNIOR       初中                                                      70 初中 (71, 73)
    SECONDARY    高中, 中专, 职高, 技校, 中技                               60 高中 (61-63), 40 中等职业 (41-49)
    COLLEGE      大专, 专科, 高职                                           30 专科 (31-33)
    BACHELOR     本科, 学士                                                20 本科 (21-23, 28)
    MASTER       硕士, 研究生, MBA, EMBA                                   10 研究生, 14-19 硕士 and 研究生班
    DOCTOR       博士                                                      11-13 博士
    ===========  ========================================================  =====================================
    """

    NONE = 0
    JUNIOR = 1
    SECONDARY = 2
    COLLEGE = 3
    BACHELOR = 4
    MASTER = 5
    DOCTOR = 6

    @classmethod
    def from_gbt4658(cls, code: str) -> DegreeRank:
        """Return the rank of a two-digit GB/T 4658-2006 code.

        Raises
        ------
        ValueError
            If the code is not two digits of that standard.

        Examples
        --------
        >>> [DegreeRank.from_gbt4658(code).name for code in ("11", "14", "21", "31", "41", "61", "71", "80")]
        ['DOCTOR', 'MASTER', 'BACHELOR', 'COLLEGE', 'SECONDARY', 'SECONDARY', 'JUNIOR', 'NONE']
        """
        if code in ("11", "12", "13"):
            return cls.DOCTOR
        rank = _BY_FIRST_DIGIT.get(code[:1]) if len(code) == 2 and code.isdigit() else None
        if rank is None:
            raise ValueError(f"{code!r} is not a GB/T 4658-2006 code; use two digits such as 21 for 本科毕业")
        return rank


_BY_FIRST_DIGIT = {
    "1": DegreeRank.MASTER,
    "2": DegreeRank.BACHELOR,
    "3": DegreeRank.COLLEGE,
    "4": DegreeRank.SECONDARY,
    "6": DegreeRank.SECONDARY,
    "7": DegreeRank.JUNIOR,
    "8": DegreeRank.NONE,
    "9": DegreeRank.NONE,
}


@dataclass(frozen=True, slots=True)
class DegreeFloor:
    """The lowest degree admitted. ``本科`` admits 硕士 and 博士 as well, unless `maximum` says otherwise.

    Attributes
    ----------
    rank : DegreeRank
        NONE means no requirement.
    maximum : DegreeRank or None
        The highest degree admitted (初中及以下), rarely given.
    confidence : float
        1 for the usual words, less when the phrase had other words around.
    full_time : bool
        Whether full-time study (全日制, 统招) is asked for.
    """

    rank: DegreeRank
    maximum: DegreeRank | None = None
    confidence: float = 1.0
    full_time: bool = False


_DEGREES: tuple[tuple[re.Pattern[str], DegreeRank], ...] = tuple(
    (re.compile(pattern), rank)
    for pattern, rank in (
        (r"博士|ph\.?\s?d|doctor", DegreeRank.DOCTOR),
        (r"硕士|研究生|硕研|e?mba|master|m\.?sc\b", DegreeRank.MASTER),
        (r"本科|学士|大学(?!专科|生)|bachelor|undergraduate|b\.?sc\b|985|211", DegreeRank.BACHELOR),
        (r"大专|专科|高职|专升本|associate|college", DegreeRank.COLLEGE),
        (
            r"高中|中专|中技|职高|中职|技校|中等职业|中等专业|中师|secondary|high school|vocational",
            DegreeRank.SECONDARY,
        ),
        (r"初中|junior|九年义务", DegreeRank.JUNIOR),
        (r"小学|primary", DegreeRank.NONE),
    )
)
_NO_DEGREE = re.compile(r"不限|无要求|不要求|无学历|^无$|any|^不拘|no requirement|none")
_DEGREE_NOISE = re.compile(
    r"毕业生?|学历|学位|以上|及以上|及其以上|或以上|及|或|以下|以内|优先|统招|全日制|第一|起|要求|者|均可"
    r"|[:,/、()+\-\s]|degree|level|'s|and above|or above"
)


@lru_cache(maxsize=4096)
def parse_degree(phrase: str) -> DegreeFloor:
    """Return the degree floor that a phrase asks for.

    Raises
    ------
    PhraseNotUnderstood
        If no level is named.

    Examples
    --------
    >>> [parse_degree(p).rank.name for p in ("本科", "硕士及以上", "学历不限", "中专/中技", "統招大專", "EMBA")]
    ['BACHELOR', 'MASTER', 'NONE', 'SECONDARY', 'COLLEGE', 'MASTER']
    >>> parse_degree("初中及以下")
    DegreeFloor(rank=<DegreeRank.NONE: 0>, maximum=<DegreeRank.JUNIOR: 1>, confidence=1.0, full_time=False)
    """
    text = fold(phrase).strip()
    found = sorted({rank for pattern, rank in _DEGREES if pattern.search(text)})
    if "专升本" in text or "专接本" in text:
        found = [DegreeRank.BACHELOR]
    if not found:
        if _NO_DEGREE.search(text):
            return DegreeFloor(DegreeRank.NONE)
        raise PhraseNotUnderstood("degree", phrase, "本科, 大专及以上 or 学历不限")
    rest = text
    for pattern, _ in _DEGREES:
        rest = pattern.sub("", rest)
    confidence = 1.0 if not _DEGREE_NOISE.sub("", rest) else 0.8
    full_time = "全日制" in text or "统招" in text
    if "以下" in text:
        return DegreeFloor(DegreeRank.NONE, found[-1], confidence, full_time)
    return DegreeFloor(found[0], None, confidence, full_time)


@dataclass(frozen=True, slots=True)
class Experience:
    """Work experience asked for, in months.

    Attributes
    ----------
    minimum, maximum : int or None
        Months; `maximum` None means no upper bound.
    graduates : bool
        Whether the phrase addresses new graduates or students (应届, 在校).
    confidence : float
        1 for the usual words.
    """

    minimum: int
    maximum: int | None = None
    graduates: bool = False
    confidence: float = 1.0


_YEARS = re.compile(
    r"(\d{1,2}(?:\.\d)?)\s*(个?月|年|years?|yrs?|y)?\s*(?:-|~|至|到|to)\s*(\d{1,2}(?:\.\d)?)\s*(个?月|年|years?|yrs?|y)"
)
_ONE_YEAR = re.compile(
    r"(\d{1,2}(?:\.\d)?)\s*(个?月|年|years?|yrs?|y)\s*(?:工作|相关)?(?:经验)?\s*(?:\(含\))?\s*"
    r"(及?以上|以下|以内|内|\+|or more|and above)?"
)
_PLUS_YEARS = re.compile(r"(\d{1,2})\s*\+\s*(?:年|years?|yrs?)")
_NO_EXPERIENCE = re.compile(r"不限|无经验|无需经验|不要求|无要求|不需要|^无$|零经验|no experience|entry|any")
_GRADUATES = re.compile(r"应届|在校|毕业生|校招|实习|fresh|graduate|student|intern")


def _in_months(number: str, unit: str) -> int:
    return round(float(number) * (1 if "月" in unit else 12))


@lru_cache(maxsize=4096)
def parse_experience(phrase: str) -> Experience:
    """Return the experience that a phrase asks for.

    Raises
    ------
    PhraseNotUnderstood
        If it names no length of time and none of the usual words.

    Examples
    --------
    >>> phrases = "5-10年", "1年以下", "三年以上", "经验不限", "半年以上"
    >>> [(e.minimum, e.maximum) for e in map(parse_experience, phrases)]
    [(60, 120), (0, 12), (36, None), (0, None), (6, None)]
    >>> parse_experience("应届毕业生")
    Experience(minimum=0, maximum=None, graduates=True, confidence=1.0)
    >>> parse_experience("无经验")
    Experience(minimum=0, maximum=None, graduates=False, confidence=1.0)
    """
    text = replace_chinese_numerals(fold(phrase).strip().replace("半年", "6个月"))
    graduates = _GRADUATES.search(text) is not None
    if match := _YEARS.search(text):
        low = _in_months(match.group(1), match.group(2) or match.group(4))
        high = _in_months(match.group(3), match.group(4))
        return Experience(min(low, high), max(low, high), graduates, 1.0 if low <= high else 0.7)
    if match := _PLUS_YEARS.search(text):
        return Experience(int(match.group(1)) * 12, None, graduates)
    if match := _ONE_YEAR.search(text):
        months, bound = _in_months(match.group(1), match.group(2)), match.group(3) or ""
        if bound in ("以下", "以内", "内"):
            return Experience(0, months, graduates)
        return Experience(months, None, graduates, 1.0 if bound else 0.9)
    if graduates or _NO_EXPERIENCE.search(text):
        return Experience(0, None, graduates)
    raise PhraseNotUnderstood("experience", phrase, "3-5年, 1年以下, 10年以上 or 经验不限")


@dataclass(frozen=True, slots=True)
class Size:
    """Number of employees; `maximum` None means no upper bound."""

    minimum: int
    maximum: int | None = None


_SIZE = re.compile(
    r"^(?:公司规模|规模|约)?[:\s]*(少于|不足|>|<)?\s*(\d{1,7})\s*人?\s*(?:(?:-|~|至|到)\s*(\d{1,7}))?\s*(?:人|名|people|employees)?\s*(以上|以下|以内|\+)?\s*(?:人|名)?$"
)


@lru_cache(maxsize=4096)
def parse_size(phrase: str) -> Size:
    """Return the number of employees that a phrase gives.

    Raises
    ------
    PhraseNotUnderstood
        If it gives none.

    Examples
    --------
    >>> parse_size("100-299人"), parse_size("10000人以上"), parse_size("20人以下")
    (Size(minimum=100, maximum=299), Size(minimum=10000, maximum=None), Size(minimum=0, maximum=19))
    """
    text = replace_chinese_numerals(fold(phrase).strip()).replace(",", "")
    match = _SIZE.match(text)
    if match is None:
        raise PhraseNotUnderstood("company size", phrase, "100-299人, 20人以下 or 10000人以上")
    before, first, second, after = match.groups()
    if second is not None:
        low, high = sorted((int(first), int(second)))
        return Size(low, high)
    if before in ("少于", "不足", "<") or after in ("以下", "以内"):
        return Size(0, max(int(first) - 1, 0) if after != "以内" else int(first))
    return Size(int(first), None if after or before == ">" else int(first))


@dataclass(frozen=True, slots=True)
class Place:
    """A place as written: city, then district, then the rest; empty where not given. The caller knows the codes."""

    city: str
    district: str = ""
    rest: str = ""


_PLACE_PARTS = re.compile(r"\s*[·•・\-—–/|>,，、\s]\s*")


def parse_place(phrase: str) -> Place:
    """Return the parts of ``city · district · rest``, folded.

    Examples
    --------
    >>> parse_place("无锡·新吴区·硕放")
    Place(city='无锡', district='新吴区', rest='硕放')
    >>> parse_place("無錫市 - 濱湖區")
    Place(city='无锡市', district='滨湖区', rest='')
    >>> parse_place("无锡市滨湖区"), parse_place("")
    (Place(city='无锡市', district='滨湖区', rest=''), Place(city='', district='', rest=''))
    """
    text = fold(phrase).strip()
    parts = [part for part in _PLACE_PARTS.split(text) if part]
    if len(parts) == 1 and (joined := re.match(r"^(.{2,7}?市)(.{1,7}?(?:新区|[区县市]))(.*)$", text)):
        parts = [part for part in joined.groups() if part]
    city, district, *rest = (*parts, "", "")
    return Place(city, district, "".join(rest))


_DATE = re.compile(
    r"^(\d{4})\s*(?:年|[-/.])\s*(\d{1,2})\s*(?:月|[-/.])\s*(\d{1,2})\s*(?:日|号)?"
    r"(?:[t\s]+(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2})(?:\.\d{1,9})?)?秒?)?\s*(z|[+-]\d{2}:?\d{2})?$"
)
_COMPACT_DATE = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_AGO = re.compile(r"^(\d{1,4})\s*(分钟|小时|天|日|周|个月|月)前")
_AGO_UNIT = {
    "分钟": timedelta(minutes=1),
    "小时": timedelta(hours=1),
    "天": timedelta(days=1),
    "日": timedelta(days=1),
    "周": timedelta(days=7),
}
_RELATIVE = {"刚刚": 0, "今天": 0, "今日": 0, "today": 0, "昨天": 1, "昨日": 1, "yesterday": 1, "前天": 2}


def parse_date(phrase: str, *, at: datetime | None = None) -> datetime:
    """Return the aware moment that a date phrase gives. A time without a zone is Beijing time.

    Parameters
    ----------
    at : datetime, optional
        The aware moment against which 昨天 and 3天前 are read; without it such phrases are refused.

    Raises
    ------
    PhraseNotUnderstood
        If it is not a date, or a relative one without `at`.

    Examples
    --------
    >>> parse_date("2026-01-08 10:48:07").isoformat()
    '2026-01-08T10:48:07+08:00'
    >>> parse_date("2026年1月8日").isoformat(), parse_date("20260108").isoformat()
    ('2026-01-08T00:00:00+08:00', '2026-01-08T00:00:00+08:00')
    >>> parse_date("3天前", at=parse_date("2026/1/8")).date().isoformat()
    '2026-01-05'
    """
    text = fold(phrase).strip()
    if "年" in text:
        text = replace_chinese_numerals(text)
    try:
        if match := _DATE.match(text):
            return _absolute(match)
        if match := _COMPACT_DATE.match(text):
            return datetime(int(match[1]), int(match[2]), int(match[3]), tzinfo=BEIJING)
    except ValueError as error:
        raise PhraseNotUnderstood("date", phrase, "2026-01-08 10:48:07 or 2026年1月8日") from error
    if at is not None:
        if text in _RELATIVE:
            return at - timedelta(days=_RELATIVE[text])
        match = _AGO.match(text)
        if match is not None and match.group(2) in _AGO_UNIT:
            return at - int(match.group(1)) * _AGO_UNIT[match.group(2)]
    raise PhraseNotUnderstood("date", phrase, "2026-01-08 10:48:07 or 2026年1月8日")


def _absolute(match: re.Match[str]) -> datetime:
    year, month, day = (int(part) for part in match.group(1, 2, 3))
    hour, minute, second = (int(part or 0) for part in match.group(4, 5, 6))
    zone = match.group(7)
    if zone is None:
        return datetime(year, month, day, hour, minute, second, tzinfo=BEIJING)
    digits = zone.upper().replace("Z", "+0000").replace(":", "")
    offset = timedelta(hours=int(digits[1:3]), minutes=int(digits[3:5])) * (-1 if digits[0] == "-" else 1)
    return datetime(year, month, day, hour, minute, second, tzinfo=timezone(offset))


def parse_day(phrase: str) -> date:
    """Return the Beijing calendar day of an absolute date phrase: see `parse_date`."""
    return parse_date(phrase).astimezone(BEIJING).date()
