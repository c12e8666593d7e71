"""What stands between one person and a condition, in sentences: the values compared, what is short, what to do next."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from .catalogue import RecordType
from .civil import from_days
from .kinds import OPEN_DATE, Kind
from .people import Record
from .phrases import OPPOSITE, Brief, Phrases, agreeing, is_age
from .reader import Reader
from .results import Reading
from .tree import Aggregate, Call, Compare, Defined, Expr, Field, Literal, Logic, Not

#: More alternatives than this are not gone through one by one: the requirement names them already.
MOST = 3
_SHOWN_RECORDS = 3
_SHOULD = {
    "ge": ("应不小于", "at least"),
    "gt": ("应大于", "more than"),
    "le": ("应不大于", "at most"),
    "lt": ("应小于", "less than"),
}
#: A noun that long reads like a formula; the value alone says more.
_LONGEST_NOUN = {"zh": 60, "en": 150}
_UNITS = {"years": ("年", "years"), "months": ("个月", "months"), "days": ("天", "days")}
_MONTHS = ("months_covered", "months_run", "longest_run")


class Gaps:
    """Sentences about one person; nouns come from `phrases`, values from `reader`."""

    def __init__(self, phrases: Brief, reader: Reader) -> None:
        self.phrases = phrases
        self.reader = reader
        self.pick = phrases.pick

    def gap(self, test: Expr, *, wanted: bool = True) -> str:
        """Why a test is not as it should be; "" where the values read say it already."""
        found = [self._atom(expr, holds) for expr, holds in self._blamed(test, wanted)]
        said = list(dict.fromkeys(text for text in found if text))
        return self.pick("", " ").join(said) if len(said) <= MOST else ""

    def _blamed(self, expr: Expr, wanted: bool) -> Iterator[tuple[Expr, bool]]:
        """The smallest conditions that are false (with what was wanted of each)."""
        while isinstance(expr, Defined | Not):
            wanted = wanted is not isinstance(expr, Not)
            expr = expr.item
        truth = self.reader.truth(expr)
        if truth is None or truth is wanted:
            return
        if isinstance(expr, Logic):
            for item in expr.items:
                yield from self._blamed(item, wanted)
        else:
            yield expr, wanted

    def _atom(self, expr: Expr, wanted: bool) -> str:
        if isinstance(expr, Compare):
            return self._compared(expr, expr.op if wanted else OPPOSITE[expr.op])
        if isinstance(expr, Aggregate) and expr.name == "any":
            return self._records(expr, wanted)
        return ""

    def _compared(self, expr: Compare, op: str) -> str:
        sides = [_unwrapped(item) for item in (expr.left, expr.right)]
        if sides[0].type.kind is Kind.DATE:
            return self._sentence(self._side(item) for item in sides if not isinstance(item, Literal))
        if sides[0].type.kind not in (Kind.INT, Kind.DECIMAL, Kind.MONEY):
            return ""
        if isinstance(sides[0], Literal):
            sides, op = sides[::-1], {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le"}.get(op, op)
        have, need = (self.reader.value(item) for item in sides)
        wanted = self._wanted(sides[0], op, need)
        if len(self.phrases.say(sides[0])) > _LONGEST_NOUN[self.phrases.language]:
            value = self.phrases.value(sides[0], have)
            zh, en = _unit(sides[0])
            return self._sentence(
                [
                    self.pick(f"算得{value}{zh}", f"it comes to {value}{en}"),
                    wanted or self._difference(sides[0], op, have, need),
                ]
            )
        return self._sentence([self._side(sides[0]), wanted or self._difference(sides[0], op, have, need)])

    def _wanted(self, expr: Expr, op: str, need: int) -> str:
        """What it should be, where a difference says less."""
        zh, en = _unit(expr)
        value = self.phrases.value(expr, need)
        if op == "eq":
            return self.pick(f"应为{value}{zh}", f"should be {value}{en}")
        if op == "ne":
            return self.pick(f"不应为{value}{zh}", f"should not be {value}{en}")
        is_calendar = isinstance(expr, Call) and expr.name in ("year", "month")
        if is_calendar or (expr.type.kind is Kind.MONEY and op in ("gt", "lt")):
            zh_should, en_should = _SHOULD[op]
            return self.pick(f"{zh_should}{value}{zh}", f"should be {en_should} {value}{en}")
        return ""

    def _side(self, expr: Expr) -> str:
        noun, value = self.phrases.say(expr), self.phrases.value(expr, self.reader.value(expr))
        zh, en = _unit(expr)
        return self.pick(f"{noun}是{value}{zh}", f"{noun} {agreeing('is', noun)} {value}{en}")

    def _difference(self, expr: Expr, op: str, have: int, need: int) -> str:
        step = 0 if expr.type.kind is Kind.DECIMAL else 1
        short = {"ge": need - have, "gt": need - have + step}.get(op)
        over = {"le": have - need, "lt": have - need + step}.get(op)
        amount = short if short is not None else over
        if amount is None or amount <= 0:
            return ""
        zh, en = _unit(expr)
        value = self.phrases.value(expr, amount)
        en = en.removesuffix("s") if amount == 1 else en
        if short is not None:
            return self.pick(f"还差{value}{zh}", f"{value}{en} short")
        return self.pick(f"超出{value}{zh}", f"{value}{en} above the limit")

    def _records(self, expr: Aggregate, wanted: bool) -> str:
        kind = self.reader.catalogue.records[expr.record]
        label = kind.label.say(self.phrases.language)
        records = self.reader.person.records.get(expr.record, ())
        if wanted:
            if not records:
                return self.pick(f"没有查到{label}。", f"Nothing was found under “{label}”.")
            count = len(records)
            zh = "不符合要求" if count == 1 else "没有一条符合要求"
            en = "it does not fit" if count == 1 else "none of them fits"
            return self.pick(f"查到{count}条{label}，{zh}。", f"Found under “{label}”: {count}; {en}.")
        matching = self.matching(expr, records)
        return self.pick(
            f"查到这样的{label}{len(matching)}条。", f"Found under “{label}” as described: {len(matching)}."
        )

    def matching(self, expr: Aggregate, records: Sequence[Record]) -> list[Record]:
        """The records that an aggregate counts."""
        return [item for item in records if self._matches(expr, item)]

    def _matches(self, expr: Aggregate, record: Record) -> bool:
        outer = self.reader.record
        self.reader.record = record
        try:
            return expr.where is None or self.reader.truth(expr.where) is True
        finally:
            self.reader.record = outer

    def _sentence(self, parts: Iterator[str] | Sequence[str]) -> str:
        text = self.pick("，", "; ").join(part for part in parts if part)
        return self.pick(f"{text}。", f"{text[:1].upper()}{text[1:]}.") if text else ""

    def missing(self, readings: Sequence[Reading], names: Collection[str]) -> str:
        """What is not known, and who would have to say it."""
        unknown = [item for item in readings if item.fact in names]
        if not unknown:
            return ""
        names = [
            item.label + (self.pick(f"（由{item.source}提供）", f" (from {item.source})") if item.source else "")
            for item in unknown
        ]
        return self.pick(f"还不知道：{'、'.join(names)}。", f"Not known yet: {', '.join(names)}.")

    def advice(self, state: str, evidence: Sequence[str], date: str) -> str:
        """What to do next about a condition that does not hold."""
        if state == "unknown":
            if evidence:
                papers = self.pick("、", ", ").join(evidence)
                return self.pick(f"申报时请提交：{papers}。", f"Hand in with your application: {papers}.")
            return self.pick(
                "部门答复以后会自动核对；也可以自己补充，由工作人员核实。",
                "It is checked again when the department answers; you can also add it yourself, and it will be verified.",
            )
        if date:
            return self.pick(
                f"情况不变的话，{date}起符合，到那天再申报。", f"If nothing changes it is met from {date}: apply then."
            )
        return self.pick(
            "情况不变就不会符合。情况变了再来看；资料不对的，可以申请更正。",
            "It will not be met while nothing changes. Come back when something does, or ask to correct what is wrong.",
        )


def record_lines(phrases: Phrases, kind: RecordType, records: Sequence[Record], fields: Sequence[str]) -> str:
    """The first records on one line, with the fields that matter."""
    if not records:
        return phrases.pick("没有记录", "no record")
    shown = [record_text(phrases, kind, item, fields) for item in records[:_SHOWN_RECORDS]]
    text = phrases.pick("；", "; ").join(shown)
    more = len(records) - len(shown)
    return text + (phrases.pick(f"；另有{more}条", f"; {more} more") if more > 0 else "")


def record_text(phrases: Phrases, kind: RecordType, record: Record, fields: Sequence[str]) -> str:
    """One record: 学士，毕业证日期2022-06-30，未写明学位证日期."""
    language, catalogue = phrases.language, phrases.reader.catalogue
    said = []
    for name in fields:
        fact, value = kind.fields[name], record.values.get(name)
        label = fact.label.say(language)
        if value is None:
            said.append(phrases.pick(f"{label}没有写明", f"{label} not stated"))
        elif fact.type.kind is Kind.BOOL:
            said.append(label if value else phrases.pick(f"不是“{label}”", f"not “{label}”"))
        elif fact.type.kind in (Kind.ENUM, Kind.CODE):
            said.append(catalogue.said(fact, value, language))
        elif name not in kind.span:
            said.append(
                phrases.pick(
                    f"{label}{catalogue.said(fact, value, language)}",
                    f"{label} {catalogue.said(fact, value, language)}",
                )
            )
    if kind.span:
        said.append(_period(phrases, record, kind.span[0], kind.span[1]))
    return phrases.pick("，", ", ").join(said) or phrases.pick("有记录", "on record")


def _period(phrases: Phrases, record: Record, first: str, last: str) -> str:
    start, end = record.values.get(first), record.values.get(last, OPEN_DATE)
    begin = from_days(int(start)).isoformat() if start is not None else phrases.pick("？", "?")
    if int(end) >= OPEN_DATE:
        return phrases.pick(f"{begin}至今", f"since {begin}")
    return phrases.pick(f"{begin}至{from_days(int(end)).isoformat()}", f"{begin} to {from_days(int(end)).isoformat()}")


def fields_read(reads: Sequence[Expr], record: str) -> list[str]:
    """The fields of a kind of record that expressions read, each once."""
    return list(dict.fromkeys(item.name for item in reads if isinstance(item, Field) and item.record == record))


def _unit(expr: Expr) -> tuple[str, str]:
    if is_age(expr):
        return "周岁", ""
    if isinstance(expr, Call) and expr.name in _UNITS:
        zh, en = _UNITS[expr.name]
        return zh, f" {en}"
    if isinstance(expr, Aggregate):
        if expr.name in _MONTHS:
            return "个月", " months"
        if expr.name == "days_covered":
            return "天", " days"
        if expr.name == "count":
            return "条", ""
    return "", ""


def _unwrapped(expr: Expr) -> Expr:
    while isinstance(expr, Defined):
        expr = expr.item
    return expr
