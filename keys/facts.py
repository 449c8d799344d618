"""The facts that the policies see about an access, and the changes a person could make to it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from catalog.models import Api
from keys.estimates import Estimate
from keys.models import AccessRequest, Application, Consent, Key
from keys.models.access import Environment
from keys.scopes import EVERY
from keys.terms import Terms
from marketplace import clock
from marketplace.policy.ladder import Rung, shorter_lives

PURPOSE = Rung("purpose", "say what for", 1, {"has_purpose": True})
SANDBOX = Rung("environment", "take the sandbox", 20, {"environment": "sandbox"})


def api_facts(api: Api) -> dict[str, Any]:
    """The API as a resource."""
    sunset = api.sunset_at
    return {
        "type": "Api",
        "id": str(api.id),
        "tenant": str(api.tenant_id),
        "team": str(api.team_id),
        "slug": api.slug,
        "kind": api.kind,
        "lifecycle": api.lifecycle,
        "data_class": api.data_class,
        "risk": api.risk,
        "freshness": "unknown" if api.kind == "index" else "",
        "sunset_in": int((sunset - clock.now()).total_seconds()) if sunset else None,
    }


def request_facts(request: AccessRequest, application: Application, api: Api) -> dict[str, Any]:
    """A waiting request as a resource."""
    return {
        "type": "AccessRequest",
        "id": str(request.id),
        "slug": api.slug,
        "tenant": str(request.tenant_id),
        "team": str(application.team_id),
        "requester": str(request.requested_by or ""),
        "api_tenant": str(api.tenant_id),
        "api_team": str(api.team_id),
        "risk": api.risk,
        "data_class": api.data_class,
    }


def key_facts(key: Key, application: Application, api: Api) -> dict[str, Any]:
    """A key as a resource."""
    return {
        "type": "Key",
        "id": str(key.id),
        "slug": api.slug,
        "tenant": str(key.tenant_id),
        "team": str(application.team_id),
        "api_tenant": str(api.tenant_id),
        "api_team": str(api.team_id),
        "state": key.state,
    }


def asking_context(
    application: Application,
    api: Api,
    terms: Terms,
    ttl: timedelta,
    *,
    estimate: Estimate,
    consent: Consent | None = None,
) -> dict[str, Any]:
    """The circumstances of asking."""
    context: dict[str, Any] = {
        "application_tenant": str(application.tenant_id),
        "application_team": str(application.team_id),
        "environment": terms.environment,
        "ttl_seconds": int(ttl.total_seconds()),
        "has_purpose": bool(terms.purpose),
        "budget_exhausted": estimate.budget_exhausted,
        "over_budget": estimate.over_budget,
    }
    if consent is not None:
        context["consent"] = _consent_facts(consent, api, terms, ttl, estimate)
    return context


def _consent_facts(
    consent: Consent, api: Api, terms: Terms, ttl: timedelta, estimate: Estimate
) -> dict[str, bool]:
    return {
        "active": consent.in_force,
        "covers": covers(consent.scopes, api.slug, terms.scopes),
        "outlives": consent.expires_at >= clock.now() + ttl,
        "within_budget": consent.budget_micros is None
        or (estimate.monthly_micros or 0) <= consent.budget_micros,
    }


def covers(consented: list[str], slug: str, scopes: tuple[str, ...]) -> bool:
    """Whether `api:operation` scopes consented to cover operation keys of the API `slug`."""
    if f"{slug}:{EVERY}" in consented:
        return True
    return all(f"{slug}:{scope}" in consented for scope in scopes)


def asking_ladder(context: Mapping[str, Any]) -> tuple[Rung, ...]:
    """What a person could change: a shorter life, a purpose, the sandbox."""
    rungs = shorter_lives(timedelta(seconds=context["ttl_seconds"]))
    if not context["has_purpose"]:
        rungs += (PURPOSE,)
    if context["environment"] == Environment.LIVE:
        rungs += (SANDBOX,)
    return rungs
