"""Charts as inline SVG: a title, a text value, and the same figures as a table.

Bars and lines stretch to their box, so their labels stand beside them as text. Widths are SVG
attributes: the content security policy allows no style attribute.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import floor, log10

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from marketplace.ui.format import Number, grouped, money_text, shortened

WIDTH = 600
FEW = 8  # bars that each have room for a label
STEPS = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a chart; `shown` is how people read it."""

    label: str
    value: Number
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """A named row of points; `dashed` marks a forecast."""

    name: str
    points: Sequence[Point]
    dashed: bool = False


Given = Point | tuple[str, Number] | tuple[str, Number, str] | Mapping[str, object]


def as_point(given: Given) -> Point:
    """A Point from itself, (label, value[, shown]) or a mapping with those names."""
    if isinstance(given, Point):
        return given
    if isinstance(given, Mapping):
        return Point(str(given["label"]), given["value"], str(given.get("shown", "")))  # type: ignore[arg-type]
    return Point(*given)


def as_series(given: Iterable[Given | Series], title: str) -> list[Series]:
    """Series from series, or one series from points."""
    rows = list(given)
    if rows and all(isinstance(row, Series) for row in rows):
        return [row for row in rows if isinstance(row, Series)]
    return [Series(title, [as_point(row) for row in rows if not isinstance(row, Series)])]


def ceiling(value: float) -> float:
    """The next round number, for the top of an axis."""
    if value <= 0:
        return 1
    scale = 10.0 ** floor(log10(value))
    return next(step * scale for step in STEPS if step * scale >= value * (1 - 1e-9))


def writer(currency: str, unit: str, *, short: bool = False) -> Callable[[Number], str]:
    """How values are written: micro-units of a currency, or numbers with a unit."""
    if currency:
        return lambda value: money_text(int(value), currency, whole=True, short=short)
    write = shortened if short else grouped
    return lambda value: f"{write(value)} {unit}".strip()


def _axis(top: float, currency: str, unit: str) -> SafeString:
    write = writer(currency, unit, short=True)
    marks = ((write(Decimal(str(top)) * part),) for part in (1, Decimal("0.5"), 0))
    return format_html(
        '<div class="plot-y" aria-hidden="true">{}</div>',
        format_html_join("", "<span>{}</span>", marks),
    )


def _table(series: Sequence[Series], title: str, write: Callable[[Number], str]) -> SafeString:
    head = format_html_join("", '<th scope="col" class="num">{}</th>', ((s.name,) for s in series))
    labels = [point.label for point in series[0].points]
    body = format_html_join(
        "",
        '<tr><th scope="row">{}</th>{}</tr>',
        (
            (
                label,
                format_html_join(
                    "",
                    '<td class="num">{}</td>',
                    (
                        (s.points[at].shown or write(s.points[at].value),)
                        if at < len(s.points)
                        else ("–",)
                        for s in series
                    ),
                ),
            )
            for at, label in enumerate(labels)
        ),
    )
    return format_html(
        "<details><summary>As table</summary>"
        '<div class="table-wrap" tabindex="0" role="region" aria-label="{}, as table">'
        '<table class="table table-dense"><thead><tr><th scope="col">'
        '<span class="vh">Of</span></th>{}</tr></thead><tbody>{}</tbody></table></div></details>',
        title,
        head,
        body,
    )


def _told(series: Sequence[Series], title: str, write: Callable[[Number], str]) -> str:
    """The chart in words: range, least, most, last."""
    points = series[0].points
    if len(series) > 1:
        ends = "; ".join(
            f"{s.name} {s.points[-1].shown or write(s.points[-1].value)}"
            for s in series
            if s.points
        )
        return f"{title}, {points[0].label} to {points[-1].label}. Last: {ends}"
    low = min(points, key=lambda point: point.value)
    high = max(points, key=lambda point: point.value)
    last = points[-1]
    return (
        f"{title}, {points[0].label} to {last.label}: "
        f"least {low.shown or write(low.value)} on {low.label}, "
        f"most {high.shown or write(high.value)} on {high.label}, "
        f"last {last.shown or write(last.value)}"
    )


