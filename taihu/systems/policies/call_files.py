"""A call as a YAML file: read safely, checked, every mistake with its line."""

import re
from datetime import date, datetime
from typing import Any

from taihu.engines.rules.documents import Items, Mapping, read_document
from taihu.engines.rules.errors import PolicyError, Problem, RulesError
from taihu.systems.policies.call_forms import FormReader
from taihu.systems.policies.call_reader import CallProblem
from taihu.systems.policies.enums import ApplicantKind, WindowShape
from taihu.systems.policies.windows import check_deadline

#: What is written in two languages.
WORDS = ("title", "programme", "summary", "category", "name", "support", "help")
_TOP = ("call", "title", "programme", "document", "summary", "window", "example", "tracks", "fields", "attachments")
_WINDOW = ("shape", "from", "to", "periods")
_TRACK = (
    "code", "category", "name", "applicant", "department", "unit", "procedure", "policy", "closes", "personal_deadline",
    "support", "preset", "fields", "attachments", "panel", "split", "instalments",
)  # fmt: skip


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
    reader = _Reader(top)
    found = reader.call(top)
    if reader.problems:
        raise CallError(sorted(reader.problems, key=lambda item: item.place))
    return found


#: What the rules' reader says of policies, said of calls.
_OF_CALLS = {
    "not_mapping": (
        "最外层应是“键: 值”。从 call: 编号 开始写",
        "the top should be “key: value”; begin with call: code",
    ),
    "two_documents": (
        "一个文件里有多份文档（---）。一份文本只写一个申报",
        "there are several documents (---); one text holds one call",
    ),
    "too_large": ("文本超过 1 MB。拆成几个申报", "the text is larger than 1 MB; make several calls of it"),
    "too_many_nodes": ("内容超过 50000 项。拆成几个申报", "there are more than 50000 values; make several calls of it"),
}


def _of_rules(item: Problem) -> CallProblem:
    if item.code in _OF_CALLS:
        return CallProblem(item.place, *_OF_CALLS[item.code])
    return CallProblem(item.place, f"{item.message()}。{item.fix()}", f"{item.message('en')}. {item.fix('en')}")


