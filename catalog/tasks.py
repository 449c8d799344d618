"""The catalog's work in the background: thin, and safe to run twice."""

from datetime import timedelta
from typing import Any

from celery import shared_task

from catalog.retirement import retire_due
from marketplace.celery import app

HOURLY = timedelta(hours=1)


@shared_task(ignore_result=True)
def carry_out_retirements() -> int:
    """End what was to end, remind of what ends soon."""
    return retire_due()


@app.on_after_finalize.connect
def schedule(sender: Any, **_: Any) -> None:
    """Put the work on beat's schedule."""
    sender.add_periodic_task(
        HOURLY, carry_out_retirements.s(), name="carry-out-retirements", expires=HOURLY.seconds
    )