def _labels(points: Sequence[Point], *, every: bool) -> SafeString:
    shown = points if every else (points[0], points[-1])
    return format_html(
        '<div class="plot-x{}">{}</div>',
        " plot-x-all" if every else "",
        format_html_join("", "<span>{}</span>", ((point.label,) for point in shown)),
    )


def _figure(
    drawing: SafeString,
    series: Sequence[Series],
    *,
    title: str,
    value: str,
    axis: SafeString | str,
    write: Callable[[Number], str],
    bars: bool = False,
    limit: str = "",
) -> SafeString:
    points = series[0].points
    stacked = bars and len(series) > 1
    keys = [(f"series-{at % 6 + 1}", s.name) for at, s in enumerate(series)]
    keys = (keys if len(series) > 1 else []) + ([("limit-key", limit)] if limit else [])
    items = format_html_join("", '<li class="{}">{}</li>', keys)
    legend = format_html('<ul class="legend">{}</ul>', items) if keys else ""
    return format_html(
        '<figure class="chart{}"><figcaption class="chart-head"><span>{}</span>'
        '<span class="value num">{}</span></figcaption>'
        '<div class="plot">{}{}{}</div>{}{}</figure>',
        " stacked" if stacked else "",
        title,
        value,
        drawing,
        axis,
        _labels(points, every=bars and len(points) <= FEW),
        legend,
        _table(series, title, write),
    )


def _nothing(title: str) -> SafeString:
    return format_html(
        '<figure class="chart"><figcaption class="chart-head"><span>{}</span></figcaption>'
        '<p class="muted text-13">Nothing measured yet.</p></figure>',
        title,
    )


def _svg(css: str, height: int, told: str, inside: SafeString) -> SafeString:
    return format_html(
        '<svg class="{}" width="{}" height="{}" viewBox="0 0 {} {}" preserveAspectRatio="none" '
        'role="img"><title>{}</title>{}</svg>',
        css,
        WIDTH,
        height,
        WIDTH,
        height,
        told,
        inside,
    )


def _grid(height: int) -> SafeString:
    return format_html_join(
        "",
        '<line class="grid-line" x1="0" x2="{}" y1="{}" y2="{}"/>',
        ((WIDTH, y, y) for y in (0.5, height / 2, height - 0.5)),
    )


def bar_chart(
    points: Iterable[Given | Series],
    title: str,
    *,
    value: str = "",
    currency: str = "",
    unit: str = "",
    forecast: int = 0,
    height: int = 120,
    axis: bool = True,
) -> SafeString:
    """Bars of points, stacked where several `Series` are given.

    `currency` reads values as micro-units of it; the last `forecast` bars are drawn as not yet
    real; `value` is the sentence's end at the right of the title.
    """
    series = as_series(points, title)
    if not series[0].points:
        return _nothing(title)
    count = len(series[0].points)
    stacks = [[s.points[at] for s in series if at < len(s.points)] for at in range(count)]
    totals = [sum(float(point.value) for point in stack) for stack in stacks]
    top = ceiling(max(totals)) if axis else max(*totals, 1e-9)
    slot = WIDTH / count
    write = writer(currency, unit)

    def bars() -> Iterable[tuple[str, SafeString]]:
        for at, stack in enumerate(stacks):
            base = float(height)
            rects: list[SafeString] = []
            for order, point in enumerate(stack):
                tall = max(float(point.value), 0) / top * height
                base -= tall
                if at >= count - forecast:
                    css = "forecast"
                elif len(series) > 1:
                    css = f"series-{order % 6 + 1}"
                else:
                    css = "last" if at == count - forecast - 1 else ""
                rects.append(
                    format_html(
                        '<rect{} x="{}" y="{}" width="{}" height="{}" rx="{}"/>',
                        format_html(' class="{}"', css) if css else "",
                        f"{at * slot + slot * 0.12:.1f}",
                        f"{base:.1f}",
                        f"{slot * 0.76:.1f}",
                        f"{tall:.1f}",
                        0 if len(series) > 1 else 2,
                    )
                )
            named = ", ".join(
                f"{s.name} {p.shown or write(p.value)}"
                if len(series) > 1
                else p.shown or write(p.value)
                for s, p in zip(series, stack, strict=False)
            )
            yield f"{stack[0].label}: {named}", SafeString("".join(rects))

    inside = format_html_join("", "<g><title>{}</title>{}</g>", bars())
    if axis:
        inside = _grid(height) + inside
    drawing = _svg("bars", height, _told(series, title, write), inside)
    scale = _axis(top, currency, unit) if axis else ""
    return _figure(drawing, series, title=title, value=value, axis=scale, write=write, bars=True)


