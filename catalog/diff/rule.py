"""What a rule is, and how the many rules of one keyword are declared in one line.

A change to a schema keyword reads differently by where the schema stands: the same `maxLength`
lowered breaks a caller in a request and nobody in a response. So a keyword's rules are declared
by what they do to the set of valid values, and the level follows from the place.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from .change import Level

Direction = Literal["request", "response", "none"]
Effect = Literal["tightens", "loosens", "unclear", "neutral"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule id with its level, the direction of the data it concerns, and one line of meaning."""

    id: str
    level: Level
    direction: Direction
    meaning: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a schema stands: the prefix of its rule ids, and how a person calls it."""

    prefix: str
    direction: Literal["request", "response"]
    noun: str
    child: str
    exploded: bool = False  # one value on the wire is also a list of one (style form, explode)


REQUEST_BODY = Place("request-body", "request", "the request body", "request-property")
REQUEST_PROPERTY = Place("request-property", "request", "a request property", "request-property")
PARAMETER = Place(
    "request-parameter", "request", "a request parameter", "request-parameter-property"
)
PARAMETER_PROPERTY = Place(
    "request-parameter-property",
    "request",
    "a property of a request parameter",
    "request-parameter-property",
)
EXPLODED_PARAMETER = Place(
    "request-parameter",
    "request",
    "a request parameter",
    "request-parameter-property",
    exploded=True,
)
HEADER_PARAMETER = Place(
    "request-parameter", "request", "a request header", "request-header-property"
)
HEADER_PARAMETER_PROPERTY = Place(
    "request-parameter-property",
    "request",
    "a property of a request header",
    "request-header-property",
)
RESPONSE_BODY = Place("response-body", "response", "the response body", "response-property")
RESPONSE_PROPERTY = Place(
    "response-property", "response", "a response property", "response-property"
)
RESPONSE_HEADER = Place(
    "response-header", "response", "a response header", "response-header-property"
)
RESPONSE_HEADER_PROPERTY = Place(
    "response-header-property",
    "response",
    "a property of a response header",
    "response-header-property",
)

# What a property of each place is.
PROPERTY_OF: Mapping[str, Place] = {
    "request-property": REQUEST_PROPERTY,
    "request-parameter-property": PARAMETER_PROPERTY,
    "request-header-property": HEADER_PARAMETER_PROPERTY,
    "response-property": RESPONSE_PROPERTY,
    "response-header-property": RESPONSE_HEADER_PROPERTY,
}

# The places whose rule ids differ (a request header's ids are those of a parameter).
PLACES: tuple[Place, ...] = (
    REQUEST_BODY,
    REQUEST_PROPERTY,
    PARAMETER,
    PARAMETER_PROPERTY,
    RESPONSE_BODY,
    RESPONSE_PROPERTY,
    RESPONSE_HEADER,
    RESPONSE_HEADER_PROPERTY,
)

LEVEL: Mapping[Effect, Mapping[str, Level]] = {
    "tightens": {"request": "error", "response": "info"},
    "loosens": {"request": "info", "response": "error"},
    "unclear": {"request": "warning", "response": "warning"},
    "neutral": {"request": "info", "response": "info"},
}


def schema_rules(
    suffix: str,
    effect: Effect,
    meaning: str,
    *,
    levels: Mapping[str, Level] | None = None,
    places: Iterable[Place] = PLACES,
) -> Iterator[Rule]:
    """The rules of one change to a schema keyword, one a place.

    `levels` overrides what the effect says, keyed by prefix or by direction. `meaning` is a
    predicate that follows the noun of the place.
    """
    for place in places:
        level = LEVEL[effect][place.direction]
        if levels is not None:
            level = levels.get(place.prefix, levels.get(place.direction, level))
        yield Rule(f"{place.prefix}-{suffix}", level, place.direction, f"{place.noun} {meaning}")
