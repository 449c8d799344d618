"""Calendar windows of UTC, in which limits count."""

from datetime import datetime, timedelta

from billing.months import bounds
from marketplace import clock


def window_bounds(window: str, at: datetime | None = None) -> tuple[datetime, datetime]:
    """The beginning and the end of the window around a time (now). Raises KeyError for a window
    that is none."""
    time = at or clock.now()
    if window == "month":
        return bounds(time.date())
    length = {
        "minute": timedelta(minutes=1),
        "hour": timedelta(hours=1),
        "day": timedelta(days=1),
    }[window]
    start = time.replace(second=0, microsecond=0)
    if window != "minute":
        start = start.replace(minute=0)
    if window == "day":
        start = start.replace(hour=0)
    return start, start + length
