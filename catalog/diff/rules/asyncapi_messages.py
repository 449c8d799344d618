"""AsyncAPI messages: which ones an operation carries, and what they hold."""

from collections.abc import Sequence
from typing import Any

from ..channels import Message
from ..comparison import Comparison, Scope, Use
from ..rule import REQUEST_BODY, RESPONSE_BODY, Place, Rule
from ..values import MISSING, differences, equal, show
from . import asyncapi_bindings
from .media_types import is_json

RULES: list[Rule] = [
    Rule("asyncapi-sent-message-added", "warning", "response",
         "the application sends another kind of message"),
    Rule("asyncapi-sent-message-removed", "error", "response",
         "the application no longer sends a kind of message"),
    Rule("asyncapi-received-message-added", "info", "request",
         "the application takes another kind of message"),
    Rule("asyncapi-received-message-removed", "error", "request",
         "the application no longer takes a kind of message"),
    Rule("asyncapi-message-name-changed", "info", "none",
         "a message is called by another name in the document"),
    Rule("asyncapi-content-type-changed", "error", "none", "a message has another content type"),
    Rule("asyncapi-default-content-type-changed", "info", "none",
         "messages that name no content type have another one; each affected one is told too"),
    Rule("asyncapi-schema-format-changed", "error", "none",
         "a payload is described in another schema language"),
    Rule("asyncapi-foreign-schema-changed", "warning", "none",
         "a payload changed that is described in no JSON Schema (Avro, Protobuf, RAML)"),
    Rule("asyncapi-correlation-id-changed", "error", "none",
         "a message is matched to its request in another way"),
    *(
        rule
        for part in ("payload", "headers")
        for rule in (
            Rule(f"asyncapi-message-{part}-added", "error", "request",
                 f"the {part} of a message that the application takes has a schema now"),
            Rule(f"asyncapi-message-{part}-freed", "info", "request",
                 f"the {part} of a message that the application takes has no schema any more"),
            Rule(f"asyncapi-message-{part}-described", "info", "response",
                 f"the {part} of a message that the application sends has a schema now"),
            Rule(f"asyncapi-message-{part}-removed", "warning", "response",
                 f"the {part} of a message that the application sends has no schema any more"),
        )
    ),
]  # fmt: skip

# Schema languages that read as JSON Schema; without one it is AsyncAPI's own superset of it.
_JSON_SCHEMA = (
    "application/schema+json",
    "application/schema+yaml",
    "application/vnd.aai.asyncapi",
)


def compare(
    comparison: Comparison,
    scope: Scope,
    tokens: tuple[str, ...],
    before: Sequence[Message],
    after: Sequence[Message],
    *,
    sent: bool,
    defaults: tuple[str, str],
) -> None:
    """Compare the messages of an operation; `sent` by the application, or taken by it.

    `defaults` are the content types of messages that name none.
    """
    verb = "sent" if sent else "received"
    pairs, removed, added = _matched(before, after)
    for message in removed:
        comparison.tell(
            f"asyncapi-{verb}-message-removed",
            scope,
            (*tokens, message.name),
            f"The message {show(message.name)} is no longer {verb}",
            before=message.value,
        )
    for message in added:
        comparison.tell(
            f"asyncapi-{verb}-message-added",
            scope,
            (*tokens, message.name),
            f"The message {show(message.name)} is {verb} too",
            after=message.value,
        )
    for old, new in pairs:
        _message(comparison, scope, (*tokens, new.name), old, new, sent, defaults)


def _matched(
    before: Sequence[Message], after: Sequence[Message]
) -> tuple[list[tuple[Message, Message]], list[Message], list[Message]]:
    waiting = list(after)
    pairs, removed = [], []
    for message in before:
        found = next((each for each in waiting if each.name == message.name), None)
        if found is None:
            removed.append(message)
        else:
            waiting.remove(found)
            pairs.append((message, found))
    if len(removed) == len(waiting) == 1:
        pairs.append((removed.pop(), waiting.pop()))
    return pairs, removed, waiting


