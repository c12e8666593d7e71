"""What a call asks of its applicants: the fields of the form and the documents."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from taihu.engines.rules.documents import Mapping
from taihu.records.base.uploads import JPEG, PDF, PNG, XLSX
from taihu.systems.policies.call_reader import NodeReader

FIELD_TYPES = ("text", "long", "integer", "money", "date", "choice", "bool")
LIMITED = ("text", "long", "integer", "money")
SUPPLIERS = ("person", "employer", "system")
FILE_KINDS = (PDF, PNG, JPEG, XLSX)
MAX_LIMIT = 999_999_999
_CODE = re.compile(r"[a-z][a-z0-9_-]{0,39}", re.ASCII)
_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_FIELD = ("name", "type", "zh", "en", "required", "help", "choices", "limit", "fact")
_ITEM = ("kind", "zh", "en", "by", "required", "when", "valid_days", "accept", "note")


class FormReader(NodeReader):
    def code(self, node: Mapping, key: str) -> str:
        code = self.text(node, key, needed=True)
        if code.strip() and not _CODE.fullmatch(code):
            self.add(
                node,
                key,
                "编号用小写字母、数字和连字符，字母开头，不超过 40 个",
                "a code has small letters, digits and hyphens, starts with a letter and has 40 at most",
            )
        return code

    def no_twice(self, nodes: list[Mapping], key: str, names: Iterable[str], zh: str, en: str) -> None:
        seen: Counter[str] = Counter()
        for node, name in zip(nodes, names, strict=True):
            seen[name] += 1
            if name and seen[name] == 2:
                self.add(node, key, f"{zh}：“{name}”", f"{en}: “{name}”")

    def not_shared(
        self,
        nodes: list[Mapping],
        key: str,
        rows: list[dict[str, Any]],
        shared: Iterable[dict[str, Any]],
        zh: str,
        en: str,
    ) -> None:
        """What all tracks have, no track has again."""
        taken = {row[key] for row in shared}
        for node, row in zip(nodes, rows, strict=True):
            if row[key] in taken:
                self.add(node, key, f"{zh}已有“{row[key]}”", f"{en} “{row[key]}” already")

    def form(self, node: Mapping, shared: Iterable[dict[str, Any]] = ()) -> list[dict[str, Any]]:
        nodes = self.maps(node, "fields")
        found = [self._field(item) for item in nodes]
        self.not_shared(nodes, "name", found, shared, "所有类别共用的项目里", "the fields of all tracks have")
        self.no_twice(nodes, "name", (field["name"] for field in found), "项目名重复", "two fields have the same name")
        return found

    def _field(self, item: Mapping) -> dict[str, Any]:
        self.only(item, _FIELD)
        kind = self.choice(item, "type", FIELD_TYPES, "text")
        options = self.maps(item, "choices")
        for option in options:
            self.only(option, ("code", "zh", "en"))
        choices = [
            [
                self.text(option, "code", needed=True, most=60),
                self.text(option, "zh", needed=True, most=200),
                self.text(option, "en", most=200),
            ]
            for option in options
        ]
        self.no_twice(options, "code", (row[0] for row in choices), "选项代码重复", "two options have the same code")
        if (kind == "choice") != bool(choices):
            self.add(
                item,
                "choices",
                "只有 choice 类型的项目写 choices，并且必须写",
                "a field of type choice needs choices, and no other field has them",
            )
        if item.get("limit") and kind not in LIMITED:
            self.add(
                item,
                "limit",
                "只有文字、整数和金额有上限（limit）",
                "only texts, whole numbers and amounts have a limit",
            )
        name = self.text(item, "name", needed=True)
        if name.strip() and not _FIELD_NAME.fullmatch(name):
            self.add(
                item,
                "name",
                "项目名用小写字母、数字和下划线",
                "a field name has small letters, digits and underscores",
            )
        help_ = self.words(item, "help", most=(500, 800))
        return {
            "name": name,
            "type": kind,
            "zh": self.text(item, "zh", needed=True, most=200),
            "en": self.text(item, "en", needed=True, most=300),
            "required": self.flag(item, "required", default=True),
            "help_zh": help_[0],
            "help_en": help_[1],
            "choices": choices,
            "limit": self.number(item, "limit", 0, 1, MAX_LIMIT) if kind in LIMITED else 0,
            "fact": self.text(item, "fact", most=60),
        }

    def items(self, node: Mapping, shared: Iterable[dict[str, Any]] = ()) -> list[dict[str, Any]]:
        nodes = self.maps(node, "attachments")
        found = [self._item(item) for item in nodes]
        self.not_shared(nodes, "kind", found, shared, "所有类别共用的材料里", "the documents of all tracks have")
        self.no_twice(nodes, "kind", (row["kind"] for row in found), "材料代码重复", "two documents have the same kind")
        return found

    def _item(self, item: Mapping) -> dict[str, Any]:
        self.only(item, _ITEM)
        accept = self.plain(item.get("accept")) or [PDF, PNG, JPEG]
        if not isinstance(accept, list) or not set(map(str, accept)) <= set(FILE_KINDS):
            self.add(
                item,
                "accept",
                f"accept 只能是 {', '.join(FILE_KINDS)}",
                f"accept can only be {', '.join(FILE_KINDS)}",
            )
        when = self.mapping(item, "when")
        if when is not None:
            self.only(when, ("field", "equals"))
            self.text(when, "field", needed=True)
            self.text(when, "equals", needed=True)
        return {
            "kind": self.code(item, "kind"),
            "zh": self.text(item, "zh", needed=True, most=200),
            "en": self.text(item, "en", needed=True, most=300),
            "by": self.choice(item, "by", SUPPLIERS, "person"),
            "required": self.flag(item, "required", default=True),
            "when": self.plain(when) or {},
            "valid_days": self.number(item, "valid_days", 0, 0, 36_500),
            "accept": accept,
            "note": self.text(item, "note", most=300),
        }
