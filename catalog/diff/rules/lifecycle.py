"""Deprecation, sunset and stability: what an owner announces about the life of a thing."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from ..rule import REQUEST_PROPERTY, RESPONSE_PROPERTY, Direction, Rule, schema_rules
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
    *schema_rules("schema-deprecated", "neutral", "has a schema that is deprecated now"),
    *schema_rules("schema-reactivated", "neutral", "has a schema that is no longer deprecated"),
    Rule("endpoint-deprecated", "info", "none", "an operation is deprecated"),
    Rule(
        "endpoint-deprecated-with-sunset",
        "info",
        "none",
        "an operation is deprecated and has a date of removal",
    ),
    Rule("endpoint-reactivated", "info", "none", "an operation is no longer deprecated"),
    Rule(
        "api-deprecated-sunset-parse",
        "error",
        "none",
        "an operation is deprecated with a date that can't be read",
    ),
    Rule(
        "api-deprecated-sunset-missing",
        "error",
        "none",
        "an operation is deprecated without the date the policy asks for",
    ),
    Rule(
        "api-sunset-date-too-small",
        "error",
        "none",
        "an operation is to be removed sooner than the policy allows",
    ),
    Rule("sunset-deleted", "error", "none", "a deprecated operation lost its date of removal"),
    Rule(
        "api-sunset-date-changed-too-small",
        "error",
        "none",
        "a deprecated operation is to be removed earlier than was announced",
    ),
    Rule("api-sunset-date-changed", "info", "none", "an operation's date of removal changed"),
    Rule("api-path-sunset-parse", "error", "none", "a date of removal can't be read"),
    Rule("api-invalid-stability-level", "error", "none", "a stability level is none of the four"),
    Rule("api-stability-decreased", "error", "none", "an operation promises less stability"),
    Rule("api-stability-increased", "info", "none", "an operation promises more stability"),
    Rule("request-parameter-deprecated", "info", "request", "a request parameter is deprecated"),
    Rule(
        "request-parameter-reactivated",
        "info",
        "request",
        "a request parameter is no longer deprecated",
    ),
    Rule(
        "request-parameter-deprecated-sunset-missing",
        "error",
        "request",
        "a request parameter is deprecated without the date the policy asks for",
    ),
    Rule(
        "request-parameter-sunset-date-too-small",
        "error",
        "request",
        "a request parameter is to be removed sooner than the policy allows",
    ),
    Rule(
        "request-parameter-sunset-parse",
        "error",
        "request",
        "a request parameter's date of removal can't be read",
    ),
    Rule(
        "request-parameter-sunset-deleted",
        "error",
        "request",
        "a deprecated request parameter lost its date of removal",
    ),
    Rule(
        "request-parameter-sunset-date-changed-too-small",
        "error",
        "request",
        "a deprecated request parameter is to be removed earlier than was announced",
    ),
    Rule(
        "request-parameter-sunset-date-changed",
        "info",
        "request",
        "a request parameter's date of removal changed",
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


def check(node: "Node") -> None:
    """Report deprecation and stability of properties, and of schemas elsewhere."""
    _deprecation(node)
    _stability(node)


def _deprecation(node: "Node") -> None:
    before, after = (value is True for value in node.get("deprecated"))
    node.handled("deprecated")
    if before == after:
        return
    told = "is deprecated" if after else "is no longer deprecated"
    if node.place not in (REQUEST_PROPERTY, RESPONSE_PROPERTY):
        suffix = "schema-deprecated" if after else "schema-reactivated"
        node.emit(suffix, told, at=("deprecated",), before=before, after=after)
        return
    suffix = "reactivated"
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
            f"{told} with the sunset {day}, less than {node.grace_days} days ahead"
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
