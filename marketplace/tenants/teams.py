"""Teams of a tenant, and who is in them."""

from collections.abc import Mapping

from django.db import IntegrityError, transaction

from marketplace.audit.record import record
from marketplace.errors import Conflict, FieldError, Forbidden, NotFound
from marketplace.events.outbox import emit
from marketplace.tenants.actor import Actor
from marketplace.tenants.given import (
    choice_given,
    cost_center_given,
    name_given,
    slug_given,
    slug_taken,
)
from marketplace.tenants.guards import check_administers, check_leads
from marketplace.tenants.models import Member, Team, TeamMember, Tenant
from marketplace.tenants.scope import platform_scope


def create_team(
    *,
    actor: Actor,
    tenant: Tenant,
    name: str,
    slug: str = "",
    cost_center: str = "",
    join_as_owner: bool = False,
) -> Team:
    """Make a team; with `join_as_owner` its maker is its first owner. Without a slug it is made of
    the name.

    Raises Forbidden but for the tenant's admins, Invalid at the field, and Conflict for a slug
    that stands in the tenant already.
    """
    check_administers(actor, tenant.id)
    name = name_given(name)
    slug = slug_given(slug, name)
    cost_center = cost_center_given(cost_center)
    with platform_scope(), transaction.atomic():
        if tenant.closed_at:
            raise Conflict("The tenant is closed.")
        try:
            with transaction.atomic():
                team = Team.across.create(
                    tenant=tenant, slug=slug, name=name, cost_center=cost_center
                )
        except IntegrityError:
            raise slug_taken("team", slug) from None
        details = {"slug": slug, "name": name, "cost_center": cost_center}
        _told(actor, "team.created", team, details)
        if join_as_owner:
            mine = Member.across.filter(tenant=tenant, left_at=None, user__is_active=True)
            member = mine.filter(user=actor.id).first() if actor.id else None
            if member is None:
                detail = "You are not a member of this tenant, so you cannot own its team."
                raise Conflict(detail, errors=[FieldError("/join_as_owner", detail)])
            _put(actor, team, member, TeamMember.Role.OWNER)
    return team


def rename_team(
    *, actor: Actor, team: Team, name: str | None = None, cost_center: str | None = None
) -> Team:
    """Change a team's name, its cost center, or both; its slug stays, for addresses hold it.

    Raises Forbidden but for the tenant's admins and Invalid at the field.
    """
    check_administers(actor, team.tenant_id)
    with platform_scope(), transaction.atomic():
        team = Team.across.select_for_update(of=("self",)).get(pk=team.pk)
        before = {"name": team.name, "cost_center": team.cost_center}
        if name is not None:
            team.name = name_given(name)
        if cost_center is not None:
            team.cost_center = cost_center_given(cost_center)
        after = {"name": team.name, "cost_center": team.cost_center}
        if after != before:
            team.save(update_fields=["name", "cost_center"])
            _told(actor, "team.changed", team, {"slug": team.slug, "before": before, **after})
    return team


def put_in_team(
    *, actor: Actor, team: Team, member: Member, role: str = TeamMember.Role.MEMBER
) -> TeamMember:
    """Let a member of the tenant into a team, or change what he is there.

    Raises Forbidden but for the team's owners and the tenant's admins; nobody makes himself the
    owner of a team that has one. NotFound for a member of another tenant.
    """
    check_leads(actor, team)
    role = choice_given(role, TeamMember.Role.values, "/role")
    with platform_scope(), transaction.atomic():
        Team.across.select_for_update(of=("self",)).get(pk=team.pk)
        there = Member.across.select_related("user").filter(
            pk=member.pk, tenant_id=team.tenant_id, left_at=None
        )
        found = there.first()
        if found is None:
            raise NotFound("There is no such member in the team's tenant.")
        row = TeamMember.across.filter(team=team, member=found).first()
        if row is not None and row.role == role:
            return row
        owners = TeamMember.across.filter(team=team, role=TeamMember.Role.OWNER)
        if role == TeamMember.Role.OWNER and found.user_id == actor.id and owners.exists():
            raise Forbidden("Nobody raises himself: an owner of the team makes you one.")
        return _put(actor, team, found, role)


def take_out_of_team(*, actor: Actor, team: Team, member: Member) -> None:
    """End a member's place in a team; ending it twice is no error.

    Raises Forbidden but for the team's owners, the tenant's admins, and himself.
    """
    if member.user_id != actor.id or actor.tenant_id != team.tenant_id:
        check_leads(actor, team)
    with platform_scope(), transaction.atomic():
        gone, _ = TeamMember.across.filter(team=team, member=member).delete()
        if gone:
            _told(actor, "team.member_removed", team, {"user_id": str(member.user_id)})


def _put(actor: Actor, team: Team, member: Member, role: str) -> TeamMember:
    row, _ = TeamMember.across.update_or_create(
        team=team, member=member, defaults={"role": role, "tenant_id": team.tenant_id}
    )
    details = {"user_id": str(member.user_id), "role": role}
    _told(actor, "team.member_added", team, details)
    return row


def _told(
    actor: Actor, action: str, team: Team, details: Mapping[str, str | dict[str, str]]
) -> None:
    target = f"team:{team.id}"
    record(
        actor=actor, action=action, target=target, tenant_id=team.tenant_id, details=dict(details)
    )
    emit(action, tenant_id=team.tenant_id, subject=target, data={"team": team.slug, **details})
