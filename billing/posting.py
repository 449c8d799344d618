"""Posting: the ledger follows the charges, by entries that only ever add.

What a line of a month should be and what has been posted for it are compared; the difference is
an entry. In an open month it stands in that month. Where the month is closed it stands in the
first open one after it, as an adjustment that names the entry it corrects.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import connection, transaction

from billing.models import Charge, LedgerEntry, LedgerLine, Period, UnpostedMonth
from billing.models.ledger import Kind
from billing.months import next_month
from billing.rating.shared import bearers_of
from catalog.models import Api
from marketplace import clock
from marketplace.audit.record import record
from marketplace.errors import Forbidden, Invalid, NotFound
from marketplace.tenants.actor import Actor
from marketplace.tenants.scope import platform_scope

EXPENSE = "usage-expense"
RECOVERY = "usage-recovery"
POSTED = """
SELECT line_key, sum(amount_micros)::bigint, sum(quantity),
  (array_agg(id ORDER BY sequence DESC))[1]
FROM billing_ledgerentry WHERE tenant_id = %s AND usage_month = %s AND kind <> 'correction'
GROUP BY line_key
"""
COPIED = (
    "line_key", "kind", "application_id", "team_id", "cost_center", "api_id", "provider_id",
    "plan_id", "operation_key", "meter", "card_id", "price_id", "currency", "rule",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Posted:
    """What a posting added."""

    entries: int
    amount_micros: int
    adjustments: int


def open_period(*, tenant_id: UUID, month: date) -> Period:
    """The first period from `month` on that is not closed, locked; made where it is new."""
    while True:
        Period.across.get_or_create(tenant_id=tenant_id, month=month)
        period = Period.across.select_for_update().get(tenant_id=tenant_id, month=month)
        if period.state != Period.State.CLOSED:
            return period
        month = next_month(month)


def post_month(*, tenant_id: UUID, month: date, by: str = "marketplace") -> Posted:
    """Bring the ledger up to the charges of a month of use; posts nothing where it is."""
    with transaction.atomic():
        period = open_period(tenant_id=tenant_id, month=month)
        UnpostedMonth.objects.filter(tenant_id=tenant_id, month=month).delete()
        charges = {
            charge.line_key: charge
            for charge in Charge.across.filter(tenant_id=tenant_id, month=month)
        }
        with connection.cursor() as cursor:
            cursor.execute(POSTED, [tenant_id, month])
            posted = {key: (amount, quantity, last) for key, amount, quantity, last in cursor}
        adjustment = period.month != month
        entries = []
        for key in charges.keys() | posted.keys():
            before, counted, last = posted.get(key, (0, Decimal(0), None))
            charge = charges.get(key)
            amount = (charge.amount_micros if charge else 0) - before
            if amount:
                quantity = (charge.quantity if charge else Decimal(0)) - counted
                like: Charge | LedgerEntry = charge or LedgerEntry.across.get(id=last)
                entries.append(_entry(like, period, month, amount, quantity, last, adjustment, by))
        entries.sort(key=lambda entry: (entry.kind, str(entry.line_key)))
        _write(entries)
    total = sum(entry.amount_micros for entry in entries)
    return Posted(len(entries), total, len(entries) if adjustment else 0)


def post_due(*, wait: timedelta) -> list[Posted]:
    """Post every month whose charges changed longer than `wait` ago."""
    due = UnpostedMonth.objects.filter(since__lte=clock.now() - wait).order_by("since")
    return [
        post_month(tenant_id=tenant_id, month=month)
        for tenant_id, month in due.values_list("tenant_id", "month")
    ]


def correct(*, actor: Actor, entry_id: UUID, amount_micros: int, reason: str) -> LedgerEntry:
    """Post a correction of an entry into the first open period, pointing at it.

    For finance of the tenant whose entry it is. A negative amount gives back. Raises NotFound,
    Forbidden, Invalid.
    """
    if not actor.is_finance or actor.tenant_id is None:
        raise Forbidden("Finance corrects the ledger.")
    errors = {"/amount": "This changes nothing."} if not amount_micros else {}
    if not reason.strip():
        errors["/reason"] = "Say why, for those who read it later."
    for pointer, detail in errors.items():
        raise Invalid.at(pointer, detail)
    with transaction.atomic(), platform_scope():
        found = LedgerEntry.across.filter(id=entry_id, tenant_id=actor.tenant_id).first()
        if found is None:
            raise NotFound("There is no such entry.")
        period = open_period(tenant_id=found.tenant_id, month=found.usage_month)
        entry = _entry(
            found, period, found.usage_month, amount_micros, Decimal(0), found.id, True,
            actor.label,
        )  # fmt: skip
        entry.kind, entry.line_key, entry.reason = Kind.CORRECTION, entry.id, reason.strip()[:500]
        _write([entry])
        record(
            actor=actor,
            action="ledger.corrected",
            target=f"entry:{found.id}",
            tenant_id=found.tenant_id,
            details={"amount_micros": amount_micros, "reason": reason, "entry": str(entry.id)},
        )
    return entry


def _entry(
    like: Charge | LedgerEntry,
    period: Period,
    month: date,
    amount: int,
    quantity: Decimal,
    corrects: UUID | None,
    adjustment: bool,
    by: str,
) -> LedgerEntry:
    return LedgerEntry(
        tenant_id=like.tenant_id,
        period=period,
        usage_month=month,
        amount_micros=amount,
        quantity=quantity,
        adjustment=adjustment,
        corrects_id=corrects,
        posted_by=by[:200],
        posted_at=clock.now(),
        **{name: getattr(like, name) for name in COPIED},
    )


def _write(entries: Sequence[LedgerEntry]) -> None:
    apis = {entry.api_id for entry in entries if entry.api_id}
    credit: dict[UUID | None, str] = dict(
        Api.across.filter(id__in=apis).values_list("id", "team__cost_center")
    )
    borne_by = bearers_of(e.price_id for e in entries if e.kind == Kind.SHARED and e.price_id)
    LedgerEntry.across.bulk_create(entries, batch_size=2000)
    lines = []
    for entry in entries:
        sides = (
            (EXPENSE, entry.tenant_id, entry.cost_center, entry.amount_micros),
            (
                RECOVERY,
                entry.provider_id or entry.tenant_id,
                borne_by.get(entry.price_id) or credit.get(entry.api_id, ""),
                -entry.amount_micros,
            ),
        )
        for account, party, cost_center, amount in sides:
            lines.append(
                LedgerLine(
                    tenant_id=entry.tenant_id,
                    entry=entry,
                    account=account,
                    party_id=party,
                    cost_center=cost_center,
                    amount_micros=amount,
                    currency=entry.currency,
                )
            )
    LedgerLine.across.bulk_create(lines, batch_size=2000)
