"""Seeding two months of calls through the same staging table that the edges write to."""

import json
from collections.abc import Iterator
from datetime import datetime

from django.db import connection

from billing.intake.drain import drain
from billing.rollup import roll_up
from marketplace.demo.access import Access
from marketplace.demo.company import APPLICATIONS
from marketplace.demo.usage import HourOfCalls, calls_of

COLUMNS = (
    "source, event_id, time, meter, quantity, tenant_id, key_public_id, application_id, api_id,"
    " operation_key, data, received_at"
)
AT_ONCE = 50_000


def seed_calls(accesses: list[Access], now: datetime) -> int:
    """Write the events, make them count once, roll them up; returns how many there were."""
    by_use = {(each.application.slug, each.api.slug): each for each in accesses}
    count = 0
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY billing_usage_intake ({COLUMNS}) FROM STDIN") as copy,
    ):
        for application in APPLICATIONS:
            for hour in calls_of(application, now=now):
                access = by_use[hour.application, hour.api]
                for row in _rows(hour, access):
                    copy.write_row(row)
                    count += 1
    while drain(most=AT_ONCE) is not None:
        pass
    while roll_up():
        pass
    return count


def _rows(hour: HourOfCalls, access: Access) -> Iterator[tuple[object, ...]]:
    operation = access.operation_keys.get(hour.operation_id, "")
    name = f"{hour.hour:%Y%m%dT%H%M}-{access.application.slug}-{hour.operation_id}"
    outcome = json.dumps({"errors": hour.errors}) if hour.errors else None
    for meter, quantity in (("requests", hour.calls), *hour.meters):
        yield (
            f"demo/{access.api.slug}",
            f"{name}-{meter}",
            hour.hour,
            meter,
            quantity,
            access.application.tenant_id,
            access.key.public_id if access.key else None,
            access.application.id,
            access.api.id,
            operation,
            outcome if meter == "requests" else None,
            hour.hour,
        )
