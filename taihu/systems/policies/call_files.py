"""A call as a YAML file: read safely, checked, every mistake with its line."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from taihu.engines.rules.documents import Items, Mapping, Node, Text, read_document
from taihu.engines.rules.errors import Place, PolicyError, Problem, RulesError
from taihu.engines.rules.values import money_of
from taihu.engines.text.script import in_language
from taihu.records.base.clock import CITY_ZONE
from taihu.records.base.uploads import JPEG, PDF, PNG, XLSX
from taihu.systems.policies.enums import ApplicantKind, WindowShape
from taihu.systems.policies.windows import check_deadline

FIELD_TYPES = ("text", "long", "integer", "money", "date", "choice", "bool")
SUPPLIERS = ("person", "employer", "system")
FILE_KINDS = (PDF, PNG, JPEG, XLSX)
_CODE = re.compile(r"^[a-z][a-z0-9_-]{0,39}$")
_TOP = ("call", "title", "programme", "document", "summary", "window", "example", "tracks", "fields", "attachments")
_WINDOW = ("shape", "from", "to")
_TRACK = (
    "code", "category", "name", "applicant", "department", "unit", "procedure", "policy", "closes", "personal_deadline",
    "support", "preset", "fields", "attachments", "panel", "split", "instalments",
)  # fmt: skip
_FIELD = ("name", "type", "zh", "en", "required", "help", "choices", "fact")
_ITEM = ("kind", "zh", "en", "by", "required", "when", "valid_days", "accept", "note")


@dataclass(frozen=True)
class CallProblem:
    place: Place
    zh: str
    en: str

    def text(self, language: str = "zh") -> str:
        return f"{self.place}: {in_language(self.zh, self.en, language)}"


class CallError(ValueError):
    def __init__(self, problems: list[CallProblem]) -> None:
        self.problems = problems
        super().__init__(self.text("en"))

    def text(self, language: str = "zh") -> str:
        return "\n".join(item.text(language) for item in self.problems)


def read_call(text: str, file: str = "call.yaml") -> dict[str, Any]:
    """The call and its tracks as plain data. Raises CallError with every mistake."""
    try:
        top = read_document(text, file)
    except RulesError as error:
        raise CallError([_of_rules(item) for item in error.problems]) from None
    reader = _Reader()
    found = reader.call(top)
    if reader.problems:
        raise CallError(sorted(reader.problems, key=lambda item: item.place))
    return found


def _of_rules(item: Problem) -> CallProblem:
    return CallProblem(item.place, f"{item.message()}。{item.fix()}", f"{item.message('en')}. {item.fix('en')}")


class _Reader:
    def __init__(self) -> None:
        self.problems: list[CallProblem] = []

    def add(self, place: Place, zh: str, en: str) -> None:
        self.problems.append(CallProblem(place, zh, en))

    def only(self, node: Mapping, allowed: tuple[str, ...]) -> None:
        for key, _ in node.entries:
            if key.text not in allowed:
                self.add(
                    key.place,
                    f"不认识的键“{key.text}”。可用的键：{', '.join(allowed)}",
                    f"unknown key “{key.text}”; use one of: {', '.join(allowed)}",
                )

    def text(self, node: Mapping, key: str, default: str = "", *, needed: bool = False) -> str:
        value = node.get(key)
        if isinstance(value, Text) and not value.is_null:
            return value.text
        if value is not None and not isinstance(value, Text):
            self.add(value.place, f"“{key}”应是一行文字", f"“{key}” should be a line of text")
        elif needed:
            self.add(node.place, f"缺少“{key}”", f"“{key}” is missing")
        return default

    def words(self, node: Mapping, key: str, *, needed: bool = False) -> tuple[str, str]:
        value = node.get(key)
        if isinstance(value, Mapping):
            self.only(value, ("zh", "en"))
            return self.text(value, "zh", needed=True), self.text(value, "en")
        text = self.text(node, key, needed=needed)
        return text, text

    def choice(self, node: Mapping, key: str, choices: tuple[str, ...], default: str) -> str:
        word = self.text(node, key, default)
        if word not in choices:
            self.add(
                node.key_place(key),
                f"“{key}”不能是“{word}”。可选：{', '.join(choices)}",
                f"“{key}” cannot be “{word}”; use one of: {', '.join(choices)}",
            )
            return default
        return word

    def flag(self, node: Mapping, key: str, *, default: bool) -> bool:
        return self.choice(node, key, ("true", "false"), str(default).lower()) == "true"

    def maps(self, node: Mapping, key: str) -> list[Mapping]:
        value = node.get(key)
        if value is None:
            return []
        items = value.items if isinstance(value, Items) else ()
        if not isinstance(value, Items) or any(not isinstance(item, Mapping) for item in items):
            self.add(
                value.place, f"“{key}”应是列表，每项以 - 开头", f"“{key}” should be a list, each item starting with -"
            )
        return [item for item in items if isinstance(item, Mapping)]

    def moment(self, node: Mapping, key: str, *, is_end: bool) -> datetime | None:
        """`2021-04-20` (a whole day) or `2023-08-25 17:00`."""
        text = self.text(node, key)
        if not text:
            return None
        try:
            if " " in text or "T" in text:
                return datetime.fromisoformat(text).replace(tzinfo=CITY_ZONE)
            day = date.fromisoformat(text) + timedelta(days=int(is_end))
            return datetime.combine(day, time(), tzinfo=CITY_ZONE)
        except ValueError:
            self.add(
                node.key_place(key),
                f"“{text}”不是时间。写成 2026-04-20 或 2026-04-20 17:00",
                f"“{text}” is no time; write 2026-04-20 or 2026-04-20 17:00",
            )
            return None

    # --- the call

    def call(self, top: Mapping) -> dict[str, Any]:
        self.only(top, _TOP)
        code = self.text(top, "call", needed=True)
        if code and not _CODE.match(code):
            self.add(
                top.key_place("call"),
                "编号用小写字母、数字和连字符，字母开头，不超过 40 个",
                "a code has small letters, digits and hyphens, starts with a letter and has 40 at most",
            )
        title, programme = self.words(top, "title", needed=True), self.words(top, "programme", needed=True)
        summary = self.words(top, "summary")
        shared_fields = self.form(top)
        shared_items = self.items(top)
        tracks = [self.track(node, shared_fields, shared_items) for node in self.maps(top, "tracks")]
        codes = [track["code"] for track in tracks]
        if not tracks:
            self.add(top.place, "至少写一个类别（tracks）", "write at least one track (tracks)")
        if len(set(codes)) != len(codes):
            self.add(top.key_place("tracks"), "类别编号重复", "two tracks have the same code")
        return {
            "code": code,
            "title": title[0],
            "title_en": title[1],
            "programme": programme[0],
            "programme_en": programme[1],
            "document": self.text(top, "document"),
            "summary": summary[0],
            "summary_en": summary[1],
            "is_example": self.flag(top, "example", default=False),
            **self.window(top),
            "tracks": tracks,
        }

    def window(self, top: Mapping) -> dict[str, Any]:
        node = top.get("window")
        if not isinstance(node, Mapping):
            self.add(top.place, "缺少“window”，写明 shape、from、to", "“window” is missing; state shape, from and to")
            return {}
        self.only(node, _WINDOW)
        shape = self.choice(node, "shape", tuple(WindowShape.values), WindowShape.FIXED)
        if shape == WindowShape.YEARLY:
            days = self.text(node, "from", needed=True), self.text(node, "to", needed=True)
            for key, day in zip(("from", "to"), days, strict=True):
                if not re.fullmatch(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", day) or day == "02-29":
                    self.add(
                        node.key_place(key),
                        f"“{day}”应写成 01-31 这样的月日",
                        f"“{day}” should be a month and day such as 01-31",
                    )
            return {"window": shape, "yearly_from": days[0], "yearly_to": days[1]}
        opens, closes = self.moment(node, "from", is_end=False), self.moment(node, "to", is_end=True)
        if shape == WindowShape.FIXED and closes is None:
            self.add(node.place, "固定期限要写 to", "a fixed window needs to")
        if opens and closes and opens >= closes:
            self.add(node.place, "from 要早于 to", "from must lie before to")
        return {"window": shape, "opens_at": opens, "closes_at": closes}

    # --- a track

    def track(self, node: Mapping, fields: list[Any], items: list[Any]) -> dict[str, Any]:
        self.only(node, _TRACK)
        name, support = self.words(node, "name", needed=True), self.words(node, "support")
        category = self.words(node, "category") if node.get("category") else name
        deadline = self.text(node, "personal_deadline")
        if deadline:
            try:
                check_deadline(deadline)
            except PolicyError as error:
                first = error.problems[0]
                self.add(node.key_place("personal_deadline"), first.message(), first.message("en"))
        return {
            "code": self.text(node, "code", needed=True),
            "category": category[0],
            "category_en": category[1],
            "name": name[0],
            "name_en": name[1],
            "applicant": self.choice(node, "applicant", tuple(ApplicantKind.values), ApplicantKind.PERSON),
            "department": self.text(node, "department"),
            "unit": self.text(node, "unit"),
            "procedure": self.text(node, "procedure", needed=True),
            "policy": self.text(node, "policy"),
            "closes_at": self.moment(node, "closes", is_end=True),
            "personal_deadline": deadline,
            "support": support[0],
            "support_en": support[1],
            "preset": self.plain(node.get("preset")) or {},
            "fields": [*fields, *self.form(node)],
            "attachments": [*items, *self.items(node)],
            "panel": self.plain(node.get("panel")) or {},
            "split": self.shares(node),
            "instalments": self.instalments(node),
        }

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

    def shares(self, node: Mapping) -> dict[str, int]:
        value = node.get("split")
        if value is None:
            return {}
        found = self.plain(value)
        try:
            shares = {str(key): int(str(share).removesuffix("%")) for key, share in found.items()}
        except (AttributeError, ValueError):
            shares = {}
        if sum(shares.values()) != 100:
            self.add(
                value.place,
                "各付款方比例之和应为 100%，如 {city: 50%, district: 50%}",
                "the shares of the payers must add up to 100%, such as {city: 50%, district: 50%}",
            )
        return shares

    def instalments(self, node: Mapping) -> list[list[int]]:
        value = node.get("instalments")
        if value is None:
            return []
        try:
            parts = [[int(str(part["share"]).removesuffix("%")), int(part["months"])] for part in self.plain(value)]
        except (KeyError, TypeError, ValueError):
            parts = []
        if sum(share for share, _months in parts) != 100:
            self.add(
                value.place,
                "各期比例之和应为 100%，如 [{share: 50%, months: 0}, {share: 50%, months: 12}]",
                "the shares of the parts must add up to 100%, such as [{share: 50%, months: 0}, {share: 50%, months: 12}]",
            )
        return parts

    def form(self, node: Mapping) -> list[dict[str, Any]]:
        found = []
        for item in self.maps(node, "fields"):
            self.only(item, _FIELD)
            kind = self.choice(item, "type", FIELD_TYPES, "text")
            choices = [
                [self.text(option, "code", needed=True), self.text(option, "zh", needed=True), self.text(option, "en")]
                for option in self.maps(item, "choices")
            ]
            if (kind == "choice") != bool(choices):
                self.add(
                    item.place,
                    "只有 choice 类型的项目写 choices，并且必须写",
                    "a field of type choice needs choices, and no other field has them",
                )
            name = self.text(item, "name", needed=True)
            if name and not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name):
                self.add(
                    item.key_place("name"),
                    "项目名用小写字母、数字和下划线",
                    "a field name has small letters, digits and underscores",
                )
            help_ = self.words(item, "help")
            found.append(
                {
                    "name": name,
                    "type": kind,
                    "zh": self.text(item, "zh", needed=True),
                    "en": self.text(item, "en", needed=True),
                    "required": self.flag(item, "required", default=True),
                    "help_zh": help_[0],
                    "help_en": help_[1],
                    "choices": choices,
                    "fact": self.text(item, "fact"),
                }
            )
        return found

    def items(self, node: Mapping) -> list[dict[str, Any]]:
        found = []
        for item in self.maps(node, "attachments"):
            self.only(item, _ITEM)
            accept = self.plain(item.get("accept")) or [PDF, PNG, JPEG]
            if not isinstance(accept, list) or set(accept) - set(FILE_KINDS):
                self.add(
                    item.place, f"accept 只能是 {', '.join(FILE_KINDS)}", f"accept can only be {', '.join(FILE_KINDS)}"
                )
            days = self.text(item, "valid_days", "0")
            if not days.isdigit():
                self.add(item.key_place("valid_days"), "valid_days 是天数", "valid_days is a number of days")
                days = "0"
            found.append(
                {
                    "kind": self.text(item, "kind", needed=True),
                    "zh": self.text(item, "zh", needed=True),
                    "en": self.text(item, "en", needed=True),
                    "by": self.choice(item, "by", SUPPLIERS, "person"),
                    "required": self.flag(item, "required", default=True),
                    "when": self.plain(item.get("when")) or {},
                    "valid_days": int(days),
                    "accept": accept,
                    "note": self.text(item, "note"),
                }
            )
        return found
