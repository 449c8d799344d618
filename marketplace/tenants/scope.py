"""Which tenant the running code acts for.

The scope is held twice: in a context variable, which the ORM's manager reads, and in the
connection, which row-level security reads. Within any scope the connection acts as the role
`marketplace_web`, which the policies bind; a worker outside any scope acts as the tables' owner
and sees all tenants.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from django.db import DatabaseError, connection

WEB_ROLE = "marketplace_web"


@dataclass(frozen=True, slots=True)
class Scope:
    """A tenant (None: none yet), a person (to read one's own memberships), or the platform."""

    tenant_id: UUID | None = None
    user_id: UUID | None = None
    platform: bool = False


NOBODY = Scope()
UNKNOWN = object()
_scope: ContextVar[Scope | None] = ContextVar("tenant_scope", default=None)


def current_scope() -> Scope | None:
    """The scope in force, or None outside any."""
    return _scope.get()


def current_tenant_id() -> UUID | None:
    """The tenant in force, or None (no scope, nobody, or the whole platform)."""
    scope = _scope.get()
    return scope.tenant_id if scope and not scope.platform else None


def _tell_database(scope: Scope | None) -> None:
    if getattr(connection, "told_scope", UNKNOWN) == (scope, id(connection.connection)):
        return
    told = scope or NOBODY
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('role', %s, false), set_config('marketplace.tenant', %s, false),"
            " set_config('marketplace.user', %s, false),"
            " set_config('marketplace.platform', %s, false)",
            [
                WEB_ROLE if scope else None,
                str(told.tenant_id or ""),
                str(told.user_id or ""),
                "on" if told.platform else "",
            ],
        )
    connection.told_scope = (scope, id(connection.connection))  # type: ignore[attr-defined]


def _tell_database_again(scope: Scope | None) -> None:
    """Back to the scope before. Where a transaction failed, its rollback undoes our setting too,
    so nothing is said now, and the next scope is told in any case."""
    if connection.connection is None:
        return
    try:
        if not connection.needs_rollback:
            _tell_database(scope)
            return
    except DatabaseError:
        pass
    connection.told_scope = UNKNOWN  # type: ignore[attr-defined]


def enter(scope: Scope) -> None:
    """Change the scope in force until the `scoped` block around it ends."""
    _scope.set(scope)
    _tell_database(scope)


@contextmanager
def scoped(scope: Scope) -> Iterator[None]:
    """Act within `scope`; the scope before comes back at the end, in the connection too."""
    before = _scope.get()
    token = _scope.set(scope)
    try:
        _tell_database(scope)
        yield
    finally:
        _scope.reset(token)
        _tell_database_again(before)


def tenant_scope(tenant_id: UUID, user_id: UUID | None = None) -> AbstractContextManager[None]:
    """Act for one tenant."""
    return scoped(Scope(tenant_id=tenant_id, user_id=user_id))


def platform_scope() -> AbstractContextManager[None]:
    """Act across tenants: for platform admins."""
    return scoped(Scope(platform=True))
