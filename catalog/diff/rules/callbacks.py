"""Callbacks: requests that the API makes to its caller, so that directions are swapped in them."""

from collections.abc import Iterator
from typing import Any

from ..comparison import Comparison, Scope
from ..rule import REQUEST_BODY, RESPONSE_BODY, Rule
from ..values import MISSING, show
from . import media_types

RULES: list[Rule] = [
    Rule("callback-added", "info", "none", "an operation calls back at another event"),
    Rule("callback-removed", "error", "none", "an operation no longer calls back at an event"),
    Rule("callback-request-added", "info", "none",
         "an operation calls back by another request at the same event"),
    Rule("callback-request-removed", "error", "none",
         "an operation no longer makes one of its requests at an event"),
    Rule("callback-body-added", "info", "response", "a request to the caller has a body now"),
    Rule("callback-body-removed", "error", "response",
         "a request to the caller has no body any more"),
    Rule("callback-answer-added", "info", "request",
         "the caller may answer a callback by another status"),
    Rule("callback-answer-removed", "error", "request",
         "the caller may no longer answer a callback by a status"),
    Rule("callback-changed", "warning", "none",
         "something else changed in a request that an operation makes to its caller"),
]  # fmt: skip


def compare(
    comparison: Comparison, scope: Scope, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """Compare the callbacks of an operation by name, expression and method."""
    nodes = before.get("callbacks", MISSING), after.get("callbacks", MISSING)
    if comparison.documents.same(*nodes):
        return
    tokens = ("callbacks",)
    for name, old, new in _each(comparison, scope, tokens, *nodes):
        at = (*tokens, name)
        whose = f"The callback {show(name)}"
        if _existence(comparison, scope, at, "callback", whose, old, new):
            continue
        for expression, one, other in _each(comparison, scope, at, old, new):
            _paths(comparison, scope, (*at, expression), whose, one, other)


def _each(
    comparison: Comparison, scope: Scope, tokens: tuple[str, ...], before: Any, after: Any
) -> Iterator[tuple[str, Any, Any]]:
    """The entries that differ in two objects, each with its value on both sides."""
    old, new = comparison.objects(before, after, scope, tokens)
    for name in sorted(old.keys() | new.keys()):
        values = old.get(name, MISSING), new.get(name, MISSING)
        if not comparison.documents.same(*values):
            yield name, *values


def _existence(
    comparison: Comparison,
    scope: Scope,
    tokens: tuple[str, ...],
    rule: str,
    subject: str,
    before: Any,
    after: Any,
) -> bool:
    """Tell that something came or went; whether it did."""
    if before is not MISSING and after is not MISSING:
        return False
    action = "added" if before is MISSING else "removed"
    comparison.tell(
        f"{rule}-{action}", scope, tokens, f"{subject} was {action}", before=before, after=after
    )
    return True


def _paths(
    comparison: Comparison,
    scope: Scope,
    tokens: tuple[str, ...],
    whose: str,
    before: Any,
    after: Any,
) -> None:
    for method, old, new in _each(comparison, scope, tokens, before, after):
        at = (*tokens, method)
        request = f"{whose} by {method.upper()} {show(tokens[-1])}"
        if _existence(comparison, scope, at, "callback-request", request, old, new):
            continue
        if not isinstance(old, dict) or not isinstance(new, dict):
            _changed(comparison, scope, at, request, old, new)
            continue
        for part, one, other in _each(comparison, scope, at, old, new):
            if part == "requestBody":
                _body(comparison, scope, (*at, part), request, one, other)
            elif part == "responses":
                _answers(comparison, scope, (*at, part), request, one, other)
            elif part == "parameters":
                _changed(comparison, scope, (*at, part), request, one, other)
            else:
                comparison.leftovers({part: one}, {part: other}, (), scope, at, request)


def _changed(
    comparison: Comparison,
    scope: Scope,
    tokens: tuple[str, ...],
    request: str,
    before: Any,
    after: Any,
) -> None:
    told = f"{request}: {tokens[-1]} changed from {show(before)} to {show(after)}"
    comparison.tell("callback-changed", scope, tokens, told, before=before, after=after)


def _body(
    comparison: Comparison,
    scope: Scope,
    tokens: tuple[str, ...],
    request: str,
    before: Any,
    after: Any,
) -> None:
    """What the caller is sent: it reads it as it reads a response."""
    subject = f"The body of {request[0].lower()}{request[1:]}"
    if _existence(comparison, scope, tokens, "callback-body", subject, before, after):
        return
    old, new = comparison.objects(before, after, scope, tokens)
    media_types.compare(
        comparison,
        scope,
        tokens,
        old.get("content", MISSING),
        new.get("content", MISSING),
        RESPONSE_BODY,
        subject,
    )
    comparison.leftovers(old, new, ("content",), scope, tokens, subject)


def _answers(
    comparison: Comparison,
    scope: Scope,
    tokens: tuple[str, ...],
    request: str,
    before: Any,
    after: Any,
) -> None:
    """What the caller may answer: it writes it as it writes a request."""
    for status, one, other in _each(comparison, scope, tokens, before, after):
        at = (*tokens, status)
        subject = f"The answer {status} to {request[0].lower()}{request[1:]}"
        if _existence(comparison, scope, at, "callback-answer", subject, one, other):
            continue
        old, new = comparison.objects(one, other, scope, at)
        content = old.get("content", MISSING), new.get("content", MISSING)
        if not comparison.documents.same(*content):
            media_types.compare(comparison, scope, at, *content, REQUEST_BODY, subject)
        comparison.leftovers(old, new, ("content",), scope, at, subject)
