"""Whose use it is: from the key, grant or application that an event names to who pays."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from billing.intake.check import Checked, Names, Rejected
from billing.models import Consumer, ConsumerKey
from catalog.models import Api
from marketplace.tenants.actor import Actor

UNKNOWN = "This key, grant or application is not known here."


class Series(NamedTuple):
    """What events are counted under (billing.models.UsageSeries)."""

    tenant_id: UUID
    team_id: UUID | None
    application_id: UUID | None
    key_public_id: str
    api_id: UUID | None
    operation_key: str
    meter: str
    cost_center: str


class Attributed(NamedTuple):
    """A checked event and the series of each of its quantities."""

    event: Checked
    amounts: list[tuple[Series, str]]


class _Payer(NamedTuple):
    tenant_id: UUID
    team_id: UUID
    application_id: UUID
    key_public_id: str
    api_id: UUID | None
    cost_center: str


def attribute(
    events: Iterable[Checked | Rejected], *, actor: Actor
) -> Iterator[Attributed | Rejected]:
    """Name the payer of every checked event; what `actor` may not report is not known to him.

    He may report use by applications of his own tenant, and use of his tenant's APIs by anyone.
    Three queries for all events, run across tenants: call it within `platform_scope()`.
    """
    events = list(events)
    payers = _payers({event.names for event in events if isinstance(event, Checked)}, actor)
    series: dict[tuple[Names, str, str], Series] = {}
    for event in events:
        if isinstance(event, Rejected):
            yield event
            continue
        named, operation = event.names, event.operation
        amounts = []
        for meter, quantity in event.quantities:
            found = series.get((named, operation, meter))
            if found is None:
                payer = payers[named]
                if isinstance(payer, str):
                    yield Rejected(event.place, payer)
                    break
                found = Series(
                    payer.tenant_id,
                    payer.team_id,
                    payer.application_id,
                    payer.key_public_id,
                    payer.api_id,
                    operation,
                    meter,
                    payer.cost_center,
                )
                series[named, operation, meter] = found
            amounts.append((found, quantity))
        else:
            yield Attributed(event, amounts)


def _payers(names: set[Names], actor: Actor) -> dict[Names, _Payer | str]:
    keys = list(
        ConsumerKey.across.filter(
            Q(key_public_id__in={n.key for n in names if n.key})
            | Q(grant_id__in=_ids(n.grant for n in names))
        )
    )
    by_key = {key.key_public_id: key for key in keys}
    by_grant = {str(key.grant_id): key for key in keys if key.grant_id}
    applications = {key.application_id for key in keys} | _ids(n.application for n in names)
    consumers = {str(c.application_id): c for c in Consumer.across.filter(
        application_id__in=applications)}  # fmt: skip
    wanted = {n.api for n in names if n.api}
    apis = {
        name: api
        for api in Api.across.filter(
            Q(id__in={k.api_id for k in keys if k.api_id} | _ids(wanted)) | Q(slug__in=wanted)
        ).only("id", "slug", "tenant_id")
        for name in (str(api.id), api.slug)
    }
    return {
        name: _payer(
            name,
            by_key.get(name.key) if name.key else by_grant.get(name.grant),
            consumers,
            apis,
            actor,
        )
        for name in names
    }


def _payer(
    names: Names,
    key: ConsumerKey | None,
    consumers: dict[str, Consumer],
    apis: dict[str, Api],
    actor: Actor,
) -> _Payer | str:
    if not (names.key or names.grant or names.application):
        return "data.key is missing: name the key, the grant or the application."
    if key is None and (names.key or names.grant):
        return UNKNOWN
    consumer = consumers.get(str(key.application_id) if key else names.application)
    if consumer is None:
        return UNKNOWN
    api = apis.get(names.api) if names.api else None
    if key is not None and key.api_id is not None:
        of_key = apis.get(str(key.api_id))
        if names.api and api is not of_key:
            return f"The key is not for the API {names.api}."
        api = of_key
    if names.api and api is None:
        return f"There is no API {names.api}."
    allowed = actor.is_platform_admin or actor.tenant_id in {
        consumer.tenant_id,
        api.tenant_id if api else None,
    }
    if not allowed:
        return UNKNOWN
    return _Payer(
        consumer.tenant_id,
        consumer.team_id,
        consumer.application_id,
        key.key_public_id if key else "",
        api.id if api else None,
        consumer.cost_center,
    )


def _ids(texts: Iterable[str]) -> set[UUID]:
    found = set()
    for text in texts:
        try:
            found.add(UUID(text))
        except ValueError:
            continue
    return found
