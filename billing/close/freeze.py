"""The lines of a closed period: every amount, and every name as it is at that moment."""

from collections import defaultdict
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from billing.meters import meters
from billing.models import Consumer, Period, StatementLine
from billing.models.ledger import Kind
from billing.money import minor_unit
from billing.rating.allocate import round_amounts
from billing.rating.shared import bearers_of
from catalog.models import Api, Plan
from marketplace.tenants.models import Team, Tenant

# Charges bring the lines that cost nothing; the ledger brings the amounts.
LINES = """
SELECT l.line_key, l.usage_month, l.amount_micros, l.quantity, l.adjustment, l.first_id,
  l.corrects_period, l.corrects_line, l.reason, l.kind, l.application_id, l.team_id, l.cost_center,
  l.api_id, l.provider_id, l.plan_id, l.operation_key, l.meter, l.card_id, l.price_id, l.currency,
  l.rule
FROM (
  SELECT e.line_key, e.usage_month, sum(e.amount_micros)::bigint AS amount_micros,
    sum(e.quantity) AS quantity, bool_or(e.adjustment) AS adjustment,
    (array_agg(e.id ORDER BY e.sequence))[1] AS first_id,
    coalesce(max(to_char(p.month, 'YYYY-MM')),
      CASE WHEN bool_or(e.adjustment) THEN to_char(e.usage_month, 'YYYY-MM') END)
      AS corrects_period, max(s.number) AS corrects_line,
    max(e.reason) AS reason, max(e.rule) AS rule, e.kind, e.application_id, e.team_id,
    e.cost_center, e.api_id, e.provider_id, e.plan_id, e.operation_key, e.meter, e.card_id,
    e.price_id, e.currency
  FROM billing_ledgerentry e
  LEFT JOIN billing_ledgerentry c ON c.id = e.corrects_id AND e.adjustment
  LEFT JOIN billing_period p ON p.id = c.period_id AND p.state = 'closed'
  LEFT JOIN billing_statementline s ON s.period_id = p.id AND s.line_key = c.line_key
  WHERE e.period_id = %(period)s
  GROUP BY e.line_key, e.usage_month, e.kind, e.application_id, e.team_id, e.cost_center, e.api_id,
    e.provider_id, e.plan_id, e.operation_key, e.meter, e.card_id, e.price_id, e.currency
  UNION ALL
  SELECT c.line_key, c.month, 0, c.quantity, false, NULL, NULL, NULL, '', c.rule, c.kind,
    c.application_id, c.team_id, c.cost_center, c.api_id, c.provider_id, c.plan_id,
    c.operation_key, c.meter, c.card_id, c.price_id, coalesce(nullif(c.currency, ''), %(currency)s)
  FROM billing_charge c
  WHERE c.tenant_id = %(tenant)s AND c.month = %(month)s AND c.amount_micros = 0
    AND NOT EXISTS (SELECT FROM billing_ledgerentry e
      WHERE e.period_id = %(period)s AND e.line_key = c.line_key)
) l
"""


def freeze(period: Period) -> list[StatementLine]:
    """The period's lines, numbered, rounded to cents over the whole, ready to be stored."""
    with connection.cursor() as cursor:
        cursor.execute(
            LINES,
            {
                "period": period.id,
                "tenant": period.tenant_id,
                "month": period.month,
                "currency": period.tenant.currency,
            },
        )
        names = [column.name for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    lines = _named([row for row in rows if row["amount_micros"] or row["quantity"]], period)
    lines.sort(key=_order)
    by_currency: dict[str, list[StatementLine]] = defaultdict(list)
    for number, line in enumerate(lines, start=1):
        line.number = number
        by_currency[line.currency].append(line)
    for currency, group in by_currency.items():
        cents = round_amounts([line.amount_micros for line in group], minor_unit(currency))
        for line, amount in zip(group, cents, strict=True):
            line.amount_minor = amount
    return lines


def totals(lines: list[StatementLine]) -> dict[str, dict[str, int]]:
    """Per currency the sum in micro-units and in minor units."""
    found: dict[str, dict[str, int]] = {}
    for line in lines:
        total = found.setdefault(line.currency, {"micros": 0, "minor": 0})
        total["micros"] += line.amount_micros
        total["minor"] += line.amount_minor
    return dict(sorted(found.items()))


def _order(line: StatementLine) -> tuple[Any, ...]:
    return (
        line.adjustment, line.currency, line.api, line.application, line.team, line.kind,
        line.meter, line.operation_key, line.usage_month, str(line.line_key),
    )  # fmt: skip


def _named(rows: list[dict[str, Any]], period: Period) -> list[StatementLine]:
    def ids(name: str) -> set[UUID]:
        return {row[name] for row in rows if row[name]}

    apis = {a.id: a for a in Api.across.filter(id__in=ids("api_id")).select_related("team")}
    teams = dict(Team.across.filter(id__in=ids("team_id")).values_list("id", "name"))
    plans = dict(Plan.across.filter(id__in=ids("plan_id")).values_list("id", "name"))
    tenants = dict(Tenant.objects.filter(id__in=ids("provider_id")).values_list("id", "name"))
    consumers = dict(
        Consumer.across.filter(application_id__in=ids("application_id")).values_list(
            "application_id", "name"
        )
    )
    shared = bearers_of(row["price_id"] for row in rows if row["kind"] == Kind.SHARED)
    known = meters({row["meter"] for row in rows if row["meter"]})
    lines = []
    for row in rows:
        api, meter = apis.get(row["api_id"]), known.get(row["meter"])
        corrects, line_number = row.pop("corrects_period"), row.pop("corrects_line")
        if corrects:
            corrects = f"{corrects} line {line_number}" if line_number else corrects
        lines.append(
            StatementLine(
                tenant_id=period.tenant_id,
                period=period,
                entry_id=row.pop("first_id"),
                corrects=corrects or "",
                application=consumers.get(row["application_id"], ""),
                team=teams.get(row["team_id"], ""),
                api=api.name if api else "",
                api_slug=api.slug if api else "",
                credit_cost_center=shared.get(row["price_id"])
                or (api.team.cost_center if api else ""),
                provider=tenants.get(row["provider_id"], ""),
                plan=plans.get(row["plan_id"], ""),
                meter_name=meter.name if meter else row["meter"],
                unit=meter.unit if meter else "",
                **{**row, "quantity": row["quantity"].quantize(Decimal("0.000001"))},
            )
        )
    return lines
