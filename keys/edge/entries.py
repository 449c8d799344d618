"""What the verifier knows about one key: all that a decision needs, prepared when it is read."""

import ipaddress
from dataclasses import dataclass, field
from math import ceil
from typing import Any
from uuid import UUID

from keys.edge.windows import SECONDS

EVERY = "*"
NEVER = float("inf")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Quota:
    """A hard quota on calls. `window` is minute, hour, day or month; `name` and `policy` are its
    item in RateLimit-Policy."""

    id: UUID
    subject: str
    limit: int
    window: str
    sliding: bool
    key: bytes = field(init=False, compare=False)
    name: bytes = field(init=False, compare=False)
    policy: bytes = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", self.id.bytes)
        name = f'"{self.subject}-{self.window}"'
        policy = f"{name};q={self.limit};w={SECONDS[self.window]}"
        object.__setattr__(self, "name", name.encode())
        object.__setattr__(self, "policy", policy.encode())


@dataclass(frozen=True, slots=True)
class Budget:
    """A hard budget in micro-units of the tenant's currency."""

    id: UUID
    subject: str
    window: str


@dataclass(frozen=True, slots=True)
class Rate:
    """A limit by the second: sustained calls per second, and how many may come at once. `policy`
    is its item in RateLimit-Policy: the burst, and in how many seconds it is free again. `interval`
    is the seconds from one call to the next, `tolerance` those that a caller may stand ahead."""

    per_second: float
    burst: int
    policy: bytes = field(init=False, compare=False)
    interval: float = field(init=False, compare=False)
    tolerance: float = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "interval", 1.0 / self.per_second)
        object.__setattr__(self, "tolerance", self.interval * self.burst)
        window = max(1, ceil(self.burst / self.per_second))
        object.__setattr__(self, "policy", f'"rate";q={self.burst};w={window}'.encode())


@dataclass(slots=True)
class KeyEntry:
    """A key with its grant. Times are POSIX seconds; `loaded_at` is on the monotonic clock.

    The key is in force while begins <= now < ends; `proofs` are the digests of the credentials
    that proved it; `use` is when it was used last, and up to when that is noted; `ready` is
    what authz.py prepared. `token` and what follows it are of the token
    that was sent in the key's stead.
    """

    public_id: str
    key_id: UUID
    tenant_id: UUID
    mocked: bool
    digest: bytes
    pepper_version: int
    state: str
    not_before: float
    expires_at: float
    grant_id: UUID
    grant_state: str
    grant_expires_at: float
    api_id: UUID
    risk: str
    limits: dict[str, Any]
    application_id: UUID
    team_id: UUID | None
    scopes: frozenset[str] | None
    networks: tuple[Network, ...]
    countries: frozenset[str]
    rate: Rate | None
    reserve_micros: int
    quotas: tuple[Quota, ...]
    budgets: tuple[Budget, ...]
    snapshot: int
    loaded_at: float
    token: str = ""
    audience: tuple[str, ...] = ()
    subject: str = ""
    binding: dict[str, str] = field(default_factory=dict)
    act: dict[str, Any] = field(default_factory=dict)
    begins: float = 0.0
    ends: float = NEVER
    mock: bool = False
    fenced: bool = False
    limited: bool = False
    policies: tuple[bytes, bytes] = (b"ratelimit-policy", b"")
    rate_key: bytes = b""
    api_key: bytes = b""
    proofs: list[bytes] = field(default_factory=list)
    use: list[float] = field(default_factory=lambda: [0.0, 0.0])
    # Not handed on to a token's entry, which may do less.
    ready: dict[Any, Any] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Work out what each call asks: from when until when the key is in force (never, where a
        state says so), and whether fences, limits or the mock concern it."""
        in_force = self.state == "active" and self.grant_state in ("active", "pending")
        self.subject = self.subject or f"application:{self.application_id}"
        self.begins = self.not_before
        self.ends = min(self.expires_at, self.grant_expires_at) if in_force else -NEVER
        self.mock = self.mocked or self.grant_state == "pending"
        self.rate_key = self.grant_id.bytes
        self.api_key = self.api_id.bytes
        self.fenced = bool(self.networks or self.countries)
        limits = (self.rate, *(() if self.mock else self.quotas))
        policies = b", ".join(limit.policy for limit in limits if limit is not None)
        self.policies = (b"ratelimit-policy", policies)
        self.limited = bool(self.rate or self.quotas or self.budgets)


def risk_class(risk: str, data_class: str) -> str:
    """The row of the degradation table: restricted data is its own class."""
    return "restricted" if data_class == "restricted" else risk


def entry_from_row(row: tuple[Any, ...], loaded_at: float) -> KeyEntry:
    """The entry from a row of store.KEYS. Raises ValueError where limits or fences are no such."""
    (
        public_id, key_id, tenant_id, mocked, digest, pepper_version, state, not_before,
        expires_at, parent_state, key_scopes, grant_id, grant_state, grant_expires_at, api_id,
        risk, data_class, limits, guardrails, application_id, team_id, grant_scopes, quotas,
        budgets, snapshot,
    ) = row  # fmt: skip
    limits, guardrails = limits or {}, guardrails or {}
    return KeyEntry(
        public_id=public_id,
        key_id=key_id,
        tenant_id=tenant_id,
        mocked=mocked,
        digest=bytes(digest),
        pepper_version=pepper_version,
        state=state if parent_state == "active" or state != "active" else parent_state,
        not_before=not_before or 0.0,
        expires_at=NEVER if expires_at is None else expires_at,
        grant_id=grant_id,
        grant_state=grant_state,
        grant_expires_at=NEVER if grant_expires_at is None else grant_expires_at,
        api_id=api_id,
        risk=risk_class(risk, data_class),
        limits=limits,
        application_id=application_id,
        team_id=team_id,
        scopes=effective_scopes(grant_scopes, key_scopes),
        networks=tuple(ipaddress.ip_network(text) for text in guardrails.get("cidrs") or ()),
        countries=frozenset(text.upper() for text in guardrails.get("countries") or ()),
        rate=_rate(limits.get("rate")),
        reserve_micros=int(limits.get("reserve_micros") or 0),
        quotas=tuple(
            Quota(UUID(q["id"]), q["subject"], q["limit"], q["window"], bool(q["sliding"]))
            for q in quotas
        ),
        budgets=tuple(Budget(UUID(b["id"]), b["subject"], b["window"]) for b in budgets),
        snapshot=snapshot,
        loaded_at=loaded_at,
    )


def effective_scopes(grant: list[str], key: list[str] | None) -> frozenset[str] | None:
    """The operations a key may call; None is every operation. A key only narrows its grant."""
    granted = None if EVERY in grant else frozenset(grant)
    if key is None or EVERY in key:
        return granted
    return frozenset(key) if granted is None else granted & frozenset(key)


def _rate(limit: dict[str, Any] | None) -> Rate | None:
    if not limit:
        return None
    per_second = float(limit["per_second"])
    burst = int(limit.get("burst") or max(1, round(per_second)))
    if per_second <= 0 or burst < 1:
        raise ValueError("a rate limit must be more than nothing")
    return Rate(per_second, burst)
