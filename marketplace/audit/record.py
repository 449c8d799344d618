"""Writing the chain, and checking it."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.logs import current_request_id
from marketplace.tenants.actor import Actor

GENESIS = bytes(32)


def record(
    *,
    actor: Actor,
    action: str,
    target: str,
    tenant_id: UUID | None,
    details: dict[str, Any] | None = None,
) -> AuditEntry:
    """Append one entry to the tenant's chain, in the caller's transaction.

    `target` reads `kind:id`. The chain is serialised by an advisory lock held to the end of the
    transaction, so a rolled-back change leaves no gap. `details` must be JSON and hold no secret.
    Raises TransactionManagementError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("audit belongs to the change's transaction")
    chain = str(tenant_id or "platform")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))", [f"audit:{chain}"])
        cursor.execute(
            "SELECT sequence, hash FROM audit_auditentry WHERE chain = %s"
            " ORDER BY sequence DESC LIMIT 1",
            [chain],
        )
        row = cursor.fetchone()
    sequence, previous = (row[0] + 1, bytes(row[1])) if row else (1, GENESIS)
    entry = AuditEntry(
        tenant_id=tenant_id,
        chain=chain,
        sequence=sequence,
        at=clock.now(),
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label[:200],
        action=action,
        target=target[:200],
        details=json.loads(json.dumps(details or {}, default=str)),
        request_id=current_request_id(),
        previous_hash=previous,
    )
    entry.hash = entry_hash(entry)
    entry.save(force_insert=True)
    return entry


def entry_hash(entry: AuditEntry) -> bytes:
    """SHA-256 over the previous hash and the entry's fields as canonical JSON."""
    fields = [
        entry.chain,
        entry.sequence,
        entry.at.isoformat(),
        entry.actor_kind,
        str(entry.actor_id or ""),
        entry.actor_label,
        entry.action,
        entry.target,
        entry.details,
        entry.request_id,
    ]
    canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(bytes(entry.previous_hash) + canonical.encode()).digest()


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """What a walk over a chain found: `broken_at` is the first wrong sequence, or None."""

    chain: str
    entries: int
    head: str
    broken_at: int | None

    @property
    def intact(self) -> bool:
        return self.broken_at is None


def verify_chain(tenant_id: UUID | None) -> ChainCheck:
    """Walk one tenant's chain from its beginning: edited, deleted or reordered entries show."""
    chain = str(tenant_id or "platform")
    previous, expected = GENESIS, 1
    for entry in _entries(chain):
        good = (
            entry.sequence == expected
            and bytes(entry.previous_hash) == previous
            and bytes(entry.hash) == entry_hash(entry)
        )
        if not good:
            return ChainCheck(chain, expected - 1, previous.hex(), expected)
        previous, expected = bytes(entry.hash), expected + 1
    return ChainCheck(chain, expected - 1, previous.hex(), None)


def _entries(chain: str) -> Iterator[AuditEntry]:
    return AuditEntry.objects.filter(chain=chain).order_by("sequence").iterator(chunk_size=2000)
