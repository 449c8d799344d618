"""Months of UTC, as periods, prices and rollups count them."""

from datetime import UTC, date, datetime, timedelta

from marketplace.errors import Invalid


def first_day(of: date | datetime) -> date:
    """The first day of the month of a date or, in UTC, of a time."""
    day = of.astimezone(UTC).date() if isinstance(of, datetime) else of
    return day.replace(day=1)


def next_month(month: date) -> date:
    """The first day of the month after."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def previous_month(month: date) -> date:
    """The first day of the month before."""
    return (month.replace(day=1) - timedelta(days=1)).replace(day=1)


def bounds(month: date) -> tuple[datetime, datetime]:
    """The first moment of the month and of the next."""
    start, end = month.replace(day=1), next_month(month)
    return (
        datetime(start.year, start.month, 1, tzinfo=UTC),
        datetime(end.year, end.month, 1, tzinfo=UTC),
    )


def days_in(month: date) -> int:
    """How many days the month has."""
    return (next_month(month) - month.replace(day=1)).days


def parse_month(text: str, pointer: str = "/period") -> date:
    """The first day of a month spelt yyyy-mm. Raises Invalid at `pointer`."""
    try:
        year, month = text.split("-")
        if len(year) != 4 or len(month) != 2:
            raise ValueError(text)
        return date(int(year), int(month), 1)
    except ValueError:
        raise Invalid.at(pointer, "A period is named by its month: yyyy-mm.") from None
