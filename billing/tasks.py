"""The worker's part of money: thin calls of capabilities, safe to run at any time."""

from celery import shared_task

from billing.intake import drain
from billing.rollup import roll_up


@shared_task(ignore_result=True)
def roll_up_usage() -> int:
    """Bring edges' rows into events, and events into rollups; returns the batches rolled up."""
    while drain() is not None:
        pass
    batches = 0
    while taken := roll_up():
        batches += taken
    return batches
