"""A key's later life: rotated with overlap, shrunk, revoked with its children, announced to end."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from django.db import transaction

from keys.applications import as_id
from keys.estimates import estimate_for
from keys.facts import key_facts
from keys.feed import announce, announce_keys
from keys.grants import decide_about, find_consent
from keys.issue import IssuedKey, issue_key
from keys.models import Application, Grant, Key
from keys.refusals import refuse
from keys.scopes import scopes_of, shrunk
from keys.terms import Terms
from keys.usage import operations_used
from marketplace import clock
from marketplace.audit.record import record
from marketplace.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.events.outbox import emit
from marketplace.policy.decide import decide
from marketplace.tenants.actor import Actor
from marketplace.tenants.scope import platform_scope

DEFAULT_OVERLAP = timedelta(hours=24)
LONGEST_OVERLAP = timedelta(days=7)
NOTICE_BEFORE = timedelta(days=3)
MOST_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Rotation:
    """The new key with its secret, the old one and when it ends, and what was dropped."""

    new: IssuedKey
    old: Key
    dropped: tuple[str, ...]


def find_key(actor: Actor, given: str) -> Key:
    """The key with this public id or id, where the actor's tenant or its API's may see it.

    Raises NotFound otherwise, noted in the log.
    """
    with platform_scope():
        rows = Key.across.select_related("grant__api", "application__team")
        wanted = as_id(given)
        key = rows.filter(pk=wanted).first() if wanted else rows.filter(public_id=given).first()
    sees = key is not None and (
        actor.is_platform_admin or actor.tenant_id in (key.tenant_id, key.owner_tenant_id)
    )
    if key is None:
        raise NotFound("There is no such key.")
    if not sees:
        raise refuse(
            NotFound("There is no such key."),
            actor=actor,
            action="key.read",
            target=f"key:{key.public_id}",
        )
    return key


def rotate_key(
    *,
    actor: Actor,
    key: Key,
    overlap: timedelta = DEFAULT_OVERLAP,
    scopes: Literal["keep", "shrink"] = "keep",
) -> Rotation:
    """Make the key's successor; the old one goes on for `overlap` and then ends.

    With `shrink` the new key keeps only the operations called in the last 30 days. The life is
    renewed as far as the policies give it at once; else the new key ends when the old would have.
    Raises NotFound, Forbidden, Conflict for a key that has ended, was replaced or was never used
    where it should shrink, and Invalid for an overlap outside 0 to 7 days.
    """
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise Invalid.at("/overlap", "The old key may go on for 0 seconds to 7 days.")
    _may(actor, key, "key.rotate")
    with platform_scope(), transaction.atomic():
        key = _locked(key.pk)
        grant = key.grant
        if not key.is_live or grant.state not in (Grant.State.ACTIVE, Grant.State.PENDING):
            raise Conflict("This key has ended; ask for access again.", type="key-ended")
        if key.replaced_by_id is not None:
            raise Conflict("This key was rotated already.", type="key-rotated")
        before = scopes_of(key)
        kept = before if scopes == "keep" else shrunk(before, operations_used(key))
        if not kept:
            raise Conflict(
                "None of its scopes was used, so nothing would be left.", type="nothing-used"
            )
        expires_at = _renewed(actor, key, kept)
        new = issue_key(
            grant=grant,
            by=actor,
            expires_at=expires_at,
            parent=key.parent,
            scopes=key.scopes if kept == before else list(kept),
            name=key.name,
        )
        Key.across.filter(parent=key).update(parent=new.key)
        key.replaced_by = new.key
        key.save(update_fields=["replaced_by"])
        key.end_at(clock.now() + overlap)
        announce_keys([key.id])
        dropped = tuple(scope for scope in before if scope not in kept)
        record(
            actor=actor,
            action="key.rotated",
            target=f"key:{key.public_id}",
            tenant_id=key.tenant_id,
            details={
                "new": new.key.public_id,
                "old_ends": key.expires_at.isoformat(),
                "dropped": list(dropped),
            },
        )
    return Rotation(new, key, dropped)


def revoke_key(*, actor: Actor, key: Key, why: str) -> list[Key]:
    """End a key and its children now, in one transaction with the feed and the log.

    Returns the keys ended; none where all had ended. Raises NotFound, Forbidden.
    """
    _may(actor, key, "key.revoke")
    with platform_scope(), transaction.atomic():
        return end_keys([key.pk], by=actor, why=why, action="key.revoked")


def revoke_many(*, actor: Actor, keys: Sequence[Key], why: str) -> list[Key]:
    """End several keys, all or none. Raises Forbidden where one may not be ended."""
    if len(keys) > MOST_AT_ONCE:
        raise Invalid.at("/keys", f"At most {MOST_AT_ONCE} keys at once.")
    for key in keys:
        _may(actor, key, "key.revoke")
    with platform_scope(), transaction.atomic():
        return end_keys([key.pk for key in keys], by=actor, why=why, action="key.revoked")


def end_keys(key_ids: Collection[UUID], *, by: Actor, why: str, action: str) -> list[Key]:
    """End these keys and all below them, in the caller's transaction and in the platform's scope:
    state, feed, log and event. Whether the actor may is the caller's question."""
    ended: list[Key] = []
    for key in Key.across.select_for_update().filter(pk__in=_family(key_ids)).order_by("id"):
        if key.revoke(by=by, why=why):
            ended.append(key)
    announce_keys([key.id for key in ended])
    for key in ended:
        record(
            actor=by,
            action=action,
            target=f"key:{key.public_id}",
            tenant_id=key.tenant_id,
            details={"why": why, "parent": str(key.parent_id) if key.parent_id else None},
        )
        emit(
            "key.revoked",
            tenant_id=key.tenant_id,
            subject=f"key:{key.public_id}",
            data={"key_public_id": key.public_id, "why": why},
        )
    return ended


