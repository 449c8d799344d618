"""The windows that quotas and budgets count in, all in UTC."""

from datetime import UTC, datetime, timedelta

SECONDS = {"minute": 60, "hour": 3600, "day": 86_400, "month": 30 * 86_400}
# A sliding window counts in buckets; one that is partly past still counts whole.
BUCKET = {"minute": 1, "hour": 60, "day": 3600, "month": 86_400}


def start(window: str, at: datetime) -> datetime:
    """When the calendar window that holds `at` began."""
    if window == "minute":
        return at.replace(second=0, microsecond=0)
    if window == "hour":
        return at.replace(minute=0, second=0, microsecond=0)
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return day if window == "day" else day.replace(day=1)


def end(window: str, at: datetime) -> datetime:
    """When the calendar window that holds `at` ends."""
    begun = start(window, at)
    if window == "month":
        return (begun + timedelta(days=32)).replace(day=1)
    return begun + timedelta(seconds=SECONDS[window])


def bucket(window: str, at: datetime) -> datetime:
    """The bucket of a sliding window into which `at` falls."""
    size = BUCKET[window]
    return datetime.fromtimestamp(int(at.timestamp()) // size * size, UTC)


def oldest_bucket(window: str, at: datetime) -> datetime:
    """The first bucket that still reaches into the sliding window that ends at `at`."""
    return bucket(window, at - timedelta(seconds=SECONDS[window]))
