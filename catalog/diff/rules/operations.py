"""What an operation says of itself: its id and tags, its life and stability."""

from typing import Any

from ..comparison import Comparison, Scope
from ..rule import Rule
from ..values import MISSING, equal, listed, show
from .lifecycle import STABILITY, SUNSET, rank, stability_of, sunset_date, too_soon, tracked

RULES: list[Rule] = [
    Rule("api-operation-id-added", "info", "none", "an operation has an operationId now"),
    Rule(
        "api-operation-id-removed",
        "info",
        "none",
        "an operation's operationId is gone or another one",
    ),
    Rule("api-tag-added", "info", "none", "an operation has another tag"),
    Rule("api-tag-removed", "info", "none", "an operation lost a tag"),
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
]


def compare(
    comparison: Comparison, scope: Scope, before: dict[str, Any], after: dict[str, Any]
) -> set[str]:
    """Tell what an operation says of itself otherwise; the keywords that were told."""
    handled = _stability(comparison, scope, before, after)
    handled |= _deprecation(comparison, scope, before, after)
    handled |= _sunset(comparison, scope, before, after)
    old, new = before.get("operationId"), after.get("operationId")
    if old != new:
        handled.add("operationId")
        if not old:
            comparison.tell(
                "api-operation-id-added",
                scope,
                ("operationId",),
                f"{scope.operation} has the operationId {show(new)} now",
                after=new,
            )
        else:
            gone = f"changed to {show(new)}" if new else "is gone"
            comparison.tell(
                "api-operation-id-removed",
                scope,
                ("operationId",),
                f"The operationId {show(old)} of {scope.operation} {gone}",
                before=old,
                after=new,
            )
    return handled | _tags(comparison, scope, before, after)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _tags(
    comparison: Comparison, scope: Scope, before: dict[str, Any], after: dict[str, Any]
) -> set[str]:
    old, new = (
        {each for each in _listed(side.get("tags")) if isinstance(each, str)}
        for side in (before, after)
    )
    for tag in sorted(old - new):
        comparison.tell(
            "api-tag-removed",
            scope,
            ("tags",),
            f"{scope.operation} lost the tag {show(tag)}",
            before=tag,
        )
    for tag in sorted(new - old):
        comparison.tell(
            "api-tag-added",
            scope,
            ("tags",),
            f"{scope.operation} has the new tag {show(tag)}",
            after=tag,
        )
    return {"tags"} if old != new else set()


def _stability(
    comparison: Comparison, scope: Scope, before: dict[str, Any], after: dict[str, Any]
) -> set[str]:
    (old, old_valid), (new, new_valid) = stability_of(before), stability_of(after)
    for holder, valid in ((before, old_valid), (after, new_valid)):
        if not valid:
            invalid_stability(comparison, scope, holder)
    if not old_valid or not new_valid:
        return {STABILITY}
    if rank(old) == rank(new) or not tracked(old):
        return set()
    rule = "api-stability-decreased" if rank(new) < rank(old) else "api-stability-increased"
    comparison.tell(
        rule,
        scope,
        (STABILITY,),
        f"The stability of {scope.operation} changed from {old or 'stable'} to {new or 'stable'}",
        before=old,
        after=new,
    )
    return {STABILITY}


def invalid_stability(comparison: Comparison, scope: Scope, holder: dict[str, Any]) -> None:
    """Tell that an operation declares a stability level that is none."""
    comparison.tell(
        "api-invalid-stability-level",
        scope,
        (STABILITY,),
        f"{scope.operation} has the stability level {show(holder[STABILITY])}, which "
        "is none of draft, alpha, beta, stable",
        after=holder[STABILITY],
    )


def _deprecation(
    comparison: Comparison, scope: Scope, before: dict[str, Any], after: dict[str, Any]
) -> set[str]:
    old, new = before.get("deprecated") is True, after.get("deprecated") is True
    if old == new:
        return set()
    handled = {"deprecated"}
    told = f"{scope.operation} is {'deprecated' if new else 'no longer deprecated'}"
    rule = "endpoint-reactivated"
    if old and SUNSET not in after:
        handled.add(SUNSET)
    if new:
        if SUNSET not in after:
            if scope.grace_days > 0:
                rule, told = "api-deprecated-sunset-missing", f"{told} without a sunset date"
            else:
                rule = "endpoint-deprecated"
        else:
            if SUNSET not in before:
                handled.add(SUNSET)
            day = sunset_date(after[SUNSET])
            if day is None:
                rule = "api-deprecated-sunset-parse"
                told += f" with the unreadable sunset {show(after[SUNSET])}"
            elif (day - comparison.policy.today).days < scope.grace_days:
                rule = "api-sunset-date-too-small"
                told += f" with the sunset {day}, {too_soon(scope.grace_days)}"
            else:
                rule, told = "endpoint-deprecated-with-sunset", f"{told} with the sunset {day}"
    comparison.tell(rule, scope, ("deprecated",), told, before=old, after=new)
    return handled


def _sunset(
    comparison: Comparison, scope: Scope, before: dict[str, Any], after: dict[str, Any]
) -> set[str]:
    if after.get("deprecated") is not True or SUNSET not in before:
        return set()
    old, new = before[SUNSET], after.get(SUNSET, MISSING)
    if equal(old, new):
        return set()
    if new is MISSING:
        rule, told = "sunset-deleted", f"{scope.operation} lost its sunset {show(old)}"
    else:
        rule, told = _sunset_changed(comparison, scope, old, new)
    comparison.tell(rule, scope, (SUNSET,), told, before=old, after=new)
    return {SUNSET}


def _sunset_changed(comparison: Comparison, scope: Scope, old: Any, new: Any) -> tuple[str, str]:
    before, after = sunset_date(old), sunset_date(new)
    told = f"The sunset of {scope.operation} changed from {show(old)} to {show(new)}"
    if before is None or after is None:
        unreadable = listed([old] if before is None else [new])
        return "api-path-sunset-parse", f"{told}; {unreadable} can't be read"
    if before > after and (after - comparison.policy.today).days < scope.grace_days:
        return "api-sunset-date-changed-too-small", (
            f"{told}, earlier than announced, {too_soon(scope.grace_days)}"
        )
    return "api-sunset-date-changed", told
