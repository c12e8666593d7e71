"""Write, publish and close calls."""

from datetime import date, datetime, timedelta
from importlib import resources
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.engines.rules.civil import from_days, shift, to_days
from taihu.records.audit.actions import record
from taihu.records.base.clock import city_date
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.language import language
from taihu.records.cases.queries.procedures import list_procedures
from taihu.records.identity.enums import UnitKind
from taihu.records.identity.models import Account, Unit
from taihu.systems.policies.call_files import CallError, read_call
from taihu.systems.policies.editing.plain import read_plain, write_text
from taihu.systems.policies.enums import CallState, WindowShape
from taihu.systems.policies.models import Call, Track
from taihu.systems.policies.permissions import can_edit_calls

EXAMPLES = resources.files("taihu.systems.policies") / "data" / "calls"


def example_calls() -> dict[str, str]:
    files = sorted((item for item in EXAMPLES.iterdir() if item.name.endswith(".yaml")), key=lambda item: item.name)
    return {item.name: item.read_text(encoding="utf-8") for item in files}


def _require_editor(acting_user: Account | None, at: datetime) -> None:
    if acting_user is not None and not can_edit_calls(acting_user, at=at):
        raise NotAllowed("not_officer", _("只有经办人员可以编写申报通知。"))


@transaction.atomic
def save_call(
    *, acting_user: Account | None, at: datetime, source: str, office: Unit, call: Call | None = None
) -> Call:
    """Read a call from its file and keep it as a draft. A published one with applications keeps its tracks' codes."""
    _require_editor(acting_user, at)
    try:
        found = read_call(source)
    except CallError as error:
        problems = error.problems
        raise Refused(
            "call_file", error.text(language()), _("请按提示修改。"), field="source", problems=problems
        ) from None
    tracks = found.pop("tracks")
    _refuse_unknown_procedures(tracks)
    _refuse_taken(found["code"], call)
    kept = call or Call(created_by=acting_user, created_at=at, office_unit=office)
    for name, value in found.items():
        setattr(kept, name, value)
    kept.source = source
    kept.save()
    _save_tracks(kept, tracks)
    record(at=at, acting_user=acting_user, action="policies.save_call", subject=kept, data={"tracks": len(tracks)})
    return kept


def copy_call(*, acting_user: Account, at: datetime, call: Call, code: str, office: Unit) -> Call:
    """A draft for this year from a call of another year: same tracks, forms and materials, its days moved by whole years."""
    return save_call(acting_user=acting_user, at=at, source=_of_this_year(call, code, at), office=office)


def _of_this_year(call: Call, code: str, at: datetime) -> str:
    document = read_plain(call.source, "call.yaml")
    document["call"] = code
    document.pop("example", None)
    began = call.opens_at or call.closes_at
    if began is not None and document["window"]["shape"] == WindowShape.FIXED:
        years = max(1, city_date(at).year - city_date(began).year)
        for holder, keys in (
            (document["window"], ("from", "to")),
            *((item, ("closes",)) for item in document["tracks"]),
        ):
            for key in keys:
                if holder.get(key):
                    holder[key] = _later(holder[key], years)
    return write_text(document)


def _later(moment: str, years: int) -> str:
    """A day, or a day and an hour, some years on; 29 February becomes the 28th."""
    day, rest = date.fromisoformat(moment[:10]), moment[10:]
    return from_days(shift(to_days(day), 12 * years)).isoformat() + rest


def _refuse_unknown_procedures(tracks: list[dict[str, Any]]) -> None:
    wanted = {track["procedure"] for track in tracks}
    known = set(list_procedures().values_list("slug", flat=True))
    for slug in sorted(wanted - known):
        raise Refused(
            "no_procedure", _("没有载入流程“%(slug)s”。") % {"slug": slug}, _("请先载入流程。"), field="source"
        )


def _refuse_taken(code: str, call: Call | None) -> None:
    rows = Call.objects.filter(code=code)
    if (rows.exclude(pk=call.pk) if call is not None else rows).exists():
        raise Refused("call_exists", _("已有编号为“%(code)s”的申报。") % {"code": code}, field="source")


def _save_tracks(call: Call, tracks: list[dict[str, Any]]) -> None:
    codes = [track["code"] for track in tracks]
    gone = call.tracks.exclude(code__in=codes)
    if used := gone.filter(applications__isnull=False).first():
        raise Refused("track_used", _("类别“%(track)s”已有人申报，不能删除。") % {"track": used}, field="source")
    gone.delete()
    units = {unit.code: unit for unit in Unit.objects.filter(kind=UnitKind.DEPARTMENT)}
    for position, track in enumerate(tracks):
        values = dict(track)
        code, unit = values.pop("code"), values.pop("unit")
        values["department_unit"] = units.get(unit) or units.get(f"{call.office_unit.area_code}-{unit}")
        Track.objects.update_or_create(call=call, code=code, defaults={**values, "position": position})


@transaction.atomic
def publish_call(*, acting_user: Account | None, at: datetime, call: Call) -> Call:
    _require_editor(acting_user, at)
    if not Call.objects.filter(pk=call.pk, state=CallState.DRAFT).update(
        state=CallState.PUBLISHED, published_at=at, published_by=acting_user
    ):
        raise Refused("not_a_draft", _("只有草稿可以发布。"))
    call.refresh_from_db()
    record(at=at, acting_user=acting_user, action="policies.publish_call", subject=call)
    return call


@transaction.atomic
def close_call(*, acting_user: Account, at: datetime, call: Call, reason: str) -> Call:
    """Stop taking applications before the time, with a reason; what was handed in goes on."""
    _require_editor(acting_user, at)
    if not reason.strip():
        raise Refused("reason", _("请写明原因。"), field="reason")
    if not Call.objects.filter(pk=call.pk, state=CallState.PUBLISHED).update(state=CallState.CLOSED):
        raise Refused("not_published", _("只有已发布的申报可以截止。"))
    call.refresh_from_db()
    record(at=at, acting_user=acting_user, action="policies.close_call", subject=call, data={"reason": reason.strip()})
    return call


@transaction.atomic
def extend_call(*, acting_user: Account, at: datetime, call: Call, closes_at: datetime) -> Call:
    """Give more time, openly: the day that was published before stays in the log."""
    _require_editor(acting_user, at)
    if call.closes_at is None or closes_at <= call.closes_at:
        raise Refused("not_longer", _("新的截止时间要晚于原来的。"), field="closes_at")
    if closes_at > at + timedelta(days=3 * 366):
        raise Refused("too_far", _("截止时间太远。"), field="closes_at")
    data = {"before": call.closes_at.isoformat(), "after": closes_at.isoformat()}
    call.closes_at = closes_at
    if call.state == CallState.CLOSED:
        call.state = CallState.PUBLISHED
    call.save(update_fields=["closes_at", "state"])
    record(at=at, acting_user=acting_user, action="policies.extend_call", subject=call, data=data)
    return call


def load_example_calls(*, at: datetime, office: Unit) -> list[Call]:
    """The calls that ship as dated examples, published; what is here already stays."""
    made = []
    for text in example_calls().values():
        code = read_call(text)["code"]
        if not Call.objects.filter(code=code).exists():
            made.append(
                publish_call(
                    acting_user=None, at=at, call=save_call(acting_user=None, at=at, source=text, office=office)
                )
            )
    return made
