"""What may be known of a person or an organisation: a registry that systems extend."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from taihu.records.base.errors import Refused

TEXT, INTEGER, MONEY, BOOLEAN, DATE, PEOPLE = "text", "integer", "money", "boolean", "date", "people"
PERSON, ORGANISATION = "person", "organisation"
TRUE_WORDS, FALSE_WORDS = {"1", "true", "yes", "是", "有"}, {"0", "false", "no", "否", "无"}


@dataclass(frozen=True)
class Property:
    """`kind` is one of the types above; money is whole fen. `is_single`: one value at a time. `may_be_future`: known ahead."""

    name: str
    subject: str
    kind: str
    label: str | Promise
    unit: str | Promise = ""
    is_single: bool = True
    may_be_future: bool = False

    def check(self, value: Any) -> Any:
        """The value as it is stored, or a refusal that says what is expected."""
        try:
            return _READERS[self.kind](value)
        except (TypeError, ValueError) as error:
            raise Refused(
                "fact_value",
                _("“%(value)s”不能作为“%(label)s”的值。") % {"value": str(value)[:40], "label": self.label},
                _("请填写%(kind)s。") % {"kind": _KIND_WORDS[self.kind]},
                field="value",
            ) from error


def _text(value: Any) -> str:
    text = str(value).strip()
    if not text or len(text) > 200:
        raise ValueError(text)
    return text


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not re.fullmatch(r"-?\d{1,18}", str(value).strip()):
        raise ValueError(value)
    return int(str(value).strip())


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word not in TRUE_WORDS | FALSE_WORDS:
        raise ValueError(value)
    return word in TRUE_WORDS


def _date(value: Any) -> str:
    return (value if isinstance(value, date) else date.fromisoformat(str(value).strip())).isoformat()


def _people(value: Any) -> list[int]:
    """Numbers of people's records, ascending."""
    items = value if isinstance(value, list) else re.split(r"[\s,;、]+", str(value).strip())
    return sorted({_integer(item) for item in items if item != ""})


_READERS = {TEXT: _text, INTEGER: _integer, MONEY: _integer, BOOLEAN: _boolean, DATE: _date, PEOPLE: _people}
_KIND_WORDS: dict[str, str | Promise] = {
    TEXT: gettext_lazy("200 字以内的文字"),
    INTEGER: gettext_lazy("整数"),
    MONEY: gettext_lazy("以分为单位的整数"),
    BOOLEAN: gettext_lazy("“是”或“否”"),
    DATE: gettext_lazy("日期，如 2026-03-10"),
    PEOPLE: gettext_lazy("人员编号，用逗号分开"),
}
_properties: dict[str, Property] = {}
_resolvers: list[Callable[[str], Property | None]] = []


def register_property(item: Property) -> Property:
    if _properties.setdefault(item.name, item) != item:
        raise ValueError(f"property {item.name!r} is registered twice with different meanings")
    return item


def register_resolver(find: Callable[[str], Property | None]) -> None:
    """Names that are not known when the program starts, such as a fact that one policy declares for itself."""
    if find not in _resolvers:
        _resolvers.append(find)


def property_named(name: str) -> Property:
    found = _properties.get(name) or next(filter(None, (find(name) for find in _resolvers)), None)
    if found is None:
        raise Refused("unknown_property", _("没有登记过“%(name)s”这种事实。") % {"name": name}, field="property")
    return found


def all_properties() -> list[Property]:
    return [_properties[name] for name in sorted(_properties)]


# Whose staff a person is by social insurance: the value is the employer's credit code.
INSURED_BY = register_property(Property("insured_by", PERSON, TEXT, gettext_lazy("社保参保单位")))
EDUCATION = register_property(Property("education", PERSON, TEXT, gettext_lazy("最高学历")))
CERTIFICATE = register_property(
    Property("certificate", PERSON, TEXT, gettext_lazy("职业资格或技能证书"), is_single=False)
)
TAXED_INCOME = register_property(
    Property("taxed_income", PERSON, MONEY, gettext_lazy("年度应税收入"), gettext_lazy("分"))
)
INSURED_STAFF = register_property(
    Property("insured_staff", ORGANISATION, INTEGER, gettext_lazy("参保人数"), gettext_lazy("人"))
)
LICENCE_VALID = register_property(
    Property("licence_valid", ORGANISATION, BOOLEAN, gettext_lazy("许可有效"), may_be_future=True)
)
# The other members of a person's household, as the registers of households and marriages answer.
HOUSEHOLD = register_property(Property("household", PERSON, PEOPLE, gettext_lazy("家庭成员")))
