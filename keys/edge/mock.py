"""`ANY /mock/{slug}/…`: the answer that the API's document promises, marked as a mock.

What needs the document runs in a thread with the document cached, so that the verifier beside it
keeps answering. AsyncAPI channels stream their sample messages as server-sent events.
"""

import asyncio
import zlib
from collections import OrderedDict
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import orjson
import structlog

from catalog.documents.operation import OperationSpec
from catalog.mock.answer import Answer, answer, sample_message
from catalog.mock.document import Mocked, load
from catalog.mock.errors import CannotAnswer, Fault, WrongRequest
from catalog.mock.request import Request
from keys.edge.asgi import Handler, Receive, Scope, Send, respond
from keys.edge.database import Unreachable
from keys.edge.matcher import Matcher
from keys.edge.verifier import Verifier

PREFIX = b"/mock/"
PROBLEM = b"application/problem+json"
MOCKED = (b"x-mkt-mock", b"true")
CACHED_BYTES = 64_000_000  # of compact documents held ready
FRESH_SECONDS = 5.0
LARGEST_BODY = 1_000_000
SECONDS = 5.0
MESSAGES = 20
BETWEEN_MESSAGES = 1.0
CURRENT = """
SELECT v.id, length(d.compact) FROM catalog_api a
JOIN catalog_version v ON v.id = a.served_version_id AND v.state <> 'withdrawn'
JOIN catalog_document d ON d.version_id = v.id WHERE a.slug = %s
"""
COMPACT = "SELECT compact FROM catalog_document WHERE version_id = %s"
log = structlog.get_logger()


@dataclass
class Held:
    """A document held ready, with its matcher; `checked` is when it was last the served one."""

    version: UUID
    size: int
    mocked: Mocked
    matcher: Matcher
    checked: float


class Refused(Exception):
    """An answer that refuses: status, problem slug, title and what is wrong."""

    def __init__(
        self, status: int, slug: str, title: str, faults: list[Fault] | None = None
    ) -> None:
        super().__init__(title)
        self.status, self.slug, self.title, self.faults = status, slug, title, faults or []

    def body(self) -> bytes:
        """The problem document (RFC 9457)."""
        found: dict[str, Any] = {
            "type": f"/problems/{self.slug}",
            "title": self.title,
            "status": self.status,
        }
        if self.faults:
            found["errors"] = [{"pointer": f.place, "detail": f.detail} for f in self.faults]
        return orjson.dumps(found)


class Mock:
    """Answers from documents, the served version of each API."""

    def __init__(self, verifier: Verifier) -> None:
        self.database = verifier.database
        self.held: OrderedDict[str, Held] = OrderedDict()
        self.loading: dict[str, asyncio.Lock] = {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI for one request."""
        try:
            slug, path = split(scope["raw_path"])
            held = await self.document(slug)
            if held.mocked.kind == "asyncapi":
                await self.stream(held.mocked, path, receive, send)
                return
            made = await self.answer(held, path, scope, receive)
        except Refused as refused:
            await respond(send, refused.status, refused.body(), PROBLEM, [MOCKED])
        except Unreachable:
            title = "The document cannot be read just now"
            await respond(send, 503, Refused(503, "unavailable", title).body(), PROBLEM, [MOCKED])
        else:
            headers = [(n.lower().encode(), v.encode()) for n, v in made.headers.items()]
            media = made.media_type.encode("ascii", "replace")
            await respond(send, made.status, made.body, media, [MOCKED, *headers])

    async def answer(self, held: Held, path: str, scope: Scope, receive: Receive) -> Answer:
        """The operation's answer to this request. Raises Refused."""
        method: str = scope["method"]
        segments = path.encode("latin-1").split(b"/")
        key = held.matcher.match(segments, 1, method)
        if key is None and method == "HEAD":
            key = held.matcher.match(segments, 1, "GET")
        if key is None:
            raise Refused(404, "operation-unknown", "The document declares no such operation")
        request = Request(
            method=method,
            path=path,
            query=scope["query_string"].decode("latin-1"),
            headers={k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]},
            body=await body_of(receive),
        )
        operation = held.mocked.operations[key]
        made: Answer = await within(answer_or_refuse, held.mocked, operation, request)
        return made

    async def stream(self, mocked: Mocked, path: str, receive: Receive, send: Send) -> None:
        """Sample messages of one channel (or of all, at `/`), a second apart."""
        messages = await within(samples, mocked, unquote(path.lstrip("/")))
        head = [
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),
            MOCKED,
        ]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        gone = asyncio.ensure_future(receive_end(receive))
        for number in range(MESSAGES):
            name, payload = messages[number % len(messages)]
            data = payload.replace(b"\n", b"\ndata: ")
            event = b"id: %d\nevent: %s\ndata: %s\n\n" % (number + 1, name, data)
            await send({"type": "http.response.body", "body": event, "more_body": True})
            done, _ = await asyncio.wait({gone}, timeout=BETWEEN_MESSAGES)
            if done:
                break
        gone.cancel()
        await send({"type": "http.response.body", "body": b""})

    async def document(self, slug: str) -> Held:
        """The served document of an API, held ready. Raises Refused where there is none."""
        held = self.held.get(slug)
        if held is not None and monotonic() - held.checked < FRESH_SECONDS:
            self.held.move_to_end(slug)
            return held
        async with self.loading.setdefault(slug, asyncio.Lock()):
            rows = await self.database.rows(CURRENT, [slug])
            if not rows:
                self.loading.pop(slug, None)
                raise Refused(404, "api-unknown", f"There is no API {slug[:80]!r} to mock")
            version, size = rows[0]
            held = self.held.get(slug)
            if held is None or held.version != version:
                (compact,) = (await self.database.rows(COMPACT, [version]))[0]
                held = await asyncio.to_thread(made_ready, version, size, bytes(compact))
                self.held[slug] = held
                self.make_room()
            held.checked = monotonic()
            return held

    def make_room(self) -> None:
        """Let go of what was asked for longest ago."""
        while len(self.held) > 1 and sum(h.size for h in self.held.values()) > CACHED_BYTES:
            self.held.popitem(last=False)


