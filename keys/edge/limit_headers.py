"""RateLimit and RateLimit-Policy, as structured fields (draft-ietf-httpapi-ratelimit-headers).

One item a limit: `rate` for calls by the second, `<subject>-<window>` for each quota. q is how many
calls pass in w seconds, r how many are left, t in how many seconds there are more.
"""

from math import ceil

from keys.edge.entries import Quota, Rate
from keys.edge.gcra import Standing
from keys.edge.leases import Allowance
from keys.edge.windows import SECONDS

Header = tuple[bytes, bytes]
NO_LIMITS: tuple[Header, ...] = ((b"ratelimit", b""), (b"ratelimit-policy", b""))


def limit_headers(
    rate: Rate | None, standing: Standing | None, allowances: list[Allowance], mono: float
) -> tuple[Header, ...]:
    """Both headers for a call that found `standing`, and is about to take from `allowances`."""
    told, policies = [], []
    if rate is not None and standing is not None:
        told.append(f'"rate";r={standing.remaining};t={ceil(standing.reset)}')
        policies.append(f'"rate";q={rate.burst};w={max(1, ceil(rate.burst / rate.per_second))}')
    for allowance in allowances:
        name = _name(allowance.quota)
        left = allowance.remaining + allowance.left - 1
        told.append(f"{name};r={left};t={max(1, ceil(allowance.resets_at - mono))}")
        policies.append(_policy(allowance.quota))
    return _pair(told, policies)


def quota_headers(quota: Quota, seconds: float) -> tuple[Header, ...]:
    """Both headers where a quota is used up for `seconds`."""
    return _pair([f"{_name(quota)};r=0;t={max(1, ceil(seconds))}"], [_policy(quota)])


def _pair(told: list[str], policies: list[str]) -> tuple[Header, ...]:
    return (
        (b"ratelimit", ", ".join(told).encode()),
        (b"ratelimit-policy", ", ".join(policies).encode()),
    )


def _policy(quota: Quota) -> str:
    return f"{_name(quota)};q={quota.limit};w={SECONDS[quota.window]}"


def _name(quota: Quota) -> str:
    return f'"{quota.subject}-{quota.window}"'
