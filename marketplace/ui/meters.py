"""How much of a limit is used, and ranked bars."""

from collections.abc import Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from marketplace.ui.charts import Given, as_point, writer
from marketplace.ui.format import Number

NEAR = 0.8  # from here on a budget is worth a warning


def _tone(used: float, forecast: float, limit: float) -> str:
    if used >= limit:
        return "red"
    return "amber" if used >= limit * NEAR or used + forecast > limit else ""


def _plain(value: float, currency: str) -> str:
    """For ARIA, which takes no exponent: units of the currency, or the number itself."""
    return f"{value / 1e6 if currency else value:.2f}".rstrip("0").rstrip(".")


def meter(
    used: Number,
    limit: Number,
    label: str,
    *,
    forecast: Number = 0,
    currency: str = "",
    unit: str = "",
    note: str = "",
    bare: bool = False,
) -> SafeString:
    """Used (solid) and what the forecast adds (hatched) of a limit, as text too.

    `currency` reads the numbers as micro-units of it. `bare` leaves out the heading line, for
    table cells, where it stays in the accessible text.
    """
    write = writer(currency, unit)
    spent, more, most = float(used), max(float(forecast), 0.0), float(limit)
    whole = max(most, spent + more) or 1.0
    tone = _tone(spent, more, most)
    text = f"{write(used).removesuffix(unit).strip()} of {write(limit)}"
    told = f"{text}, {write(spent + more)} forecast" if more else text
    parts = [("used", spent), ("forecast", more)]
    bars = format_html_join(
        "",
        '<svg class="{}" width="{}%" height="6" aria-hidden="true"></svg>',
        ((css, f"{size / whole * 100:.1f}") for css, size in parts if size > 0),
    )
    if whole > most:
        bars += format_html(
            '<svg class="limit" width="{}%" height="6" aria-hidden="true"></svg>',
            f"{most / whole * 100:.1f}",
        )
    head = (
        ""
        if bare
        else format_html(
            '<div class="meter-head"><b>{}</b><span class="num">{}</span></div>', label, text
        )
    )
    return format_html(
        '<div class="meter{}">{}<div class="meter-bar" role="meter" aria-label="{}" '
        'aria-valuemin="0" aria-valuemax="{}" aria-valuenow="{}" aria-valuetext="{}">'
        "{}</div>{}</div>",
        f" tone-{tone}" if tone else "",
        head,
        label,
        _plain(whole, currency),
        _plain(spent, currency),
        told,
        bars,
        format_html('<p class="meter-note">{}</p>', note) if note else "",
    )


def bar_list(items: Iterable[Given], *, currency: str = "", unit: str = "") -> SafeString:
    """A ranked list, each with a bar in proportion to the largest."""
    points = [as_point(item) for item in items]
    most = max((float(point.value) for point in points), default=0.0) or 1.0
    write = writer(currency, unit)
    return format_html(
        '<ul class="bar-list">{}</ul>',
        format_html_join(
            "",
            '<li><span class="truncate">{}</span><span class="value num">{}</span>'
            '<span class="meter-bar" aria-hidden="true">'
            '<svg width="{}%" height="6"></svg></span></li>',
            (
                (p.label, p.shown or write(p.value), f"{max(float(p.value), 0) / most * 100:.1f}")
                for p in points
            ),
        ),
    )
