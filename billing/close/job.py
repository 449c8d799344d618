"""Closing a tenant's month: one job in steps, safe to kill and run again."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection, transaction

from billing.close.checks import Check, check_period
from billing.close.freeze import freeze, totals
from billing.close.seal import period_digest, sign
from billing.intake import drain
from billing.models import BillingSettings, DirtyMonth, Period, StatementLine
from billing.months import previous_month
from billing.posting import post_month
from billing.rating.charges import rate_month
from billing.rollup import roll_up
from marketplace import clock
from marketplace.audit.record import record
from marketplace.errors import Conflict, Forbidden
from marketplace.events.outbox import emit
from marketplace.tenants.actor import Actor
from marketplace.tenants.scope import platform_scope

HOLD = "SELECT pg_try_advisory_lock(hashtextextended(%s, 23))"
LET_GO = "SELECT pg_advisory_unlock(hashtextextended(%s, 23))"
STEPS = (
    ("usage", "Roll up what was received"),
    ("prices", "Price the month"),
    ("ledger", "Post to the ledger"),
    ("checks", "Check"),
    ("seal", "Freeze, hash and sign"),
)


@dataclass(frozen=True, slots=True)
class Closing:
    """What came of it. `outcome` is closed, waits (for a second person) or blocked."""

    period: Period
    outcome: str
    checks: list[Check]
    because: str = ""


def close_period(
    *, actor: Actor, month: date, tenant_id: UUID | None = None, accept: Collection[str] = ()
) -> Closing:
    """Close a tenant's month: bring it up to date, check it, freeze and seal its lines.

    `accept` names checks that somebody takes upon himself ("unpriced"). Where the tenant wants two
    people the first call asks and the second, by somebody else, closes. A call that was killed is
    taken up by the next. Raises Forbidden, Conflict (closed already, or being closed).
    """
    tenant = tenant_id or actor.tenant_id
    if tenant is None or not (actor.is_platform_admin or (
        actor.is_finance and tenant == actor.tenant_id
    )):  # fmt: skip
        raise Forbidden("Finance closes its tenant's months.")
    with platform_scope(), _held(tenant, month):
        period, _ = Period.across.get_or_create(tenant_id=tenant, month=month)
        if period.state == Period.State.CLOSED:
            raise Conflict(f"{period.name} is closed already.", type="period-closed")
        if (because := _second_person(period, actor)) is not None:
            return Closing(period, "waits", check_period(tenant_id=tenant, month=month), because)
        _begin(period, actor)
        _bring_up_to_date(period, actor)
        checks = check_period(tenant_id=tenant, month=month)
        against = [c for c in checks if c.blocks or (c.state == "accept" and c.name not in accept)]
        if against:
            _step(period, "checks", "failed", "; ".join(c.detail or c.title for c in against))
            _stop(period, against[0].detail or against[0].title)
            return Closing(period, "blocked", checks, against[0].detail)
        _step(period, "checks", "done")
        accepted = [c.name for c in checks if c.state == "accept"]
        _seal(period, actor, accepted)
        period.refresh_from_db()
        return Closing(period, "closed", checks)


def resume_closings() -> int:
    """Take up closes that were killed, for those who began them; returns how many.

    A close that still runs elsewhere is held there and left alone.
    """
    resumed = 0
    for period in Period.across.filter(state=Period.State.CLOSING):
        began = Actor(
            kind="system", id=period.closed_by_id, label=period.closed_by, is_platform_admin=True
        )
        try:
            close_period(actor=began, month=period.month, tenant_id=period.tenant_id)
        except Conflict:
            continue
        resumed += 1
    return resumed


@contextmanager
def _held(tenant_id: UUID, month: date) -> Iterator[None]:
    name = f"billing:close:{tenant_id}:{month}"
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [name])
        if cursor.fetchone() != (True,):
            raise Conflict(f"{month:%Y-%m} is being closed.", type="in-flight")
    try:
        yield
    finally:
        if connection.connection is not None and not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute(LET_GO, [name])


def _second_person(period: Period, actor: Actor) -> str | None:
    """Why the close waits for somebody else, or None; the first to ask is written down."""
    two = BillingSettings.across.filter(tenant_id=period.tenant_id, two_person_close=True).exists()
    if not two or period.state == Period.State.CLOSING:
        return None
    if period.asked_at is not None and period.asked_by_id != actor.id:
        return None
    if period.asked_at is None:
        with transaction.atomic():
            period.asked_by_id, period.asked_by = actor.id, actor.label[:200]
            period.asked_at = clock.now()
            period.save(update_fields=["asked_by_id", "asked_by", "asked_at"])
            _record(period, actor, "period.close_asked", {})
    return f"{period.asked_by} asked; somebody else in finance closes it."


def _begin(period: Period, actor: Actor) -> None:
    with transaction.atomic():
        period.state, period.failure = Period.State.CLOSING, ""
        period.closed_by_id, period.closed_by = actor.id, actor.label[:200]
        period.steps = [
            {"name": name, "title": title, "state": "waiting", "detail": "", "at": ""}
            for name, title in STEPS
        ]
        period.save(update_fields=["state", "failure", "steps", "closed_by_id", "closed_by"])
        _record(period, actor, "period.closing", {})


def _bring_up_to_date(period: Period, actor: Actor) -> None:
    _step(period, "usage", "running")
    batches = 0
    while drain() is not None:
        pass
    while taken := roll_up():
        batches += taken
    _step(period, "usage", "done", f"{batches:,} batches" if batches else "")
    _step(period, "prices", "running")
    months = set(
        DirtyMonth.objects.filter(tenant_id=period.tenant_id).values_list("month", flat=True)
    )
    for month in sorted(months | {period.month}):
        rate_month(tenant_id=period.tenant_id, month=month)
    _step(period, "prices", "done")
    _step(period, "ledger", "running")
    entries = 0
    for month in sorted(months | {period.month}):
        entries += post_month(tenant_id=period.tenant_id, month=month, by=actor.label).entries
    _step(period, "ledger", "done", f"{entries:,} entries")


def _seal(period: Period, actor: Actor, accepted: list[str]) -> None:
    _step(period, "seal", "running")
    with transaction.atomic():
        period = Period.across.select_for_update().select_related("tenant").get(id=period.id)
        # Posting waits for the lock; what it added before has been checked only if none came since.
        late = [c for c in check_period(tenant_id=period.tenant_id, month=period.month) if c.blocks]
        if late:
            raise Conflict(f"{late[0].title}: no longer; close it again.")
        lines = freeze(period)
        StatementLine.across.bulk_create(lines, batch_size=2000)
        before = Period.across.filter(
            tenant_id=period.tenant_id, month=previous_month(period.month)
        ).first()
        period.previous_hash = before.hash if before else ""
        tenant = period.tenant
        period.frozen = {
            "slug": tenant.slug, "name": tenant.name, "cost_center": tenant.cost_center,
        }  # fmt: skip
        period.totals, period.line_count = totals(lines), len(lines)
        period.hash = period_digest(period, lines)
        period.signature, period.seal_key = sign(period.hash)
        period.state = Period.State.CLOSED
        period.closed_by_id, period.closed_by = actor.id, actor.label[:200]
        period.closed_at = clock.now()
        period.steps = [
            {**step, "state": "done"} if step["name"] == "seal" else step for step in period.steps
        ]
        period.save()
        details = {"hash": period.hash, "totals": period.totals, "accepted": accepted}
        _record(period, actor, "period.closed", details)
        emit(
            "period.closed",
            tenant_id=period.tenant_id,
            subject=f"period:{period.name}",
            data={"month": period.name, "hash": period.hash, "totals": period.totals},
        )


def _stop(period: Period, why: str) -> None:
    period.state, period.failure = Period.State.OPEN, why
    period.closed_by_id, period.closed_by = None, ""
    period.save(update_fields=["state", "failure", "closed_by_id", "closed_by"])


def _step(period: Period, name: str, state: str, detail: str = "") -> None:
    for step in period.steps:
        if step["name"] == name:
            step.update(state=state, detail=detail, at=clock.now().isoformat())
    period.save(update_fields=["steps"])


def _record(period: Period, actor: Actor, action: str, details: dict[str, object]) -> None:
    record(
        actor=actor,
        action=action,
        target=f"period:{period.name}",
        tenant_id=period.tenant_id,
        details=details,
    )
