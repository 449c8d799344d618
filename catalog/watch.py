"""Watching an API: being told when it changes."""

from uuid import UUID

from django.db import transaction

from catalog.listing import visible_to
from catalog.models import Api, Subscription
from marketplace import clock
from marketplace.audit.record import record
from marketplace.errors import Forbidden, NotFound
from marketplace.tenants.actor import Actor


@transaction.atomic
def watch_api(*, actor: Actor, slug: str) -> None:
    """Tell the actor of the API's changes from now on; twice is once. Raises NotFound."""
    api, user_id, tenant_id = _seen(actor, slug)
    _, made = Subscription.across.get_or_create(
        api=api,
        user_id=user_id,
        defaults={"tenant_id": tenant_id, "created_at": clock.now()},
    )
    if made:
        record(actor=actor, action="api.watched", target=f"api:{slug}", tenant_id=actor.tenant_id)


@transaction.atomic
def unwatch_api(*, actor: Actor, slug: str) -> None:
    """Tell the actor no more. Raises NotFound."""
    api, user_id, _tenant_id = _seen(actor, slug)
    gone, _ = Subscription.across.filter(api=api, user_id=user_id).delete()
    if gone:
        record(actor=actor, action="api.unwatched", target=f"api:{slug}", tenant_id=actor.tenant_id)


def _seen(actor: Actor, slug: str) -> tuple[Api, UUID, UUID]:
    if actor.kind != "user" or actor.id is None or actor.tenant_id is None:
        raise Forbidden("People watch APIs; a program subscribes a webhook.")
    api = visible_to(actor).filter(slug=slug).first()
    if api is None:
        raise NotFound(f"There is no API {slug!r}.")
    return api, actor.id, actor.tenant_id
