"""Emitting events with the change, and running what listens to them.

The broker only wakes the worker: an event that no wake-up reached is found by the sweep.
"""

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import connection, transaction

from marketplace import clock
from marketplace.events.models import OutboxEvent

Handler = Callable[[OutboxEvent], None]

log = structlog.get_logger(__name__)
_handlers: dict[str, list[Handler]] = defaultdict(list)
MAX_ATTEMPTS = 12
BACKOFF_BASE = timedelta(seconds=2)
BACKOFF_CAP = timedelta(hours=6)


def handles(*kinds: str) -> Callable[[Handler], Handler]:
    """Register a handler for event kinds. It may run more than once: be idempotent."""

    def register(handler: Handler) -> Handler:
        for kind in kinds:
            if handler not in _handlers[kind]:
                _handlers[kind].append(handler)
        return handler

    return register


def emit(
    kind: str, *, tenant_id: UUID | None, subject: str, data: dict[str, Any] | None = None
) -> OutboxEvent:
    """Write an event in the caller's transaction and wake the worker when it commits.

    `data` is JSON without secrets. Raises TransactionManagementError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("an event belongs to the change's transaction")
    event = OutboxEvent.objects.create(
        tenant_id=tenant_id, kind=kind, subject=subject, data=data or {}
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('mkt_outbox', %s)", [str(event.sequence)])
    return event


def deliver_due(limit: int = 200) -> int:
    """Run the handlers of up to `limit` due events; returns how many were taken.

    Each event is its own transaction under `SKIP LOCKED`, so several workers share the queue.
    """
    taken = 0
    while taken < limit and _deliver_next():
        taken += 1
    return taken


def _deliver_next() -> bool:
    with transaction.atomic():
        event = (
            OutboxEvent.objects.select_for_update(skip_locked=True)
            .filter(done_at=None, dead_at=None, due_at__lte=clock.now())
            .order_by("sequence")
            .first()
        )
        if event is None:
            return False
        failure = _handle(event)
        if failure is None:
            event.done_at = clock.now()
            event.save(update_fields=["done_at"])
        else:
            _postpone(event, failure)
    return True


def _handle(event: OutboxEvent) -> Exception | None:
    """Run every handler in a savepoint of its own, so that one that fails holds back no other;
    the first failure, which has the whole event tried again."""
    failure: Exception | None = None
    for handler in [*_handlers[event.kind], *_handlers["*"]]:
        try:
            with transaction.atomic():
                handler(event)
        except Exception as error:  # noqa: BLE001 - retried, then dead-lettered
            failure = failure or error
    return failure


def _postpone(event: OutboxEvent, error: Exception) -> None:
    event.attempts += 1
    event.last_error = f"{type(error).__name__}: {error}"[:2000]
    if event.attempts >= MAX_ATTEMPTS:
        event.dead_at = clock.now()
    else:
        wait = min(BACKOFF_BASE * 2**event.attempts, BACKOFF_CAP)
        event.due_at = clock.now() + wait * random.uniform(0.5, 1.5)
    event.save(update_fields=["attempts", "last_error", "dead_at", "due_at"])
    log.warning("event.failed", kind=event.kind, attempts=event.attempts, dead=bool(event.dead_at))


def replay(event: OutboxEvent) -> None:
    """Put a dead or done event back in the queue."""
    event.attempts, event.dead_at, event.done_at = 0, None, None
    event.due_at = clock.now()
    event.save(update_fields=["attempts", "dead_at", "done_at", "due_at"])
