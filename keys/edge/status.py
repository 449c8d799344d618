"""How the verifier is: `/healthz`, `/readyz`, `/metrics`, and its public key."""

import orjson

from keys.edge.asgi import JSON, Handler, Receive, Scope, Send, respond
from keys.edge.verifier import Verifier


def healthz(verifier: Verifier) -> Handler:
    """200 while the process answers."""

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        await respond(send, 200, b"ok\n")

    return handle


def readyz(verifier: Verifier) -> Handler:
    """200 while it decides with full knowledge, else 503 with what is missing."""

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        state = {
            "ready": verifier.ready,
            "verifier": verifier.id,
            "database": verifier.database.reachable,
            "feed": verifier.feed.fresh,
            "points": verifier.points.loaded.is_set(),
            "intake": verifier.intake.failing_since is None,
            "draining": verifier.draining,
        }
        await respond(send, 200 if verifier.ready else 503, orjson.dumps(state), JSON)

    return handle


def metrics(verifier: Verifier) -> Handler:
    """Prometheus' text format."""

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        text = verifier.metrics.text(verifier.id).encode()
        await respond(send, 200, text, b"text/plain; version=0.0.4; charset=utf-8")

    return handle


def jwks(verifier: Verifier) -> Handler:
    """The key that X-Mkt-Assertion is signed with (RFC 7517)."""

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        body = orjson.dumps({"keys": [verifier.signer.jwk]})
        await respond(send, 200, body, JSON, [(b"cache-control", b"max-age=300")])

    return handle
