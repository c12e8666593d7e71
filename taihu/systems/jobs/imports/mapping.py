"""A mapping: which column of a foreign table means what. Data, read and checked before any row is.

`docs/systems/jobs-import.md` shows every key. A key that is not known is an error that names the likely one.
"""

import re
import tomllib
from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from taihu.engines.tables import Layout
from taihu.engines.text.fold import fold
from taihu.records.base.errors import Refused
from taihu.systems.jobs.imports.fields import FIELDS, NUMBER, PAY_PERIODS, PAY_UNITS, TIME_UNITS

SHIPPED = Path(__file__).parent / "data"
PARTS = {"name", "title", "source", "file", "empty", "validity", "requirements", "fields", "rules"}
FILE_KEYS = {"encoding", "delimiter", "sheet", "header_row"}
VALIDITY_KEYS = {"days", "counted_from", "longest_days"}
RULE_KEYS = {"column", "is", "matches", "then", "reason"}
THEN = ("hold", "reject")
OTHERWISE = ("keep", "empty", "hold", "reject")
COUNTED_FROM = ("import", "posted")
DEFAULT_EMPTY = ("", "-", "--", "/", "无", "暂无", "null", "none", "nan", "n/a", "#n/a")
DEFAULT_SEPARATORS = ",，、;；|/\n"
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True)
class Rule:
    """Rows whose column says so are held or rejected, with the reason."""

    column: str
    words: frozenset[str]
    pattern: str
    then: str
    reason: str