class _Reader(FormReader):
    def call(self, top: Mapping) -> dict[str, Any]:
        self.only(top, _TOP)
        code = self.code(top, "call")
        title = self.words(top, "title", needed=True, most=(160, 200))
        programme = self.words(top, "programme", needed=True, most=(120, 160))
        summary = self.words(top, "summary", most=(4000, 8000))
        shared = self.form(top), self.items(top)
        nodes = self.maps(top, "tracks")
        tracks = [self.track(node, *shared) for node in nodes]
        if not tracks:
            self.add(top, "tracks", "至少写一个类别（tracks）", "write at least one track (tracks)")
        self.no_twice(
            nodes, "code", (track["code"] for track in tracks), "类别编号重复", "two tracks have the same code"
        )
        return {
            "code": code,
            "title": title[0],
            "title_en": title[1],
            "programme": programme[0],
            "programme_en": programme[1],
            "document": self.text(top, "document", most=120),
            "summary": summary[0],
            "summary_en": summary[1],
            "is_example": self.flag(top, "example", default=False),
            **self.window(top),
            "tracks": tracks,
        }

    # --- when

    def window(self, top: Mapping) -> dict[str, Any]:
        node = top.get("window")
        if not isinstance(node, Mapping):
            self.add(
                top, "window", "缺少“window”，写明 shape、from、to", "“window” is missing; state shape, from and to"
            )
            return {}
        self.only(node, _WINDOW)
        shape = WindowShape(self.choice(node, "shape", tuple(WindowShape.values), WindowShape.FIXED))
        nodes = self.maps(node, "periods")
        for item in nodes:
            self.only(item, ("from", "to"))
        if nodes and (node.get("from") or node.get("to")):
            self.add(
                node,
                "periods",
                "写了 periods，就不再写 from 和 to",
                "with periods, leave out from and to of the window",
            )
        found: dict[str, Any] = {
            "window": shape, "opens_at": None, "closes_at": None, "yearly_from": "", "yearly_to": "", "periods": [],
        }  # fmt: skip
        if shape == WindowShape.YEARLY:
            return found | self._yearly(nodes or [node])
        if shape == WindowShape.FIXED:
            return found | self._fixed(nodes or [node])
        if nodes:
            self.add(
                node,
                "periods",
                "只有固定期限和每年固定时段写 periods",
                "only fixed and yearly windows have periods",
            )
        opens, closes = self._period(node)
        return found | {"opens_at": opens, "closes_at": closes}

    def _period(self, node: Mapping) -> tuple[datetime | None, datetime | None]:
        opens, closes = self.moment(node, "from", is_end=False), self.moment(node, "to", is_end=True)
        if opens and closes and opens >= closes:
            self.add(node, "from", "from 要早于 to", "from must lie before to")
        return opens, closes

    def _fixed(self, nodes: list[Mapping]) -> dict[str, Any]:
        periods = [self._period(node) for node in nodes]
        for node, (opens, closes) in zip(nodes, periods, strict=True):
            if not closes and not self.text(node, "to"):
                self.add(node, "to", "固定期限要写 to", "a fixed window needs to")
            if not opens and len(nodes) > 1 and not self.text(node, "from"):
                self.add(node, "from", "有几个时段时，每个都要写 from", "each of several periods needs from")
        self._in_order(nodes, periods)
        return {
            "opens_at": periods[0][0],
            "closes_at": periods[-1][1],
            "periods": [[opens and opens.isoformat(), closes and closes.isoformat()] for opens, closes in periods]
            if len(periods) > 1
            else [],
        }

    def _yearly(self, nodes: list[Mapping]) -> dict[str, Any]:
        periods = [(self._day_of_year(node, "from"), self._day_of_year(node, "to")) for node in nodes]
        for node, (first, last) in zip(nodes, periods, strict=True):
            if first and last and first > last:
                self.add(
                    node,
                    "from",
                    "from 要早于 to；跨年的写成两个时段（periods）",
                    "from must lie before to; write two periods for a window across New Year",
                )
        self._in_order(nodes, periods)
        ends = {"yearly_from": periods[0][0], "yearly_to": periods[-1][1]}
        return ends | {"periods": [list(item) for item in periods] if len(periods) > 1 else []}

    def _day_of_year(self, node: Mapping, key: str) -> str:
        day = self.text(node, key, needed=True)
        try:
            is_day = bool(re.fullmatch(r"\d\d-\d\d", day, re.ASCII)) and bool(date.fromisoformat(f"2001-{day}"))
        except ValueError:
            is_day = False
        if day and not is_day:
            self.add(node, key, f"“{day}”应写成 01-31 这样的月日", f"“{day}” should be a month and day such as 01-31")
        return day if is_day else ""

    def _in_order(self, nodes: list[Mapping], periods: list[tuple[Any, Any]]) -> None:
        for node, before, (opens, _closes) in zip(nodes[1:], periods, periods[1:], strict=False):
            if before[1] and opens and opens < before[1]:
                self.add(
                    node,
                    "from",
                    "时段要按先后写，不能重叠",
                    "periods are written in their order and may not overlap",
                )

    # --- a track

    def track(self, node: Mapping, fields: list[Any], items: list[Any]) -> dict[str, Any]:
        self.only(node, _TRACK)
        name = self.words(node, "name", needed=True, most=(120, 160))
        support = self.words(node, "support", most=(200, 240))
        category = self.words(node, "category", most=(120, 160)) if node.get("category") else name
        deadline = self.text(node, "personal_deadline", most=300)
        if deadline:
            try:
                check_deadline(deadline)
            except PolicyError as error:
                first = error.problems[0]
                self.add(node, "personal_deadline", first.message(), first.message("en"))
        track = {
            "code": self.code(node, "code"),
            "category": category[0],
            "category_en": category[1],
            "name": name[0],
            "name_en": name[1],
            "applicant": self.choice(node, "applicant", tuple(ApplicantKind.values), ApplicantKind.PERSON),
            "department": self.text(node, "department", most=80),
            "unit": self.text(node, "unit", most=40),
            "procedure": self.text(node, "procedure", needed=True, most=60),
            "policy": self.text(node, "policy", most=80),
            "closes_at": self.moment(node, "closes", is_end=True),
            "personal_deadline": deadline,
            "support": support[0],
            "support_en": support[1],
            "preset": self.preset(node),
            "fields": [*fields, *self.form(node, fields)],
            "attachments": [*items, *self.items(node, items)],
            "panel": self.panel(node),
            "split": self.shares(node),
            "instalments": self.instalments(node),
        }
        self._grounds(node, track)
        return track

    def _grounds(self, node: Mapping, track: dict[str, Any]) -> None:
        """What a document depends on must be asked in the form."""
        names = {field["name"] for field in track["fields"]}
        for item in self.maps(node, "attachments"):
            when = item.get("when")
            name = self.text(when, "field") if isinstance(when, Mapping) else ""
            if isinstance(when, Mapping) and name and name not in names:
                self.add(when, "field", f"表单里没有项目“{name}”", f"the form has no field “{name}”")

    def preset(self, node: Mapping) -> dict[str, Any]:
        found = self.mapping(node, "preset")
        if found is None:
            return {}
        for key, value in found.entries:
            if isinstance(value, Mapping | Items):
                self.add(found, key.text, f"“{key.text}”应是一个值", f"“{key.text}” should be one value")
        return dict(self.plain(found))

    def panel(self, node: Mapping) -> dict[str, Any]:
        found = self.mapping(node, "panel")
        if found is None:
            return {}
        self.only(found, ("size", "criteria"))
        panel: dict[str, Any] = {}
        if found.get("size"):
            panel["size"] = self.number(found, "size", None, 1, 99)
        nodes = self.maps(found, "criteria")
        for item in nodes:
            self.only(item, ("zh", "en", "weight"))
        weights = [self.number(item, "weight", None, 1, 100) for item in nodes]
        criteria = [
            {
                "zh": self.text(item, "zh", needed=True, most=120),
                "en": self.text(item, "en", most=160),
                "weight": weight,
            }
            for item, weight in zip(nodes, weights, strict=True)
        ]
        if criteria:
            panel["criteria"] = criteria
            if sum(weights) != 100:
                self.add(
                    found,
                    "criteria",
                    "各项评审标准的权重之和应为 100",
                    "the weights of the criteria must add up to 100",
                )
        return panel

    def shares(self, node: Mapping) -> dict[str, int]:
        found = self.mapping(node, "split")
        if found is None:
            return {}
        shares = {key.text: self.number(found, key.text, None, 1, 100) for key, _value in found.entries}
        if sum(shares.values()) != 100:
            self.add(
                node,
                "split",
                "各付款方比例之和应为 100%，如 city 50%、district 50%",
                "the shares of the payers must add up to 100%, such as city 50% and district 50%",
            )
        return shares

    def instalments(self, node: Mapping) -> list[list[int]]:
        nodes = self.maps(node, "instalments")
        for item in nodes:
            self.only(item, ("share", "months"))
        parts = [
            [self.number(item, "share", None, 1, 100), self.number(item, "months", None, 0, 600)] for item in nodes
        ]
        if nodes and sum(share for share, _months in parts) != 100:
            self.add(
                node,
                "instalments",
                "各期比例之和应为 100%，如 50% 和 50%",
                "the shares of the parts must add up to 100%, such as 50% and 50%",
            )
        return parts
