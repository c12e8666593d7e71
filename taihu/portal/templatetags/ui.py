"""The parts of the design system that need more than a class name. docs/design-system.md shows each in use."""

import datetime as dt
from functools import cache, lru_cache
from typing import Any

from django import template
from django.contrib.messages.storage.base import Message
from django.core.paginator import Page
from django.forms import BoundField, CheckboxInput
from django.template import Context
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from taihu.portal.wording import age_text, money_text, pay_text, share_text
from taihu.records.base.clock import now

register = template.Library()

SHEETS = ("tokens", "base", "shell", "components", "forms", "data", "pages", "print")
KIND_ICONS = {
    "good": "check-circle",
    "wait": "hourglass",
    "info": "info",
    "bad": "error",
    "off": "minus",
    "lake": "verified",
    "clay": "star",
}
FACT_ICONS = {"fit": "check", "part": "info", "missing": "minus", "fail": "close"}
FACT_WORDS = {"fit": _("符合"), "part": _("部分符合"), "missing": _("未知"), "fail": _("不符合")}
MESSAGE_KINDS = {"success": "good", "warning": "wait", "error": "bad", "info": "info", "debug": "plain"}
DAY_FORMATS = {"zh-hans": "Y年n月j日", "zh-hant": "Y年n月j日"}


@register.simple_tag
@cache
def stylesheets() -> SafeString:
    return format_html_join(
        "\n", '<link rel="stylesheet" href="{}">', ((static(f"portal/{name}.css"),) for name in SHEETS)
    )


@register.simple_tag(name="icon")
def draw_icon(name: str, label: str = "", **attributes: str) -> SafeString:
    """A line icon of the sprite; silent beside a word, named by `label` when it stands alone."""
    return _icon(name, str(label), attributes.get("class", ""))


@lru_cache(maxsize=2048)
def _icon(name: str, label: str, extra_class: str) -> SafeString:
    """Kept by the process: a page draws a hundred of a few dozen icons."""
    classes = f"icon {extra_class}".strip()
    address = f"{static('portal/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}" viewBox="0 0 24 24"><use href="{}"></use></svg>',
            classes,
            label,
            address,
        )
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"></use></svg>', classes, address)


@register.simple_tag(name="art")
def draw_art(name: str) -> SafeString:
    return format_html(
        '<svg class="empty-art" viewBox="0 0 240 150" aria-hidden="true"><use href="{}#{}"></use></svg>',
        static("portal/art.svg"),
        name,
    )


@register.simple_tag
def badge(kind: str, text: str, icon_name: str = "") -> SafeString:
    """State as colour, icon and word together: `good`, `wait`, `info`, `bad`, `off`, `lake` or `clay`."""
    return format_html(
        '<span class="badge badge-{}">{}{}</span>', kind, draw_icon(icon_name or KIND_ICONS.get(kind, "info")), text
    )


@register.simple_tag
def verified(text: str = "") -> SafeString:
    return format_html('<span class="verified">{}{}</span>', draw_icon("verified"), text or gettext("已核验"))


@register.simple_tag
def fact(kind: str, text: str) -> SafeString:
    """One line of the reasons of a match: `fit`, `part`, `missing` or `fail`."""
    return format_html(
        '<li class="fact-{}">{}<span><span class="visually-hidden">{}：</span>{}</span></li>',
        kind,
        draw_icon(FACT_ICONS[kind]),
        str(FACT_WORDS[kind]),
        text,
    )


@register.simple_tag
def meter(value: float, maximum: float, words: str, kind: str = "") -> SafeString:
    """A small bar under words that already say everything; the bar is decoration."""
    width = 0.0 if maximum <= 0 else max(0.0, min(100.0, 100.0 * value / maximum))
    return format_html(
        '<div class="meter{}"><span class="meter-words">{}</span>'
        '<svg aria-hidden="true" preserveAspectRatio="none" viewBox="0 0 100 8">'
        '<rect width="{}" height="8"></rect></svg></div>',
        f" meter-{kind}" if kind else "",
        words,
        f"{width:.1f}",
    )


@register.simple_tag
def progress(done: int, total: int, label: str) -> SafeString:
    """A running job, readable aloud; refresh it by loading the fragment again."""
    percent = 100 * done // total if total else 0
    return format_html(
        '<div class="job"><div class="job-figures"><span>{}</span><span>{} / {} · {}%</span></div>'
        '<progress value="{}" max="{}" aria-label="{}"></progress></div>',
        label,
        f"{done:,}",
        f"{total:,}",
        percent,
        done,
        max(total, 1),
        label,
    )


