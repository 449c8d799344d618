"""What every edge must learn within a second: one row in the feed and one notification, in the
transaction of the change (keys/edge/store.py)."""

from collections.abc import Iterable
from typing import Literal
from uuid import UUID

from django.db import connection, transaction

from marketplace.tenants.scope import platform_scope

Kind = Literal["grant", "application", "team", "tenant", "api", "pep", "quota", "budget"]
CHANNEL = "mkt_revocations"


def announce_keys(key_ids: Iterable[UUID]) -> None:
    """Tell the edges that these keys changed: issued, revoked, rotated, narrowed."""
    _write([("key", key_id, None) for key_id in key_ids])


def announce(kind: Kind, subject_id: UUID) -> None:
    """Tell the edges that something many keys may hang on changed."""
    _write([(kind, None, subject_id)])


def _write(rows: list[tuple[str, UUID | None, UUID | None]]) -> None:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("the feed belongs to the change's transaction")
    if not rows:
        return
    with platform_scope(), connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO keys_revocation (kind, key_id, subject_id) VALUES (%s, %s, %s)", rows
        )
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
