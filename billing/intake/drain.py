"""From the staging table that edges copy into, to events: the worker's half of intake."""

from django.db import connection, transaction

from billing.intake.check import AHEAD, LATE
from billing.intake.store import ENSURE_MONTHS, SERIES_COLUMNS, STAGE, Stored, move_staged
from marketplace.tenants.scope import platform_scope

MOST = 20_000
# An edge whose clock is wrong is still believed about the call, not about its time.
TAKE = """
CREATE TEMPORARY TABLE billing_drained ON COMMIT DROP AS
WITH taken AS (
  DELETE FROM billing_usage_intake WHERE id IN (
    SELECT id FROM billing_usage_intake ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED
  ) RETURNING *
)
SELECT t.id, t.source, t.event_id, CASE WHEN good THEN t.time ELSE t.received_at END AS time,
  t.meter, t.quantity, t.tenant_id, coalesce(t.key_public_id, '') AS key_public_id,
  t.application_id, t.api_id, coalesce(t.operation_key, '') AS operation_key,
  CASE WHEN good THEN nullif(t.data, '{}')
    ELSE coalesce(t.data, '{}') || jsonb_build_object('stated_time', t.time) END AS data,
  c.team_id, coalesce(c.cost_center, '') AS cost_center
FROM taken t
CROSS JOIN LATERAL (SELECT t.time BETWEEN t.received_at - %(late)s::interval
  AND t.received_at + %(ahead)s::interval AS good) clock
LEFT JOIN billing_consumer c ON c.application_id = t.application_id
"""
MAKE_SERIES = f"""
INSERT INTO billing_usageseries ({SERIES_COLUMNS})
SELECT DISTINCT {SERIES_COLUMNS} FROM pg_temp.billing_drained d
WHERE NOT EXISTS (SELECT FROM billing_usageseries s WHERE %s)
ORDER BY {SERIES_COLUMNS} ON CONFLICT DO NOTHING
"""  # noqa: S608 - column names of our own
SAME_SERIES = """
  s.tenant_id = d.tenant_id AND s.key_public_id = d.key_public_id
  AND s.operation_key = d.operation_key AND s.meter = d.meter AND s.cost_center = d.cost_center
  AND s.application_id IS NOT DISTINCT FROM d.application_id
  AND s.api_id IS NOT DISTINCT FROM d.api_id AND s.team_id IS NOT DISTINCT FROM d.team_id
"""
STAGE_DRAINED = f"""
INSERT INTO pg_temp.billing_staged
  (key, position, time, tenant_id, series_id, quantity, source, event_id, data)
SELECT DISTINCT ON (1) billing_event_key(NULL, d.source, d.event_id),
  row_number() OVER (ORDER BY d.id), d.time, d.tenant_id, s.id, d.quantity, d.source, d.event_id,
  d.data
FROM pg_temp.billing_drained d JOIN billing_usageseries s ON {SAME_SERIES}
ORDER BY 1, d.id
"""  # noqa: S608 - column names of our own


def drain(*, most: int = MOST) -> Stored | None:
    """Move up to `most` staged rows on, in one transaction; None where there were none.

    A row leaves the staging table in the transaction that makes it an event, so a killed worker
    loses none; one that comes twice counts once.
    """
    # Temporary tables belong to a role: here as in a request it is the web's.
    with transaction.atomic(), platform_scope(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.billing_drained")
        cursor.execute(TAKE, {"most": most, "late": str(LATE), "ahead": str(AHEAD)})
        given = cursor.rowcount
        if given <= 0:
            return None
        cursor.execute(STAGE)
        cursor.execute("DELETE FROM pg_temp.billing_staged")
        cursor.execute(
            "SELECT DISTINCT date_trunc('month', time AT TIME ZONE 'UTC')::date"
            " FROM pg_temp.billing_drained"
        )
        cursor.execute(ENSURE_MONTHS, [[day for (day,) in cursor.fetchall()]])
        cursor.execute(MAKE_SERIES % SAME_SERIES)
        cursor.execute(STAGE_DRAINED)
        return move_staged(sender_id=None, sender="edge", given=given)
