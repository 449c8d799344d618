"""The outbox's wake-up and sweep, and the webhooks that are due."""

from celery import shared_task

from marketplace.events.outbox import deliver_due
from marketplace.events.webhooks.delivery import send_due


@shared_task(ignore_result=True)
def deliver_outbox() -> int:
    """Run the handlers of what is due."""
    return deliver_due()


@shared_task(ignore_result=True)
def send_webhooks() -> int:
    """Send the deliveries that are due."""
    return send_due()
