"""The outbox's wake-up and sweep."""

from celery import shared_task

from marketplace.events.outbox import deliver_due


@shared_task(ignore_result=True)
def deliver_outbox() -> int:
    """Run the handlers of what is due."""
    return deliver_due()
