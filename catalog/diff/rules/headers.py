"""Response headers."""

from typing import Any

from ..comparison import Comparison, Scope, Use
from ..rule import RESPONSE_HEADER, Rule
from ..values import MISSING, show
from . import media_types

RULES: list[Rule] = [
    Rule("response-header-added", "info", "response", "a response header was added"),
    Rule(
        "required-response-header-removed",
        "error",
        "response",
        "a response header that was always there was removed",
    ),
    Rule(
        "optional-response-header-removed", "warning", "response", "a response header was removed"
    ),
    Rule(
        "response-header-became-optional", "error", "response", "a response header may be missing"
    ),
    Rule(
        "response-header-became-required",
        "info",
        "response",
        "a response header is always there now",
    ),
    Rule("response-header-deprecated", "info", "response", "a response header is deprecated"),
    Rule(
        "response-header-reactivated",
        "info",
        "response",
        "a response header is no longer deprecated",
    ),
    Rule(
        "response-header-serialization-changed",
        "error",
        "response",
        "a response header is written in another way",
    ),
    Rule("response-header-schema-added", "info", "response", "a response header has a schema now"),
    Rule(
        "response-header-schema-removed",
        "warning",
        "response",
        "a response header has no schema any more",
    ),
]


def compare(
    comparison: Comparison, scope: Scope, tokens: tuple[str, ...], before: Any, after: Any
) -> None:
    """Compare the headers of a response; their names know no case (RFC 9110 5.1)."""
    if comparison.documents.same(before, after):
        return
    old, new = comparison.objects(before, after, scope, (*tokens, "headers"))
    names = {name.lower(): name for name in old}
    pairs = {names[name.lower()]: name for name in new if name.lower() in names}
    for name in old.keys() - pairs.keys():
        header = comparison.documents.base.resolve(old[name])
        header = header if isinstance(header, dict) else {}
        need = "required" if header.get("required") is True else "optional"
        comparison.tell(
            f"{need}-response-header-removed",
            scope,
            (*tokens, "headers", name),
            f"Response {tokens[-1]}: the header {show(name)} was removed",
            before=header,
        )
    for name in new.keys() - set(pairs.values()):
        comparison.tell(
            "response-header-added",
            scope,
            (*tokens, "headers", name),
            f"Response {tokens[-1]}: the header {show(name)} was added",
            after=new[name],
        )
    for name, other in pairs.items():
        if name != other:
            comparison.tell(
                "equivalent-rewrite",
                scope,
                (*tokens, "headers", other),
                f"Response {tokens[-1]}: the header {show(name)} is written {show(other)}",
                before=name,
                after=other,
            )
        _header(comparison, scope, (*tokens, "headers", other), old[name], new[other])


def _header(
    comparison: Comparison, scope: Scope, tokens: tuple[str, ...], before: Any, after: Any
) -> None:
    if comparison.documents.same(before, after):
        return
    status, name = tokens[-3], tokens[-1]
    subject = f"Header `{name}` of response {status}"
    comparison.beside(before, after, scope, tokens, subject)
    old, new = comparison.objects(before, after, scope, tokens)
    handled = {"schema", "content"}
    for keyword, (on, off), told in (
        (
            "required",
            ("became-required", "became-optional"),
            ("is always there now", "may be missing now"),
        ),
        ("deprecated", ("deprecated", "reactivated"), ("is deprecated", "is no longer deprecated")),
    ):
        was, becomes = old.get(keyword) is True, new.get(keyword) is True
        if was != becomes:
            handled.add(keyword)
            comparison.tell(
                f"response-header-{on if becomes else off}",
                scope,
                (*tokens, keyword),
                f"{subject} {told[0] if becomes else told[1]}",
                before=was,
                after=becomes,
            )
    for keyword in ("style", "explode"):
        if old.get(keyword, MISSING) != new.get(keyword, MISSING) and keyword in {**old, **new}:
            default: Any = "simple" if keyword == "style" else False
            handled.add(keyword)
            same = old.get(keyword, default) == new.get(keyword, default)
            rule = "equivalent-rewrite" if same else "response-header-serialization-changed"
            comparison.tell(
                rule,
                scope,
                (*tokens, keyword),
                f"{subject}: {keyword} changed from {show(old.get(keyword))} to "
                f"{show(new.get(keyword))}",
                before=old.get(keyword),
                after=new.get(keyword),
            )
    _schema(comparison, scope, tokens, old, new, subject)
    comparison.leftovers(old, new, handled, scope, tokens, subject)


def _schema(
    comparison: Comparison,
    scope: Scope,
    tokens: tuple[str, ...],
    old: dict[str, Any],
    new: dict[str, Any],
    subject: str,
) -> None:
    part = f"Property `{{}}` of the header `{tokens[-1]}` of response {tokens[-3]}"
    before, after = old.get("schema", MISSING), new.get("schema", MISSING)
    use = Use(scope, (*tokens, "schema"), subject, part, typed=False)
    if before is not MISSING and after is not MISSING:
        comparison.schema(use, before, after, RESPONSE_HEADER)
    elif before is not after and "content" not in {**old, **new}:
        action = "added" if before is MISSING else "removed"
        comparison.tell(
            f"response-header-schema-{action}",
            scope,
            use.tokens,
            f"{subject} {'has a schema now' if after else 'has no schema any more'}",
            before=before,
            after=after,
        )
    content = old.get("content"), new.get("content")
    if comparison.documents.same(*content):
        return
    if not content[0] or not content[1]:
        comparison.tell(
            "response-header-serialization-changed",
            scope,
            (*tokens, "content"),
            f"{subject} is written as {'a media type' if content[1] else 'plain text'} now",
            before=content[0],
            after=content[1],
        )
        return
    media_types.compare_inner(
        comparison,
        scope,
        (*tokens, "content"),
        *comparison.objects(*content, scope, (*tokens, "content")),
        RESPONSE_HEADER,
        whole=subject,
        part=part,
        renamed={},
        changed="response-header-serialization-changed",
    )
