"""Tenants: platform admins make them."""

from django.db import IntegrityError, transaction

from marketplace.audit.record import record
from marketplace.errors import Forbidden, Invalid
from marketplace.events.outbox import emit
from marketplace.tenants.actor import Actor
from marketplace.tenants.given import (
    cost_center_given,
    currency_given,
    email_given,
    name_given,
    slug_given,
    slug_taken,
)
from marketplace.tenants.members import add_member, join
from marketplace.tenants.models import Member, Tenant, User
from marketplace.tenants.scope import platform_scope


def create_tenant(
    *,
    actor: Actor,
    name: str,
    slug: str = "",
    currency: str = "EUR",
    cost_center: str = "",
    admin: str = "",
    join_as_admin: bool = False,
) -> Tenant:
    """Make a tenant; `admin` is the address of its first admin, and with `join_as_admin` its maker
    becomes one. Without a slug it is made of the name.

    Raises Forbidden but for platform admins, Invalid at the field, and Conflict for a slug that
    stands already.
    """
    if not actor.is_platform_admin:
        raise Forbidden("A platform admin makes tenants.")
    name = name_given(name)
    slug = slug_given(slug, name)
    currency = currency_given(currency)
    cost_center = cost_center_given(cost_center)
    admin = email_given(admin, "/admin") if admin.strip() else ""
    with platform_scope(), transaction.atomic():
        try:
            with transaction.atomic():
                tenant = Tenant.objects.create(
                    slug=slug, name=name, currency=currency, cost_center=cost_center
                )
        except IntegrityError:
            raise slug_taken("tenant", slug) from None
        details = {"slug": slug, "name": name, "currency": currency, "cost_center": cost_center}
        target = f"tenant:{tenant.id}"
        record(
            actor=actor,
            action="tenant.created",
            target=target,
            tenant_id=tenant.id,
            details=details,
        )
        emit("tenant.created", tenant_id=tenant.id, subject=target, data=details)
        if join_as_admin:
            join(
                actor=actor,
                tenant=tenant,
                user=_person(actor),
                role=Member.Role.ADMIN,
            )
        if admin and not (join_as_admin and admin == actor.email):
            add_member(actor=actor, tenant=tenant, email=admin, role=Member.Role.ADMIN)
    return tenant


def _person(actor: Actor) -> User:
    if actor.kind != "user" or actor.id is None:
        raise Invalid.at("/join_as_admin", "Only a person becomes an admin.")
    return User.objects.get(pk=actor.id)
