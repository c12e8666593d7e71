"""Charts as template tags: a view hands plain numbers to its template, so no system needs to know the portal."""

from collections.abc import Iterable, Sequence

from django import template
from django.utils.safestring import SafeString

from taihu.portal import charts
from taihu.portal.wording import share_text

register = template.Library()
WAN = 1_000_000  # fen in ten thousand yuan
Numbers = Iterable[tuple[str, Sequence[float | None]]]


def _write_wan(fen: float) -> str:
    return f"{charts.write_number(round(fen / WAN, 2))}万元"


WRITERS: dict[str, charts.Writer] = {"": charts.write_number, "money": _write_wan, "share": share_text}


@register.simple_tag
def bar_chart(
    rows: Iterable[Sequence[object]],
    title: str,
    subtitle: str = "",
    unit: str = "",
    reference: float | None = None,
    reference_label: str = "",
) -> SafeString:
    """Rows are (label, value) or (label, value, quiet); `unit` is empty, `money` (fen) or `share`."""
    bars = [charts.Bar(str(label), float(value), quiet=bool(rest and rest[0])) for label, value, *rest in rows]  # type: ignore[arg-type]
    return charts.bar_chart(
        bars,
        title=title,
        subtitle=subtitle,
        write=WRITERS[unit],
        reference=reference,
        reference_label=reference_label,
    )


@register.simple_tag
def line_chart(
    labels: Sequence[str],
    series: Numbers,
    title: str,
    subtitle: str = "",
    unit: str = "",
    reference: float | None = None,
) -> SafeString:
    """Series are (name, values), one value or None per label."""
    lines = [charts.Series(name, values) for name, values in series]
    return charts.line_chart(labels, lines, title=title, subtitle=subtitle, write=WRITERS[unit], reference=reference)


@register.simple_tag
def stacked_bars(labels: Sequence[str], series: Numbers, title: str, subtitle: str = "", unit: str = "") -> SafeString:
    """Series are (name, values), one value or None per label."""
    parts = [charts.Series(name, values) for name, values in series]
    return charts.stacked_bars(labels, parts, title=title, subtitle=subtitle, write=WRITERS[unit])


@register.simple_tag
def spark_line(values: Sequence[float], label: str) -> SafeString:
    return charts.spark_line(values, label=label)
