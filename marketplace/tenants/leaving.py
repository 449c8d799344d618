"""What ends with a membership or a service account.

The kernel ends what it knows: roles and tokens. Apps to the right register what else must die in
the same transaction (keys), so that nobody has to remember.
"""

from collections.abc import Callable
from uuid import UUID

from marketplace.tenants.actor import Actor
from marketplace.tenants.models import ServiceAccount, User

# (who ends it, whose access ends, in which tenant) → the public names of what ended
Ender = Callable[[Actor, User | ServiceAccount, UUID], list[str]]
_enders: list[Ender] = []


def ends_access(ender: Ender) -> Ender:
    """Register what ends a leaver's access. It runs in the platform's scope, in the transaction
    that ends the membership or the account."""
    if ender not in _enders:
        _enders.append(ender)
    return ender


def end_access(actor: Actor, who: User | ServiceAccount, tenant_id: UUID) -> list[str]:
    """Run what is registered; the names of all that ended."""
    return [name for ender in _enders for name in ender(actor, who, tenant_id)]
