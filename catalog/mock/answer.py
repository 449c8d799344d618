"""The answer that an operation would give: status, media type and body."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from catalog.documents import refs
from catalog.documents.operation import (
    ExampleSpec,
    MediaSpec,
    MessageSpec,
    OperationSpec,
    ResponseSpec,
)
from catalog.mock.document import Mocked, best_media
from catalog.mock.errors import CannotAnswer, Fault, WrongRequest
from catalog.mock.judge import errors_of
from catalog.mock.request import Request, faults_of
from catalog.mock.values import Maker

PREFERENCE = re.compile(r"\b(code|example)=\"?([\w.-]{1,100})\"?")
LARGEST = 2_000_000  # bytes of one answer


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back. `source` is "example" or "schema"."""

    status: int
    media_type: str = ""
    body: bytes = b""
    source: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def answer(mocked: Mocked, operation: OperationSpec, request: Request) -> Answer:
    """The answer to a request that fits the document.

    `Prefer: code=404` and `Prefer: example=NAME` choose among the document's answers (RFC 7240).
    Raises WrongRequest with every fault, CannotAnswer where no value can be made.
    """
    faults = faults_of(mocked, operation, request)
    if faults:
        raise WrongRequest(faults)
    preferred = dict(PREFERENCE.findall(request.headers.get("prefer", "")))
    response = _response(operation, preferred.get("code", ""))
    if response is None:
        return Answer(status=204)
    status = _status(response.status, preferred.get("code", ""))
    headers = _headers(mocked, response)
    if not response.content or status in (204, 304) or request.method == "HEAD":
        return Answer(status=status, headers=headers)
    media = best_media(response.content, request.headers.get("accept", ""))
    if media is None:
        known = ", ".join(each.media_type for each in response.content)
        raise WrongRequest([Fault("header.Accept", f"This answers {known}.")])
    value, source = _value(mocked, media, preferred.get("example", ""))
    return Answer(status, media.media_type, _wire(value, media.media_type), source, headers)


def sample_message(mocked: Mocked, message: MessageSpec) -> Any:
    """The payload of a message: its author's example, else one made of its schema."""
    for example in message.examples:
        given = mocked.at(example.pointer)
        if isinstance(given, dict) and "payload" in given:
            return given["payload"]
    if message.payload is None:
        return None
    return Maker(mocked.tree).value(refs.lookup(mocked.tree, message.payload))


def _response(operation: OperationSpec, code: str) -> ResponseSpec | None:
    """The one asked for; else the lowest success, else the default, else the first."""
    listed = sorted(operation.responses, key=lambda each: each.status)
    if code:
        for wanted in (code, f"{code[0]}XX", "default"):
            for each in listed:
                if each.status.upper() == wanted.upper():
                    return each
        raise WrongRequest([Fault("header.Prefer", f"The document gives no answer {code}.")])
    success = [each for each in listed if each.status.startswith("2")]
    fallback = [each for each in listed if each.status == "default"]
    return next(iter([*success, *fallback, *listed]), None)


def _status(declared: str, code: str) -> int:
    if code.isdigit() and 200 <= int(code) <= 599:
        return int(code)
    if declared.isdigit():
        return int(declared)
    return (
        int(declared[0]) * 100 if declared[:1] in "2345" and declared[1:].upper() == "XX" else 200
    )


def _value(mocked: Mocked, media: MediaSpec, name: str) -> tuple[Any, str]:
    for example in _ranked(media.examples, name):
        try:
            return refs.lookup(mocked.tree, example.pointer or ""), "example"
        except LookupError:
            continue
    if name:
        raise WrongRequest([Fault("header.Prefer", f"The document gives no example {name!r}.")])
    if media.schema is None:
        return None, "schema"
    schema = refs.lookup(mocked.tree, media.schema)
    value = Maker(mocked.tree).value(schema)
    if not errors_of(mocked, media.schema, value):
        return value, "schema"
    # An example inside a schema may break it; what is made of the bare schema is tried then.
    bare = Maker(mocked.tree, given=False).value(schema)
    broken = errors_of(mocked, media.schema, bare)
    if broken:
        where, why = broken[0]
        raise CannotAnswer(f"no value was found that satisfies the schema ({where or '/'}: {why})")
    return bare, "schema"


def _ranked(examples: tuple[ExampleSpec, ...], name: str) -> Iterator[ExampleSpec]:
    for example in examples:
        if example.pointer and (not name or example.name == name):
            yield example


def _wire(value: Any, media_type: str) -> bytes:
    if "json" in media_type or not isinstance(value, str):
        body = orjson.dumps(value)
    else:
        body = value.encode()
    if len(body) > LARGEST:
        raise CannotAnswer(f"the answer would have {len(body):,} bytes; the mock gives {LARGEST:,}")
    return body


def _headers(mocked: Mocked, response: ResponseSpec) -> dict[str, str]:
    made: dict[str, str] = {}
    for header in response.headers:
        if header.name.lower() in ("content-type", "content-length") or header.schema is None:
            continue
        try:
            given = next((mocked.at(e.pointer) for e in header.examples if e.pointer), None)
            value = given
            if given is None:
                value = Maker(mocked.tree).value(refs.lookup(mocked.tree, header.schema))
        except (CannotAnswer, LookupError):
            continue
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            text = str(value)
            if text.isascii() and text.isprintable() and len(text) < 500:
                made[header.name] = text
    return made
