"""Deprecation, sunset and stability: what an owner announces about the life of a thing."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from ..rule import PLACES, REQUEST_PROPERTY, RESPONSE_PROPERTY, Direction, Rule, schema_rules
from ..values import show

if TYPE_CHECKING:
    from ..schema import Node

SUNSET = "x-sunset"
STABILITY = "x-stability-level"
STABILITIES = ("draft", "alpha", "beta", "stable")

_PROPERTIES: tuple[tuple[str, Direction], ...] = (
    ("request-property", "request"),
    ("response-property", "response"),
)

_ELSEWHERE = tuple(place for place in PLACES if place not in (REQUEST_PROPERTY, RESPONSE_PROPERTY))

RULES: list[Rule] = [
    *(
        rule
        for name, direction in _PROPERTIES
        for rule in (
            Rule(f"{name}-deprecated", "info", direction, f"a {direction} property is deprecated"),
            Rule(
                f"{name}-deprecated-with-sunset",
                "info",
                direction,
                f"a {direction} property is deprecated and has a date of removal",
            ),
            Rule(
                f"{name}-deprecated-sunset-missing",
                "error",
                direction,
                f"a {direction} property is deprecated without the date the policy asks for",
            ),
            Rule(
                f"{name}-deprecated-sunset-invalid",
                "error",
                direction,
                f"a {direction} property is deprecated with a date that can't be read",
            ),
            Rule(
                f"{name}-reactivated",
                "info",
                direction,
                f"a {direction} property is no longer deprecated",
            ),
            Rule(
                f"{name}-sunset-date-too-small",
                "error",
                direction,
                f"a {direction} property is to be removed sooner than the policy allows",
            ),
            Rule(
                f"{name}-stability-decreased",
                "error",
                direction,
                f"a {direction} property promises less stability",
            ),
            Rule(
                f"{name}-stability-increased",
                "info",
                direction,
                f"a {direction} property promises more stability",
            ),
        )
    ),
    *schema_rules(
        "schema-deprecated", "neutral", "has a schema that is deprecated now", places=_ELSEWHERE
    ),
    *schema_rules(
        "schema-reactivated",
        "neutral",
        "has a schema that is no longer deprecated",
        places=_ELSEWHERE,
    ),
]


def sunset_date(value: Any) -> date | None:
    """The date of an `x-sunset` value (RFC 3339 full-date or date-time); None if unreadable."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        return None
    try:
        if len(value) == len("2026-01-31"):
            return date.fromisoformat(value)
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment.date() if moment.tzinfo is not None else None


def too_soon(grace_days: int) -> str:
    """What is wrong with a date of removal that comes too soon."""
    return f"less than {grace_days} days ahead" if grace_days else "which has passed"


def stability_of(holder: dict[str, Any]) -> tuple[str | None, bool]:
    """The stability level an object declares, and whether what it declares is valid."""
    value = holder.get(STABILITY)
    if value is None:
        return None, True
    if value in STABILITIES:
        return str(value), True
    return None, False


def rank(stability: str | None) -> int:
    """How stable a level is; what declares none is stable."""
    return STABILITIES.index(stability or "stable")


def tracked(stability: str | None) -> bool:
    """Whether changes to a thing of this level can break anyone: beta and stable."""
    return rank(stability) >= rank("beta")


# What makes this module look at a schema.
KEYWORDS = frozenset({"deprecated", SUNSET, STABILITY})


def check(node: "Node") -> None:
    """Report deprecation and stability of properties, and of schemas elsewhere."""
    _deprecation(node)
    _stability(node)


def _deprecation(node: "Node") -> None:
    before, after = node.flag("deprecated")
    if before == after:
        return
    told = "is deprecated" if after else "is no longer deprecated"
    if node.place not in (REQUEST_PROPERTY, RESPONSE_PROPERTY):
        suffix = "schema-deprecated" if after else "schema-reactivated"
        node.emit(suffix, told, at=("deprecated",), before=before, after=after)
        return
    suffix = "reactivated"
    if before and SUNSET not in node.revision:
        node.handled(SUNSET)
    if after:
        suffix, told = _announced(node, told)
    node.emit(suffix, told, at=("deprecated",), before=before, after=after)


def _announced(node: "Node", told: str) -> tuple[str, str]:
    if SUNSET not in node.revision:
        if node.grace_days > 0:
            return "deprecated-sunset-missing", f"{told} without a sunset date"
        return "deprecated", told
    node.handled(SUNSET)
    value = node.revision[SUNSET]
    day = sunset_date(value)
    if day is None:
        return "deprecated-sunset-invalid", f"{told} with the unreadable sunset {show(value)}"
    if (day - node.schemas.policy.today).days < node.grace_days:
        return "sunset-date-too-small", (
            f"{told} with the sunset {day}, {too_soon(node.grace_days)}"
        )
    return "deprecated-with-sunset", f"{told} with the sunset {day}"


def _stability(node: "Node") -> None:
    if not node.differs(STABILITY) or node.place not in (REQUEST_PROPERTY, RESPONSE_PROPERTY):
        return
    (before, before_valid), (after, after_valid) = map(stability_of, (node.base, node.revision))
    at = (STABILITY,)
    if not before_valid or not after_valid:
        node.handled(STABILITY)
        bad = (node.revision if not after_valid else node.base).get(STABILITY)
        node.emit_rule(
            "api-invalid-stability-level",
            f"has the stability level {show(bad)}, which is none of {', '.join(STABILITIES)}",
            at=at,
            after=bad,
        )
        return
    if rank(before) == rank(after) or not tracked(before):
        return
    node.handled(STABILITY)
    suffix = "stability-decreased" if rank(after) < rank(before) else "stability-increased"
    node.emit(
        suffix,
        f"stability changed from {before or 'stable'} to {after or 'stable'}",
        at=at,
        before=before,
        after=after,
    )
