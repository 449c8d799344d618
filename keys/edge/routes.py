"""Which handler answers which path on the edge port: the one place where a door is added.

A handler module offers `handler(verifier) -> Handler`, which is an ASGI callable for HTTP
requests. The verifier's own question is not listed: app.py tries it before all else, because nearly
every request is one.
"""

from collections.abc import Callable

from keys.edge import mock, settle, status
from keys.edge.asgi import Handler
from keys.edge.verifier import Verifier

Make = Callable[[Verifier], Handler]

# Exact paths; a path that ends with a slash stands for all below it.
ROUTES: dict[bytes, Make] = {
    b"/healthz": status.healthz,
    b"/readyz": status.readyz,
    b"/metrics": status.metrics,
    b"/edge/v1/jwks.json": status.jwks,
    b"/edge/v1/settle": settle.handler,
    b"/mock/": mock.mock,
}
