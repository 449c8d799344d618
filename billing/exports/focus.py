"""FOCUS 1.2, the FinOps Foundation's billing data format: a row a line, columns by name.

A line of an earlier, closed month is `ChargeClass` Correction. What FOCUS has no column for has
its own, prefixed `x_` as the standard asks. Commitment discounts and regions do not exist here;
their columns stand empty for readers of version 1.0, which requires them.
"""

from collections.abc import Sequence
from typing import IO

from billing.exports import Format
from billing.exports.columns import Column, amount, csv_chunks, harmless, text
from billing.models import Period

TIME = 'YYYY-MM-DD"T"HH24:MI:SS"Z"'
MODEL_METERS = (
    "('tokens_in', 'tokens_out', 'tokens_cached', 'tokens_reasoning', 'vectors_stored',"
    " 'vectors_queried')"
)
RECURRING = "l.kind IN ('flat', 'minimum', 'shared')"
CORRECTION = "(l.adjustment OR l.kind = 'correction')"
PRICED_QUANTITY = f"CASE WHEN {RECURRING} THEN 1.000000 ELSE l.quantity END"
TAGS = (
    """'{"cost_center" : ' || to_json(l.cost_center)::text || ', "plan" : ' ||"""
    """ to_json(l.plan)::text || ', "operation" : ' || to_json(l.operation_key)::text || '}'"""
)
NOT_HERE = ("Category", "Id", "Name", "Status", "Type")


def computed(period: Period) -> dict[str, str]:
    """What several columns of a line need, or need more than once."""
    return {
        "used": "l.kind = 'usage'",
        "corrective": "l.kind = 'correction'",
        "recurring": RECURRING,
        "correction": CORRECTION,
        "of_model": f"l.meter IN {MODEL_METERS}",
        "provided_by": harmless("coalesce(nullif(l.provider, ''), p.tenant)"),
        "counted_in": harmless("nullif(l.unit, '')"),
        "priced_quantity": PRICED_QUANTITY,
        "unit_price": f"(CASE WHEN {CORRECTION} THEN NULL WHEN {PRICED_QUANTITY} = 0 THEN 0"
        f" ELSE round({amount(period)} / ({PRICED_QUANTITY}), 12) END)::text",
        "described": "concat_ws(': ', nullif(l.api, ''), concat_ws(', ',"
        " nullif(l.meter_name, ''), nullif(l.rule, ''), nullif(l.reason, '')))",
        "sku": "concat_ws('/', nullif(l.api_slug, ''), coalesce(nullif(l.meter, ''), l.kind))",
    }


def columns(_: Sequence[Period] = ()) -> list[Column]:
    """The columns in alphabetical order, the standard's before our own; of any periods."""
    return [
        text("AvailabilityZone", "NULL::text"),
        Column("BilledCost", "l.cost"),
        Column("BillingAccountId", "p.tenant_id"),
        text("BillingAccountName", "p.tenant"),
        text("BillingAccountType", "'Tenant'"),
        Column("BillingCurrency", "l.currency"),
        Column("BillingPeriodEnd", "p.ends"),
        Column("BillingPeriodStart", "p.starts"),
        Column(
            "ChargeCategory",
            "CASE WHEN l.corrective THEN 'Adjustment'"
            " WHEN l.recurring THEN 'Purchase' ELSE 'Usage' END",
        ),
        Column("ChargeClass", "CASE WHEN l.correction THEN 'Correction' END"),
        text("ChargeDescription", "l.described"),
        Column(
            "ChargeFrequency",
            "CASE WHEN l.corrective THEN 'One-Time'"
            " WHEN l.recurring THEN 'Recurring' ELSE 'Usage-Based' END",
        ),
        Column("ChargePeriodEnd", _time("l.usage_month + interval '1 month'", "p.ends")),
        Column("ChargePeriodStart", _time("l.usage_month::timestamp", "p.starts")),
        *(Column(f"CommitmentDiscount{name}", "NULL::text") for name in NOT_HERE),
        Column("ConsumedQuantity", "CASE WHEN l.used THEN l.quantity END"),
        Column("ConsumedUnit", "CASE WHEN l.used THEN l.counted_in END"),
        Column("ContractedCost", "l.cost"),
        Column("ContractedUnitPrice", "l.unit_price"),
        Column("EffectiveCost", "l.cost"),
        text("InvoiceId", "p.slug || '-' || p.name"),
        Column("InvoiceIssuerName", "l.provided_by"),
        Column("ListCost", "l.cost"),
        Column("ListUnitPrice", "l.unit_price"),
        Column("PricingCategory", "CASE WHEN NOT l.correction THEN 'Standard' END"),
        Column("PricingQuantity", "CASE WHEN NOT l.corrective THEN l.priced_quantity END"),
        Column(
            "PricingUnit",
            "CASE WHEN l.corrective THEN NULL"
            " WHEN l.recurring THEN 'month' ELSE coalesce(l.counted_in, 'unit') END",
        ),
        Column("ProviderName", "l.provided_by"),
        Column("PublisherName", "l.provided_by"),
        Column("RegionId", "NULL::text"),
        Column("RegionName", "NULL::text"),
        Column("ResourceId", "l.application_id"),
        text("ResourceName", "nullif(l.application, '')"),
        Column("ResourceType", "CASE WHEN l.application_id IS NOT NULL THEN 'Application' END"),
        Column("ServiceCategory", "CASE WHEN l.of_model THEN 'AI and Machine Learning'"
               " ELSE 'Integration' END"),
        text("ServiceName", "coalesce(nullif(l.api, ''), 'Shared costs')"),
        Column("ServiceSubcategory", "CASE WHEN l.of_model THEN 'Generative AI'"
               " ELSE 'API Management' END"),
        text("SkuId", "l.sku"),
        text("SkuMeter", "nullif(l.meter_name, '')"),
        Column("SkuPriceId", "coalesce(l.price_id, l.card_id, l.api_id)"),
        Column("SubAccountId", "l.team_id"),
        text("SubAccountName", "nullif(l.team, '')"),
        Column("SubAccountType", "CASE WHEN l.team_id IS NOT NULL THEN 'Team' END"),
        Column("Tags", TAGS),
        text("x_Corrects", "nullif(l.corrects, '')"),
        Column("x_LedgerEntryId", "l.entry_id"),
        Column("x_LineNumber", "l.number"),
    ]  # fmt: skip


def _time(expression: str, of_period: str) -> str:
    """A time; that of most lines, whose month is the period's own, is ready."""
    otherwise = f"to_char({expression}, '{TIME}')"
    return f"CASE WHEN l.usage_month = p.month THEN {of_period} ELSE {otherwise} END"


def write(periods: Sequence[Period], file: IO[bytes]) -> None:
    """Write the CSV."""
    for chunk in csv_chunks(periods, columns(), computed=computed):
        file.write(chunk)


FORMAT = Format(
    slug="focus",
    name="FOCUS 1.2",
    media="text/csv; charset=utf-8; header=present",
    extension="-focus.csv",
    about="The FinOps Foundation's billing format",
    write=write,
)
