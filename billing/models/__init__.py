"""The rows of money: usage, prices, limits, ledger. Django finds them here."""

from billing.models.ledger import (
    BillingSettings,
    Charge,
    LedgerEntry,
    LedgerLine,
    Period,
    StatementLine,
)
from billing.models.limits import (
    Alert,
    Budget,
    BudgetCounter,
    Lease,
    Quota,
    QuotaCounter,
    Reservation,
)
from billing.models.prices import OwnMeter, Price, RateCard, SharedCost
from billing.models.usage import (
    Consumer,
    ConsumerKey,
    ConsumerPlan,
    DirtyMonth,
    UsageBatch,
    UsageEvent,
    UsageIntake,
    UsageRollup,
    UsageSeries,
    UsageUnique,
)

__all__ = [
    "Alert",
    "BillingSettings",
    "Budget",
    "BudgetCounter",
    "Charge",
    "Consumer",
    "ConsumerKey",
    "ConsumerPlan",
    "DirtyMonth",
    "Lease",
    "LedgerEntry",
    "LedgerLine",
    "OwnMeter",
    "Period",
    "Price",
    "Quota",
    "QuotaCounter",
    "RateCard",
    "Reservation",
    "SharedCost",
    "StatementLine",
    "UsageBatch",
    "UsageEvent",
    "UsageIntake",
    "UsageRollup",
    "UsageSeries",
    "UsageUnique",
]
