"""The worker's part of money: thin calls of capabilities, safe to run at any time."""

from datetime import timedelta

from celery import shared_task

from billing.close import resume_closings
from billing.intake import drain
from billing.invoicing.compare import compare_due
from billing.invoicing.meters import queue_meter_events, send_meter_events
from billing.invoicing.send import send_due
from billing.limits.alerts import watch
from billing.limits.unsettled import charge_unsettled
from billing.posting import post_due
from billing.rating.charges import rate_dirty
from billing.rollup import roll_up

RATE_WAIT = timedelta(seconds=10)  # a busy month is not priced more often
POST_WAIT = timedelta(hours=1)


@shared_task(ignore_result=True)
def roll_up_usage() -> int:
    """Bring edges' rows into events, events into rollups, rollups into charges, and charges into
    the ledger; returns the batches rolled up."""
    while drain() is not None:
        pass
    batches = 0
    while taken := roll_up():
        batches += taken
    charge_unsettled()
    for tenant_id in {tenant_id for tenant_id, _ in rate_dirty(wait=RATE_WAIT)}:
        watch(tenant_id)
    post_due(wait=POST_WAIT)
    resume_closings()
    return batches


@shared_task(ignore_result=True)
def count_for_stripe() -> int:
    """Queue what days that are over have used of Stripe's meters."""
    return queue_meter_events()


@shared_task(ignore_result=True)
def send_to_stripe() -> int:
    """Send invoices and meter events that are due, and compare ours with Stripe's."""
    return send_due() + send_meter_events() + compare_due()
