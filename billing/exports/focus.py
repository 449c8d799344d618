"""FOCUS 1.2, the FinOps Foundation's billing data format: a row a line, columns by name.

A line of an earlier, closed month is `ChargeClass` Correction. What FOCUS has no column for has
its own, prefixed `x_` as the standard asks. Commitment discounts and regions do not exist here;
their columns stand empty for readers of version 1.0, which requires them.
"""

from collections.abc import Sequence
from typing import IO

from billing.exports import Format
from billing.exports.columns import Column, amount, copy_csv, text
from billing.models import Period

TIME = 'YYYY-MM-DD"T"HH24:MI:SS"Z"'
MODEL_METERS = "('tokens_in', 'tokens_out', 'tokens_cached', 'tokens_reasoning')"
VECTOR_METERS = "('vectors_stored', 'vectors_queried')"
RECURRING = "l.kind IN ('flat', 'minimum', 'shared')"
CORRECTION = "(l.adjustment OR l.kind = 'correction')"
PRICED_QUANTITY = f"CASE WHEN {RECURRING} THEN 1.000000 ELSE l.quantity END"
NOT_HERE = ("Category", "Id", "Name", "Status", "Type")


def columns(periods: Sequence[Period]) -> list[Column]:
    """The columns in alphabetical order, the standard's before our own."""
    cost = amount(periods)
    unit_price = (
        f"CASE WHEN {CORRECTION} THEN NULL WHEN {PRICED_QUANTITY} = 0 THEN 0"
        f" ELSE round({cost}::numeric / ({PRICED_QUANTITY}), 12) END"
    )
    return [
        text("AvailabilityZone", "NULL::text"),
        Column("BilledCost", cost),
        Column("BillingAccountId", "p.tenant_id"),
        text("BillingAccountName", "p.frozen ->> 'name'"),
        text("BillingAccountType", "'Tenant'"),
        Column("BillingCurrency", "l.currency"),
        Column("BillingPeriodEnd", _time("p.month + interval '1 month'")),
        Column("BillingPeriodStart", _time("p.month::timestamp")),
        Column(
            "ChargeCategory",
            "CASE WHEN l.kind = 'correction' THEN 'Adjustment'"
            f" WHEN {RECURRING} THEN 'Purchase' ELSE 'Usage' END",
        ),
        Column("ChargeClass", f"CASE WHEN {CORRECTION} THEN 'Correction' END"),
        text(
            "ChargeDescription",
            "concat_ws(': ', nullif(l.api, ''), concat_ws(', ', nullif(l.meter_name, ''),"
            " nullif(l.rule, ''), nullif(l.reason, '')))",
        ),
        Column(
            "ChargeFrequency",
            "CASE WHEN l.kind = 'correction' THEN 'One-Time'"
            f" WHEN {RECURRING} THEN 'Recurring' ELSE 'Usage-Based' END",
        ),
        Column("ChargePeriodEnd", _time("l.usage_month + interval '1 month'")),
        Column("ChargePeriodStart", _time("l.usage_month::timestamp")),
        *(Column(f"CommitmentDiscount{name}", "NULL::text") for name in NOT_HERE),
        Column("ConsumedQuantity", "CASE WHEN l.kind = 'usage' THEN l.quantity END"),
        text("ConsumedUnit", "CASE WHEN l.kind = 'usage' THEN nullif(l.unit, '') END"),
        Column("ContractedCost", cost),
        Column("ContractedUnitPrice", unit_price),
        Column("EffectiveCost", cost),
        text("InvoiceId", "p.frozen ->> 'slug' || '-' || to_char(p.month, 'YYYY-MM')"),
        text("InvoiceIssuerName", PROVIDER),
        Column("ListCost", cost),
        Column("ListUnitPrice", unit_price),
        Column("PricingCategory", f"CASE WHEN NOT {CORRECTION} THEN 'Standard' END"),
        Column("PricingQuantity", f"CASE WHEN l.kind <> 'correction' THEN {PRICED_QUANTITY} END"),
        text(
            "PricingUnit",
            "CASE WHEN l.kind = 'correction' THEN NULL"
            f" WHEN {RECURRING} THEN 'month' ELSE coalesce(nullif(l.unit, ''), 'unit') END",
        ),
        text("ProviderName", PROVIDER),
        text("PublisherName", PROVIDER),
        Column("RegionId", "NULL::text"),
        Column("RegionName", "NULL::text"),
        Column("ResourceId", "l.application_id"),
        text("ResourceName", "nullif(l.application, '')"),
        text("ResourceType", "CASE WHEN l.application_id IS NOT NULL THEN 'Application' END"),
        Column("ServiceCategory", f"CASE WHEN {IS_MODEL} THEN 'AI and Machine Learning'"
               " ELSE 'Integration' END"),
        text("ServiceName", "coalesce(nullif(l.api, ''), 'Shared costs')"),
        Column("ServiceSubcategory", f"CASE WHEN {IS_MODEL} THEN 'Generative AI'"
               " ELSE 'API Management' END"),
        text("SkuId", "concat_ws('/', nullif(l.api_slug, ''), coalesce(nullif(l.meter, ''),"
             " l.kind))"),
        text("SkuMeter", "nullif(l.meter_name, '')"),
        text("SkuPriceId", "coalesce(l.price_id, l.card_id, l.api_id)::text"),
        Column("SubAccountId", "l.team_id"),
        text("SubAccountName", "nullif(l.team, '')"),
        text("SubAccountType", "CASE WHEN l.team_id IS NOT NULL THEN 'Team' END"),
        text(
            "Tags",
            "json_build_object('cost_center', l.cost_center, 'plan', l.plan,"
            " 'operation', l.operation_key)::text",
        ),
        text("x_Corrects", "nullif(l.corrects, '')"),
        Column("x_LedgerEntryId", "l.entry_id"),
        Column("x_LineNumber", "l.number"),
    ]  # fmt: skip


IS_MODEL = f"(l.meter IN {MODEL_METERS} OR l.meter IN {VECTOR_METERS})"
PROVIDER = "coalesce(nullif(l.provider, ''), p.frozen ->> 'name')"


def _time(expression: str) -> str:
    return f"to_char({expression}, '{TIME}')"


def write(periods: Sequence[Period], file: IO[bytes]) -> None:
    """Write the CSV."""
    copy_csv(periods, columns(periods), file)


FORMAT = Format(
    slug="focus",
    name="FOCUS 1.2",
    media="text/csv; charset=utf-8; header=present",
    extension="-focus.csv",
    about="The FinOps Foundation's billing format",
    write=write,
)