def mock(verifier: Verifier) -> Handler:
    """The handler of all below `/mock/`."""
    return Mock(verifier).handle


def split(raw_path: bytes) -> tuple[str, str]:
    """The API's slug and the raw path below it."""
    slug, _, rest = raw_path.removeprefix(PREFIX).partition(b"/")
    return slug.decode("latin-1"), "/" + rest.decode("latin-1")


def made_ready(version: UUID, size: int, packed: bytes) -> Held:
    """Unpack and list a document (seconds for the largest)."""
    mocked = load(zlib.decompress(packed))
    http = [o for o in mocked.operations.values() if o.kind == "http"]
    matcher = Matcher((o.key, o.method, o.path) for o in http)
    return Held(version, size * 8, mocked, matcher, 0.0)


def answer_or_refuse(mocked: Mocked, operation: OperationSpec, request: Request) -> Answer:
    """The answer, or why there is none. Raises Refused."""
    try:
        return answer(mocked, operation, request)
    except WrongRequest as wrong:
        title = "The request does not fit the document"
        raise Refused(422, "request-invalid", title, wrong.faults) from None
    except (CannotAnswer, LookupError, RecursionError) as reason:
        text = str(reason) or "the schema is too deep"
        raise Refused(501, "mock-impossible", f"The mock has no answer: {text}") from None


def samples(mocked: Mocked, channel: str) -> list[tuple[bytes, bytes]]:
    """The name and a sample payload of each message of a channel. Raises Refused."""
    found: list[tuple[bytes, bytes]] = []
    reason = ""
    for operation in mocked.operations.values():
        if channel and operation.path != channel:
            continue
        for message in operation.messages:
            try:
                payload = orjson.dumps(sample_message(mocked, message))
            except (CannotAnswer, LookupError, RecursionError) as cannot:
                reason = str(cannot)
                continue
            name = "".join(c for c in message.name if c.isprintable())
            found.append((name.encode(), payload))
    if found:
        return found
    if reason:
        raise Refused(501, "mock-impossible", f"The mock has no message: {reason}")
    raise Refused(404, "channel-unknown", "The document declares no such channel with messages")


async def within(work: Any, *arguments: Any) -> Any:
    """Run `work` in a thread for a bounded time. Raises Refused where it takes too long."""
    try:
        async with asyncio.timeout(SECONDS):
            return await asyncio.to_thread(work, *arguments)
    except TimeoutError:
        raise Refused(503, "mock-slow", "The mock takes too long for this one") from None


async def body_of(receive: Receive) -> bytes:
    """The request's body. Raises Refused (413) where it is larger than the mock takes."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size > LARGEST_BODY:
            raise Refused(413, "too-large", f"The mock takes bodies of {LARGEST_BODY:,} bytes")
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


async def receive_end(receive: Receive) -> None:
    """Returns when the caller has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
