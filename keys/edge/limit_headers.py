"""RateLimit and RateLimit-Policy, as structured fields (draft-ietf-httpapi-ratelimit-headers).

One item a limit: `rate` for calls by the second, `<subject>-<window>` for each quota. q is how many
calls pass in w seconds, r how many are left, t in how many seconds there are more.
"""

from math import ceil

from keys.edge.entries import Quota
from keys.edge.gcra import Standing
from keys.edge.leases import Allowance

Header = tuple[bytes, bytes]
NO_LIMITS: tuple[Header, ...] = ((b"ratelimit", b""), (b"ratelimit-policy", b""))


def limit_headers(
    policies: Header, standing: Standing | None, allowances: list[Allowance], mono: float
) -> tuple[Header, ...]:
    """Both headers for a call that found `standing`, and is about to take from `allowances`;
    `policies` is the second (KeyEntry.policies)."""
    told = b""
    if standing is not None:
        told = b'"rate";r=%d;t=%d' % (standing[1], -int(-standing[2] // 1))  # rounded up
    for allowance in allowances:
        lease, seconds = allowance.lease, int(allowance.resets_at - mono) + 1
        left = allowance.remaining - 1
        if lease is not None:
            left += lease.amount - lease.used
        if seconds < 1:
            seconds = 1
        comma = b", " if told else b""
        told = b"%b%b%b;r=%d;t=%d" % (told, comma, allowance.quota.name, left, seconds)
    return (b"ratelimit", told), policies


def quota_headers(quota: Quota, seconds: float) -> tuple[Header, ...]:
    """Both headers where a quota is used up for `seconds`."""
    told = b"%b;r=0;t=%d" % (quota.name, max(1, ceil(seconds)))
    return (b"ratelimit", told), (b"ratelimit-policy", quota.policy)
