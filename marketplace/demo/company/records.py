"""The shapes of the demo company's data: plain values, free of Django.

Prices are decimal strings in the currency of the API's tenant. Rhythms and volumes steer the
seeded usage generator.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["member", "finance", "admin"]
TeamRole = Literal["member", "owner"]
Lifecycle = Literal["draft", "active", "deprecated", "retired"]
DataClass = Literal["public", "internal", "confidential", "restricted"]
Risk = Literal["low", "medium", "high"]
Meter = Literal[
    "requests",
    "tokens_in",
    "tokens_cached",
    "tokens_out",
    "vectors_stored",
    "vectors_queried",
    "bytes",
    "seconds",
]


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """A business unit: it pays in one currency and books to one cost center by default."""

    slug: str
    name: str
    currency: str
    cost_center: str
    monthly_budget: str


@dataclass(frozen=True, kw_only=True)
class Team:
    """A team of a tenant; it owns APIs and applications."""

    tenant: str
    slug: str
    name: str
    cost_center: str
    email: str


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who signs in. `persona` says whom a visitor of the demo can be with this sign-in."""

    email: str
    name: str
    tenant: str | None
    role: Role = "member"
    teams: tuple[tuple[str, TeamRole], ...] = ()
    platform_admin: bool = False
    persona: str = ""


@dataclass(frozen=True, kw_only=True)
class ServiceAccount:
    """A program that acts for a team, such as an agent."""

    tenant: str
    team: str
    slug: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Price:
    """What a meter costs: `amount` for `per` units, once `included` units a month are used up.

    Tiers, if any, replace `amount` from the given monthly quantity upwards.
    """

    meter: Meter
    amount: str
    per: int = 1
    included: int = 0
    tiers: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Limits and prices of an API. A quota of None means none."""

    slug: str
    name: str
    per_second: int
    monthly_quota: int | None
    flat_monthly: str = "0"
    prices: tuple[Price, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Version:
    """A published document: its file in `documents/<slug>/`, its age on the day of seeding."""

    version: str
    file: str
    published_days_ago: int


@dataclass(frozen=True, kw_only=True)
class Api:
    """An API as the catalog lists it."""

    slug: str
    name: str
    team: str
    summary: str
    data_class: DataClass
    risk: Risk
    capabilities: tuple[str, ...]
    residency: tuple[str, ...]
    latency_class: Literal["realtime", "interactive", "batch"]
    cost_driver: Meter
    icon: str
    plans: tuple[Plan, ...]
    versions: tuple[Version, ...]
    lifecycle: Lifecycle = "active"


@dataclass(frozen=True, kw_only=True)
class Use:
    """How an application uses an API.

    `operations` are operation ids with their share of the calls; `daily_calls` is an ordinary
    working day's volume at the end of the seeded period, `growth` its relative increase a month,
    `errors` the share of calls answered 4xx or 5xx, `per_call` the mean of further meters.
    A use that starts `started_days_ago` has no events before.
    """

    api: str
    version: str
    operations: tuple[tuple[str, float], ...]
    daily_calls: int
    rhythm: str
    growth: float = 0.0
    errors: float = 0.004
    plan: str = "standard"
    per_call: tuple[tuple[Meter, float], ...] = ()
    started_days_ago: int = 75


@dataclass(frozen=True, kw_only=True)
class Application:
    """A consumer, owned by a team, with the APIs it calls."""

    slug: str
    name: str
    team: str
    purpose: str
    uses: tuple[Use, ...]
    service_account: str | None = None


@dataclass(frozen=True, kw_only=True)
class Rhythm:
    """Relative weights of the 24 hours (UTC) and of the seven days, Monday first."""

    name: str
    hours: tuple[int, ...]
    days: tuple[float, ...]
    noise: float
