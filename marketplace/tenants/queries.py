"""Reading the organisation of one tenant."""

from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from marketplace import clock
from marketplace.errors import Invalid, NoTenant, NotFound
from marketplace.tenants.actor import Actor
from marketplace.tenants.models import (
    AccessToken,
    Member,
    ServiceAccount,
    Team,
    TeamMember,
    Tenant,
)

UNNAMED = UUID(int=0)  # the tenant of nobody


def tenant_of(actor: Actor) -> Tenant:
    """The tenant that an actor acts in. Raises Forbidden for who is in none."""
    tenant = Tenant.objects.filter(pk=actor.tenant_id).first() if actor.tenant_id else None
    if tenant is None:
        raise NoTenant
    return tenant


def tenants_for(actor: Actor) -> QuerySet[Tenant]:
    """All for a platform admin, his own for anybody else."""
    rows = Tenant.objects.all()
    return rows if actor.is_platform_admin else rows.filter(pk=actor.tenant_id or UNNAMED)


def members_of(tenant_id: UUID) -> QuerySet[Member]:
    """Who is in a tenant, with people and teams; newest first."""
    places = TeamMember.across.select_related("team").order_by("team__name")
    rows: QuerySet[Member] = Member.across.filter(tenant_id=tenant_id, left_at=None)
    return rows.select_related("user").prefetch_related(Prefetch("teams", places)).order_by("-id")


def teams_of(tenant_id: UUID) -> QuerySet[Team]:
    """A tenant's teams with how many are in them (`people`, `owners`)."""
    rows: QuerySet[Team] = Team.across.filter(tenant_id=tenant_id)
    owner = Q(members__role=TeamMember.Role.OWNER)
    return rows.annotate(people=Count("members"), owners=Count("members", filter=owner))


def accounts_of(tenant_id: UUID) -> QuerySet[ServiceAccount]:
    """A tenant's service accounts, newest first; `live` where one has a token in force."""
    live = AccessToken.across.filter(
        service_account=OuterRef("pk"), revoked_at=None, expires_at__gt=clock.now()
    )
    rows: QuerySet[ServiceAccount] = ServiceAccount.across.filter(tenant_id=tenant_id)
    return rows.select_related("team").annotate(live=Exists(live)).order_by("-id")


def tokens_of(account: ServiceAccount) -> QuerySet[AccessToken]:
    """The tokens of a service account that are not revoked, newest first."""
    rows: QuerySet[AccessToken] = AccessToken.across.filter(
        service_account=account, revoked_at=None
    )
    return rows.select_related("service_account").order_by("-id")


def find_tenant(slug: str) -> Tenant:
    """A tenant by its slug. Raises NotFound."""
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        raise NotFound(f"There is no tenant {slug}.")
    return tenant


def find_team(actor: Actor, slug: str) -> Team:
    """A team of the actor's tenant. Raises NotFound."""
    team: Team | None = Team.across.filter(tenant_id=actor.tenant_id or UNNAMED, slug=slug).first()
    if team is None:
        raise NotFound(f"There is no team {slug} in your tenant.")
    return team


def team_named(actor: Actor, slug: str) -> Team:
    """The same for a request's field. Raises Invalid at `/team`."""
    try:
        return find_team(actor, slug)
    except NotFound as problem:
        raise Invalid.at("/team", problem.detail) from None


def find_member(actor: Actor, member_id: UUID) -> Member:
    """A member of the actor's tenant. Raises NotFound."""
    member = members_of(actor.tenant_id).filter(pk=member_id).first() if actor.tenant_id else None
    if member is None:
        raise NotFound("There is no such member in your tenant.")
    return member


def find_account(actor: Actor, account_id: UUID) -> ServiceAccount:
    """A service account of the actor's tenant. Raises NotFound."""
    account: ServiceAccount | None = (
        ServiceAccount.across.select_related("team")
        .filter(tenant_id=actor.tenant_id or UNNAMED, pk=account_id)
        .first()
    )
    if account is None:
        raise NotFound("There is no such service account in your tenant.")
    return account


def find_account_token(account: ServiceAccount, token_id: UUID) -> AccessToken:
    """A live token of a service account. Raises NotFound."""
    token = tokens_of(account).filter(pk=token_id).first()
    if token is None:
        raise NotFound("There is no such token.")
    return token
