"""Fields of the form in which calls are written: a value under its path, with what is wrong with it."""

from typing import Any

from django import template
from django.template import Context
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from taihu.systems.policies.editing.call_rows import LISTS
from taihu.systems.policies.editing.call_words import label_of
from taihu.systems.policies.enums import ApplicantKind, WindowShape

register = template.Library()
WORDS: dict[str, dict[str, str | Promise]] = {
    "shape": dict(WindowShape.choices),
    "applicant": dict(ApplicantKind.choices),
    "required": {"true": _("必需"), "false": _("选填")},
    "by": {"person": _("申请人本人"), "employer": _("用人单位"), "system": _("系统核对，不用提供")},
    "type": {
        "text": _("一行文字"),
        "long": _("多行文字"),
        "integer": _("整数"),
        "money": _("金额"),
        "date": _("日期"),
        "choice": _("选项"),
        "bool": _("是或否"),
    },
    "accept": {
        "pdf、png、jpeg": _("PDF 或图片"),
        "pdf": _("只收 PDF"),
        "png、jpeg": _("只收图片"),
        "xlsx": _("只收表格"),
        "pdf、xlsx": _("PDF 或表格"),
        "pdf、png、jpeg、xlsx": _("PDF、图片或表格"),
    },
}


def _place(row: Any, key: str) -> str:
    return f"{row.path}/{key}" if row.path else key


def _value(row: Any, key: str) -> Any:
    value: Any = row.values
    for part in key.split("/"):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _findings(context: Context, path: str) -> tuple[str, ...]:
    found: tuple[str, ...] = context["view"].findings.get(path, ())
    return found


@register.inclusion_tag("policies/editor/field.html", takes_context=True)
def call_field(context: Context, row: Any, key: str, *, label: str = "", **options: Any) -> dict[str, Any]:
    path = _place(row, key)
    return {
        "name": f"v/{path}",
        "label": label or label_of(path),
        "value": _value(row, key),
        "findings": _findings(context, path),
        "autofocus": context.get("focus") == row.path and options.pop("first", False),
        **options,
    }


@register.inclusion_tag("policies/calls/words.html", takes_context=True)
def call_words(context: Context, row: Any, key: str, **options: Any) -> dict[str, Any]:
    """A text in two languages."""
    path = _place(row, key)
    own = (*_findings(context, path), *_findings(context, f"{path}/zh"))
    english = _findings(context, f"{path}/en")
    value = _value(row, key)
    return {"name": f"w/{path}", "label": label_of(path), "value": value, "zh": own, "en": english, **options}


@register.inclusion_tag("policies/calls/choice.html", takes_context=True)
def call_choice(
    context: Context, row: Any, key: str, *, reshows: bool = False, options: Any = None, **more: Any
) -> dict[str, Any]:
    """One of a few codes. The first is what counts when nothing is written, and is then not written."""
    path, value = _place(row, key), str(_value(row, key) or "")
    choices = list(options if options is not None else WORDS[key].items())
    if options is None and value != choices[0][0]:
        choices[0] = ("", choices[0][1])
    if value not in [code for code, _word in choices]:
        choices.append((value, value))
    return {
        "name": f"{'l' if key in LISTS else 'v'}/{path}",
        "label": label_of(path),
        "value": value,
        "choices": choices,
        "findings": _findings(context, path),
        "reshows": reshows,
        "form_url": context["form_url"],
        **more,
    }


@register.inclusion_tag("policies/calls/moment.html", takes_context=True)
def call_moment(context: Context, row: Any, key: str, *, yearly: bool = False) -> dict[str, Any]:
    """A day and, where it matters, an hour."""
    path, value = _place(row, key), row.values[key]
    is_day = not value["day"] or (len(value["day"]) == 10 and value["day"][4] == "-")
    return {
        "path": path,
        "label": label_of(path),
        "day": value["day"],
        "hour": value["hour"],
        "type": "date" if is_day and not yearly else "text",
        "yearly": yearly,
        "findings": _findings(context, path),
    }


@register.inclusion_tag("policies/editor/findings.html", takes_context=True)
def call_findings(context: Context, path: str) -> dict[str, Any]:
    return {"findings": _findings(context, path)}