@dataclass(frozen=True)
class Source:
    """How one field gets its text from a row."""

    name: str
    columns: tuple[str, ...] = ()
    constant: str | None = None
    template: str = ""
    join: str = " "
    first: bool = False
    split: str = ""
    take: int = 0
    match: str = ""
    replace: tuple[tuple[str, str], ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    otherwise: str = "keep"
    default: str = ""
    is_optional: bool = False
    required: bool = False
    separators: str = DEFAULT_SEPARATORS
    formats: tuple[str, ...] = ()
    unit: str = ""
    within: str = ""


@dataclass(frozen=True)
class JobMapping:
    """A checked mapping."""

    name: str
    title: str
    source: str
    fields: dict[str, Source]
    rules: tuple[Rule, ...]
    empty: frozenset[str]
    file: dict[str, Any]
    valid_days: int
    counted_from: str
    longest_days: int
    splits_requirements: bool
    digest: str

    @property
    def columns(self) -> list[str]:
        """Every column that the mapping reads, in the order it names them."""
        named = [column for source in self.fields.values() for column in source.columns]
        return list(dict.fromkeys([*named, *(rule.column for rule in self.rules)]))

    @property
    def needed(self) -> list[str]:
        """The columns that must be there: optional fields say `default`, even an empty one, or `first` of several."""
        optional = {
            name for name, source in self.fields.items() if source.first or source.is_optional or not source.columns
        }
        named = [c for name, source in self.fields.items() if name not in optional for c in source.columns]
        return list(dict.fromkeys([*named, *(rule.column for rule in self.rules)]))

    def layout(self) -> Layout:
        return Layout(columns=self.needed, **self.file)


def shipped_mappings() -> list[JobMapping]:
    return [load_mapping(path.stem) for path in sorted(SHIPPED.glob("*.toml"))]


def load_mapping(name_or_path: str) -> JobMapping:
    """A shipped mapping by its name, else a file; Refused says what is wrong in it and where."""
    text, name = mapping_text(name_or_path)
    return read_mapping(text, name=name)


def mapping_text(name_or_path: str) -> tuple[str, str]:
    """(TOML text, name) of a shipped mapping or of a file."""
    path = Path(name_or_path)
    if _shipped(name_or_path) is not None or not path.is_file():
        return shipped_text(name_or_path), name_or_path
    try:
        return path.read_text(encoding="utf-8-sig"), path.stem
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong(path.name, _("文件不是 UTF-8 文本"), _("请另存为 UTF-8。")) from error


def shipped_text(name: str) -> str:
    """The text of a mapping that comes with the software; never of another file."""
    path = _shipped(name)
    if path is None:
        known = "、".join(sorted(p.stem for p in SHIPPED.glob("*.toml")))
        raise Refused(
            "mapping_unknown",
            _("没有叫“%(name)s”的映射，也没有这个文件。") % {"name": name},
            _("可用的映射：%(known)s；或写出 TOML 文件的路径。") % {"known": known},
            field="mapping",
        )
    return path.read_text(encoding="utf-8")


def _shipped(name: str) -> Path | None:
    path = SHIPPED / f"{name}.toml"
    return path if re.fullmatch(r"[a-z0-9-]{1,60}", name) and path.is_file() else None


def read_mapping(text: str, *, name: str) -> JobMapping:
    """Check the TOML text of a mapping."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _wrong(name, str(error), _("请按 TOML 的写法改正。")) from error
    _known(name, "", data, PARTS)
    fields = {key: _source(name, key, value) for key, value in _table(name, "fields", data).items()}
    _check_fields(name, fields)
    file, validity = _table(name, "file", data), _table(name, "validity", data)
    _known(name, "file", file, FILE_KEYS)
    _known(name, "validity", validity, VALIDITY_KEYS)
    requirements = data.get("requirements", "split")
    _one_of(name, "requirements", requirements, ("split", "keep"))
    counted_from = validity.get("counted_from", "posted")
    _one_of(name, "validity.counted_from", counted_from, COUNTED_FROM)
    return JobMapping(
        name=_text(name, "name", data.get("name", name))[:60],
        title=_text(name, "title", data.get("title", name)),
        source=_text(name, "source", data.get("source", ""))[:60],
        fields=fields,
        rules=tuple(_rule(name, n, value) for n, value in enumerate(data.get("rules", []), 1)),
        empty=frozenset(fold(str(word)).strip() for word in data.get("empty", DEFAULT_EMPTY)) | {""},
        file=_file(name, file),
        valid_days=_days(name, "validity.days", validity.get("days", 60)),
        counted_from=counted_from,
        longest_days=_days(name, "validity.longest_days", validity.get("longest_days", 180)),
        splits_requirements=requirements == "split",
        digest=sha256(text.encode()).hexdigest(),
    )


def _wrong(name: str, what: str, step: str = "") -> Refused:
    message = _("映射“%(name)s”有错：%(what)s。") % {"name": name, "what": what}
    return Refused("mapping_wrong", message, step or _("请改正映射文件后再试。"), field="mapping")


def _known(name: str, place: str, data: MappingOf[str, Any], known: set[str] | frozenset[str]) -> None:
    for key in data:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            where = f"{place}.{key}" if place else key
            step = (
                _("是不是“%(near)s”？") % {"near": near[0]}
                if near
                else _("可用：%(known)s。") % {"known": "、".join(sorted(known))}
            )
            raise _wrong(name, _("不认识“%(key)s”") % {"key": where}, step)


def _table(name: str, key: str, data: MappingOf[str, Any]) -> dict[str, Any]:
    found = data.get(key, {})
    if not isinstance(found, dict):
        raise _wrong(name, _("“%(key)s”应是一节 [%(key)s]") % {"key": key})
    return found


def _text(name: str, key: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _wrong(name, _("“%(key)s”应是文字") % {"key": key})
    return str(value)


def _days(name: str, key: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 180:
        raise _wrong(name, _("“%(key)s”应是 1 到 180 的整数") % {"key": key})
    return value


def _one_of(name: str, key: str, value: Any, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise _wrong(name, _("“%(key)s”只能是 %(allowed)s") % {"key": key, "allowed": "、".join(allowed)})


def _texts(name: str, key: str, value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(_text(name, key, item) for item in values)


def _file(name: str, file: dict[str, Any]) -> dict[str, Any]:
    clean: dict[str, Any] = {
        key: _text(name, f"file.{key}", value) for key, value in file.items() if key != "header_row"
    }
    clean = {key: "" if value == "auto" else value for key, value in clean.items()}
    if clean.get("encoding"):
        try:
            "".encode(clean["encoding"])
        except LookupError as error:
            raise _wrong(name, _("没有叫“%(name)s”的编码") % {"name": clean["encoding"]}) from error
    if len(clean.get("delimiter", ",") or ",") != 1:
        raise _wrong(name, _("“%(key)s”只能是一个字符") % {"key": "file.delimiter"})
    row = file.get("header_row", 0)
    if isinstance(row, bool) or not isinstance(row, int) or row < 0:
        raise _wrong(name, _("“%(key)s”应是从 1 起的整数") % {"key": "file.header_row"})
    return {**clean, "header_row": row}


def _source(name: str, key: str, value: Any) -> Source:
    if key not in FIELDS:
        _known(name, "fields", {key: value}, frozenset(FIELDS))
    if isinstance(value, str):
        value = {"column": value}
    if not isinstance(value, dict):
        raise _wrong(name, _("“%(key)s”应是列名或一组设置") % {"key": f"fields.{key}"})
    field, place = FIELDS[key], f"fields.{key}"
    _known(name, place, value, field.keys)
    template = _text(name, f"{place}.template", value.get("template", ""))
    columns = [*_texts(name, place, value.get("column", [])), *_texts(name, place, value.get("columns", []))]
    columns += _PLACEHOLDER.findall(template)
    if not columns and "constant" not in value and "default" not in value:
        raise _wrong(
            name, _("“%(key)s”没有写从哪一列来") % {"key": place}, _("请写 column、columns、template 或 constant。")
        )
    for word in ("first", "required"):
        if not isinstance(value.get(word, False), bool):
            raise _wrong(name, _("“%(key)s”只能是 true 或 false") % {"key": f"{place}.{word}"})
    take = value.get("take", 0)
    if isinstance(take, bool) or not isinstance(take, int):
        raise _wrong(name, _("“%(key)s”应是整数，0 是第一段，-1 是最后一段") % {"key": f"{place}.take"})
    _one_of(name, f"{place}.otherwise", value.get("otherwise", "keep"), OTHERWISE)
    return Source(
        name=key,
        columns=tuple(dict.fromkeys(columns)),
        constant=_text(name, f"{place}.constant", value["constant"]) if "constant" in value else None,
        template=template,
        join=_text(
            name,
            f"{place}.join",
            value.get("join", "·" if field.kind == "area" else "\n" if key == "description" else " "),
        ),
        first=value.get("first", False),
        split=_text(name, f"{place}.split", value.get("split", "")),
        take=take,
        match=_pattern(name, f"{place}.match", value.get("match", "")),
        replace=_pairs(name, f"{place}.replace", value.get("replace", [])),
        values=_pairs(name, f"{place}.values", value.get("values", {}), folded=True),
        otherwise=value.get("otherwise", "keep"),
        default=_text(name, f"{place}.default", value.get("default", "")),
        is_optional="default" in value,
        required=value.get("required", False),
        separators=_text(name, f"{place}.separators", value.get("separators", DEFAULT_SEPARATORS)),
        formats=_texts(name, f"{place}.formats", value.get("formats", [])),
        unit=_unit(name, key, value),
        within=_text(name, f"{place}.within", value.get("within", "")),
    )


def _unit(name: str, key: str, value: dict[str, Any]) -> str:
    unit = _text(name, f"fields.{key}.unit", value.get("unit", ""))
    known: MappingOf[str, int] = TIME_UNITS if key.startswith("experience") else PAY_UNITS
    if FIELDS[key].kind == NUMBER and unit and unit not in known:
        _one_of(name, f"fields.{key}.unit", unit, [word for word in known if word])
    return unit


def _pattern(name: str, key: str, value: Any) -> str:
    text = _text(name, key, value)
    try:
        re.compile(text)
    except re.error as error:
        raise _wrong(name, _("“%(key)s”不是正则表达式：%(error)s") % {"key": key, "error": error}) from error
    return text


def _pairs(name: str, key: str, value: Any, *, folded: bool = False) -> tuple[tuple[str, str], ...]:
    pairs = list(value.items()) if isinstance(value, dict) else value
    if not isinstance(pairs, list) or any(not isinstance(p, list | tuple) or len(p) != 2 for p in pairs):
        raise _wrong(name, _("“%(key)s”应是一组“原词 = 新词”") % {"key": key})
    texts = [(_text(name, key, before), _text(name, key, after)) for before, after in pairs]
    return tuple((fold(before).strip() if folded else before, after) for before, after in texts)


def _rule(name: str, number: int, value: Any) -> Rule:
    place = f"rules[{number}]"
    if not isinstance(value, dict):
        raise _wrong(name, _("“%(key)s”应是一组设置") % {"key": place})
    _known(name, place, value, RULE_KEYS)
    if "column" not in value or ("is" in value) == ("matches" in value):
        raise _wrong(name, _("“%(key)s”要有 column，以及 is 或 matches 之一") % {"key": place})
    _one_of(name, f"{place}.then", value.get("then"), THEN)
    return Rule(
        column=_text(name, f"{place}.column", value["column"]),
        words=frozenset(fold(word).strip() for word in _texts(name, f"{place}.is", value.get("is", []))),
        pattern=_pattern(name, f"{place}.matches", value.get("matches", "")),
        then=value["then"],
        reason=_text(name, f"{place}.reason", value.get("reason", ""))[:200],
    )


def _check_fields(name: str, fields: dict[str, Source]) -> None:
    if "title" not in fields:
        raise _wrong(name, _("没有 fields.title（岗位名称从哪一列来）"))
    if "pay" in fields and {"pay_min", "pay_max"} & set(fields):
        raise _wrong(name, _("fields.pay 和 fields.pay_min、fields.pay_max 只能写一种"))
    for key, table in (("pay_per", PAY_PERIODS), ("pay_unit", PAY_UNITS)):
        source = fields.get(key)
        if source is not None and source.constant is not None and source.constant not in table:
            _one_of(name, f"fields.{key}.constant", source.constant, [word for word in table if word])
