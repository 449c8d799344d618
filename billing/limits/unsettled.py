"""Reservations whose settlement never came: charged as they were reserved, and flagged.

A call whose use was reported all the same, by an event that names its decision, is priced by that
use and not charged twice.
"""

from uuid import UUID

from django.db import connection, transaction

from billing.limits.alerts import alert_once
from billing.models import Alert, Consumer, ConsumerKey, DirtyMonth, UnsettledCall
from billing.months import first_day
from marketplace import clock
from marketplace.tenants.scope import platform_scope

MOST = 500  # decisions in one transaction
DUE = """
SELECT decision_id FROM billing_reservation
WHERE state = 'open' AND expires_at < %s ORDER BY expires_at LIMIT %s
"""
# The same order of locks as the edge's settlement, which may come at this very moment.
LOCK = """
SELECT r.decision_id, r.amount_micros, r.key_public_id, r.created_at, c.id, b.currency,
  b.tenant_id
FROM billing_reservation r
JOIN billing_budgetcounter c ON c.id = r.counter_id JOIN billing_budget b ON b.id = c.budget_id
WHERE r.decision_id = ANY(%s) AND r.state = 'open'
ORDER BY c.id, r.id FOR NO KEY UPDATE OF c, r
"""
REPORTED = """
SELECT EXISTS (
  SELECT FROM billing_usageseries s JOIN billing_usageevent e ON e.series_id = s.id
  WHERE s.key_public_id = %(key)s AND s.meter LIKE 'tokens_%%'
    AND e.time >= %(at)s - interval '10 minutes' AND e.time < %(at)s + interval '1 day'
    AND %(decision)s IN (e.event_id, e.data ->> 'decision_id')
)
"""
PUT = """
UPDATE billing_reservation SET state = %s, settled_micros = %s
WHERE decision_id = %s AND state = 'open'
"""
MOVE = """
UPDATE billing_budgetcounter
SET reserved_micros = reserved_micros - %s, spent_micros = spent_micros + %s WHERE id = %s
"""


def charge_unsettled() -> int:
    """Charge every reservation whose time for settlement has passed; returns how many calls.

    A call is charged once, however often and wherever this runs: its decision is unique.
    """
    charged = 0
    with platform_scope():
        while True:
            with transaction.atomic():
                decisions = _due()
                charged += _charge(decisions)
            if len(decisions) < MOST:
                return charged


def _due() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(DUE, [clock.now(), MOST])
        return [decision for (decision,) in cursor.fetchall()]


def _charge(decisions: list[str]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [decisions])
        rows = cursor.fetchall()
        keys = {
            key.key_public_id: key
            for key in ConsumerKey.across.filter(key_public_id__in={row[2] for row in rows})
        }
        consumers = {
            consumer.application_id: consumer
            for consumer in Consumer.across.filter(
                application_id__in={key.application_id for key in keys.values()}
            )
        }
        calls: dict[str, UnsettledCall] = {}
        costs: dict[str, int] = {}
        for decision, amount, public_id, at, counter_id, currency, tenant_id in rows:
            if decision not in costs:
                cursor.execute(REPORTED, {"key": public_id, "at": at, "decision": decision})
                reported = cursor.fetchone() == (True,)
                costs[decision] = 0 if reported else amount
                if not reported:
                    key = keys.get(public_id)
                    consumer = consumers.get(key.application_id) if key else None
                    calls[decision] = UnsettledCall(
                        tenant_id=consumer.tenant_id if consumer else tenant_id,
                        decision_id=decision,
                        key_public_id=public_id,
                        application_id=key.application_id if key else None,
                        team_id=consumer.team_id if consumer else None,
                        cost_center=consumer.cost_center if consumer else "",
                        api_id=key.api_id if key else None,
                        amount_micros=amount,
                        currency=currency,
                        at=at,
                    )
            cursor.execute(MOVE, [amount, costs[decision], counter_id])
        for decision, cost in costs.items():
            state = "expired" if decision in calls else "settled"
            cursor.execute(PUT, [state, cost, decision])
    UnsettledCall.across.bulk_create(calls.values(), ignore_conflicts=True)
    _flag(list(calls.values()))
    return len(calls)


def _flag(calls: list[UnsettledCall]) -> None:
    now = clock.now()
    months = {(call.tenant_id, first_day(call.at)) for call in calls}
    DirtyMonth.objects.bulk_create(
        [DirtyMonth(tenant_id=tenant, month=month, since=now) for tenant, month in sorted(months)],
        ignore_conflicts=True,
    )
    groups: dict[tuple[UUID, UUID | None], list[UnsettledCall]] = {}
    for call in calls:
        groups.setdefault((call.tenant_id, call.team_id), []).append(call)
    for (tenant_id, team_id), group in groups.items():
        alert_once(
            tenant_id=tenant_id,
            kind=Alert.Kind.UNSETTLED,
            key=f"unsettled:{team_id}:{now:%Y-%m-%d}",
            title=f"{len(group):,} reserved calls were never settled; charged as reserved",
            detail={"calls": len(group), "amount_micros": sum(c.amount_micros for c in group)},
            subject_kind="team" if team_id else "",
            subject_id=team_id,
        )
