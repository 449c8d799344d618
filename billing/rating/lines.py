"""A line of money before it is stored: what it is about, how much, and on which days."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class About:
    """What tells one line of a tenant's month from another."""

    kind: str
    application_id: UUID | None
    team_id: UUID | None
    cost_center: str
    api_id: UUID | None = None
    provider_id: UUID | None = None
    plan_id: UUID | None = None
    operation_key: str = ""
    meter: str = ""
    card_id: UUID | None = None
    price_id: UUID | None = None
    currency: str = ""

    def key(self, tenant_id: UUID, month: date) -> UUID:
        """The line's key: the same wherever and whenever the line is reckoned."""
        parts = (
            tenant_id, month, self.kind, self.application_id, self.team_id, self.cost_center,
            self.api_id, self.provider_id, self.plan_id, self.operation_key, self.meter,
            self.card_id, self.price_id, self.currency,
        )  # fmt: skip
        return UUID(
            bytes=hashlib.sha256(repr([str(part) for part in parts]).encode()).digest()[:16]
        )


@dataclass(frozen=True, slots=True)
class Due:
    """An amount due. `days` maps days of the month to the quantity that fell on them."""

    about: About
    quantity: Decimal
    amount_micros: int
    rule: str = ""
    days: dict[int, Decimal] = field(default_factory=dict)

    def plus(self, other: "Due") -> "Due":
        """Both together; they must be about the same."""
        days = dict(self.days)
        for day, quantity in other.days.items():
            days[day] = days.get(day, Decimal(0)) + quantity
        return replace(
            self,
            quantity=self.quantity + other.quantity,
            amount_micros=self.amount_micros + other.amount_micros,
            rule=self.rule if other.rule == self.rule else f"{self.rule}; then {other.rule}"[:300],
            days=days,
        )


def merged(dues: list[Due]) -> list[Due]:
    """One due for each line, in the order they first came."""
    found: dict[About, Due] = {}
    for due in dues:
        before = found.get(due.about)
        found[due.about] = due if before is None else before.plus(due)
    return list(found.values())
