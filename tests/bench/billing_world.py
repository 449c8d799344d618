"""What the benchmarks of money stand on: a tenant with keys, and the work that is measured."""

import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.core.management import call_command
from django.db import connection

from billing.close import close_period
from billing.exports import export_period, formats
from billing.models import Consumer, ConsumerKey, Period, Price, RateCard
from billing.rating.charges import rate_dirty
from billing.rollup import lag, roll_up
from catalog.models import Api
from marketplace.ids import new_id
from marketplace.tenants.actor import Actor
from marketplace.tenants.models import User
from marketplace.tenants.tokens import issue_token
from tests.company import Company, make_company

NOW = datetime.now(UTC)
KEYS = 300
TOKEN_LIFE = timedelta(hours=1)
SLOW = frozenset({"xlsx"})  # a workbook of a million lines is not what it is for
_world: dict[str, Any] = {}


def prepare() -> None:
    """Migrate, and make a company with an API and three hundred keys."""
    call_command("migrate", verbosity=0)
    company = make_company()
    api = Api.across.create(
        tenant=company.tenant, team=company.owners, slug="payments", name="Payments"
    )
    consumer = Consumer.across.create(
        tenant=company.tenant, application_id=new_id(), team_id=company.builders.id, name="Shop"
    )
    keys = [f"mk_l_{n:012d}" for n in range(KEYS)]
    ConsumerKey.across.bulk_create(
        ConsumerKey(
            tenant=company.tenant,
            key_public_id=key,
            application_id=consumer.application_id,
            api_id=api.id,
        )
        for key in keys
    )
    card = RateCard.across.create(
        tenant=company.tenant,
        api=api,
        currency="EUR",
        effective_from=datetime(2026, 1, 1, tzinfo=UTC),
        created_by="bench",
    )
    Price.across.create(tenant=company.tenant, card=card, meter="requests", amount_micros=4_000)
    execute(f"SELECT billing_ensure_month('{NOW:%Y-%m-%d}'), billing_ensure_month('2026-09-01')")
    _world.update(company=company, api=api, consumer=consumer, keys=keys)


def events_body(count: int) -> bytes:
    """A batch of CloudEvents with new ids, as JSON."""
    keys = _world["keys"]
    return json.dumps(
        [
            {
                "specversion": "1.0",
                "id": str(uuid4()),
                "source": "/gateways/eu-1",
                "type": "usage",
                "time": NOW.isoformat(),
                "data": {
                    "meter": "requests",
                    "quantity": 1,
                    "key": keys[n % KEYS],
                    "operation": f"get /orders/{n % 7}",
                },
            }
            for n in range(count)
        ]
    ).encode()


def copy_rows(count: int) -> str:
    """Rows with new ids, as COPY's text."""
    tenant, batch = _world["company"].tenant.id, _world.setdefault("batch", 10**9)
    _world["batch"] += 1
    return "".join(
        f"{batch}\t{n}\t{NOW.isoformat()}\t{tenant}\t{n % 2100}\t1"
        f"\t/gateways/eu-1\t{uuid4()}\t\\N\n"
        for n in range(count)
    )


def copy(table: str, rows: str) -> None:
    """A bare COPY of one batch, a transaction of its own."""
    columns = "batch_id, position, time, tenant_id, series_id, quantity, source, event_id, data"
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as to:
        to.write(rows)


def execute(statements: str, values: dict[str, Any] | None = None) -> None:
    """Run SQL."""
    with connection.cursor() as cursor:
        for statement in statements.split(";\n") if values is not None else [statements]:
            if statement.strip():
                cursor.execute(statement, values)


def token() -> str:
    """A bearer token of the API's owner."""
    company: Company = _world["company"]
    owner = User.objects.get(id=company.owner.id)
    issued = issue_token(
        actor=Actor.system("bench"), holder=owner, name="bench", ttl=TOKEN_LIFE, scopes=[]
    )
    return issued.secret


def lag_seconds() -> float:
    """The age of the oldest event that no rollup holds."""
    return lag().seconds


def forget_connection() -> None:
    """Close a thread's own connection."""
    connection.close()


def roll_up_all() -> None:
    """All that waits."""
    while roll_up():
        pass


def fill_month(statements: str, *, events: int, keys: int) -> None:
    """A month of events in one batch, by SQL."""
    execute(
        statements,
        {
            "tenant": _world["company"].tenant.id,
            "team": _world["company"].builders.id,
            "application": _world["consumer"].application_id,
            "api": _world["api"].id,
            "events": events,
            "keys": keys,
        },
    )


def close(month: date) -> None:
    """Close it; anything else than closed is a mistake of the benchmark."""
    rate_dirty()
    company: Company = _world["company"]
    closing = close_period(actor=company.actor(company.finance), month=month)
    assert closing.outcome == "closed", closing


def fill_lines(statements: str, *, lines: int) -> Period:
    """A closed period with many lines, in the other tenant."""
    tenant = _world["company"].other
    period = Period.across.create(tenant=tenant, month=date(2026, 9, 1))
    execute(
        statements,
        {
            "tenant": tenant.id,
            "period": period.id,
            "application": _world["consumer"].application_id,
            "team": _world["company"].others.id,
            "api": _world["api"].id,
            "lines": lines,
        },
    )
    period.totals = {"EUR": {"micros": 0, "minor": 0}}
    period.line_count, period.closed_at = lines, NOW
    period.frozen = {"slug": tenant.slug, "name": tenant.name, "cost_center": ""}
    period.state, period.hash, period.signature = Period.State.CLOSED, "0" * 64, "bench"
    period.save()
    return period


def copy_out(period: Period) -> None:
    """The floor of an export: the lines as they are, to a file."""
    query = f"COPY (SELECT * FROM billing_statementline WHERE period_id = '{period.id}'"
    query += " ORDER BY number) TO STDOUT"
    with (
        Path(os.devnull).open("wb") as file,
        connection.cursor() as cursor,
        cursor.copy(query) as rows,
    ):
        for chunk in rows:
            file.write(chunk)


def export(period: Period, name: str) -> None:
    """Make an export and read it to its end."""
    with export_period(period, name).file as file:
        while file.read(1_000_000):
            pass


def export_names() -> list[str]:
    """The formats to measure."""
    return [name for name in formats() if name not in SLOW]
