"""New people of single sign-on join the tenant that the operator names."""

import structlog
from django.conf import settings
from django.db import transaction

from marketplace.events.outbox import emit
from marketplace.tenants.actor import Actor
from marketplace.tenants.members import join
from marketplace.tenants.models import Member, Tenant, User
from marketplace.tenants.scope import platform_scope

log = structlog.get_logger(__name__)


def join_by_sign_in(user: User) -> Member | None:
    """Make a person who came by single sign-on a member of `SIGN_IN_TENANT`.

    Only who never was in any tenant joins: somebody who was removed stays out. None where the
    setting is empty, names no open tenant, or the person has a tenant.
    """
    slug = settings.SIGN_IN_TENANT
    if not slug:
        return None
    with platform_scope(), transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        if Member.across.filter(user=user).exists():
            return None
        tenant = Tenant.objects.filter(slug=slug, closed_at=None).first()
        if tenant is None:
            log.warning("sign_in.no_tenant", slug=slug)
            return None
        actor = Actor.system("single sign-on")
        member = join(actor=actor, tenant=tenant, user=user, role=Member.Role.MEMBER)
        emit(
            "member.joined",
            tenant_id=tenant.id,
            subject=f"user:{user.id}",
            data={"member_id": str(member.id), "user_id": str(user.id), "role": member.role},
        )
    return member
