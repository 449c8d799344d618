"""The demo's upstream: one small service behind the gateway that stands in for every owner's.

It answers as the API's document says an answer looks, from the same examples as the mock; with
`X-Echo: 1` it answers with what reached it instead, so that a visitor sees which headers the
verifier vouched for.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from marketplace import env

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
LARGEST_BODY = 1_000_000
KEPT = ("content-type", "accept", "prefer")
EXAMPLES = f"http://127.0.0.1:{env.number('EDGE_PORT', 8001)}/mock"
JSON = b"application/json"

client = httpx.AsyncClient(timeout=10, trust_env=False)


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """ASGI: answer one call."""
    if scope["type"] != "http":
        return
    body = await _body(receive)
    headers = {n.decode("latin-1"): v.decode("latin-1") for n, v in scope["headers"]}
    path = scope["raw_path"].decode("latin-1")
    if "x-echo" in headers or path == "/":
        await _respond(send, 200, JSON, _echo(scope["method"], path, headers, len(body)))
        return
    query = scope["query_string"].decode("latin-1")
    answer = await client.request(
        scope["method"],
        f"{EXAMPLES}{path}{'?' + query if query else ''}",
        content=body,
        headers={name: value for name, value in headers.items() if name in KEPT},
    )
    media = answer.headers.get("content-type", "").encode()
    await _respond(send, answer.status_code, media, answer.content)


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body") or sum(map(len, parts)) > LARGEST_BODY:
            return b"".join(parts)


def _echo(method: str, path: str, headers: dict[str, str], size: int) -> bytes:
    vouched = {name: value for name, value in sorted(headers.items()) if name.startswith("x-mkt-")}
    seen = {
        "service": "demo upstream",
        "method": method,
        "path": path,
        "received_bytes": size,
        "vouched_for": vouched,
    }
    return json.dumps(seen, indent=2).encode()


async def _respond(send: Send, status: int, media: bytes, body: bytes) -> None:
    headers = [
        (b"content-type", media or b"text/plain"),
        (b"content-length", str(len(body)).encode()),
        (b"x-served-by", b"demo upstream"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
