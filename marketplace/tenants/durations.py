"""Lengths of time as people write them: 15m, 12h, 7d, or ISO 8601 (PT15M)."""

import re
from datetime import timedelta

from django.utils.dateparse import parse_duration

from marketplace.errors import Invalid

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
SHORT = re.compile(r"(\d{1,9})\s*([smhdw])\Z")
LONGEST_SECONDS = 10 * 366 * 86_400


def parse(text: str | int) -> timedelta:
    """The length that `text` writes; a bare number is seconds.

    Raises ValueError for anything else, for zero and below, and for more than ten years.
    """
    raw = str(text).strip()
    if match := SHORT.match(raw):
        length = timedelta(**{UNITS[match[2]]: int(match[1])})
    elif re.fullmatch(r"-?\d{1,12}", raw):
        length = timedelta(seconds=int(raw))
    else:
        try:
            parsed = parse_duration(raw) if len(raw) < 40 else None
        except (ValueError, OverflowError):
            parsed = None
        if parsed is None:
            raise ValueError("Write a length of time like 15m, 12h, 7d or PT15M.")
        length = parsed
    if not 0 < length.total_seconds() <= LONGEST_SECONDS:
        raise ValueError("A length of time is above zero and at most ten years.")
    return length


def given(text: str | int, at: str) -> timedelta:
    """The same for a field of a request. Raises Invalid at `at`."""
    try:
        return parse(text)
    except ValueError as error:
        raise Invalid.at(at, str(error)) from None