def end_grants(grant_ids: Collection[UUID], *, by: Actor, why: str, action: str) -> list[Key]:
    """End these grants with all their keys; as `end_keys`."""
    for grant in Grant.across.select_for_update().filter(
        pk__in=grant_ids, state__in=[Grant.State.ACTIVE, Grant.State.PENDING]
    ):
        grant.end(Grant.State.REVOKED, why=why)
    keys = Key.across.filter(grant_id__in=grant_ids).values_list("id", flat=True)
    return end_keys(list(keys), by=by, why=why, action=action)


def expire_ended() -> int:
    """Mark keys and grants whose time has passed; the edges refuse them already. For the
    worker; returns how many keys."""
    now = clock.now()
    Grant.across.filter(state=Grant.State.ACTIVE, expires_at__lte=now).update(
        state=Grant.State.EXPIRED, ended_at=now, end_reason="its time passed"
    )
    return Key.across.filter(state=Key.State.ACTIVE, expires_at__lte=now).update(
        state=Key.State.EXPIRED
    )


def announce_ends() -> int:
    """Tell teams once of keys that end within three days and have no successor. For the worker;
    returns how many."""
    now = clock.now()
    due = Key.across.filter(
        state=Key.State.ACTIVE,
        expires_at__range=(now, now + NOTICE_BEFORE),
        expiry_notice_at=None,
        replaced_by=None,
        grant__ttl_seconds__gt=NOTICE_BEFORE.total_seconds(),
    )
    told = 0
    for key in due:
        with transaction.atomic():
            if Key.across.filter(pk=key.pk, expiry_notice_at=None).update(expiry_notice_at=now):
                emit(
                    "key.expiring",
                    tenant_id=key.tenant_id,
                    subject=f"key:{key.public_id}",
                    data={
                        "key_public_id": key.public_id,
                        "expires_at": key.expires_at.isoformat(),
                    },
                )
                told += 1
    return told


def _family(key_ids: Collection[UUID]) -> set[UUID]:
    found = set(key_ids)
    generation = list(found)
    while generation:
        generation = list(
            Key.across.filter(parent_id__in=generation)
            .exclude(pk__in=found)
            .values_list("id", flat=True)
        )
        found.update(generation)
    return found


def _may(actor: Actor, key: Key, action: str) -> None:
    with platform_scope():
        application: Application = key.application
        facts = key_facts(key, application, key.grant.api)
        decision = decide(actor=actor, action=action, resource=facts, context={})
    if decision.allowed:
        return
    if decision.rule == "an-ended-key-is-not-rotated":
        raise Conflict(decision.because, type="key-ended")
    raise refuse(
        Forbidden(decision.because, extra={"rule": decision.rule}),
        actor=actor,
        action=action,
        target=f"key:{key.public_id}",
    )


def _locked(key_id: UUID) -> Key:
    return (
        Key.across.select_for_update(of=("self",))
        .select_related("grant__api", "grant__plan", "application__team", "application__tenant")
        .get(pk=key_id)
    )


def _renewed(actor: Actor, key: Key, kept: Sequence[str]) -> datetime:
    grant = key.grant
    ttl = timedelta(seconds=grant.ttl_seconds)
    if grant.state == Grant.State.PENDING:
        return key.expires_at
    terms = Terms(
        scopes=tuple(kept),
        plan=grant.plan,
        ttl=ttl,
        purpose=grant.purpose,
        environment=grant.environment,
    )
    decision = decide_about(
        actor,
        key.application,
        grant.api,
        terms,
        ttl,
        estimate=estimate_for(api=grant.api, application=key.application, plan=grant.plan),
        consent=find_consent(actor, grant.api, terms),
        keep=True,
    )
    if not decision.allowed:
        return key.expires_at
    grant.begin(by=actor, rule=decision.rule)
    announce("grant", grant.id)
    return clock.now() + ttl
