"""What the verifier knows about one key: all that a decision needs, prepared when it is read."""

import ipaddress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

EVERY = "*"
NEVER = float("inf")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Quota:
    """A hard quota on calls. `window` is minute, hour, day or month."""

    id: UUID
    subject: str
    limit: int
    window: str
    sliding: bool


@dataclass(frozen=True, slots=True)
class Budget:
    """A hard budget in micro-units of the tenant's currency."""

    id: UUID
    subject: str
    window: str


@dataclass(frozen=True, slots=True)
class Rate:
    """A limit by the second: sustained calls per second, and how many may come at once."""

    per_second: float
    burst: int


@dataclass(slots=True)
class KeyEntry:
    """A key with its grant. Times are POSIX seconds; `loaded_at` is on the monotonic clock."""

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
    proof: bytes | None = None
    used_at: float = 0.0
    noted_at: float = 0.0
    ready: dict[Any, Any] = field(default_factory=dict)

    @property
    def mock(self) -> bool:
        """Whether calls are answered by the mock: a sandbox key, or a grant not approved
        yet."""
        return self.mocked or self.grant_state == "pending"


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
