"""A call as the form shows it: rows with the names of their fields, and the findings that belong to each."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from taihu.engines.text.script import in_language
from taihu.engines.workdays import WorkCalendar
from taihu.systems.policies.call_files import WORDS
from taihu.systems.policies.call_reader import CallProblem
from taihu.systems.policies.editing.call_words import HOLDERS, name_of, place_of
from taihu.systems.policies.editing.plain import Plain, split
from taihu.systems.policies.editing.rows import Placed, Row, words_of

CALENDAR = WorkCalendar(provisional=True)
#: What the form shows; every other key is kept as it is and edited as text.
SHOWN = frozenset(
    ("call", "title", "programme", "document", "example", "summary", "window", "fields", "attachments", "tracks")
)
#: Written as a list of words.
LISTS = frozenset(("accept",))
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_HOUR = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(?::\d{2})?)", re.ASCII)


@dataclass(frozen=True)
class TrackRow:
    row: Row
    number: int
    fields: tuple[Row, ...]
    attachments: tuple[Row, ...]
    preset: tuple[Row, ...]
    shares: tuple[Row, ...]
    instalments: tuple[Row, ...]
    criteria: tuple[Row, ...]
    is_open: bool = False

    @property
    def path(self) -> str:
        return self.row.path

    @property
    def values(self) -> Mapping[str, Any]:
        return self.row.values


@dataclass(frozen=True)
class CallView:
    """Everything the template of the form needs."""

    head: Row
    window: Row
    periods: tuple[Row, ...] = ()
    fields: tuple[Row, ...] = ()
    attachments: tuple[Row, ...] = ()
    tracks: tuple[TrackRow, ...] = ()
    kept: tuple[str, ...] = ()
    findings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Linked:
    """A mistake in the summary: which track or field it is about, and the place in the page to which its link leads."""

    where: str
    message: str
    anchor: str


def call_view(
    document: dict[str, Plain], problems: Iterable[CallProblem], *, language: str, focus: str = ""
) -> CallView:
    findings: dict[str, list[str]] = {}
    for item in problems:
        findings.setdefault(item.path, []).append(in_words(item, language))
    placed = Placed(document, findings)
    return CallView(
        head=Row("", _values(document)),
        window=Row("window", _values(document.get("window"))),
        periods=_periods(placed),
        fields=placed.rows("fields", _values, "choices"),
        attachments=placed.rows("attachments", _values),
        tracks=_tracks(placed, focus),
        kept=tuple(key for key in document if key not in SHOWN),
        findings={path: tuple(items) for path, items in findings.items()},
    )


def linked(problems: Iterable[CallProblem], language: str) -> tuple[Linked, ...]:
    joint = in_language("：", ": ", language)
    return tuple(
        Linked(
            f"{place}{joint}" if (place := place_of(item.path)) else "", in_words(item, language), anchor_of(item.path)
        )
        for item in problems
    )


def in_words(item: CallProblem, language: str) -> str:
    """The mistake with the name that the form gives the value instead of its key."""
    key = split(item.path)[1]
    return item.message(language).replace(f"“{key}”", f"“{name_of(item.path)}”") if key else item.message(language)


def anchor_of(path: str) -> str:
    """The id of the field that shows a value, or of the part that shows a list."""
    above, last = split(path)
    if last in HOLDERS or last.isdigit() or split(above)[1] in ("preset", "split"):
        return _as_id(f"n/{path}")
    if _is_in_two_languages(above):
        return _as_id(f"f/w/{path}")
    if _is_in_two_languages(path):
        return _as_id(f"f/w/{path}/zh")
    return _as_id(f"f/{'l' if last in LISTS else 'v'}/{path}") if path else "editor"


def _is_in_two_languages(path: str) -> bool:
    """A track has a name in two languages; the name of a field is its code."""
    *above, last = path.split("/")
    return last in WORDS and not (last == "name" and "fields" in above)


def _as_id(path: str) -> str:
    return re.sub(r"[^\w-]", "-", path)


def _values(value: Plain) -> dict[str, Any]:
    found: dict[str, Any] = dict(value) if isinstance(value, dict) else {}
    found |= {key: words_of(found.get(key)) for key in WORDS if key != "name"}
    return found | {key: "、".join(map(str, found[key])) for key in LISTS if isinstance(found.get(key), list)}


def _periods(placed: Placed) -> tuple[Row, ...]:
    """Always rows: the one period of a window is a row as well."""
    if placed.count("window/periods"):
        return placed.rows("window/periods", _period)
    return (Row("window", _period(placed.at("window"))),)


def _period(value: Plain) -> dict[str, Any]:
    found = dict(value) if isinstance(value, dict) else {}
    days = {key: day_and_hour(found.get(key)) for key in ("from", "to")}
    return {
        "from": days["from"],
        "to": days["to"],
        "working_days": _working_days(days["from"]["day"], days["to"]["day"]),
    }


def day_and_hour(value: Plain) -> dict[str, str]:
    """A moment for two fields; what is neither a day nor a day and an hour stays as it was typed."""
    text = str(value or "")
    found = _HOUR.fullmatch(text)
    return {"day": found[1], "hour": found[2]} if found else {"day": text, "hour": ""}


def _working_days(first: str, last: str) -> dict[str, Any] | None:
    """How many days people have in which offices are open, both ends included."""
    try:
        opens, closes = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return None
    if not (_DAY.fullmatch(first) and _DAY.fullmatch(last) and timedelta() <= closes - opens < timedelta(days=1100)):
        return None
    count = CALENDAR.between(opens - timedelta(days=1), closes)
    return {"count": count, "days": (closes - opens).days + 1, "is_provisional": CALENDAR.is_provisional(opens, closes)}


def _tracks(placed: Placed, focus: str) -> tuple[TrackRow, ...]:
    rows = placed.rows("tracks", _track)
    return tuple(
        TrackRow(
            row,
            number,
            fields=placed.rows(f"{row.path}/fields", _values, "choices"),
            attachments=placed.rows(f"{row.path}/attachments", _values),
            preset=placed.entries(f"{row.path}/preset"),
            shares=placed.entries(f"{row.path}/split"),
            instalments=placed.rows(f"{row.path}/instalments", _values),
            criteria=placed.rows(f"{row.path}/panel/criteria", _values),
            is_open=len(rows) == 1 or bool(row.findings) or f"{focus}/".startswith(f"{row.path}/"),
        )
        for number, row in enumerate(rows, 1)
    )


def _track(value: Plain) -> dict[str, Any]:
    found = _values(value)
    return found | {"name": words_of(found.get("name")), "closes": day_and_hour(found.get("closes"))}
