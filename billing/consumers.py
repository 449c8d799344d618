"""Who consumes, as keys tells it through the outbox: applications, their plans, their keys."""

from datetime import datetime
from uuid import UUID

from billing.models import Consumer, ConsumerKey, ConsumerPlan
from billing.rating.charges import mark_dirty
from marketplace.events.models import OutboxEvent
from marketplace.events.outbox import handles

LIVE = "live"


def payer(event: OutboxEvent) -> UUID:
    """The tenant an event is of. Raises ValueError for one of the platform."""
    if event.tenant_id is None:
        raise ValueError(f"{event.kind} names no tenant")
    return event.tenant_id


@handles("application.created", "application.changed")
def keep_consumer(event: OutboxEvent) -> None:
    """Keep an application's team, name and cost center; an older event changes nothing."""
    data = event.data
    Consumer.across.get_or_create(
        application_id=UUID(data["application_id"]),
        defaults={
            "tenant_id": payer(event),
            "team_id": UUID(data["team_id"]),
            "name": data["name"],
            "cost_center": data.get("cost_center") or "",
            "changed_at": event.created_at,
        },
    )
    Consumer.across.filter(
        application_id=UUID(data["application_id"]), changed_at__lte=event.created_at
    ).update(
        tenant_id=payer(event),
        team_id=UUID(data["team_id"]),
        name=data["name"],
        cost_center=data.get("cost_center") or "",
        changed_at=event.created_at,
    )


@handles("grant.began")
def keep_plan(event: OutboxEvent) -> None:
    """Keep under which plan an application uses an API from a time on."""
    data = event.data
    if data.get("environment", LIVE) != LIVE:
        return
    api_id, since = UUID(data["api_id"]), datetime.fromisoformat(data["since"])
    ConsumerPlan.across.update_or_create(
        application_id=UUID(data["application_id"]),
        api_id=api_id,
        since=since,
        defaults={
            "tenant_id": payer(event),
            "plan_id": UUID(data["plan_id"]) if data.get("plan_id") else None,
        },
    )
    mark_dirty(api_ids=[api_id], since=since, tenant_id=payer(event))


@handles("key.issued")
def keep_key(event: OutboxEvent) -> None:
    """Keep which application and API a key's public name stands for."""
    data = event.data
    ConsumerKey.across.update_or_create(
        key_public_id=data["key_public_id"],
        defaults={
            "tenant_id": payer(event),
            "application_id": UUID(data["application_id"]),
            "api_id": UUID(data["api_id"]) if data.get("api_id") else None,
            "key_id": UUID(data["key_id"]) if data.get("key_id") else None,
            "grant_id": UUID(data["grant_id"]) if data.get("grant_id") else None,
        },
    )
