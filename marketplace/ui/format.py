"""How numbers, money, time and spans of it are written on a page."""

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from django.utils.html import format_html
from django.utils.safestring import SafeString

from marketplace import clock

MICROS = Decimal(1_000_000)
GROUP = ","
MINUS = "\u2212"
NOTHING = "–"
SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹"}
MINOR_DIGITS = {"JPY": 0, "KRW": 0, "CLP": 0, "ISK": 0, "BHD": 3, "KWD": 3, "TND": 3}  # ISO 4217
SCALES = ((1_000_000_000, "B"), (1_000_000, "M"), (1_000, "k"))
SPANS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))

Number = int | float | Decimal


def _trimmed(value: Decimal, digits: int) -> str:
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _signed(text: str) -> str:
    return MINUS + text[1:] if text.startswith("-") else text


def grouped(value: Number, digits: int | None = None) -> str:
    """The number with grouped digits and a true minus; at most 6 decimals unless `digits` says."""
    exact = Decimal(str(value))
    text = f"{exact:,.{digits}f}" if digits is not None else f"{exact:,f}"
    if digits is None and "." in text:
        whole, _, part = text.partition(".")
        part = part[:6].rstrip("0")
        text = f"{whole}.{part}" if part else whole
    return _signed(text.replace(",", GROUP))


def shortened(value: Number) -> str:
    """Three significant digits and a scale: 412k, 1.2M."""
    exact = Decimal(str(value))
    for scale, suffix in SCALES:
        if abs(exact) >= scale:
            part = exact / scale
            digits = 0 if abs(part) >= 100 else 1
            return _signed(_trimmed(part, digits) + suffix)
    return grouped(value, None if exact == exact.to_integral_value() else 2)


def money_text(
    micros: int,
    currency: str = "USD",
    *,
    exact: bool = False,
    whole: bool = False,
    short: bool = False,
) -> str:
    """Money from micro-units. Rounded half-even to the currency's minor unit, but amounts below
    one unit keep up to six decimals (a price of $0.004 a call), as does `exact`. `whole` leaves
    out the decimals of a whole amount, `short` writes $1.2k."""
    amount = Decimal(micros) / MICROS
    digits = MINOR_DIGITS.get(currency, 2)
    if exact or abs(amount) < 1:
        part = _trimmed(abs(amount), 6).partition(".")[2]
        digits = max(digits, len(part))
    if whole and amount == amount.to_integral_value():
        digits = 0
    rounded = amount.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_EVEN)
    sign = SIGNS.get(currency, f"{currency}\u00a0")
    body = shortened(abs(amount)) if short else f"{abs(rounded):,.{digits}f}".replace(",", GROUP)
    return f"{MINUS if rounded < 0 else ''}{sign}{body}"


def money(micros: int | None, currency: str = "USD", exact: bool = False) -> SafeString:
    """`<data>` with the money as people read it and the exact amount as its value."""
    if micros is None:
        return SafeString(NOTHING)
    amount = _trimmed(Decimal(micros) / MICROS, 6)
    return format_html(
        '<data class="num" value="{}">{}</data>', amount, money_text(micros, currency, exact=exact)
    )


def number(value: Number | None, short: bool = False, digits: int | None = None) -> SafeString:
    """The number in tabular figures; `short` writes 412k and keeps the whole in its title."""
    if value is None:
        return SafeString(NOTHING)
    if short and abs(Decimal(str(value))) >= 1000:
        return format_html(
            '<span class="num" title="{}">{}</span>', grouped(value, digits), shortened(value)
        )
    return format_html('<span class="num">{}</span>', grouped(value, digits))


def percent(part: Number | None, whole: Number = 1, digits: int = 1) -> SafeString:
    """`part` of `whole` in percent; a dash where there is no whole."""
    if part is None or not whole:
        return SafeString(NOTHING)
    share = Decimal(str(part)) / Decimal(str(whole)) * 100
    return format_html('<span class="num">{}%</span>', _trimmed(share, digits))


def span_text(seconds: Number) -> str:
    """A length of time in its two largest units at most: 184 ms, 2.4 s, 9 min, 3 h 20 min."""
    seconds = Decimal(str(seconds))
    if abs(seconds) < 1:
        return f"{_trimmed(seconds * 1000, 0)} ms"
    if abs(seconds) < 60:
        return f"{_trimmed(seconds, 1)} s"
    left = int(seconds)
    parts: list[str] = []
    for size, unit in SPANS[:3]:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}")
        if len(parts) == 2 or (parts and unit == "d" and count >= 3):
            break
    return " ".join(parts)


def duration(seconds: Number | timedelta | None) -> SafeString:
    """A length of time, from seconds or a timedelta."""
    if seconds is None:
        return SafeString(NOTHING)
    if isinstance(seconds, timedelta):
        seconds = Decimal(str(seconds.total_seconds()))
    return format_html('<span class="num">{}</span>', span_text(seconds))


def day_text(day: date, today: date) -> str:
    """31 Mar, with the year where it isn't this one."""
    text = f"{day.day} {day:%b}"
    return text if day.year == today.year else f"{text} {day.year}"


def relative_text(at: datetime, now: datetime) -> str:
    """ "3 min ago", "in 9 min"; from a week on the date."""
    seconds = (at - now).total_seconds()
    if abs(seconds) < 45:
        return "just now" if seconds <= 0 else "in a moment"
    if abs(seconds) >= 7 * 86_400:
        return day_text(at.date(), now.date())
    size, unit = next(span for span in SPANS if abs(seconds) >= span[0] * 0.75)
    count = round(abs(seconds) / size)
    return f"{count} {unit} ago" if seconds < 0 else f"in {count} {unit}"


def when(at: datetime | date | None, style: str = "relative") -> SafeString:
    """`<time>`: relative, or with `style` "date" or "datetime" the moment itself, in UTC."""
    if not at:
        return SafeString(NOTHING)
    now = clock.now()
    if not isinstance(at, datetime):
        return format_html(
            '<time datetime="{}">{}</time>', at.isoformat(), day_text(at, now.date())
        )
    at = at.astimezone(UTC)
    whole = f"{at.day} {at:%b %Y, %H:%M} UTC"
    shown = {
        "relative": lambda: relative_text(at, now),
        "date": lambda: day_text(at.date(), now.date()),
        "datetime": lambda: whole,
    }[style]()
    stamp = at.isoformat(timespec="seconds")
    return format_html('<time datetime="{}" title="{}">{}</time>', stamp, whole, shown)
