"""Forms for facts and records, made from the rules' catalogue."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from taihu.engines.rules.catalogue import FactType, RecordType
from taihu.engines.rules.kinds import Kind
from taihu.engines.rules.tree import Compare, Expr, Fact, FactAt, Field, Literal, Lookup, Member, Policy
from taihu.engines.rules.walking import expressions, walk
from taihu.records.base.language import language

YES_NO = [("true", gettext_lazy("是")), ("false", gettext_lazy("否"))]
Named = tuple[str, str]


def code_choices(policy: Policy) -> dict[Named, list[str]]:
    """The codes that a policy asks for, by ("", fact) or (record, field): what a person chooses from.

    Codes of long official lists (areas, universities) are typed instead.
    """
    found: dict[Named, list[str]] = {}
    for top in expressions(policy):
        for expr in walk(top):
            for name, code in _codes(expr):
                found.setdefault(name, [])
                if code not in found[name]:
                    found[name].append(code)
    for table in policy.tables:
        codes = [key for keys, _value in table.rows for key in keys if isinstance(key, str)]
        for named in _keys_of(policy, table.name):
            mine = found.setdefault(named, [])
            mine += [code for code in codes if code not in mine]
    return found


def _keys_of(policy: Policy, table: str) -> Iterator[Named]:
    for top in expressions(policy):
        for expr in walk(top):
            if isinstance(expr, Lookup) and expr.table == table:
                yield from (name for item in expr.keys if (name := _name(item)) is not None)


def _codes(expr: Expr) -> Iterator[tuple[Named, str]]:
    if isinstance(expr, Compare):
        for side, other in ((expr.left, expr.right), (expr.right, expr.left)):
            name = _name(side)
            if name and isinstance(other, Literal) and isinstance(other.value, str):
                yield name, other.value
    elif isinstance(expr, Member):
        name = _name(expr.item)
        if name:
            yield from ((name, value) for value in expr.values if isinstance(value, str))


def _name(expr: Expr) -> Named | None:
    if isinstance(expr, Fact | FactAt):
        return "", expr.name
    return (expr.record, expr.name) if isinstance(expr, Field) else None


def fields_read(policy: Policy, record: str) -> list[str]:
    """The fields of a kind of record that a policy looks at."""
    found = [e.name for top in expressions(policy) for e in walk(top) if isinstance(e, Field) and e.record == record]
    return list(dict.fromkeys(found))


def field_for(fact: FactType, *, codes: Iterable[str] = (), required: bool = False) -> forms.Field:
    """A form field for one value; its cleaned value is what `stored_value` takes."""
    label = fact.label.say(language())
    kind = fact.type.kind
    common: dict[str, Any] = {"label": label, "required": required}
    if kind is Kind.BOOL:
        return forms.ChoiceField(choices=YES_NO, widget=forms.RadioSelect, **common)
    if kind is Kind.ENUM:
        labels = [words.say(language()) for words in fact.value_labels] or list(fact.type.values)
        return forms.ChoiceField(choices=[("", "—"), *zip(fact.type.values, labels, strict=True)], **common)
    if kind is Kind.DATE:
        return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **common)
    if kind is Kind.MONEY:
        return YuanField(**common, max_value=fact.type.high // 100, min_value=0)
    if kind is Kind.DECIMAL:
        hint = _("写成小数，如 0.2 表示 20%")
        return DecimalText(**common, help_text=hint, min_value=0, max_digits=12, decimal_places=4)
    if kind is Kind.INT:
        return forms.IntegerField(min_value=fact.type.low, max_value=fact.type.high, **common)
    chosen = list(codes)
    if chosen:
        pairs = [("", "—"), *((code, code) for code in chosen), (OTHER, _("其他"))]
        return forms.ChoiceField(choices=pairs, **common)
    return forms.CharField(max_length=60, **common)


OTHER = "other"


class YuanField(forms.IntegerField):
    """Whole yuan in, fen out."""

    def __init__(self, **options: Any) -> None:
        options["label"] = _("%(label)s（元）") % {"label": options["label"]}
        super().__init__(**options)

    def clean(self, value: Any) -> Any:
        found = super().clean(value)
        return None if found is None else found * 100


class DecimalText(forms.DecimalField):
    def clean(self, value: Any) -> Any:
        found = super().clean(value)
        return None if found is None else format(found, "f")


class FactForm(forms.Form):
    """One fact with one value."""

    name = ""

    def __init__(self, *args: Any, fact: FactType, codes: Iterable[str] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["value"] = field_for(fact, codes=codes, required=True)
        if fact.question is not None:
            self.fields["value"].label = fact.question.say(language())


class RecordForm(forms.Form):
    """One record of a kind; every field may be left open."""

    name = ""

    def __init__(
        self,
        *args: Any,
        kind: RecordType,
        only: Iterable[str] | None = None,
        codes: Mapping[Named, list[str]] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.kind = kind
        names = [name for name in kind.fields if only is None or name in set(only)]
        if kind.span and only is not None:
            names += [name for name in kind.span if name not in names]
        for name in names:
            self.fields[name] = field_for(kind.fields[name], codes=(codes or {}).get((kind.name, name), ()))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.kind.span:
            start, end = (data.get(name) for name in self.kind.span)
            if start and end and end < start:
                self.add_error(self.kind.span[1], _("结束日期早于开始日期。"))
        return data

    @property
    def record(self) -> dict[str, Any]:
        """The fields that were filled in, in natural form."""
        return {
            name: value.isoformat() if hasattr(value, "isoformat") else value
            for name, value in self.cleaned_data.items()
            if value not in (None, "")
        }
