"""Which operations a key may call. Every step only narrows."""

from collections.abc import Collection, Iterable, Sequence

from keys.models import Grant, Key

EVERY = "*"


def granted_scopes(grant: Grant) -> tuple[str, ...]:
    """The operation keys of a grant, or `*` alone."""
    rows = grant.scopes.order_by("operation_key").values_list("operation_key", flat=True)
    return (EVERY,) if EVERY in rows else tuple(rows)


def scopes_of(key: Key) -> tuple[str, ...]:
    """The operation keys that a key may call: its own narrowing of its grant's."""
    granted = granted_scopes(key.grant)
    return granted if key.scopes is None else narrowed(granted, key.scopes)


def narrowed(held: Sequence[str], wanted: Iterable[str]) -> tuple[str, ...]:
    """What of `wanted` is held. `*` wants all that is held."""
    asked = list(wanted)
    if EVERY in asked:
        return tuple(held)
    if EVERY in held:
        return tuple(asked)
    return tuple(scope for scope in held if scope in asked)


def shrunk(held: Sequence[str], used: Collection[str]) -> tuple[str, ...]:
    """What of the held was used."""
    return tuple(sorted(used)) if EVERY in held else tuple(s for s in held if s in used)
