"""Carrying events to endpoints: queued with the outbox, sent signed, retried, dead-lettered."""

import json
import random
from datetime import timedelta

import httpcore
import httpx
import structlog
from django.db import transaction

from marketplace import clock
from marketplace.errors import Problem
from marketplace.events.models import Delivery, OutboxEvent, WebhookEndpoint
from marketplace.events.outbox import handles
from marketplace.events.webhooks import signing
from marketplace.events.webhooks.endpoints import bound, disable, inner_hosts
from marketplace.fetch import public_addresses
from marketplace.sealing import unseal

LARGEST_BODY = 20_000  # bytes, Standard Webhooks
TIMEOUT = httpx.Timeout(10, connect=5)
GONE = 410
# About three days in all, each wait with a jitter of a fifth.
WAITS = [timedelta(seconds=s) for s in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)]
log = structlog.get_logger(__name__)


class _Guarded(httpcore.SyncBackend):
    """Connects only to the very address that was checked to be public (HOSTILE 44)."""

    def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):  # type: ignore[no-untyped-def]
        address = public_addresses(host, port, inside=inner_hosts())[0]
        return super().connect_tcp(address, port, timeout, local_address, socket_options)


def guarded_client() -> httpx.Client:
    """A client for addresses that people gave: no redirects, no proxies, public addresses only."""
    transport = httpx.HTTPTransport(trust_env=False)
    transport._pool._network_backend = _Guarded()
    return httpx.Client(
        transport=transport, timeout=TIMEOUT, follow_redirects=False, trust_env=False
    )


@handles("*")
def queue_deliveries(event: OutboxEvent) -> None:
    """One delivery for each endpoint of the event's tenant that wants its kind."""
    if event.tenant_id is None:
        return
    endpoints = WebhookEndpoint.across.filter(tenant_id=event.tenant_id, disabled_at=None)
    body = _body(event)
    Delivery.across.bulk_create(
        [
            Delivery(
                tenant_id=event.tenant_id,
                endpoint=endpoint,
                event_id=event.id,
                kind=event.kind,
                body=body,
            )
            for endpoint in endpoints
            if endpoint.wants(event.kind)
        ],
        ignore_conflicts=True,
    )


def send_due(limit: int = 100) -> int:
    """Send up to `limit` due deliveries; returns how many were tried. Workers share the queue."""
    tried = 0
    with guarded_client() as client:
        while tried < limit and _send_next(client):
            tried += 1
    return tried


def _send_next(client: httpx.Client) -> bool:
    with transaction.atomic():
        delivery = (
            Delivery.across.select_related("endpoint")
            .select_for_update(skip_locked=True, of=("self",))
            .filter(state=Delivery.State.WAITING, due_at__lte=clock.now())
            .order_by("due_at")
            .first()
        )
        if delivery is None:
            return False
        delivery.attempts += 1
        delivery.status, delivery.error = _send(client, delivery)
        _settle(delivery)
    return True


def _send(client: httpx.Client, delivery: Delivery) -> tuple[int | None, str]:
    endpoint = delivery.endpoint
    place = bound(endpoint)
    headers = signing.headers(
        message_id=f"msg_{delivery.event_id.hex}",
        at=clock.now(),
        body=delivery.body,
        secrets=[unseal(sealed, bound_to=place).decode() for sealed in endpoint.secrets],
        signing_key=unseal(endpoint.signing_key, bound_to=place) if endpoint.signing_key else b"",
    )
    try:
        with client.stream(
            "POST",
            endpoint.url,
            content=delivery.body.encode(),
            headers={"content-type": "application/json", **headers},
        ) as answer:
            good = 200 <= answer.status_code < 300
            return answer.status_code, "" if good else f"It answered {answer.status_code}."
    except Problem as refused:
        return None, refused.detail[:300]
    except httpx.HTTPError as error:
        return None, f"{type(error).__name__}: no answer"[:300]


def _settle(delivery: Delivery) -> None:
    if delivery.status is not None and not delivery.error:
        delivery.state, delivery.delivered_at = Delivery.State.DELIVERED, clock.now()
    elif delivery.status == GONE:
        delivery.state = Delivery.State.DEAD
        disable(delivery.endpoint, "it answered 410 Gone")
    elif delivery.attempts > len(WAITS):
        delivery.state = Delivery.State.DEAD
    else:
        wait = WAITS[delivery.attempts - 1]
        delivery.due_at = clock.now() + wait * random.uniform(0.8, 1.2)
    delivery.save()
    if delivery.state != Delivery.State.DELIVERED:
        log.info("webhook.failed", delivery=str(delivery.id), attempts=delivery.attempts)


def _body(event: OutboxEvent) -> str:
    message = {
        "type": event.kind,
        "timestamp": event.created_at.isoformat(),
        "data": {"subject": event.subject, **event.data},
    }
    body = json.dumps(message, separators=(",", ":"))
    if len(body.encode()) > LARGEST_BODY:
        message["data"] = {"subject": event.subject, "truncated": True}
        body = json.dumps(message, separators=(",", ":"))
    return body
