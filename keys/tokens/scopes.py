"""Scopes as a token carries them: `api:operation` without a space (RFC 6749, section 3.3).

An operation's key (`get /orders/{}`) has one, so it is percent-encoded; `api:*` is all operations.
"""

from collections.abc import Iterable
from urllib.parse import quote, unquote

EVERY = "*"
SAFE = "/{}*.,;:@!$&'()+=~-_<>[]^`|"


def as_claim(slug: str, operation_keys: Iterable[str]) -> list[str]:
    """The scopes of operation keys of one API."""
    return [f"{slug}:{quote(key, safe=SAFE)}" for key in sorted(operation_keys)]


def operation_keys(slug: str, scopes: Iterable[str]) -> list[str]:
    """The operation keys that scopes of one API stand for; those of others are left out."""
    start = f"{slug}:"
    return [unquote(s.removeprefix(start)) for s in scopes if s.startswith(start)]


def covered(held: Iterable[str], wanted: str) -> bool:
    """Whether one scope is among those held. `area:*` holds all of its area; for REST,
    `area:write` holds `area:read` too."""
    area, _, name = wanted.partition(":")
    also = {f"{area}:write"} if name == "read" else set()
    return bool({wanted, f"{area}:{EVERY}", EVERY, *also} & set(held))


def narrowed(held: list[str], asked: str) -> list[str] | None:
    """What of the space-separated `asked` is given from `held`: all of it, or None. Nothing asked
    means all that is held."""
    wanted = asked.split()
    if not wanted:
        return held
    return wanted if all(covered(held, scope) for scope in wanted) else None
