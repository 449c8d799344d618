"""The ASGI application of the edge port: the verifier, the mock and server-sent events."""

from keys.edge.app import app as application

__all__ = ["application"]
