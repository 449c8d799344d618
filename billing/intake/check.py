"""One event: what it must say, and the rule for late and early ones."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from billing.meters import ALIASES, Meter

AHEAD = timedelta(minutes=5)  # clocks differ; what claims to be later than this is refused
LATE = timedelta(days=400)  # what is older can no longer be charged
MAX_TEXT = 300
MOST = 10**13
KEY_MEMBERS = ("key", "key_id", "key_public_id")
KEY = re.compile(r"([A-Za-z0-9]+_[lt]_[0-9A-Za-z]{12})(?:_[0-9A-Za-z]+)?\Z")
DECIMALS = re.compile(r"\d{1,13}(\.\d{1,6})?\Z")


class Refused(Exception):
    """The event cannot be taken; the text says why."""


class Names(NamedTuple):
    """How an event names whose use it is; what it does not name is empty."""

    key: str
    grant: str
    application: str
    api: str


class Checked(NamedTuple):
    """An event that says all it must; `quantities` are meter and decimal text."""

    place: int
    source: str
    event_id: str
    time: datetime
    quantities: list[tuple[str, str]]
    names: Names
    operation: str
    data: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Rejected:
    """An event that was not taken; `place` is where it stood in the request, from 0."""

    place: int
    detail: str


def check_all(
    events: Iterable[Any], *, now: datetime, known: Mapping[str, Meter]
) -> Iterator[Checked | Rejected]:
    """Every event, checked or rejected, in order. `known` are all meters by slug."""
    earliest, latest = now - LATE, now + AHEAD
    for index, event in enumerate(events):
        if isinstance(event, str):
            yield Rejected(index, event)
            continue
        try:
            yield _check(index, event, earliest, latest, known)
        except Refused as refusal:
            yield Rejected(index, str(refusal))


def _check(
    index: int,
    event: dict[str, Any],
    earliest: datetime,
    latest: datetime,
    known: Mapping[str, Meter],
) -> Checked:
    if event.get("specversion", "1.0") != "1.0":
        raise Refused("specversion must be 1.0.")
    data = event.get("data")
    if data is None:
        data = {}
    elif not isinstance(data, dict):
        raise Refused("data must be an object.")
    return Checked(
        index,
        _text(event, "source"),
        _text(event, "id"),
        _time(event, earliest, latest),
        _quantities(event, data, known),
        Names(
            _key(event, data),
            _optional(data, "grant"),
            _optional(data, "application"),
            _optional(data, "api"),
        ),
        _optional(data, "operation", 600),
        None
        if data.keys() <= TAKEN
        else {name: value for name, value in data.items() if name not in TAKEN},
    )


# What has its own column; the rest of data is kept beside the event. A key is never kept whole.
TAKEN = frozenset(
    {"meter", "meters", "quantity", "grant", "application", "api", "operation", *KEY_MEMBERS}
)


def _text(event: Mapping[str, Any], name: str) -> str:
    value = event.get(name)
    if not isinstance(value, str) or not value:
        raise Refused(f"{name} is missing.")
    if len(value) > MAX_TEXT:
        raise Refused(f"{name} is longer than {MAX_TEXT} characters.")
    if "\0" in value:
        raise Refused(f"{name} holds a NUL character.")
    return value


def _optional(data: Mapping[str, Any], name: str, longest: int = MAX_TEXT) -> str:
    value = data.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > longest or "\0" in value:
        raise Refused(f"data.{name} must be a text of at most {longest} characters.")
    return value


def _time(event: Mapping[str, Any], earliest: datetime, latest: datetime) -> datetime:
    text = event.get("time")
    if not isinstance(text, str) or len(text) < 20:
        raise Refused("time must be a timestamp as in RFC 3339, such as 2026-10-31T12:00:00Z.")
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f"time {text[:40]!r} is no timestamp as in RFC 3339.") from None
    if time.tzinfo is None:
        raise Refused("time must name its offset, such as Z.")
    if time > latest:
        raise Refused("time lies in the future.")
    if time < earliest:
        raise Refused(f"time is more than {LATE.days} days ago; it can no longer be charged.")
    return time if time.tzinfo is UTC else time.astimezone(UTC)


def _quantities(
    event: Mapping[str, Any], data: Mapping[str, Any], known: Mapping[str, Meter]
) -> list[tuple[str, str]]:
    several = data.get("meters")
    if several is not None:
        if not isinstance(several, dict) or not 0 < len(several) <= 20:
            raise Refused("data.meters must map 1 to 20 meters to quantities.")
        found = [(_meter(name, known), _quantity(value)) for name, value in several.items()]
        if len({name for name, _ in found}) != len(found):
            raise Refused("data.meters names a meter twice.")
        return found
    name = data.get("meter", event.get("meter"))
    if name is None:
        raise Refused("data.meter is missing.")
    return [(_meter(name, known), _quantity(data.get("quantity", event.get("quantity"))))]


def _meter(name: Any, known: Mapping[str, Meter]) -> str:
    if isinstance(name, str):
        slug = ALIASES.get(name, name)
        if slug in known:
            return slug
    raise Refused(f"There is no meter {str(name)[:60]!r}.")


def _quantity(value: Any) -> str:
    if type(value) is int:
        if 0 <= value < MOST:
            return str(value)
    elif isinstance(value, float):
        text = repr(value)
        if DECIMALS.match(text):
            return text
        return _decimal(text)
    elif isinstance(value, str):
        return _decimal(value)
    if value is None:
        raise Refused("data.quantity is missing.")
    raise Refused("data.quantity must be a number from 0 to below 10^13.")


def _decimal(text: str) -> str:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise Refused("data.quantity must be a number from 0 to below 10^13.") from None
    if not value.is_finite() or not 0 <= value < MOST:
        raise Refused("data.quantity must be a number from 0 to below 10^13.")
    rounded = value.quantize(Decimal("0.000001"))
    if rounded != value:
        raise Refused("data.quantity has at most 6 decimals.")
    return f"{rounded:f}"


def _key(event: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    for name in KEY_MEMBERS:
        if (value := data.get(name)) is not None:
            break
    else:
        value = event.get("key", event.get("subject"))
    if value is None:
        return ""
    if not isinstance(value, str) or not (found := KEY.match(value)):
        raise Refused("The key must be its public name, such as mk_l_4fT9xQ2bLm0a.")
    if "_t_" in found[1]:
        raise Refused("Sandbox keys are answered by the mock; their calls are never charged.")
    return found[1]
