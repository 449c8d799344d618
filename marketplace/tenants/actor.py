"""Who acts: one value that pages, REST, tools and commands hand to every capability."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal
from uuid import UUID

from django.contrib.postgres.aggregates import JSONBAgg
from django.db.models import CharField, F, Q
from django.db.models.functions import Cast, JSONObject

from marketplace.tenants.models import Member, ServiceAccount, TeamMember, User

NO_ROLES: Mapping[UUID, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, a service account or the system itself, in one tenant.

    `team_roles` maps team ids to "member" or "owner". `scopes` narrows what a token may do;
    None means no narrowing.
    """

    kind: Literal["anonymous", "user", "service", "system"]
    id: UUID | None = None
    label: str = ""
    tenant_id: UUID | None = None
    tenant_role: str = ""
    team_roles: Mapping[UUID, str] = field(default_factory=lambda: NO_ROLES)
    is_platform_admin: bool = False
    scopes: frozenset[str] | None = None
    email: str = ""
    in_several: bool = False

    @classmethod
    def system(cls, label: str = "marketplace") -> "Actor":
        """The machinery: workers, seeds, schedules."""
        return cls(kind="system", label=label, is_platform_admin=True)

    @classmethod
    def anonymous(cls) -> "Actor":
        """Nobody signed in."""
        return cls(kind="anonymous", label="anonymous")

    @property
    def is_authenticated(self) -> bool:
        return self.kind != "anonymous"

    @property
    def is_admin(self) -> bool:
        """May administer the tenant."""
        return self.is_platform_admin or self.tenant_role == Member.Role.ADMIN

    @property
    def is_finance(self) -> bool:
        """May see and close the tenant's money."""
        return self.is_admin or self.tenant_role == Member.Role.FINANCE

    @property
    def owned_teams(self) -> list[UUID]:
        """The teams whose owner the actor is."""
        return [team_id for team_id in self.team_roles if self.owns_team(team_id)]

    @property
    def owns_any_team(self) -> bool:
        return self.is_admin or TeamMember.Role.OWNER in self.team_roles.values()

    def in_team(self, team_id: UUID) -> bool:
        """A member or owner of the team."""
        return team_id in self.team_roles

    def owns_team(self, team_id: UUID) -> bool:
        """An owner of the team. Tenant admins own none: they administer."""
        return self.team_roles.get(team_id) == TeamMember.Role.OWNER

    def may(self, scope: str) -> bool:
        """Whether the token in use covers `scope` (`area:read` or `area:write`)."""
        if self.scopes is None:
            return True
        area, _, verb = scope.partition(":")
        wanted = {scope, f"{area}:*", "*"} | ({f"{area}:write"} if verb == "read" else set())
        return bool(self.scopes & wanted)


def actor_for_user(
    user: User,
    *,
    tenant_id: UUID | None = None,
    prefer: UUID | None = None,
    scopes: frozenset[str] | None = None,
) -> Actor:
    """The actor a person is, in `tenant_id`; without it in the tenant that he prefers, or the
    first that he joined. `in_several` tells whether there was a choice.

    One query.
    """
    memberships = Member.across.filter(user=user, left_at=None, tenant__closed_at=None)
    if tenant_id:
        memberships = memberships.filter(tenant_id=tenant_id)
    place = JSONObject(team=Cast("teams__team_id", CharField()), role=F("teams__role"))
    places = JSONBAgg(place, filter=Q(teams__isnull=False))
    joined = list(memberships.annotate(places=places).order_by("id"))
    chosen = (member for member in joined if member.tenant_id == prefer)
    member = next(chosen, joined[0] if joined else None)
    found = (member.places if member else None) or []
    roles = {UUID(one["team"]): str(one["role"]) for one in found}
    return Actor(
        kind="user",
        id=user.id,
        label=str(user),
        email=user.email,
        tenant_id=member.tenant_id if member else None,
        tenant_role=member.role if member else "",
        team_roles=MappingProxyType(roles),
        is_platform_admin=user.is_platform_admin,
        scopes=scopes,
        in_several=len(joined) > 1,
    )


def actor_for_service(account: ServiceAccount, *, scopes: frozenset[str] | None = None) -> Actor:
    """The actor a service account is: it acts in its one team."""
    return Actor(
        kind="service",
        id=account.id,
        label=account.name,
        tenant_id=account.tenant_id,
        tenant_role=Member.Role.MEMBER,
        team_roles=MappingProxyType({account.team_id: account.role}),
        scopes=scopes,
    )
