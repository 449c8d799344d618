"""Makers of people and teams with sensible defaults."""

from dataclasses import dataclass

from rest_framework.test import APIClient

from marketplace.tenants.actor import Actor, actor_for_user
from marketplace.tenants.models import Member, Team, TeamMember, Tenant, User


@dataclass
class Company:
    """Two tenants. In the first: a developer and an owner in one team each, finance, an admin;
    in the second: an outsider who owns a team. And a platform admin, a member of the first."""

    tenant: Tenant
    other: Tenant
    owners: Team
    builders: Team
    others: Team
    developer: User
    owner: User
    finance: User
    admin: User
    platform: User
    outsider: User

    def actor(self, user: User) -> Actor:
        """The actor that a person is."""
        return actor_for_user(user)

    def client(self, user: User) -> APIClient:
        """A REST client signed in as a person."""
        client = APIClient()
        client.force_login(user)
        return client


def make_tenant(slug: str, **fields: str) -> Tenant:
    return Tenant.objects.create(slug=slug, name=slug.title(), **fields)


def make_team(tenant: Tenant, slug: str) -> Team:
    return Team.across.create(tenant=tenant, slug=slug, name=slug.title(), cost_center=f"CC-{slug}")


def make_person(
    tenant: Tenant, name: str, *, role: str = "member", teams: dict[Team, str] | None = None
) -> User:
    user = User.objects.create_user(f"{name}@{tenant.slug}.example", "a good long password")
    user.name = name.title()
    user.save()
    member = Member.across.create(tenant=tenant, user=user, role=role)
    for team, team_role in (teams or {}).items():
        TeamMember.across.create(tenant=tenant, team=team, member=member, role=team_role)
    return user


def make_company() -> Company:
    tenant, other = make_tenant("retail"), make_tenant("logistics")
    owners, builders = make_team(tenant, "payments"), make_team(tenant, "checkout")
    others = make_team(other, "fleet")
    platform = make_person(tenant, "pat")
    platform.is_platform_admin = True
    platform.save()
    return Company(
        tenant=tenant,
        other=other,
        owners=owners,
        builders=builders,
        others=others,
        developer=make_person(tenant, "dora", teams={builders: "member"}),
        owner=make_person(tenant, "otto", teams={owners: "owner"}),
        finance=make_person(tenant, "fina", role="finance"),
        admin=make_person(tenant, "ada", role="admin"),
        platform=platform,
        outsider=make_person(other, "oskar", teams={others: "owner"}),
    )
