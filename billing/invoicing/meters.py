"""Telling Stripe what was used: a meter event for each tenant, day and meter.

By day from the rollups and not by event: Stripe takes far fewer events than gateways send, knows
an event's identifier for a day only, and invoices come from statements, not from these. Late use
of a day is told as another event with what was not told yet. Meters that take the highest or count
unique values do not add up over days and are not told; their lines stand on the invoice all the
same.
"""

from datetime import date, timedelta

import stripe
from django.db import connection, transaction
from django.db.models import Count, Q, Sum

from billing.invoicing.client import Kind, stripe_client, trouble
from billing.invoicing.items import last_second
from billing.invoicing.send import PAGE, customer_of
from billing.meters import meters
from billing.models import StripeAccount, StripeMeterEvent
from billing.models.prices import Aggregate
from marketplace import clock

OLDEST = timedelta(days=34)  # Stripe: the past 35 days
KNOWN_FOR = timedelta(hours=23)  # Stripe: an identifier is known for 24 hours at least
LEASE = timedelta(minutes=5)
State = StripeMeterEvent.State
USED = """
SELECT (r.start AT TIME ZONE 'UTC')::date, s.meter, sum(r.sum), sum(r.count)
FROM billing_usagerollup r JOIN billing_usageseries s ON s.id = r.series_id
WHERE r.tenant_id = %s AND r.grain = 'd' AND r.start >= %s AND r.start < %s
GROUP BY 1, 2
"""


def used(account: StripeAccount, first: date, last: date) -> dict[tuple[date, str], int]:
    """Whole units of use by day and meter, from `first` up to and without `last`."""
    with connection.cursor() as cursor:
        cursor.execute(USED, [account.tenant_id, f"{first} 00:00Z", f"{last} 00:00Z"])
        rows = cursor.fetchall()
    known = meters({row[1] for row in rows})
    found = {}
    for day, slug, total, count in rows:
        aggregate = known[slug].aggregate if slug in known else ""
        if aggregate in {Aggregate.SUM, Aggregate.COUNT}:
            found[day, slug] = int(total if aggregate == Aggregate.SUM else count)
    return found


def queue_meter_events() -> int:
    """Queue what was used on days that are over and not told yet; returns how many events."""
    today = clock.now().date()
    queued = 0
    for account in StripeAccount.across.filter(active=True):
        first = max(account.since, today - OLDEST)
        before = {
            (day, meter): (events, told or 0)
            for day, meter, events, told in StripeMeterEvent.across.filter(
                tenant_id=account.tenant_id, day__gte=first
            )
            .values_list("day", "meter")
            .annotate(events=Count("id"), told=Sum("value", filter=~Q(state=State.REFUSED)))
        }
        rows = [
            StripeMeterEvent(
                tenant_id=account.tenant_id,
                day=day,
                meter=meter,
                number=events + 1,
                value=total - told,
            )
            for (day, meter), total in sorted(used(account, first, today).items())
            for events, told in [before.get((day, meter), (0, 0))]
            if total > told
        ]
        StripeMeterEvent.across.bulk_create(rows, ignore_conflicts=True)
        queued += len(rows)
    return queued


def event_name(meter: str) -> str:
    """What Stripe's meter is called."""
    return f"marketplace_{meter}"[:100]


def send_meter_events(limit: int = 200) -> int:
    """Tell Stripe what is queued; returns how many events were tried.

    After a day without knowing whether one arrived it is left to a person: Stripe would no longer
    see that it is the same.
    """
    client = stripe_client()
    if client is None:
        return 0
    known: dict[str, str] | None = None
    tried = 0
    while tried < limit and (event := _lease()) is not None:
        tried += 1
        now = clock.now()
        if event.day < (now - OLDEST).date():
            _finish(event, State.LATE)
        elif event.tried_at and event.attempts > 1 and event.tried_at < now - KNOWN_FOR:
            _finish(event, State.UNSURE)
        else:
            try:
                if known is None:
                    known = meters_at(client)
                _tell(client, event, known)
            except stripe.StripeError as error:
                _after(event, error)
    return tried


def _lease() -> StripeMeterEvent | None:
    with transaction.atomic():
        event = (
            StripeMeterEvent.across.select_for_update(skip_locked=True)
            .filter(state=State.WAITING, due_at__lte=clock.now())
            .order_by("due_at", "day", "meter", "number")
            .first()
        )
        if event is not None:
            event.attempts += 1
            event.due_at = clock.now() + LEASE
            event.save(update_fields=["attempts", "due_at"])
    return event


def meters_at(client: stripe.StripeClient) -> dict[str, str]:
    """Stripe's active meters by name."""
    listed = client.v1.billing.meters.list({"status": "active", "limit": PAGE})
    return {meter.event_name: meter.id for meter in listed.auto_paging_iter()}


def _tell(client: stripe.StripeClient, event: StripeMeterEvent, known: dict[str, str]) -> None:
    account = StripeAccount.across.select_related("tenant").get(tenant_id=event.tenant_id)
    customer = customer_of(client, account)
    name = event_name(event.meter)
    if name not in known:
        meter = meters({event.meter}).get(event.meter)
        known[name] = client.v1.billing.meters.create(
            {
                "display_name": meter.name if meter else event.meter,
                "event_name": name,
                "default_aggregation": {"formula": "sum"},
            }
        ).id
    if event.tried_at is None:
        event.tried_at = clock.now()
        event.save(update_fields=["tried_at"])
    client.v1.billing.meter_events.create(
        {
            "event_name": name,
            "payload": {"stripe_customer_id": customer, "value": str(event.value)},
            "identifier": event.identifier,
            "timestamp": last_second(event.day),
        }
    )
    _finish(event, State.SENT)


def _finish(event: StripeMeterEvent, state: str, error: str = "") -> None:
    event.state, event.error = state, error
    event.save(update_fields=["state", "error"])


def _after(event: StripeMeterEvent, error: stripe.StripeError) -> None:
    problem = trouble(error)
    if problem.kind is Kind.REFUSED and _arrived_before(event, error):
        _finish(event, State.SENT)
    elif problem.blocks:
        _finish(event, State.REFUSED, problem.text[:500])
    else:
        event.error = problem.text[:500]
        event.due_at = clock.now() + problem.wait_after(event.attempts)
        event.save(update_fields=["error", "due_at"])


def _arrived_before(event: StripeMeterEvent, error: stripe.StripeError) -> bool:
    """Whether a refusal of another attempt says that the event is there already."""
    return event.attempts > 1 and event.identifier in str(error.user_message or "")
