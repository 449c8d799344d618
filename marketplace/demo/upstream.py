"""The demo's upstream: a small service behind the gateway that stands in for every owner's.

It answers any call with what reached it, so that a visitor sees what the gateway let through and
which headers the verifier vouched for.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
LARGEST_BODY = 65_536


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """ASGI: echo the call as JSON with status 200."""
    if scope["type"] != "http":
        return
    size = 0
    while True:
        message = await receive()
        size += len(message.get("body", b""))
        if not message.get("more_body") or size > LARGEST_BODY:
            break
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    body = json.dumps(
        {
            "service": "demo upstream",
            "method": scope["method"],
            "path": scope["raw_path"].decode("latin-1"),
            "received_bytes": size,
            "vouched_for": {k: v for k, v in sorted(headers.items()) if k.startswith("x-mkt-")},
        },
        indent=2,
    ).encode()
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [
                (b"content-type", b"application/json"),
                (b"content-length", str(len(body)).encode()),
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})
