"""Words of calls, tracks, stages and cases in the reader's language."""

from typing import Any

from django import template
from django.utils.translation import gettext as _

from taihu.engines.rules.tree import Words
from taihu.engines.text.script import in_script
from taihu.records.base.language import language, said
from taihu.records.base.uploads import picker
from taihu.records.cases.enums import CaseOutcome, CaseState, RunState
from taihu.records.cases.models import Case, StageRun
from taihu.records.facts.properties import property_named
from taihu.systems.policies.words import source_name

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
    return said(getattr(item, field), getattr(item, f"{field}_en", ""))


@register.filter
def track_name(track: Any) -> str:
    return words(track.words)


@register.filter
def words(item: Words | dict[str, str] | str) -> str:
    """A text in two languages, also as it is kept with an application; what was kept in one stays as it is."""
    if isinstance(item, str):
        return item
    return item.say(language()) if isinstance(item, Words) else said(item["zh"], item["en"])


@register.filter
def source(name: str) -> str:
    return source_name(name)


@register.filter
def fact_label(name: str) -> str:
    return str(property_named(name).label)


@register.filter
def label(item: Any) -> str:
    """Of a form field or a document of a track, or an option `[code, zh, en]`."""
    if isinstance(item, list | tuple):
        return said(item[1], item[2])
    return said(item["zh"], item.get("en", ""))


@register.filter
def stage_name(run: StageRun) -> str:
    return run.template.name.say(language())


@register.filter
def in_language(entitlement: dict[str, Any]) -> dict[str, Any]:
    """The words of a kept explanation."""
    kept = entitlement.get("en" if language() == "en" else "zh", {})
    found: dict[str, Any] = in_script(kept, language())
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
def accepts(item: dict[str, Any]) -> str:
    """What the picker of a document offers."""
    return picker(item["accept"])


@register.filter
def lookup(mapping: dict[str, Any], key: str) -> Any:
    return mapping.get(key)
