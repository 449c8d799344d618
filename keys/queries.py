"""Reads of access for REST and pages, each limited to what the actor may see."""

from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from catalog.listing import visible_to
from catalog.models import Api
from keys.models import AccessRequest, Application, Consent, GrantScope, Key
from marketplace.errors import NotFound
from marketplace.tenants.actor import Actor

SCOPES = Prefetch(
    "grant__scopes", queryset=GrantScope.across.order_by("operation_key"), to_attr="scope_rows"
)


def _owned(actor: Actor) -> list[str]:
    return [str(team) for team, role in actor.team_roles.items() if role == "owner"]


def keys_for(actor: Actor) -> QuerySet[Key]:
    """Keys of the actor's teams' applications (of all the tenant's for admins and finance), and
    keys to the APIs of teams he owns."""
    mine = Q(tenant_id=actor.tenant_id)
    if not actor.is_finance:
        mine &= Q(application__team_id__in=list(actor.team_roles))
    return (
        Key.across.filter(mine | Q(grant__api__team_id__in=_owned(actor)))
        .select_related("application__team", "grant__api", "grant__plan", "replaced_by", "parent")
        .prefetch_related(SCOPES)
    )


def requests_for(actor: Actor, *, own: bool = False) -> QuerySet[AccessRequest]:
    """Requests of the actor's teams (of all the tenant's for admins), and without `own` those he
    may decide."""
    mine = Q(tenant_id=actor.tenant_id)
    if not actor.is_admin:
        mine &= Q(application__team_id__in=list(actor.team_roles))
    which = mine if own else mine | _decidable(actor)
    return AccessRequest.across.filter(which).select_related(
        "application__team", "api__team", "grant", "delegated_to"
    )


def inbox_of(actor: Actor) -> QuerySet[AccessRequest]:
    """What waits for this person's word, the oldest first; never his own."""
    return (
        AccessRequest.across.filter(_decidable(actor), state=AccessRequest.State.WAITING)
        .exclude(requested_by=actor.id)
        .select_related("application__team", "application__tenant", "api__team", "grant__plan")
        .order_by("created_at")
    )


def _decidable(actor: Actor) -> Q:
    return Q(owner_tenant_id=actor.tenant_id, api__team_id__in=_owned(actor)) | Q(
        owner_tenant_id=actor.tenant_id, delegated_to_id=actor.id
    )


def applications_for(actor: Actor) -> QuerySet[Application]:
    """Applications of the actor's teams, or of all the tenant's for admins and finance."""
    rows: QuerySet[Application] = Application.objects.select_related("team")
    return rows if actor.is_finance else rows.filter(team_id__in=list(actor.team_roles))


def consents_for(actor: Actor) -> QuerySet[Consent]:
    """Consents a person gave, or all of the tenant's for admins."""
    rows: QuerySet[Consent] = Consent.objects.select_related("user", "agent")
    return rows if actor.is_admin else rows.filter(user_id__in=[actor.id])


def shown_scopes(key: Key) -> list[str]:
    """The operation keys of a key of `keys_for`, without a query."""
    granted = [row.operation_key for row in key.grant.scope_rows]  # type: ignore[attr-defined]
    if key.scopes is None:
        return granted
    return [scope for scope in key.scopes if "*" in granted or scope in granted]


def find_api(actor: Actor, slug: str) -> Api:
    """The API with this slug, of any tenant, where the actor may see it. Raises NotFound."""
    api = visible_to(actor).select_related("team", "tenant").filter(slug=slug).first()
    if api is None:
        raise NotFound(f"There is no API {slug[:80]!r}.")
    return api


def find_request(actor: Actor, request_id: UUID) -> AccessRequest:
    """A request that the actor may see. Raises NotFound."""
    row = requests_for(actor).filter(pk=request_id).first()
    if row is None:
        raise NotFound()
    return row
