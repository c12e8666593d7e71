"""Charts drawn on the server: SVG that prints, reads aloud and needs no script.

Every chart is a `<figure>` with a caption, the drawing (hidden from screen readers) and a table of the same numbers that
can be opened below it. Colours and strokes are classes of `static/portal/data.css`.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

PLOT_HEIGHT = 210
TOP, BELOW = 8, 20

Writer = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    value: float
    note: str = ""
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """One line or one colour of a stack: a name and a value (or None) for every label."""

    name: str
    values: Sequence[float | None]


def write_number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:,.2f}".rstrip("0").rstrip(".")


def nice_ceiling(value: float) -> float:
    """Return the smallest of 1, 2, 2.5, 5 or 10 times a power of ten that is at least `value`.

    >>> [nice_ceiling(value) for value in (0, 7, 12, 230, 0.3)]
    [1.0, 10.0, 20.0, 250.0, 0.5]
    """
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= value * (1 - 1e-9))


def bar_chart(
    rows: Sequence[Bar],
    *,
    title: str,
    subtitle: str = "",
    write: Writer = write_number,
    reference: float | None = None,
    reference_label: str = "",
) -> SafeString:
    """Draw horizontal bars, one list item per row: the name, the bar and the value in words."""
    if not rows:
        return _no_figures(title, subtitle)
    peak = max([row.value for row in rows] + [reference or 0.0, 1e-12])
    mark = SafeString("")
    if reference is not None:
        mark = format_html(
            '<svg x="{}%" width="1" overflow="visible"><path class="reference" d="M0 0V26"/></svg>',
            f"{100 * reference / peak:.2f}",
        )
    bars = format_html_join(
        "",
        '<li><span class="bar-name">{}</span><svg aria-hidden="true"><rect class="{}" y="4" width="{}%" height="18" rx="2"/>{}'
        '</svg><span class="bar-value">{}</span></li>',
        (
            (
                row.label,
                "muted-bar" if row.quiet else "s1",
                f"{max(0.3, 100 * row.value / peak):.2f}",
                mark,
                write(row.value),
            )
            for row in rows
        ),
    )
    note = SafeString("")
    if reference is not None:
        note = format_html(
            '<p class="bars-note"><svg viewBox="0 0 24 8" aria-hidden="true"><path class="reference" d="M0 4H24"/></svg>{}</p>',
            reference_label or write(reference),
        )
    return _figure(title, subtitle, format_html('<ul class="bars">{}</ul>{}', bars, note), SafeString(""))


def line_chart(
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    title: str,
    subtitle: str = "",
    write: Writer = write_number,
    reference: float | None = None,
) -> SafeString:
    """Draw up to four lines over the same labels; a missing value leaves a gap."""
    present = [value for one in series for value in one.values if value is not None]
    if not labels or not present:
        return _no_figures(title, subtitle)
    peak = nice_ceiling(max([*present, reference or 0.0]))
    places = [2 + 96 * (i / max(1, len(labels) - 1)) for i in range(len(labels))]
    drawing = _grid() + _below(labels, places)
    if reference is not None:
        drawing += _level("reference", _y(reference, peak))
    for number, one in enumerate(series, start=1):
        classes = f"line l{number}" + (f" dash{number}" if number > 1 else "")
        # Lines stretch with the page, their strokes do not (vector-effect); dots and words are placed by percentages.
        drawing += format_html(
            '<svg viewBox="0 0 1000 {}" preserveAspectRatio="none" width="100%" height="{}" overflow="visible">'
            '<path class="{}" d="{}"/></svg>',
            TOP + PLOT_HEIGHT,
            TOP + PLOT_HEIGHT,
            classes,
            _path(one.values, places, peak),
        )
        drawing += format_html_join(
            "",
            '<circle class="s{}" cx="{}%" cy="{}" r="{}"/>',
            (
                (number, f"{x:.2f}", f"{_y(value, peak):.1f}", 3 if len(labels) <= 16 else 1.5)
                for x, value in zip(places, one.values, strict=True)
                if value is not None
            ),
        )
    return _figure(title, subtitle, _legend(series) + _plot(peak, write, drawing), _wide(labels, series, write))


def stacked_bars(
    labels: Sequence[str], series: Sequence[Series], *, title: str, subtitle: str = "", write: Writer = write_number
) -> SafeString:
    """Draw one upright bar per label, divided among up to six series."""
    totals = [sum(one.values[i] or 0.0 for one in series) for i in range(len(labels))]
    if not labels or not any(totals):
        return _no_figures(title, subtitle)
    peak = nice_ceiling(max(totals))
    step = 100 / len(labels)
    width = min(9.0, step * 0.64)
    places = [step * (i + 0.5) for i in range(len(labels))]
    drawing = _grid() + _below(labels, places)
    for i, x in enumerate(places):
        base = 0.0
        for number, one in enumerate(series, start=1):
            value = one.values[i] or 0.0
            top, bottom = _y(base + value, peak), _y(base, peak)
            drawing += format_html(
                '<rect class="s{}" x="{}%" y="{}" width="{}%" height="{}"/>',
                number,
                f"{x - width / 2:.2f}",
                f"{top:.1f}",
                f"{width:.2f}",
                f"{max(0.0, bottom - top - 1):.1f}",
            )
            base += value
    return _figure(title, subtitle, _legend(series) + _plot(peak, write, drawing), _wide(labels, series, write))


def spark_line(values: Sequence[float], *, label: str) -> SafeString:
    """Draw a small line without axes, for a tile or a table cell; `label` says it in words."""
    peak = max([*values, 1e-12])
    step = 116 / max(1, len(values) - 1)
    points = " ".join(f"{2 + i * step:.1f},{28 - 26 * value / peak:.1f}" for i, value in enumerate(values))
    return format_html(
        '<span class="chart"><svg class="spark" viewBox="0 0 120 30" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<polyline class="line l1" vector-effect="non-scaling-stroke" points="{}"/></svg></span>',
        label,
        points,
    )


def _y(value: float, peak: float) -> float:
    return TOP + PLOT_HEIGHT * (1 - value / peak)


def _level(kind: str, y: float) -> SafeString:
    return format_html('<line class="{}" x1="0" x2="100%" y1="{}" y2="{}"/>', kind, f"{y:.1f}", f"{y:.1f}")


def _grid() -> SafeString:
    return format_html_join("", "{}", ((_level("grid-line" if step else "axis", _y(step, 4)),) for step in range(5)))


def _plot(peak: float, write: Writer, drawing: SafeString) -> SafeString:
    scale = format_html_join(
        "",
        '<text x="100%" dx="-8" y="{}" text-anchor="end">{}</text>',
        ((f"{_y(step, 4) + 4:.1f}", write(peak * step / 4)) for step in range(5)),
    )
    return format_html('<div class="plot" aria-hidden="true"><svg>{}</svg><svg>{}</svg></div>', scale, drawing)


def _below(labels: Sequence[str], places: Sequence[float]) -> SafeString:
    every = math.ceil(len(labels) / 12)
    shown = [(label, x) for i, (label, x) in enumerate(zip(labels, places, strict=True)) if i % every == 0]
    return format_html_join(
        "",
        '<text class="{}" x="{}%" y="{}" text-anchor="middle">{}</text>',
        (
            ("x-odd" if i % 2 and len(shown) > 6 else "x", f"{x:.2f}", TOP + PLOT_HEIGHT + BELOW, _shorten(label, 8))
            for i, (label, x) in enumerate(shown)
        ),
    )


def _shorten(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _path(values: Sequence[float | None], places: Sequence[float], peak: float) -> str:
    parts: list[str] = []
    pen = "M"
    for x, value in zip(places, values, strict=True):
        if value is None:
            pen = "M"
            continue
        parts.append(f"{pen}{10 * x:.1f} {_y(value, peak):.1f}")
        pen = "L"
    return "".join(parts)


def _legend(series: Sequence[Series]) -> SafeString:
    if len(series) < 2:
        return SafeString("")
    items = format_html_join(
        "",
        '<li><svg viewBox="0 0 16 12" aria-hidden="true"><rect class="s{}" width="16" height="12" rx="2"/></svg>{}</li>',
        ((number, one.name) for number, one in enumerate(series, start=1)),
    )
    return format_html('<ul class="chart-legend">{}</ul>', items)


def _wide(labels: Sequence[str], series: Sequence[Series], write: Writer) -> SafeString:
    rows = [
        [label, *("—" if one.values[i] is None else write(one.values[i] or 0.0) for one in series)]
        for i, label in enumerate(labels)
    ]
    return _table(["", *(one.name for one in series)], rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> SafeString:
    cells = format_html_join("", '<th scope="col"{}>{}</th>', ((_num(i), text) for i, text in enumerate(head)))
    body = format_html_join(
        "",
        '<tr><th scope="row">{}</th>{}</tr>',
        ((row[0], format_html_join("", '<td class="num">{}</td>', ((text,) for text in row[1:]))) for row in rows),
    )
    return format_html(
        '<details class="details"><summary>{}</summary><div class="table-frame"><table class="table">'
        "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div></details>",
        gettext("看数字"),
        cells,
        body,
    )


def _num(column: int) -> SafeString:
    return SafeString(' class="num"') if column else SafeString("")


def _figure(title: str, subtitle: str, drawing: SafeString, table: SafeString) -> SafeString:
    caption = format_html("<small>{}</small>", subtitle) if subtitle else SafeString("")
    return format_html(
        '<figure class="chart"><figcaption>{}{}</figcaption>{}{}</figure>', title, caption, drawing, table
    )


def _no_figures(title: str, subtitle: str) -> SafeString:
    return _figure(
        title, subtitle, format_html('<p class="muted">{}</p>', gettext("还没有可以画出的数字。")), SafeString("")
    )
