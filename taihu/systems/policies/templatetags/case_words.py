"""Words of calls, tracks, stages and cases in the reader's language."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from taihu.engines.rules.tree import Words
from taihu.records.cases.enums import CaseOutcome, CaseState, RunState
from taihu.records.cases.models import Case, StageRun
from taihu.systems.policies.known import language

register = template.Library()

_OUTCOMES = {
    CaseOutcome.GRANTED: "good",
    CaseOutcome.REFUSED: "bad",
    CaseOutcome.WITHDRAWN: "off",
    CaseOutcome.ENDED: "off",
}
_RUNS = {RunState.OPEN: "wait", RunState.PASSED: "good", RunState.FAILED: "bad", RunState.RETURNED: "info"}
_ICONS = {"good": "check-circle", "wait": "hourglass", "info": "info", "bad": "error", "off": "minus"}


@register.filter
def named(item: Any, field: str) -> str:
    """`{{ call|named:"title" }}`: the English field where there is one and the reader reads English."""
    english = getattr(item, f"{field}_en", "") if language() == "en" else ""
    return str(english or getattr(item, field))


@register.filter
def track_name(track: Any) -> str:
    name, category = named(track, "name"), named(track, "category")
    return name if name == category else f"{category} · {name}"


@register.filter
def words(item: Words) -> str:
    return item.say(language())


@register.filter
def label(item: Any) -> str:
    """Of a form field or a document of a track, or an option `[code, zh, en]`."""
    if isinstance(item, list | tuple):
        return str(item[2] if language() == "en" and item[2] else item[1])
    return str(item["en"] if language() == "en" and item.get("en") else item["zh"])


@register.filter
def stage_name(run: StageRun) -> str:
    return run.template.name.say(language())


@register.filter
def in_language(entitlement: dict[str, Any]) -> dict[str, Any]:
    """The words of a kept explanation."""
    found: dict[str, Any] = entitlement.get(language(), {})
    return found


@register.filter
def case_kind(case: Case) -> str:
    """Kind of the badge of a case."""
    if case.state == CaseState.CLOSED:
        return _OUTCOMES[CaseOutcome(case.outcome)]
    return "info" if case.state == CaseState.DRAFT else "wait"


@register.filter
def case_state(case: Case) -> str:
    if case.state == CaseState.CLOSED:
        return str(CaseOutcome(case.outcome).label)
    return str(CaseState(case.state).label)


@register.filter
def run_kind(run: StageRun) -> str:
    return _RUNS.get(RunState(run.state), "off")


@register.filter
def form_value(value: Any, field: dict[str, Any]) -> str:
    """A stored value of a form for reading."""
    if value in (None, ""):
        return "—"
    if field["type"] == "money":
        return f"¥{int(value) / 100:,.2f}"
    if field["type"] == "choice":
        option = next((row for row in field["choices"] if row[0] == value), None)
        return label(option) if option else str(value)
    if field["type"] == "bool":
        return str(_("是")) if value else str(_("否"))
    return str(value)


@register.filter
def lookup(mapping: dict[str, Any], key: str) -> Any:
    return mapping.get(key)


@register.simple_tag
def sheet_mark(*, agrees: bool | None) -> SafeString:
    text = {True: _("同意"), False: _("不同意")}.get(agrees, "") if agrees is not None else ""
    return format_html("{}", text)
