"""The worker's part of access: what ends, waits too long, or has to be announced."""

from typing import Any

from celery import shared_task

from keys.approvals import expire_waiting, remind_owners
from keys.break_glass import end_unreviewed
from keys.lifecycle import announce_ends, expire_ended
from keys.limits import follow_prices
from keys.tokens.signing import turn_keys
from marketplace.celery import app

EVERY_SECONDS = 30.0


@shared_task(ignore_result=True)
def keep_access() -> None:
    """All that time alone brings about; each part may run at any time, and twice."""
    expire_ended()
    end_unreviewed()
    expire_waiting()
    remind_owners()
    announce_ends()
    follow_prices()  # a card may begin to hold, and a plan may change
    turn_keys()


@app.on_after_finalize.connect
def schedule(sender: Any, **_: Any) -> None:
    """Run it by the beat."""
    sender.add_periodic_task(
        EVERY_SECONDS, keep_access.s(), name="keep-access", expires=EVERY_SECONDS
    )
