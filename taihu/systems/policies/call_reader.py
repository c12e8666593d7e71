"""Values out of the YAML tree of a call: every mistake with its line, its field and both languages."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from taihu.engines.rules.documents import Items, Mapping, Node, Text
from taihu.engines.rules.errors import NOWHERE, Place
from taihu.engines.rules.values import money_of
from taihu.engines.text.script import in_language
from taihu.records.base.clock import CITY_ZONE

YEARS = range(1990, 2200)
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}(?::\d{2})?))?", re.ASCII)


@dataclass(frozen=True)
class CallProblem:
    """`path` names the value in the call, such as ``tracks/0/code``, so that a form can show the mistake there."""

    place: Place
    zh: str
    en: str
    path: str = ""
    code: str = "call_file"
    is_error: bool = field(default=True, compare=False)

    def message(self, language: str = "zh") -> str:
        return in_language(self.zh, self.en, language)

    def text(self, language: str = "zh") -> str:
        words = self.message(language)
        return words if self.place == NOWHERE else f"{self.place}: {words}"


class NodeReader:
    """Reads a tree and goes on after a mistake, so that one look finds them all."""

    def __init__(self, top: Mapping) -> None:
        self.problems: list[CallProblem] = []
        self.top = top
        self.paths: dict[int, str] = {}
        self._name(top, "")

    def _name(self, node: Node, path: str) -> None:
        self.paths[id(node)] = path
        if isinstance(node, Mapping):
            for key, value in node.entries:
                self._name(value, f"{path}/{key.text}" if path else key.text)
        elif isinstance(node, Items):
            for number, item in enumerate(node.items):
                self._name(item, f"{path}/{number}")

    def add(self, node: Node, key: str, zh: str, en: str) -> None:
        """A mistake in a mapping's key, there or missing; or, without a key, in the value itself."""
        place = node.key_place(key) if isinstance(node, Mapping) and key else node.place
        path = self.paths.get(id(node), "")
        self.problems.append(CallProblem(place, zh, en, "/".join(part for part in (path, key) if part)))

    def only(self, node: Mapping, allowed: tuple[str, ...]) -> None:
        for key, _ in node.entries:
            if key.text not in allowed:
                self.add(
                    node,
                    key.text,
                    f"不认识的键“{key.text}”。可用的键：{', '.join(allowed)}",
                    f"unknown key “{key.text}”; use one of: {', '.join(allowed)}",
                )

    def text(self, node: Mapping, key: str, default: str = "", *, needed: bool = False, most: int = 0) -> str:
        value = node.get(key)
        if value is not None and not isinstance(value, Text):
            self.add(node, key, f"“{key}”应是一行文字", f"“{key}” should be a line of text")
            return default
        found = default if value is None or value.is_null else value.text
        if needed and not found.strip():
            self.add(node, key, f"缺少“{key}”", f"“{key}” is missing")
        elif most and len(found) > most:
            self.add(node, key, f"“{key}”最多 {most} 个字", f"“{key}” has {most} characters at most")
        return found

    def words(
        self, node: Mapping, key: str, *, needed: bool = False, most: tuple[int, int] = (0, 0)
    ) -> tuple[str, str]:
        """A text in two languages, written ``{zh: …, en: …}``, or one text that stands for both."""
        value = node.get(key)
        if isinstance(value, Mapping):
            self.only(value, ("zh", "en"))
            return self.text(value, "zh", needed=True, most=most[0]), self.text(value, "en", most=most[1])
        text = self.text(node, key, needed=needed, most=most[0])
        return text, text

    def choice(self, node: Mapping, key: str, choices: tuple[str, ...], default: str) -> str:
        word = self.text(node, key, default)
        if word not in choices:
            self.add(
                node,
                key,
                f"“{key}”不能是“{word}”。可选：{', '.join(choices)}",
                f"“{key}” cannot be “{word}”; use one of: {', '.join(choices)}",
            )
            return default
        return word

    def flag(self, node: Mapping, key: str, *, default: bool) -> bool:
        return self.choice(node, key, ("true", "false"), str(default).lower()) == "true"

    def number(self, node: Mapping, key: str, default: int | None, low: int, high: int) -> int:
        """A whole number in a range; without a default it must be there."""
        text = self.text(node, key, needed=default is None).removesuffix("%").strip()
        if not text:
            return default or 0
        if not (text.isascii() and text.isdecimal() and len(text) < 10 and low <= int(text) <= high):
            self.add(
                node,
                key,
                f"“{key}”应是 {low} 到 {high} 之间的整数",
                f"“{key}” should be a whole number from {low} to {high}",
            )
            return default or low
        return int(text)

    def maps(self, node: Mapping, key: str) -> list[Mapping]:
        value = node.get(key)
        if value is None or (isinstance(value, Text) and value.is_null):
            return []
        items = value.items if isinstance(value, Items) else ()
        if not isinstance(value, Items) or any(not isinstance(item, Mapping) for item in items):
            self.add(
                node,
                key,
                f"“{key}”应是列表，每项以 - 开头，写成“键: 值”",
                f"“{key}” should be a list, each item starting with - and written as “key: value”",
            )
        return [item for item in items if isinstance(item, Mapping)]

    def mapping(self, node: Mapping, key: str) -> Mapping | None:
        value = node.get(key)
        if value is None or isinstance(value, Mapping):
            return value
        if not (isinstance(value, Text) and value.is_null):
            self.add(node, key, f"“{key}”应写成“键: 值”", f"“{key}” should be written as “key: value”")
        return None

    def moment(self, node: Mapping, key: str, *, is_end: bool) -> datetime | None:
        """`2021-04-20` (a whole day) or `2023-08-25 17:00`."""
        text = self.text(node, key)
        if not text:
            return None
        found = _moment(text, is_end=is_end)
        if found is None:
            self.add(
                node,
                key,
                f"“{text}”不是时间。写成 2026-04-20 或 2026-04-20 17:00",
                f"“{text}” is no time; write 2026-04-20 or 2026-04-20 17:00",
            )
        return found

    def plain(self, node: Node | None) -> Any:
        """Text trees as they stand; truth values and money as they are kept."""
        if isinstance(node, Mapping):
            return {key.text: self.plain(value) for key, value in node.entries}
        if isinstance(node, Items):
            return [self.plain(item) for item in node.items]
        if not isinstance(node, Text):
            return None
        if not node.is_quoted and node.text in ("true", "false"):
            return node.text == "true"
        money = None if node.is_quoted else money_of(node.text)
        return node.text if money is None else money


def _moment(text: str, *, is_end: bool) -> datetime | None:
    found = _MOMENT.fullmatch(text)
    try:
        day = date.fromisoformat(found[1]) if found else None
        hour = time.fromisoformat(found[2]) if found and found[2] else None
    except ValueError:
        return None
    if day is None or day.year not in YEARS:
        return None
    if hour is not None:
        return datetime.combine(day, hour, tzinfo=CITY_ZONE)
    return datetime.combine(day + timedelta(days=int(is_end)), time(), tzinfo=CITY_ZONE)
