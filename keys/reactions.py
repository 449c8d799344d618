"""What access does when the catalog changes: edges read the API anew, and grants follow what an
API became."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from catalog.models import Api
from catalog.models.api import Lifecycle
from keys.feed import announce
from keys.limits import follow_prices
from keys.models import Grant, Key
from keys.models.access import MAX_LIFE
from marketplace import clock
from marketplace.audit.record import record
from marketplace.events.models import OutboxEvent
from marketplace.events.outbox import handles
from marketplace.tenants.actor import Actor


@handles(
    "api.created",
    "api.updated",
    *(f"api.{lifecycle}" for lifecycle in Lifecycle.values),
    "version.published",
    "version.withdrawn",
)
def follow_the_api(event: OutboxEvent) -> None:
    """Tell the edges; shorten what now lives longer than the API's data class allows."""
    api = _api_of(event)
    if api is None:
        return
    with transaction.atomic():
        shortened = follow_classification(api)
        follow_prices(api.id)
        announce("api", api.id)
        if shortened:
            record(
                actor=Actor.system("classification"),
                action="grants.shortened",
                target=f"api:{api.slug}",
                tenant_id=api.tenant_id,
                details={"data_class": api.data_class, "grants": shortened},
            )


@handles("price.changed")
def follow_a_price(event: OutboxEvent) -> None:
    """What a call of a model may cost at most follows its price."""
    follow_prices(UUID(event.data["api_id"]))


def follow_classification(api: Api) -> int:
    """Give the API's grants its present risk and data class; those that would outlive the class
    end earlier. Returns how many were shortened. In the caller's transaction."""
    now, shortened = clock.now(), 0
    rows = Grant.across.select_for_update().filter(api=api, state=Grant.State.ACTIVE)
    for grant in rows:
        if (grant.risk, grant.data_class) == (api.risk, api.data_class):
            continue
        longest = now + MAX_LIFE[api.data_class]
        grant.risk, grant.data_class = api.risk, api.data_class
        if grant.expires_at is not None and grant.expires_at > longest:
            grant.expires_at = longest
            shortened += 1
        grant.starts_at = now
        grant.ttl_seconds = min(
            grant.ttl_seconds, int(MAX_LIFE[api.data_class] / timedelta(seconds=1))
        )
        grant.save(update_fields=["risk", "data_class", "expires_at", "starts_at", "ttl_seconds"])
        Key.across.filter(grant=grant, expires_at__gt=longest).update(expires_at=longest)
        announce("grant", grant.id)
    return shortened


def _api_of(event: OutboxEvent) -> Api | None:
    return Api.across.filter(slug=event.data.get("api", "")).first()
