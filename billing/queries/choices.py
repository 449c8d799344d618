"""What a person may choose from in the forms of money."""

from collections.abc import Collection
from uuid import UUID

from billing.limits.subjects import tenant_of
from billing.models import Consumer
from catalog.models import Api
from marketplace.tenants.actor import Actor
from marketplace.tenants.models import Team, Tenant


def subjects(actor: Actor, kinds: Collection[str]) -> list[tuple[str, str]]:
    """Whom an actor may limit, as `kind:id` and a label. Four queries at most."""
    tenant_id = tenant_of(actor)
    owned = {team for team, role in actor.team_roles.items() if role == "owner"}

    def may(team_id: UUID) -> bool:
        return actor.is_finance or team_id in owned

    found = []
    if "tenant" in kinds and actor.is_finance:
        tenant = Tenant.objects.get(id=tenant_id)
        found.append((f"tenant:{tenant.id}", f"{tenant.name} (all)"))
    teams = list(Team.across.filter(tenant_id=tenant_id).order_by("name"))
    if "team" in kinds:
        found += [(f"team:{t.id}", f"Team {t.name}") for t in teams if may(t.id)]
    if "application" in kinds:
        rows = Consumer.across.filter(tenant_id=tenant_id).order_by("name")
        found += [
            (f"application:{c.application_id}", f"Application {c.name}")
            for c in rows
            if may(c.team_id)
        ]
    if "cost_center" in kinds and actor.is_finance:
        codes = sorted({team.cost_center for team in teams if team.cost_center})
        found += [(f"cost_center:{code}", f"Cost center {code}") for code in codes]
    if "api" in kinds:
        found += [(f"api:{api.id}", f"API {api.name}") for api in own_apis(actor)]
    return found


def own_apis(actor: Actor) -> list[Api]:
    """The APIs whose prices and quotas an actor may set."""
    rows = Api.across.filter(tenant_id=tenant_of(actor)).order_by("name")
    owned = [team for team, role in actor.team_roles.items() if role == "owner"]
    return list(rows if actor.is_finance else rows.filter(team_id__in=owned))
