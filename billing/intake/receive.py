"""The capability behind `POST /usage/events`."""

from collections.abc import Iterator
from dataclasses import dataclass

import orjson
from django.db import connection, transaction

from billing.intake.check import Checked, Rejected, check_all
from billing.intake.consumers import Attributed, attribute
from billing.intake.decode import decode
from billing.intake.store import NewEvent, store
from billing.meters import meters
from marketplace import clock, env
from marketplace.errors import Forbidden, TooMany
from marketplace.tenants.actor import Actor
from marketplace.tenants.scope import platform_scope

MOST_WAITING = env.number("USAGE_MOST_WAITING", 2_000_000)  # events that no rollup holds yet
WAITING = "SELECT coalesce(sum(accepted), 0) FROM billing_usagebatch WHERE rolled_up_at IS NULL"


@dataclass(frozen=True, slots=True)
class Received:
    """The answer to a sender. `rejected` names events by their place in the request."""

    accepted: int
    duplicates: int
    rejected: list[Rejected]


def receive_events(*, actor: Actor, body: bytes, media: str, encoding: str = "") -> Received:
    """Take a batch of CloudEvents: what is accepted is stored durably when this returns.

    A bad event is named and stops no other. Events repeat freely: source and id count once for
    ever, for each sender's tenant. Raises Malformed, TooLarge, Forbidden, and TooMany while the
    rollups are too far behind.
    """
    if actor.tenant_id is None and not actor.is_platform_admin:
        raise Forbidden("Usage is reported by a member or service account of a tenant.")
    events = decode(body, media=media, encoding=encoding)
    known = meters()
    checked = list(check_all(events, now=clock.now(), known=known))
    rejected: list[Rejected] = []
    with transaction.atomic(), platform_scope():
        refuse_when_behind()
        taken = list(_new(attribute(checked, actor=actor), rejected))
        stored = store(
            taken, sender_id=actor.tenant_id, sender=actor.label[:200], rejected=len(rejected)
        )
    return Received(stored.accepted, stored.duplicates, rejected)


def refuse_when_behind() -> None:
    """Raise TooMany, with when to come back, while too many events wait for their rollup."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        (waiting,) = cursor.fetchone() or (0,)
    if waiting > MOST_WAITING:
        raise TooMany(
            f"{waiting:,} events wait to be rolled up; send these again in a while.",
            retry_after=5,
        )


def _new(found: Iterator[Attributed | Rejected], rejected: list[Rejected]) -> Iterator[NewEvent]:
    for one in found:
        if isinstance(one, Rejected):
            rejected.append(one)
            continue
        event: Checked = one.event
        data = orjson.dumps(event.data).decode() if event.data else None
        yield NewEvent(event.source, event.event_id, event.time, one.amounts, data)