def line_chart(
    points: Iterable[Given | Series],
    title: str,
    *,
    value: str = "",
    currency: str = "",
    unit: str = "",
    limit: Number | None = None,
    height: int = 160,
) -> SafeString:
    """Lines of one or several series; `limit` draws a labelled line across."""
    series = as_series(points, title)
    if not series[0].points:
        return _nothing(title)
    highest = max(float(p.value) for s in series for p in s.points)
    top = ceiling(max(highest, float(limit or 0)))
    count = max(len(s.points) for s in series)
    step = WIDTH / max(count - 1, 1)
    write = writer(currency, unit)
    parts: list[SafeString] = [_grid(height)]
    for order, row in enumerate(series):
        spots = [
            f"{at * step:.1f} {height - max(float(p.value), 0) / top * height:.1f}"
            for at, p in enumerate(row.points)
        ]
        if len(spots) == 1:
            spots.append(f"{WIDTH} {spots[0].split()[1]}")
        path = "M" + "L".join(spots)
        if len(series) == 1:
            end = spots[-1].split()[0]
            parts.append(
                format_html(
                    '<path class="line-area" d="{}L{} {}L0 {}Z"/>', path, end, height, height
                )
            )
        css = f"line-path series-{order % 6 + 1}" + (" dashed" if row.dashed else "")
        parts.append(format_html('<path class="{}" d="{}"/>', css, path))
    told = _told(series, title, write)
    if limit is not None:
        y = f"{height - float(limit) / top * height:.1f}"
        parts.append(
            format_html('<line class="line-limit" x1="0" x2="{}" y1="{}" y2="{}"/>', WIDTH, y, y)
        )
        told += f". Limit {write(limit)}"
    drawing = _svg("lines", height, told, SafeString("".join(parts)))
    return _figure(
        drawing,
        series,
        title=title,
        value=value,
        axis=_axis(top, currency, unit),
        write=write,
        limit=f"Limit {write(limit)}" if limit is not None else "",
    )


def sparkline(
    values: Iterable[Number],
    label: str = "Calls, last 24 days",
    *,
    width: int = 76,
    height: int = 24,
) -> SafeString:
    """A line no larger than a word; its last value is in its text."""
    row = [float(value) for value in values]
    if not row:
        return SafeString("")
    low, high = min(row), max(row)
    reach = (high - low) or 1
    inner = height - 4
    step = width / max(len(row) - 1, 1)
    flat = high == low
    spots = [
        f"{at * step:.1f} {height - 2 - (0.0 if flat else (v - low) / reach * inner):.1f}"
        for at, v in enumerate(row)
    ]
    path = "M" + "L".join(spots if len(spots) > 1 else [*spots, f"{width} {spots[0].split()[1]}"])
    return format_html(
        '<svg class="spark" width="{}" height="{}" viewBox="0 0 {} {}" role="img">'
        '<title>{}: last {}</title><path class="area" d="{}L{} {}L0 {}Z"/><path d="{}"/></svg>',
        width,
        height,
        width,
        height,
        label,
        shortened(row[-1]),
        path,
        width,
        height,
        height,
        path,
    )
