"""Write, publish, correct, extend and close calls."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from importlib import resources
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.engines.rules.civil import from_days, shift, to_days
from taihu.records.audit.actions import record
from taihu.records.base.clock import CITY_ZONE, city_date
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.identity.models import Account, Unit
from taihu.systems.policies.call_checks import checked_call, units_by_code
from taihu.systems.policies.call_files import read_call
from taihu.systems.policies.editing.plain import Plain, read_plain, value_at, write_text
from taihu.systems.policies.enums import CallChangeKind, CallState, WindowShape
from taihu.systems.policies.models import Call, CallChange, CallText, Track
from taihu.systems.policies.permissions import can_edit_calls, can_edit_calls_of
from taihu.systems.policies.rulebook import text_digest

EXAMPLES = resources.files("taihu.systems.policies") / "data" / "calls"
#: The order in which a call is written.
ORDER = ("call", "title", "programme", "document", "example", "summary", "window", "fields", "attachments", "tracks")
MAX_REASON = 500
FARTHEST = timedelta(days=3 * 366)


def example_calls() -> dict[str, str]:
    files = sorted((item for item in EXAMPLES.iterdir() if item.name.endswith(".yaml")), key=lambda item: item.name)
    return {item.name: item.read_text(encoding="utf-8") for item in files}


def require_editor(acting_user: Account | None, office: Unit, at: datetime) -> None:
    """Only officers of the office that leads a call change it; what ships is loaded by nobody."""
    if acting_user is None:
        return
    if not can_edit_calls(acting_user, at=at):
        raise NotAllowed("not_officer", _("只有经办人员可以编写申报通知。"))
    if not can_edit_calls_of(acting_user, office, at=at):
        raise NotAllowed(
            "other_office", _("这份申报通知由%(office)s牵头。") % {"office": office}, _("请联系该单位的经办人员。")
        )


@transaction.atomic
def save_call(
    *, acting_user: Account | None, at: datetime, source: str, office: Unit, call: Call | None = None
) -> Call:
    """Read a call from its text and keep it as a draft, new or again."""
    require_editor(acting_user, call.office_unit if call else office, at)
    if call is not None and call.state != CallState.DRAFT:
        raise Refused("not_a_draft", _("已发布的申报不能直接修改。"), _("请发布更正公告。"), field="text")
    found = checked_call(source, office=office, call=call)
    kept = call or Call(created_by=acting_user, created_at=at, office_unit=office)
    _apply(kept, found, source)
    data = {"tracks": len(found["tracks"]), "digest": text_digest(source)}
    record(at=at, acting_user=acting_user, action="policies.save_call", subject=kept, data=data)
    return kept


def _apply(call: Call, found: dict[str, Any], source: str) -> None:
    for name, value in found.items():
        if name != "tracks":
            setattr(call, name, value)
    call.source = source
    call.save()
    call.tracks.exclude(code__in=[track["code"] for track in found["tracks"]]).delete()
    units = units_by_code(call.office_unit)
    for position, track in enumerate(found["tracks"]):
        Track.objects.update_or_create(
            call=call, code=track["code"], defaults=track_values(track, units) | {"position": position}
        )


def track_values(track: dict[str, Any], units: Mapping[str, Unit]) -> dict[str, Any]:
    """A track of a text as its row holds it, without its code."""
    values = {name: value for name, value in track.items() if name not in ("code", "unit")}
    return values | {"department_unit": units.get(track["unit"])}


def start_call(
    *,
    acting_user: Account,
    at: datetime,
    office: Unit,
    code: str,
    title: str,
    programme: str,
    document: str,
    procedure: str,
    opens_on: date,
    closes_on: date,
) -> Call:
    """A draft with a head, a window and one track: the smallest text that loads."""
    skeleton = {
        "call": code,
        "title": title,
        "programme": programme,
        "document": document,
        "window": {"shape": "fixed", "from": opens_on.isoformat(), "to": closes_on.isoformat()},
        "tracks": [{"code": "track1", "name": title, "procedure": procedure}],
    }
    return save_call(acting_user=acting_user, at=at, source=write_call(skeleton), office=office)


def copy_call(*, acting_user: Account, at: datetime, call: Call, code: str, office: Unit) -> Call:
    """A draft for this year from a call of another year: same tracks, forms and materials, its days moved by whole years."""
    return save_call(acting_user=acting_user, at=at, source=_of_this_year(call, code, at), office=office)


def write_call(document: dict[str, Plain]) -> str:
    """The values of a call as text, in the order in which calls are written."""
    return write_text(document, ORDER)


def _of_this_year(call: Call, code: str, at: datetime) -> str:
    document = read_plain(call.source, "call.yaml")
    document["call"] = code
    document.pop("example", None)
    began = call.opens_at or call.closes_at
    if began is not None and call.window == WindowShape.FIXED:
        years = max(1, city_date(at).year - city_date(began).year)
        window = document["window"]
        for holder in (window, *window.get("periods", ()), *document["tracks"]):
            for key in ("from", "to", "closes"):
                if holder.get(key):
                    holder[key] = _later(holder[key], years)
    return write_call(document)


def _later(moment: str, years: int) -> str:
    """A day, or a day and an hour, some years on; 29 February becomes the 28th."""
    day, rest = date.fromisoformat(moment[:10]), moment[10:]
    return from_days(shift(to_days(day), 12 * years)).isoformat() + rest


@transaction.atomic
def publish_call(*, acting_user: Account | None, at: datetime, call: Call) -> Call:
    require_editor(acting_user, call.office_unit, at)
    kept = CallText.objects.filter(call=call).first()
    if kept is not None and kept.text != call.source:
        raise Refused("unfinished", _("编写中的内容还有错误。"), _("请改正并保存后再发布。"))
    if not Call.objects.filter(pk=call.pk, state=CallState.DRAFT).update(
        state=CallState.PUBLISHED, published_at=at, published_by=acting_user
    ):
        raise Refused("not_a_draft", _("只有草稿可以发布。"))
    CallText.objects.filter(call=call).delete()
    call.refresh_from_db()
    record(at=at, acting_user=acting_user, action="policies.publish_call", subject=call)
    return call


# --- after publication: everything is said in public


def _change(
    call: Call, kind: CallChangeKind, *, acting_user: Account, at: datetime, reason: str, **values: Any
) -> None:
    CallChange.objects.create(call=call, kind=kind, reason=reason, made_by=acting_user, made_at=at, **values)


def _reason(text: str) -> str:
    reason = " ".join(text.split())
    if not reason:
        raise Refused("reason", _("请写明原因。"), field="reason")
    if len(reason) > MAX_REASON:
        raise Refused("reason_long", _("原因最多 %(most)s 个字。") % {"most": MAX_REASON}, field="reason")
    return reason


def _locked(call: Call) -> Call:
    found = Call.objects.select_for_update().get(pk=call.pk)
    if found.state == CallState.DRAFT:
        raise Refused("not_published", _("申报还没有发布。"))
    return found


@transaction.atomic
def close_call(*, acting_user: Account, at: datetime, call: Call, reason: str) -> Call:
    """Stop taking applications before the time, with a reason; what was handed in goes on."""
    require_editor(acting_user, call.office_unit, at)
    why = _reason(reason)
    if not Call.objects.filter(pk=call.pk, state=CallState.PUBLISHED).update(state=CallState.CLOSED):
        raise Refused("not_published", _("只有已发布的申报可以截止。"))
    call.refresh_from_db()
    _change(call, CallChangeKind.CLOSED, acting_user=acting_user, at=at, reason=why, closed_before=call.closes_at)
    record(at=at, acting_user=acting_user, action="policies.close_call", subject=call, data={"reason": why})
    return call


@transaction.atomic
def extend_call(*, acting_user: Account, at: datetime, call: Call, closes_at: datetime, reason: str) -> Call:
    """Give more time, openly: the day that was published before stays on the page and in the log."""
    require_editor(acting_user, call.office_unit, at)
    why, current = _reason(reason), _locked(call)
    before = current.closes_at
    if current.window != WindowShape.FIXED or before is None or closes_at <= before:
        raise Refused("not_longer", _("新的截止时间要晚于原来的。"), field="closes_on")
    if closes_at > at + FARTHEST:
        raise Refused("too_far", _("截止时间太远。"), field="closes_on")
    source = _with_end(current.source, closes_at)
    found = checked_call(source, office=current.office_unit, call=current)
    current.state = CallState.PUBLISHED
    _apply(current, found, source)
    ends = {"closed_before": before, "closes_after": closes_at}
    _change(current, CallChangeKind.EXTENDED, acting_user=acting_user, at=at, reason=why, **ends)
    data = {"before": before.isoformat(), "after": closes_at.isoformat(), "reason": why}
    record(at=at, acting_user=acting_user, action="policies.extend_call", subject=current, data=data)
    call.refresh_from_db()
    return current


def _with_end(source: str, closes_at: datetime) -> str:
    """The text with another end of its window, or of the last of its periods."""
    document = read_plain(source, "call.yaml")
    periods = value_at(document, "window/periods")
    holder = periods[-1] if periods else document["window"]
    local = closes_at.astimezone(CITY_ZONE)
    is_midnight = not (local.hour or local.minute or local.second)
    holder["to"] = (local - timedelta(days=1)).date().isoformat() if is_midnight else f"{local:%Y-%m-%d %H:%M:%S}"
    return write_call(document)


@transaction.atomic
def correct_call(*, acting_user: Account, at: datetime, call: Call, reason: str) -> Call:
    """Put the correction in preparation in the place of the published text, with a reason that everybody reads."""
    require_editor(acting_user, call.office_unit, at)
    why, current = _reason(reason), _locked(call)
    kept = CallText.objects.select_for_update().filter(call=current).first()
    if kept is None or kept.text == current.source:
        raise Refused("nothing_changed", _("没有改动。"), _("请先在表单里改正，再发布更正公告。"))
    found = checked_call(kept.text, office=current.office_unit, call=current)
    _refuse_shorter(current, found)
    before = text_digest(current.source)
    _apply(current, found, kept.text)
    kept.delete()
    _change(current, CallChangeKind.CORRECTED, acting_user=acting_user, at=at, reason=why)
    data = {"reason": why, "before": before, "after": text_digest(current.source)}
    record(at=at, acting_user=acting_user, action="policies.correct_call", subject=current, data=data)
    call.refresh_from_db()
    return current


def _refuse_shorter(call: Call, found: dict[str, Any]) -> None:
    """Whoever relied on the published days may go on relying on them."""
    closes, opens = found["closes_at"], found["opens_at"]
    later = bool(opens) and (call.opens_at is None or opens > call.opens_at)
    earlier = bool(closes) and (call.closes_at is None or closes < call.closes_at)
    if found["window"] != call.window or later or earlier:
        raise Refused(
            "shorter",
            _("更正不能改变申报方式，也不能缩短已公布的申报时间。"),
            _("需要提前截止的，请用“提前截止”。"),
            field="text",
        )


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
