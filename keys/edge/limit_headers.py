"""RateLimit and RateLimit-Policy, as structured fields (draft-ietf-httpapi-ratelimit-headers).

One item a limit: `rate` for calls by the second, `<subject>-<window>` for each quota. q is how many
calls pass in w seconds, r how many are left, t in how many seconds there are more.
"""

from math import ceil

from keys.edge.entries import Quota, Rate
from keys.edge.gcra import Standing
from keys.edge.leases import Allowance

Header = tuple[bytes, bytes]
NO_LIMITS: tuple[Header, ...] = ((b"ratelimit", b""), (b"ratelimit-policy", b""))


def limit_headers(
    rate: Rate | None, standing: Standing | None, allowances: list[Allowance], mono: float
) -> tuple[Header, ...]:
    """Both headers for a call that found `standing`, and is about to take from `allowances`."""
    if rate is None or standing is None:
        told, policies = b"", b""
    else:
        told = b'"rate";r=%d;t=%d' % (standing[1], ceil(standing[2]))
        policies = rate.policy
    for allowance in allowances:
        quota = allowance.quota
        left = allowance.remaining + allowance.left - 1
        seconds = max(1, ceil(allowance.resets_at - mono))
        comma = b", " if told else b""
        told += b"%b%b;r=%d;t=%d" % (comma, quota.name, left, seconds)
        policies += comma + quota.policy
    return (b"ratelimit", told), (b"ratelimit-policy", policies)


def quota_headers(quota: Quota, seconds: float) -> tuple[Header, ...]:
    """Both headers where a quota is used up for `seconds`."""
    told = b"%b;r=0;t=%d" % (quota.name, max(1, ceil(seconds)))
    return (b"ratelimit", told), (b"ratelimit-policy", quota.policy)