@register.simple_tag
def pay(low: int | None, high: int | None, months: int = 12, unit: str = "month") -> SafeString:
    """Pay of an opening from fen; without figures it says 面议."""
    text = pay_text(low, high, months=months, unit=unit, language=get_language() or "zh-hans")
    return format_html('<span class="pay{}">{}</span>', " pay-none" if low is None and high is None else "", text)


@register.filter(name="money")
def show_money(fen: int | None) -> str:
    return "—" if fen is None else money_text(fen)


@register.simple_tag
def amount(fen: int) -> SafeString:
    return format_html('<span class="money{}">{}</span>', " money-minus" if fen < 0 else "", money_text(fen))


@register.filter
def share(value: float | None, digits: int = 1) -> str:
    return "—" if value is None else share_text(value, digits)


@register.filter
def day(value: dt.date | dt.datetime | None) -> str | SafeString:
    """A date as `<time>`, in the reader's way of writing dates."""
    if value is None:
        return "—"
    local = timezone.localtime(value) if isinstance(value, dt.datetime) and timezone.is_aware(value) else value
    text = date_format(local, DAY_FORMATS.get(get_language() or "", "j M Y"))
    return format_html('<time datetime="{}">{}</time>', f"{local:%Y-%m-%d}", text)


@register.filter
def last_day(value: dt.datetime | None) -> str | SafeString:
    """The last date of a term whose end is midnight: `2026-06-30T24:00` is 30 June."""
    return "—" if value is None else day(value - dt.timedelta(microseconds=1))


@register.filter
def moment(value: dt.datetime | None) -> str | SafeString:
    """Date and time to the minute, as `<time>`."""
    if value is None:
        return "—"
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    text = date_format(local, DAY_FORMATS.get(get_language() or "", "j M Y") + " H:i")
    return format_html('<time datetime="{}">{}</time>', local.isoformat(timespec="minutes"), text)


@register.simple_tag(takes_context=True)
def ago(context: Context, value: dt.datetime | None) -> str | SafeString:
    """How long ago, in words, with the exact time in `datetime`; `at` of the page is the present when given."""
    if value is None:
        return "—"
    at = context.get("at") or now()
    return format_html('<time datetime="{}">{}</time>', value.isoformat(timespec="minutes"), age_text(value, at))


@register.filter
def initial(name: str) -> str:
    """The first character of a name for an avatar."""
    return (name or "·").strip()[:1].upper()


@register.filter
def is_single_checkbox(field: BoundField) -> bool:
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def split_words(text: str) -> list[str]:
    return text.split()


@register.filter
def grouped(value: float | None) -> str:
    """Write a number without decimals, with thousands separators."""
    return "—" if value is None else f"{value:,.0f}"


@register.filter
def get_item(mapping: dict[Any, Any], key: Any) -> Any:
    return mapping.get(key)


@register.simple_tag
def days_left(count: int) -> SafeString:
    """A deadline in working days: overdue, today, soon or comfortable."""
    if count < 0:
        return badge("bad", ngettext("超期 %(n)d 个工作日", "超期 %(n)d 个工作日", -count) % {"n": -count})
    kind = "wait" if count <= 2 else "off"
    words = (
        gettext("今天到期") if count == 0 else ngettext("剩 %(n)d 个工作日", "剩 %(n)d 个工作日", count) % {"n": count}
    )
    return badge(kind, words, "clock")


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context: Context, page: Page[Any]) -> dict[str, Any]:
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    return {
        "page": page,
        "numbers": [number if isinstance(number, int) else 0 for number in numbers],
        "request": context["request"],
    }


@register.inclusion_tag("components/notice.html")
def notice(kind: str, text: str, title: str = "", icon_name: str = "") -> dict[str, Any]:
    return {"kind": kind, "text": text, "title": title, "icon_name": icon_name or KIND_ICONS.get(kind, "info")}


@register.inclusion_tag("components/notice.html")
def notice_for(message: Message) -> dict[str, Any]:
    kind = MESSAGE_KINDS.get(message.level_tag, "info")
    return {"kind": kind, "text": message, "icon_name": KIND_ICONS.get(kind, "info"), "live": True, "title": ""}
