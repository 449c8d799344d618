"""What a tenant does with its webhook endpoints: add, rotate, remove, replay."""

from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction

from marketplace import clock, env
from marketplace.audit.record import record
from marketplace.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.events.models import Delivery, WebhookEndpoint
from marketplace.events.webhooks import signing
from marketplace.fetch import public_addresses
from marketplace.ids import new_id
from marketplace.sealing import seal, unseal
from marketplace.tenants.actor import Actor

LIVE_SECRETS = 2  # the new one, and the old one until it is rotated out
MOST_ENDPOINTS = 50


@dataclass(frozen=True, slots=True)
class NewSecret:
    """An endpoint and the secret to verify its messages with, shown this once."""

    endpoint: WebhookEndpoint
    secret: str
    public_key: str


def bound(endpoint: WebhookEndpoint) -> str:
    """What an endpoint's secrets are sealed for."""
    return f"webhook:{endpoint.tenant_id}:{endpoint.id}"


def _may(actor: Actor) -> UUID:
    if actor.tenant_id is None or not (actor.owns_any_team or actor.is_finance):
        raise Forbidden("Team owners, finance and tenant admins manage webhooks.")
    return actor.tenant_id


@transaction.atomic
def add_endpoint(
    *, actor: Actor, url: str, kinds: list[str] | None = None, description: str = ""
) -> NewSecret:
    """Add an endpoint. Raises Invalid where the address is not http(s) or leads inside."""
    tenant_id = _may(actor)
    parts = urlsplit(url)
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.username:
        raise Invalid.at("/url", "A webhook's address is http or https, without user or password.")
    public_addresses(parts.hostname, parts.port or 443, inside=inner_hosts())
    if WebhookEndpoint.objects.filter(disabled_at=None).count() >= MOST_ENDPOINTS:
        raise Conflict(f"A tenant has at most {MOST_ENDPOINTS} endpoints.")
    endpoint = WebhookEndpoint(
        id=new_id(), tenant_id=tenant_id, url=url, kinds=kinds or [], description=description
    )
    secret, private = signing.new_secret(), signing.new_signing_key()
    endpoint.secrets = [seal(secret.encode(), bound_to=bound(endpoint))]
    endpoint.signing_key = seal(private, bound_to=bound(endpoint))
    endpoint.save(force_insert=True)
    _log(actor, endpoint, "webhook.added", url=url, kinds=endpoint.kinds)
    return NewSecret(endpoint, secret, signing.public_key(private))


@transaction.atomic
def rotate_secret(*, actor: Actor, endpoint: WebhookEndpoint) -> NewSecret:
    """Give a new secret; messages carry signatures of both until the next rotation."""
    _may(actor)
    secret = signing.new_secret()
    endpoint.secrets = [seal(secret.encode(), bound_to=bound(endpoint)), *endpoint.secrets][
        :LIVE_SECRETS
    ]
    endpoint.save(update_fields=["secrets"])
    _log(actor, endpoint, "webhook.rotated")
    private = unseal(endpoint.signing_key, bound_to=bound(endpoint))
    return NewSecret(endpoint, secret, signing.public_key(private))


@transaction.atomic
def remove_endpoint(*, actor: Actor, endpoint: WebhookEndpoint) -> None:
    """Send nothing there any more; its deliveries stay readable."""
    _may(actor)
    disable(endpoint, "removed")
    _log(actor, endpoint, "webhook.removed")


def disable(endpoint: WebhookEndpoint, because: str) -> None:
    """Stop an endpoint and what still waits for it."""
    endpoint.disabled_at, endpoint.disabled_because = clock.now(), because
    endpoint.save(update_fields=["disabled_at", "disabled_because"])
    endpoint.deliveries.filter(state=Delivery.State.WAITING).update(
        state=Delivery.State.DEAD, error=f"The endpoint is disabled: {because}"[:300]
    )


@transaction.atomic
def replay_delivery(*, actor: Actor, delivery_id: UUID) -> Delivery:
    """Send one again, now. Raises NotFound; Conflict where its endpoint is disabled."""
    _may(actor)
    delivery: Delivery | None = (
        Delivery.objects.select_related("endpoint")
        .select_for_update()
        .filter(pk=delivery_id)
        .first()
    )
    if delivery is None:
        raise NotFound("There is no such delivery.")
    if delivery.endpoint.disabled_at:
        raise Conflict("Its endpoint is disabled; add it again first.")
    delivery.state, delivery.attempts, delivery.due_at = Delivery.State.WAITING, 0, clock.now()
    delivery.save(update_fields=["state", "attempts", "due_at"])
    _log(actor, delivery.endpoint, "webhook.replayed", delivery=str(delivery.id))
    return delivery


def inner_hosts() -> frozenset[str]:
    """Hosts that may have inner addresses: receivers of our own, by `WEBHOOK_INTERNAL_HOSTS`."""
    return frozenset(name.lower() for name in env.words("WEBHOOK_INTERNAL_HOSTS"))


def _log(actor: Actor, endpoint: WebhookEndpoint, action: str, **details: object) -> None:
    record(
        actor=actor,
        action=action,
        target=f"webhook:{endpoint.id}",
        tenant_id=endpoint.tenant_id,
        details=details,
    )
