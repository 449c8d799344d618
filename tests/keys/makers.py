"""Makers of APIs and of what hangs on them, with sensible defaults."""

from datetime import timedelta
from typing import Any

from catalog.models import Api, Operation, Plan, Version
from keys.applications import create_application
from keys.grants import AccessDecision, request_access
from keys.models import Application
from keys.terms import read_terms
from marketplace.ids import new_id
from marketplace.tenants.actor import Actor
from marketplace.tenants.models import Team
from tests.company import Company

OPERATIONS = (
    ("get /orders", "GET", "/orders"),
    ("post /orders", "POST", "/orders"),
    ("get /orders/{}", "GET", "/orders/{id}"),
    ("delete /orders/{}", "DELETE", "/orders/{id}"),
)


def make_api(team: Team, slug: str = "orders", **fields: Any) -> Api:
    """A published API with four operations and a default plan."""
    fields.setdefault("name", slug.title())
    api = Api.across.create(tenant_id=team.tenant_id, team=team, slug=slug, **fields)
    version = Version.across.create(
        tenant_id=team.tenant_id,
        api=api,
        version="1.0.0",
        rank="1",
        format="openapi",
        format_version="3.1.0",
        digest=new_id().hex * 2,
        size=1,
        media="application/yaml",
        title=slug,
    )
    for position, (key, method, path) in enumerate(OPERATIONS):
        Operation.across.create(
            tenant_id=team.tenant_id,
            api=api,
            version=version,
            key=key,
            slug=f"{method.lower()}-{position}",
            position=position,
            kind="http",
            method=method,
            path=path,
            operation_id=f"op{position}",
            title=key,
            pointer=f"/paths/{position}",
            served=True,
        )
    api.served_version = version
    api.save()
    Plan.across.create(
        tenant_id=team.tenant_id,
        api=api,
        slug="standard",
        name="Standard",
        limits={"rate_per_second": 10, "burst": 20},
        is_default=True,
    )
    return api


def make_application(company: Company, **fields: Any) -> Application:
    """An application of the developer's team."""
    return create_application(actor=company.actor(company.developer), **fields)


def ask(
    company: Company,
    api: Api,
    *,
    actor: Actor | None = None,
    application: Application | None = None,
    ttl: timedelta | int | str | None = None,
    **words: Any,
) -> AccessDecision:
    """The developer's application asks for an API."""
    actor = actor or company.actor(company.developer)
    return request_access(
        actor=actor,
        application=application or create_application(actor=actor),
        api=api,
        terms=read_terms(api, ttl=ttl, **words),
    )