def _message(
    comparison: Comparison,
    scope: Scope,
    tokens: tuple[str, ...],
    old: Message,
    new: Message,
    sent: bool,
    defaults: tuple[str, str],
) -> None:
    comparison.pair(old.node, new.node)
    told = len(comparison.changes)
    subject = f"Message `{new.name}`"
    if old.name != new.name:
        comparison.tell(
            "asyncapi-message-name-changed",
            scope,
            tokens,
            f"The message {show(old.name)} is called {show(new.name)} now",
            before=old.name,
            after=new.name,
        )
    before, after = old.value, new.value
    types = tuple(
        str(value.get("contentType") or default)
        for value, default in zip((before, after), defaults, strict=True)
    )
    if types[0] != types[1]:
        comparison.tell(
            "asyncapi-content-type-changed",
            scope,
            (*tokens, "contentType"),
            f"{subject} has the content type {show(types[1])}, not {show(types[0])}",
            before=types[0],
            after=types[1],
        )
    _payload(comparison, scope, tokens, before, after, subject, sent, is_json(types[1]))
    headers = before.get("headers", MISSING), after.get("headers", MISSING)
    _part(comparison, scope, (*tokens, "headers"), "headers", headers, subject, sent, typed=False)
    correlation = before.get("correlationId", MISSING), after.get("correlationId", MISSING)
    if not comparison.documents.same(*correlation):
        comparison.tell(
            "asyncapi-correlation-id-changed",
            scope,
            (*tokens, "correlationId"),
            f"{subject} is matched to its request by {show(correlation[1])}, not "
            f"{show(correlation[0])}",
            before=correlation[0],
            after=correlation[1],
        )
    asyncapi_bindings.compare(comparison, scope, tokens, "message", subject, before, after)
    spoken = ("contentType", "payload", "headers", "correlationId", "bindings", "schemaFormat",
              "name", "messageId")  # fmt: skip
    comparison.leftovers(before, after, spoken, scope, tokens, subject)
    comparison.beside(old.node, new.node, scope, tokens, subject)
    if len(comparison.changes) == told:
        written = (
            comparison.documents.base.resolve(old.node),
            comparison.documents.revision.resolve(new.node),
        )
        comparison.rewritten(*written, scope, tokens, subject)


def _payload(
    comparison: Comparison,
    scope: Scope,
    tokens: tuple[str, ...],
    before: dict[str, Any],
    after: dict[str, Any],
    subject: str,
    sent: bool,
    typed: bool,
) -> None:
    at = (*tokens, "payload")
    old, new = (_unwrapped(comparison, each, side) for each, side in ((before, 0), (after, 1)))
    if old[0] != new[0]:
        comparison.tell(
            "asyncapi-schema-format-changed",
            scope,
            at,
            f"{subject} is described in {_named(new[0])}, not in {_named(old[0])}",
            before=old[0],
            after=new[0],
        )
    if all(not each[0] or each[0].startswith(_JSON_SCHEMA) for each in (old, new)):
        _part(comparison, scope, at, "payload", (old[1], new[1]), subject, sent, typed=typed)
        return
    for path, one, other in differences(old[1], new[1]):
        comparison.tell(
            "asyncapi-foreign-schema-changed",
            scope,
            (*at, *path),
            f"{subject}: {'/'.join(path) or 'payload'} changed from {show(one)} to {show(other)}",
            before=one,
            after=other,
        )


def _unwrapped(comparison: Comparison, message: dict[str, Any], side: int) -> tuple[str, Any]:
    """The schema language of a payload and its schema, as AsyncAPI 2 or 3 writes them."""
    documents = comparison.documents
    payload = message.get("payload", MISSING)
    resolved = (documents.revision if side else documents.base).resolve(payload)
    if isinstance(resolved, dict) and "schemaFormat" in resolved and "schema" in resolved:
        # What else stands in the wrapper counts for nothing.
        return _language(resolved["schemaFormat"]), resolved["schema"]
    return _language(message.get("schemaFormat")), payload


def _language(value: Any) -> str:
    """The schema language without its version, which `specification-version-changed` tells."""
    if not isinstance(value, str):
        return ""
    if value.startswith("application/vnd.aai.asyncapi"):
        return ""
    return value


def _named(language: str) -> str:
    return show(language) if language else "JSON Schema"


def _part(
    comparison: Comparison,
    scope: Scope,
    tokens: tuple[str, ...],
    part: str,
    schemas: tuple[Any, Any],
    subject: str,
    sent: bool,
    *,
    typed: bool,
) -> None:
    old, new = schemas
    if comparison.documents.same(old, new):
        return
    place: Place = RESPONSE_BODY if sent else REQUEST_BODY
    if old is MISSING or new is MISSING:
        came = old is MISSING
        actions = ("described", "removed") if sent else ("added", "freed")
        action = actions[0 if came else 1]
        comparison.tell(
            f"asyncapi-message-{part}-{action}",
            scope,
            tokens,
            f"{subject} {'has its' if came else 'no longer has its'} {part} described",
            before=old,
            after=new,
        )
        return
    if equal(old, {}) and new is True:
        return
    noun = "Header" if part == "headers" else "Property"
    whole = f"{subject} {part}"
    use = Use(scope, tokens, whole, f"{noun} `{{}}` of {subject[0].lower()}{subject[1:]}", typed)
    comparison.schema(use, old, new, place)
