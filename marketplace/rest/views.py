"""The base of every REST view: the actor, and writes that may be sent twice."""

import hashlib
from collections.abc import Callable
from typing import Any

import orjson
from django.db import connection, transaction
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace import clock
from marketplace.errors import Conflict, Invalid, Malformed, PreconditionFailed
from marketplace.rest.models import KeptAnswer
from marketplace.rest.renderers import plain
from marketplace.tenants.actor import Actor

IDEMPOTENCY_HEADER = "Idempotency-Key"
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
KEPT_HEADERS = ("Location", "ETag")
SHOWN_ONCE = frozenset({"secret"})


class IdempotentWrites:
    """With `Idempotency-Key`, a write runs once and its answer is kept in its own transaction.

    The same key with another request gets 422; while the first is in flight, 409. What is shown
    once (a secret) is not in the kept answer.
    """

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        method = (request.method or "").lower()
        if method.upper() in WRITES and hasattr(self, method):
            key = request.headers.get(IDEMPOTENCY_HEADER)
            if key is not None:
                if not 0 < len(key) <= 255 or not key.isprintable():
                    raise Malformed(f"{IDEMPOTENCY_HEADER} has 1 to 255 printable characters.")
                setattr(self, method, self._once(getattr(self, method), key))

    def _once(self, handler: Callable[..., Response], key: str) -> Callable[..., Response]:
        def run(request: Request, *args: Any, **kwargs: Any) -> Response:
            actor: Actor = request._request.actor  # type: ignore[attr-defined]
            if actor.tenant_id is None or actor.id is None:
                return handler(request, *args, **kwargs)
            fingerprint = hashlib.sha256(
                f"{request.method} {request.get_full_path()}\n".encode() + request._request.body
            ).digest()
            with transaction.atomic():
                _hold(f"{actor.id}:{key}")
                kept = KeptAnswer.across.filter(actor_id=actor.id, key=key).first()
                if kept is not None:
                    return _again(kept, fingerprint)
                response = handler(request, *args, **kwargs)
                KeptAnswer.across.create(
                    tenant_id=actor.tenant_id,
                    actor_id=actor.id,
                    key=key,
                    fingerprint=fingerprint,
                    status=response.status_code,
                    body=_without_secrets(response.data),
                    headers={h: response[h] for h in KEPT_HEADERS if h in response},
                    created_at=clock.now(),
                )
                return response

        return run


class RestView(IdempotentWrites, APIView):
    """A REST view. `area` names the token scope that covers it, as `area:read|write`."""

    area: str = ""

    @property
    def actor(self) -> Actor:
        """Who calls."""
        actor: Actor = self.request._request.actor  # type: ignore[attr-defined]
        return actor


def check_if_match(request: Request, etag: str) -> None:
    """Refuse a write whose `If-Match` names another state (RFC 9110). Raises PreconditionFailed."""
    given = request.headers.get("If-Match")
    if given is None or given.strip() == "*":
        return
    if etag not in [part.strip() for part in given.split(",")]:
        raise PreconditionFailed(headers={"ETag": etag})


def _hold(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 11))", [name])
        row = cursor.fetchone()
    if not row or not row[0]:
        raise Conflict("The same request is still in flight.", type="in-flight")


def _again(kept: KeptAnswer, fingerprint: bytes) -> Response:
    if bytes(kept.fingerprint) != fingerprint:
        raise Invalid(
            f"This {IDEMPOTENCY_HEADER} was used for another request.",
            type="idempotency-key-reused",
        )
    headers = {**kept.headers, "Idempotency-Replayed": "true"}
    return Response(kept.body, status=kept.status, headers=headers)


def _without_secrets(data: Any) -> Any:
    copied = orjson.loads(orjson.dumps(data, default=plain))

    def strip(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: None if k in SHOWN_ONCE else strip(v) for k, v in value.items()}
        return [strip(v) for v in value] if isinstance(value, list) else value

    return strip(copied)
