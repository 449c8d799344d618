"""Media types: those a body can have, how they relate, and what each holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any

from ..comparison import Comparison, Scope, Use
from ..rule import REQUEST_BODY, Place, Rule
from ..values import MISSING, show

RULES: list[Rule] = [
    Rule(
        "request-body-media-type-added",
        "info",
        "request",
        "the request body may have another media type",
    ),
    Rule(
        "request-body-media-type-removed",
        "error",
        "request",
        "the request body may no longer have a media type",
    ),
    Rule(
        "request-body-media-type-name-changed",
        "info",
        "request",
        "a media type of the request body has other parameters",
    ),
    Rule(
        "request-body-media-type-name-generalized",
        "info",
        "request",
        "a media type of the request body became a wider one",
    ),
    Rule(
        "request-body-media-type-name-specialized",
        "error",
        "request",
        "a media type of the request body became a narrower one",
    ),
    Rule(
        "response-media-type-added", "info", "response", "the response may have another media type"
    ),
    Rule(
        "response-media-type-removed",
        "error",
        "response",
        "the response no longer has a media type",
    ),
    Rule(
        "response-media-type-name-changed",
        "info",
        "response",
        "a media type of the response has other parameters",
    ),
    Rule(
        "response-media-type-name-generalized",
        "error",
        "response",
        "a media type of the response became a wider one",
    ),
    Rule(
        "response-media-type-name-specialized",
        "info",
        "response",
        "a media type of the response became a narrower one",
    ),
    Rule(
        "request-body-media-type-schema-added",
        "error",
        "request",
        "a media type of the request body has a schema now",
    ),
    Rule(
        "request-body-media-type-schema-removed",
        "info",
        "request",
        "a media type of the request body has no schema any more",
    ),
    Rule(
        "response-body-media-type-schema-added",
        "info",
        "response",
        "a media type of the response has a schema now",
    ),
    Rule(
        "response-body-media-type-schema-removed",
        "warning",
        "response",
        "a media type of the response has no schema any more",
    ),
    Rule(
        "encoding-changed",
        "warning",
        "none",
        "how a part of a form or multipart body is written changed",
    ),
    Rule(
        "item-schema-changed",
        "warning",
        "none",
        "the schema of the items of a streamed body came or went",
    ),
]


@dataclass(frozen=True, slots=True)
class Name:
    """A media type name in its parts (RFC 6838, RFC 9110 8.3.1)."""

    type: str
    subtype: str
    suffix: str
    parameters: tuple[tuple[str, str], ...]


def parsed(name: str) -> Name | None:
    """The parts of a media type name; None if it is none, or has two suffixes."""
    message = Message()
    message["content-type"] = name
    parameters = message.get_params(failobj=[])
    if not parameters:
        return None
    full = parameters[0][0].strip().lower()
    kind, slash, rest = full.partition("/")
    parts = rest.split("+")
    if not slash or not kind or not rest or "/" in rest or len(parts) > 2 or not all(parts):
        return None
    return Name(kind, parts[0], parts[1] if len(parts) == 2 else "", tuple(sorted(parameters[1:])))


def contains(wide: str, narrow: str) -> bool:
    """Whether every body of one media type is one of the other; parameters play no part."""
    outer, inner = parsed(wide), parsed(narrow)
    if outer is None or inner is None or outer.type != inner.type:
        return False
    if not outer.suffix and inner.suffix and inner.suffix == outer.subtype:
        return True
    return outer.subtype == inner.subtype and outer.suffix == inner.suffix


def is_json(name: str) -> bool:
    """Whether values of the media type carry their JSON type."""
    bare = name.split(";")[0].strip().lower()
    return bare == "application/json" or bare.endswith("+json")


def _pairs(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, str]:
    pairs = {name: name for name in before if name in after}
    free = [name for name in after if name not in pairs]
    for name in before:
        if name in pairs:
            continue
        for other in free:
            if contains(name, other) or contains(other, name):
                pairs[name] = other
                free.remove(other)
                break
    return pairs


def compare(
    comparison: Comparison,
    scope: Scope,
    tokens: tuple[str, ...],
    before: Any,
    after: Any,
    place: Place,
    subject: str,
) -> None:
    """Compare the content of a request body or a response."""
    if comparison.documents.same(before, after):
        return
    old, new = comparison.objects(before, after, scope, (*tokens, "content"))
    prefix = "request-body-media-type" if place is REQUEST_BODY else "response-media-type"
    pairs = _pairs(old, new)
    at = (*tokens, "content")
    for name in old.keys() - pairs.keys():
        comparison.tell(
            f"{prefix}-removed",
            scope,
            (*at, name),
            f"{subject} no longer has the media type {show(name)}",
            before=old[name],
        )
    for name in new.keys() - set(pairs.values()):
        comparison.tell(
            f"{prefix}-added",
            scope,
            (*at, name),
            f"{subject} has the new media type {show(name)}",
            after=new[name],
        )
    for name, other in pairs.items():
        if name != other:
            _renamed(comparison, scope, (*at, other), prefix, subject, (name, other))
        _content(comparison, scope, (*at, other), (old[name], new[other]), place, subject, other)


def _renamed(
    comparison: Comparison,
    scope: Scope,
    tokens: tuple[str, ...],
    prefix: str,
    subject: str,
    names: tuple[str, str],
) -> None:
    before, after = parsed(names[0]), parsed(names[1])
    if before is None or after is None or before.parameters != after.parameters:
        change = "changed"
    else:
        change = "specialized" if contains(*names) else "generalized"
    comparison.tell(
        f"{prefix}-name-{change}",
        scope,
        tokens,
        f"{subject}: the media type {show(names[0])} became {show(names[1])}",
        before=names[0],
        after=names[1],
    )


def _content(
    comparison: Comparison,
    scope: Scope,
    tokens: tuple[str, ...],
    pair: tuple[Any, Any],
    place: Place,
    subject: str,
    name: str,
) -> None:
    if comparison.documents.same(*pair):
        return
    before, after = comparison.objects(*pair, scope, tokens)
    use = Use(
        scope=scope,
        tokens=(*tokens, "schema"),
        whole=f"{subject} ({name})",
        part=f"{_part(subject)} ({name})",
        typed=is_json(name),
    )
    old, new = before.get("schema", MISSING), after.get("schema", MISSING)
    if old is not MISSING and new is not MISSING:
        comparison.schema(use, old, new, place)
    elif old is not new:
        action = "added" if old is MISSING else "removed"
        comparison.tell(
            f"{place.prefix}-media-type-schema-{action}",
            scope,
            use.tokens,
            f"{use.whole} {'has a schema now' if new else 'has no schema any more'}",
            before=old,
            after=new,
        )
    _items(comparison, use, before, after, place)
    _encoding(comparison, scope, tokens, before, after, f"{subject} ({name})")
    comparison.leftovers(
        before, after, ("schema", "itemSchema", "encoding"), scope, tokens, f"{subject} ({name})"
    )


def _part(subject: str) -> str:
    """How a property of a body is called, with a place for its name."""
    if subject == "Request body":
        return "Request property `{}`"
    if subject.startswith("Response "):
        return f"Response property `{{}}` of {subject[0].lower()}{subject[1:]}"
    return f"Property `{{}}` of {subject[0].lower()}{subject[1:]}"


def _items(
    comparison: Comparison, use: Use, before: dict[str, Any], after: dict[str, Any], place: Place
) -> None:
    """OpenAPI 3.2: the schema of each item of a streamed body."""
    old, new = before.get("itemSchema", MISSING), after.get("itemSchema", MISSING)
    if comparison.documents.same(old, new):
        return
    tokens = (*use.tokens[:-1], "itemSchema")
    if old is MISSING or new is MISSING:
        comparison.tell(
            "item-schema-changed",
            use.scope,
            tokens,
            f"{use.whole} {'has a' if new else 'has no'} schema for its items",
            before=old,
            after=new,
        )
        return
    inner = Use(use.scope, tokens, f"Each item of {use.whole}", use.part, use.typed)
    comparison.schema(inner, old, new, place)


def _encoding(
    comparison: Comparison,
    scope: Scope,
    tokens: tuple[str, ...],
    before: dict[str, Any],
    after: dict[str, Any],
    subject: str,
) -> None:
    if comparison.documents.same(before.get("encoding"), after.get("encoding")):
        return
    old, new = comparison.objects(
        before.get("encoding", MISSING),
        after.get("encoding", MISSING),
        scope,
        (*tokens, "encoding"),
    )
    for name in sorted(old.keys() | new.keys()):
        if not comparison.documents.same(old.get(name, MISSING), new.get(name, MISSING)):
            comparison.tell(
                "encoding-changed",
                scope,
                (*tokens, "encoding", name),
                f"{subject}: the encoding of {show(name)} changed from "
                f"{show(old.get(name, MISSING))} to {show(new.get(name, MISSING))}",
                before=old.get(name, MISSING),
                after=new.get(name, MISSING),
            )


def compare_inner(
    comparison: Comparison,
    scope: Scope,
    tokens: tuple[str, ...],
    before: dict[str, Any],
    after: dict[str, Any],
    place: Place,
    *,
    whole: str,
    part: str,
    renamed: Mapping[str, str],
    changed: str,
) -> None:
    """Compare the one media type in which a parameter or header is written."""
    if before.keys() != after.keys():
        comparison.tell(
            changed,
            scope,
            tokens,
            f"{whole} is written as {show(list(after))}, not {show(list(before))}",
            before=list(before),
            after=list(after),
        )
    for name in before.keys() & after.keys():
        old, new = comparison.objects(before[name], after[name], scope, (*tokens, name))
        use = Use(scope, (*tokens, name, "schema"), whole, part, is_json(name), renamed)
        schemas = old.get("schema", MISSING), new.get("schema", MISSING)
        if MISSING in schemas:
            comparison.leftovers(old, new, (), scope, (*tokens, name), whole)
            continue
        comparison.schema(use, *schemas, place)
        comparison.leftovers(old, new, ("schema",), scope, (*tokens, name), whole)
