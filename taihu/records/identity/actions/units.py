"""The public bodies of the city: the city itself, its districts and zones, departments, towns (单位)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.identity.enums import Role, UnitKind
from taihu.records.identity.models import Account, Unit
from taihu.records.identity.permissions import has_role
from taihu.records.taxonomy.enums import Kind
from taihu.records.taxonomy.queries import ancestors, is_code

_CODE = re.compile(r"[0-9A-Za-z]+(-[0-9A-Za-z]+)*")


@dataclass(frozen=True)
class UnitRow:
    """What is said of a unit; `parent` is the code of the unit above it, empty for the city alone."""

    code: str
    name: str
    kind: str
    area_code: str
    parent: str = ""
    name_en: str = ""


@transaction.atomic
def save_unit(*, acting_user: Account | None, row: UnitRow, at: datetime) -> Unit:
    """Make a unit, or change the one that has the code; by a system administrator, None is the console."""
    if acting_user is not None and not has_role(acting_user, Role.ADMINISTRATOR, at=at):
        raise NotAllowed("not_administrator", _("只有系统管理员可以管理单位。"))
    unit = Unit.objects.select_for_update().filter(code=row.code).first()
    parent = _check(row, unit)
    values = {
        "name": row.name.strip(),
        "name_en": row.name_en.strip(),
        "kind": row.kind,
        "area_code": row.area_code,
        "parent": parent,
    }
    if unit is not None and all(getattr(unit, name) == value for name, value in values.items()):
        return unit
    before = _told(unit) if unit is not None else None
    unit, _made = Unit.objects.update_or_create(code=row.code, defaults=values)
    data = {"before": before, "after": _told(unit)}
    record(at=at, acting_user=acting_user, action="identity.save_unit", subject=unit, data=data)
    return unit


@transaction.atomic
def save_units(*, acting_user: Account | None, rows: Iterable[tuple[int, UnitRow]], at: datetime) -> int:
    """Save many, those above before those below, all or none; a refusal names the row. Returns how many there are."""
    count = 0
    for number, row in rows:
        try:
            save_unit(acting_user=acting_user, row=row, at=at)
        except Refused as refused:
            words = _("第 %(n)d 行：%(why)s") % {"n": number, "why": refused.message}
            raise Refused(refused.code, words, refused.next_step, row=number) from refused
        count += 1
    return count


def _check(row: UnitRow, unit: Unit | None) -> Unit | None:
    """The unit above, after every rule that a unit must keep."""
    if not _CODE.fullmatch(row.code):
        raise Refused("unit_code", _("代码只含字母、数字和连字符。"), field="code")
    if not row.name.strip():
        raise Refused("unit_name", _("单位没有名称。"), field="name")
    if row.kind not in UnitKind.values:
        kinds = "、".join(UnitKind.values)
        raise Refused("unit_kind", _("没有“%(kind)s”这一类。") % {"kind": row.kind}, kinds, field="kind")
    if not is_code(Kind.AREA, row.area_code):
        raise Refused("unit_area", _("“%(area)s”不是行政区划代码。") % {"area": row.area_code}, field="area_code")
    if row.kind == UnitKind.CITY:
        _check_city(row)
        return None
    parent = Unit.objects.filter(code=row.parent).first()
    if parent is None:
        step = _("请先建上级单位；只有市本级没有上级。")
        raise Refused("no_parent", _("没有代码为“%(code)s”的上级单位。") % {"code": row.parent}, step, field="parent")
    if parent.area_code not in ancestors(Kind.AREA, row.area_code, include_self=True):
        raise Refused("outside", _("单位的区划不在上级单位的区划之内。"), field="area_code")
    if unit is not None and unit.pk in _line(parent):
        raise Refused("circle", _("一个单位不能归自己或自己的下级管。"), field="parent")
    return parent


def _check_city(row: UnitRow) -> None:
    if row.parent:
        raise Refused("city_parent", _("市本级没有上级单位。"), field="parent")
    if Unit.objects.filter(kind=UnitKind.CITY).exclude(code=row.code).exists():
        raise Refused("second_city", _("一套系统只有一个市本级。"), field="kind")


def _line(unit: Unit) -> set[int]:
    """A unit and everything above it."""
    found: set[int] = set()
    place: Unit | None = unit
    while place is not None and place.pk not in found:
        found.add(place.pk)
        place = place.parent
    return found


def _told(unit: Unit) -> dict[str, str]:
    parent = unit.parent.code if unit.parent else ""
    return {"name": unit.name, "kind": str(unit.kind), "area": unit.area_code, "parent": parent}
