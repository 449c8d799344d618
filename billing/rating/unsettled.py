"""What is due for calls that were reserved for and never settled."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from uuid import UUID

from billing.models import UnsettledCall
from billing.models.ledger import Kind
from billing.months import bounds
from billing.rating.lines import About, Due
from catalog.models import Api


def unsettled_dues(*, tenant_id: UUID, month: date) -> list[Due]:
    """A line for each application's use of an API: its calls of the month at their reservations."""
    start, end = bounds(month)
    calls = list(
        UnsettledCall.across.filter(tenant_id=tenant_id, at__gte=start, at__lt=end).order_by("at")
    )
    providers = dict(
        Api.across.filter(id__in={call.api_id for call in calls if call.api_id}).values_list(
            "id", "tenant_id"
        )
    )
    found: defaultdict[About, list[UnsettledCall]] = defaultdict(list)
    for call in calls:
        about = About(
            Kind.RESERVATION, call.application_id, call.team_id, call.cost_center, call.api_id,
            providers.get(call.api_id) if call.api_id else None, currency=call.currency,
        )  # fmt: skip
        found[about].append(call)
    return [_due(about, group) for about, group in found.items()]


def _due(about: About, calls: list[UnsettledCall]) -> Due:
    days: defaultdict[int, Decimal] = defaultdict(Decimal)
    for call in calls:
        days[call.at.day] += 1
    number = len(calls)
    rule = f"{number:,} call{'s' * (number > 1)} never settled: charged as reserved"
    amount = sum(call.amount_micros for call in calls)
    return Due(about, Decimal(number), amount, rule, dict(days))
