"""The edge's ASGI application: `granian --interface asgi keys.edge.app:app`."""

from collections.abc import Awaitable

import structlog

from keys.edge.asgi import Handler, Message, Receive, Scope, Send, respond
from keys.edge.authz import PREFIX, Authz
from keys.edge.routes import ROUTES
from keys.edge.verifier import Settings, Verifier
from marketplace import env, logs

log = structlog.get_logger()

STARTING = b'{"type":"/problems/undecidable","title":"Starting","status":503}'
NOWHERE = b'{"type":"/problems/not-found","title":"There is nothing here","status":404}'
BROKEN = b'{"type":"/problems/undecidable","title":"Cannot be decided just now","status":503}'
PROBLEM = b"application/problem+json"


class Edge:
    """Starts the verifier with the server and hands each request to its handler."""

    def __init__(self) -> None:
        self._verifier: Verifier | None = None
        self._authz: Authz | None = None
        self._exact: dict[bytes, Handler] = {}
        self._below: list[tuple[bytes, Handler]] = []

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """ASGI 3.0: HTTP and lifespan."""
        if scope["type"] == "http":
            if self._authz is not None and scope["raw_path"].startswith(PREFIX):
                return self._authz.handle(scope, receive, send)
            return self._other(scope, receive, send)
        return self._live(scope, receive, send)

    async def _other(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._authz is None:
            await respond(send, 503, STARTING, PROBLEM)
        elif (handler := self._find(scope["raw_path"])) is not None:
            await self._handle(handler, scope, receive, send)
        else:
            await respond(send, 404, NOWHERE, PROBLEM)

    async def _handle(self, handler: Handler, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await handler(scope, receive, sending)
        except Exception:
            log.exception("edge.handler_failed", path=scope["path"])
            if not begun:
                await respond(send, 503, BROKEN, PROBLEM)

    def _find(self, path: bytes) -> Handler | None:
        handler = self._exact.get(path)
        if handler is None:
            handler = next((h for prefix, h in self._below if path.startswith(prefix)), None)
        return handler

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            return
        await receive()
        logs.configure(env.text("LOG_LEVEL", "INFO"))
        await self.start(Settings.from_environment())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def start(self, settings: Settings) -> None:
        """Make the verifier and its handlers, and begin."""
        verifier = Verifier(settings)
        self._verifier = verifier
        for path, make in ROUTES.items():
            if path.endswith(b"/"):
                self._below.append((path, make(verifier)))
            else:
                self._exact[path] = make(verifier)
        self._authz = Authz(verifier)
        await verifier.start()

    async def stop(self) -> None:
        """Stop what `start` began."""
        if self._verifier is not None:
            await self._verifier.stop()


app = Edge()
