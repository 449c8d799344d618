"""From the bytes of a request to events: CloudEvents 1.0 as a JSON batch, one event, or NDJSON."""

import zlib
from collections.abc import Iterator
from typing import Any

import orjson

from marketplace.errors import Malformed, Problem, TooLarge

MAX_BYTES = 32_000_000  # after unpacking
MAX_EVENTS = 50_000
LINES = frozenset(
    {"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"}
)
BATCHES = frozenset(
    {
        "application/json",
        "application/cloudevents+json",
        "application/cloudevents-batch+json",
    }
)


class UnknownMedia(Problem):
    """415: a media type that is no batch of events."""

    status = 415
    type = "unsupported-media-type"
    title = "Send CloudEvents as JSON or NDJSON"


def decode(body: bytes, *, media: str, encoding: str = "") -> list[Any]:
    """The events of a body, each a dict or, where its line cannot be read, a text saying why.

    `media` is the Content-Type without parameters, `encoding` the Content-Encoding.
    Raises UnknownMedia, Malformed, TooLarge.
    """
    raw = unpack(body, encoding)
    if media in LINES:
        events = [_line(line) for line in raw.splitlines() if line.strip()]
    elif media in BATCHES:
        events = _batch(raw)
    else:
        raise UnknownMedia(f"Send one of {', '.join(sorted(BATCHES | LINES))}.")
    if len(events) > MAX_EVENTS:
        raise TooLarge(f"A request holds at most {MAX_EVENTS:,} events; these are {len(events):,}.")
    return events


def unpack(body: bytes, encoding: str) -> bytes:
    """The body without its Content-Encoding (gzip, deflate or none), at most MAX_BYTES.

    Raises Malformed, TooLarge; a bomb is not unpacked beyond the limit.
    """
    match encoding.strip().lower():
        case "" | "identity":
            raw = body
        case "gzip" | "x-gzip" | "deflate":
            raw = b"".join(_inflate(body))
        case other:
            raise UnknownMedia(f"Content-Encoding {other!r} is not known; send gzip or none.")
    if len(raw) > MAX_BYTES:
        raise TooLarge(f"A request holds at most {MAX_BYTES:,} bytes.")
    return raw


def _inflate(body: bytes) -> Iterator[bytes]:
    left = body
    room = MAX_BYTES + 1
    try:
        while left and room > 0:  # a gzip file may hold several members
            unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
            piece = unpacker.decompress(left, room)
            room -= len(piece)
            yield piece
            if not unpacker.eof:
                if room > 0:
                    raise Malformed("The compressed body ends too early.")
                return
            left = unpacker.unused_data
    except zlib.error:
        raise Malformed("The body is not what its Content-Encoding says.") from None


def _batch(raw: bytes) -> list[Any]:
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"Line {error.lineno}, column {error.colno}: {error.msg}.") from None
    if isinstance(found, dict):
        return [found]
    if not isinstance(found, list):
        raise Malformed("A batch is a JSON array of CloudEvents.")
    return [event if isinstance(event, dict) else "An event is a JSON object." for event in found]


def _line(line: bytes) -> Any:
    try:
        event = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return f"Column {error.colno}: {error.msg}."
    return event if isinstance(event, dict) else "An event is a JSON object."
