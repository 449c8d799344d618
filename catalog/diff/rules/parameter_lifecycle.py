"""Deprecation and sunset of request parameters."""

from typing import Any

from ..comparison import Comparison, Scope
from ..declared import Declared, lower
from ..rule import Rule
from ..values import MISSING, equal, show
from .lifecycle import SUNSET, sunset_date, too_soon

RULES: list[Rule] = [
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


def compare(comparison: Comparison, scope: Scope, old: Declared, new: Declared) -> set[str]:
    """Tell what is announced about a parameter; the keywords that were told."""
    handled: set[str] = set()
    before, after = old.value, new.value
    was, becomes = before.get("deprecated") is True, after.get("deprecated") is True
    if was != becomes:
        handled.add("deprecated")
        rule, told = "request-parameter-reactivated", f"{new.subject} is no longer deprecated"
        if was and SUNSET not in after:
            handled.add(SUNSET)
        if becomes:
            rule, told = _deprecated(comparison, scope, new)
            if SUNSET in after and SUNSET not in before:
                handled.add(SUNSET)
        comparison.tell(rule, scope, (*new.tokens, "deprecated"), told, before=was, after=becomes)
    dates = before.get(SUNSET, MISSING), after.get(SUNSET, MISSING)
    if becomes and dates[0] is not MISSING and not equal(*dates):
        handled.add(SUNSET)
        rule, told = _sunset(comparison, scope, new, *dates)
        comparison.tell(rule, scope, (*new.tokens, SUNSET), told, before=dates[0], after=dates[1])
    return handled


def _deprecated(comparison: Comparison, scope: Scope, new: Declared) -> tuple[str, str]:
    told = f"{new.subject} is deprecated"
    if SUNSET not in new.value:
        if scope.grace_days > 0:
            return "request-parameter-deprecated-sunset-missing", f"{told} without a sunset date"
        return "request-parameter-deprecated", told
    day = sunset_date(new.value[SUNSET])
    if day is None:
        return "request-parameter-sunset-parse", (
            f"{told} with the unreadable sunset {show(new.value[SUNSET])}"
        )
    if (day - comparison.policy.today).days < scope.grace_days:
        return "request-parameter-sunset-date-too-small", (
            f"{told} with the sunset {day}, {too_soon(scope.grace_days)}"
        )
    return "request-parameter-deprecated", f"{told} with the sunset {day}"


def _sunset(
    comparison: Comparison, scope: Scope, new: Declared, old_value: Any, new_value: Any
) -> tuple[str, str]:
    told = f"The sunset of {lower(new.subject)} changed from {show(old_value)} to {show(new_value)}"
    if new_value is MISSING:
        return "request-parameter-sunset-deleted", (
            f"{new.subject} lost its sunset {show(old_value)}"
        )
    before, after = sunset_date(old_value), sunset_date(new_value)
    if before is None or after is None:
        return "request-parameter-sunset-parse", f"{told}; one of them can't be read"
    if before > after and (after - comparison.policy.today).days < scope.grace_days:
        return "request-parameter-sunset-date-changed-too-small", (
            f"{told}, earlier than announced, {too_soon(scope.grace_days)}"
        )
    return "request-parameter-sunset-date-changed", told
