"""Making an API and changing what stands about it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from catalog.capabilities import BY_ID
from catalog.models import Api, ApiCapability, Plan
from catalog.models.api import (
    Approval,
    CostDriver,
    DataClass,
    Kind,
    LatencyClass,
    Lifecycle,
    Risk,
    Stage,
)
from marketplace import clock
from marketplace.audit.record import record
from marketplace.errors import (
    Conflict,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    PreconditionFailed,
)
from marketplace.events.outbox import emit
from marketplace.tenants.actor import Actor
from marketplace.tenants.models import Team
from marketplace.ui.markdown import render

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?\Z")
REGION = re.compile(r"[a-z0-9][a-z0-9-]{0,30}\Z")
RESERVED = frozenset({"new", "search", "get-key", "mine"})
WORDS: Mapping[str, frozenset[str]] = {
    "kind": frozenset(Kind.values),
    "lifecycle": frozenset(Lifecycle.values),
    "stage": frozenset(Stage.values),
    "data_class": frozenset(DataClass.values),
    "risk": frozenset(Risk.values),
    "latency_class": frozenset({*LatencyClass.values, ""}),
    "cost_driver": frozenset(CostDriver.values),
}
TEXTS = {"name": 200, "summary": 300, "upstream_url": 500, "icon": 40, "tone": 6}
LIMITS = frozenset({"rate_per_second", "burst", "quota", "quota_period"})


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """A plan as an owner states it. `limits` has rate_per_second, burst, quota and quota_period,
    each optional."""

    slug: str
    name: str
    summary: str = ""
    price_text: str = ""
    limits: Mapping[str, Any] | None = None
    is_default: bool = False


def is_slug(text: str) -> bool:
    """Whether an API can have this name in addresses and scopes."""
    return bool(SLUG.match(text)) and text not in RESERVED


def may_publish(actor: Actor, team_id: UUID) -> bool:
    """Owners of the team, its service accounts (CI), and the system."""
    if actor.kind == "system":
        return True
    if actor.kind == "service":
        return actor.in_team(team_id)
    return actor.owns_team(team_id)


def team_of(actor: Actor, slug: str | None) -> Team:
    """The team that an actor publishes for: the one named, or his only own one.

    Raises NotFound, Forbidden, or Invalid (at /team) where it must be named.
    """
    rows = Team.across.all()
    if actor.tenant_id is not None:
        rows = rows.filter(tenant_id=actor.tenant_id)
    if slug:
        tenant, _, name = slug.rpartition("/")
        found = list(rows.filter(slug=name, **({"tenant__slug": tenant} if tenant else {}))[:2])
        if not found:
            raise Invalid.at("/team", f"There is no team {slug!r} here.")
        if len(found) > 1:
            raise Invalid.at("/team", f"Several tenants have a team {slug!r}: say tenant/team.")
        team = found[0]
        if not may_publish(actor, team.id):
            raise Forbidden(f"Only owners of {team.name} publish its APIs.", type="not-an-owner")
        return team
    own = [team for team in rows.filter(id__in=actor.team_roles) if may_publish(actor, team.id)]
    if len(own) == 1:
        return own[0]
    if not own:
        raise Forbidden("You own no team yet; an API belongs to one.", type="not-an-owner")
    named = ", ".join(sorted(team.slug for team in own))
    raise Invalid.at("/team", f"Name the team that owns it: {named}.")


def api_to_change(actor: Actor, slug: str) -> Api:
    """The API, locked, for one who may change it. Raises NotFound or Forbidden."""
    api = Api.across.select_for_update().filter(slug=slug).first()
    if api is None:
        raise NotFound(f"There is no API {slug!r}.")
    if not may_publish(actor, api.team_id):
        raise Forbidden("Only the owners of its team change an API.", type="not-an-owner")
    return api


@transaction.atomic
def create_api(
    *,
    actor: Actor,
    slug: str,
    name: str,
    team: str | None = None,
    plans: Sequence[PlanTerms] = (),
    capabilities: Sequence[str] = (),
    **fields: Any,
) -> Api:
    """Make an API without a version yet.

    `fields` are those of `update_api`. Raises Invalid (each field named), Conflict for a slug
    that is taken, Forbidden for one who owns no such team.
    """
    owner = team_of(actor, team)
    if not is_slug(slug):
        raise Invalid.at("/slug", "A slug has lower-case letters, digits and hyphens, at most 80.")
    if Api.across.filter(slug=slug).exists():
        raise Conflict(f"The name {slug!r} is taken.", type="slug-taken")
    api = Api(tenant_id=owner.tenant_id, team=owner, slug=slug)
    _apply(api, {"name": name, **fields})
    api.created_at = api.updated_at = clock.now()
    api.save(force_insert=True)
    set_plans(api, plans or [PlanTerms("standard", "Standard", is_default=True)])
    set_capabilities(api, capabilities, confirmed=True)
    _note(actor, api, "api.created", {"name": api.name})
    return api


@transaction.atomic
def update_api(
    *,
    actor: Actor,
    slug: str,
    changes: Mapping[str, Any],
    if_match: str | None = None,
) -> Api:
    """Change an API's fields: name, summary, description (Markdown), kind, lifecycle, stage,
    data_class, risk, residency (list), latency_class, cost_driver, icon, tone, upstream_url,
    deprecation_at, sunset_at, successor (slug), capabilities (ids), plans (PlanTerms).

    Raises Invalid with each wrong field, PreconditionFailed where `if_match` names another state.
    """
    api = api_to_change(actor, slug)
    if if_match is not None and not _matches(if_match, api.etag):
        raise PreconditionFailed(headers={"ETag": api.etag})
    before = api.lifecycle
    fields = dict(changes)
    plans, capabilities = fields.pop("plans", None), fields.pop("capabilities", None)
    _apply(api, fields)
    api.revision += 1
    api.updated_at = clock.now()
    api.save()
    if plans is not None:
        set_plans(api, plans)
    if capabilities is not None:
        set_capabilities(api, capabilities, confirmed=True)
    _note(actor, api, "api.updated", {"fields": sorted(changes)})
    if api.lifecycle != before:
        _note(actor, api, f"api.{api.lifecycle}", {"sunset_at": api.sunset_at})
    return api


def _matches(header: str, etag: str) -> bool:
    """Whether an If-Match header (RFC 9110) names the state `etag`."""
    return header.strip() == "*" or etag in [part.strip() for part in header.split(",")]


def set_plans(api: Api, plans: Sequence[PlanTerms]) -> None:
    """Make the API's plans these; one that is gone is deleted. Raises Invalid."""
    errors: list[FieldError] = []
    for at, plan in enumerate(plans):
        if not SLUG.match(plan.slug) or len(plan.slug) > 40:
            errors.append(FieldError(f"/plans/{at}/slug", "Lower-case letters, digits, hyphens."))
        unknown = sorted(set(plan.limits or {}) - LIMITS)
        if unknown:
            errors.append(FieldError(f"/plans/{at}/limits", f"There is no limit {unknown[0]!r}."))
    if len({plan.slug for plan in plans}) != len(plans):
        errors.append(FieldError("/plans", "Two plans have the same slug."))
    if sum(plan.is_default for plan in plans) > 1:
        errors.append(FieldError("/plans", "Only one plan is the default."))
    if not plans:
        errors.append(FieldError("/plans", "An API has at least one plan."))
    if errors:
        raise Invalid(errors=errors)
    default = next((plan.slug for plan in plans if plan.is_default), plans[0].slug)
    Plan.across.filter(api=api).exclude(slug__in=[plan.slug for plan in plans]).delete()
    Plan.across.filter(api=api).update(is_default=False)
    for at, plan in enumerate(plans):
        Plan.across.update_or_create(
            api=api,
            slug=plan.slug,
            defaults={
                "tenant_id": api.tenant_id,
                "name": plan.name,
                "summary": plan.summary,
                "price_text": plan.price_text,
                "limits": dict(plan.limits or {}),
                "position": at,
                "is_default": plan.slug == default,
            },
        )


def set_capabilities(api: Api, capabilities: Sequence[str], *, confirmed: bool) -> None:
    """Confirmed: the API's capabilities are these and no others. Suggested: these are added.

    Raises Invalid for an id that the vocabulary does not have.
    """
    wrong = [
        FieldError(f"/capabilities/{at}", f"{each!r} is not in the vocabulary.")
        for at, each in enumerate(capabilities)
        if each not in BY_ID
    ]
    if wrong:
        raise Invalid(errors=wrong)
    if confirmed:
        ApiCapability.across.filter(api=api).exclude(capability__in=capabilities).delete()
        ApiCapability.across.filter(api=api).update(confirmed=True)
    ApiCapability.across.bulk_create(
        [
            ApiCapability(tenant_id=api.tenant_id, api=api, capability=each, confirmed=confirmed)
            for each in dict.fromkeys(capabilities)
        ],
        ignore_conflicts=True,
    )


def expected_approval(api: Api) -> Approval:
    """What somebody who asks can expect, from risk and data class."""
    if api.risk == Risk.HIGH or api.data_class == DataClass.RESTRICTED:
        return Approval.REVIEW
    if api.risk == Risk.MEDIUM or api.data_class == DataClass.CONFIDENTIAL:
        return Approval.QUICK
    return Approval.INSTANT


def _apply(api: Api, fields: Mapping[str, Any]) -> None:
    errors: list[FieldError] = []
    for name, value in fields.items():
        if name in WORDS:
            if value not in WORDS[name]:
                allowed = ", ".join(sorted(WORDS[name] - {""}))
                errors.append(FieldError(f"/{name}", f"One of {allowed}."))
                continue
            setattr(api, name, value)
        elif name in TEXTS:
            if not isinstance(value, str) or len(value) > TEXTS[name]:
                errors.append(FieldError(f"/{name}", f"Text of at most {TEXTS[name]} characters."))
                continue
            setattr(api, name, value.strip())
        elif name == "description":
            api.description_html = render(value or "")
        elif name == "residency":
            errors += _set_residency(api, value)
        elif name in ("deprecation_at", "sunset_at"):
            setattr(api, name, value)
        elif name == "successor":
            errors += _set_successor(api, value)
        else:
            errors.append(FieldError(f"/{name}", "This field does not exist here."))
    if not api.name:
        errors.append(FieldError("/name", "An API has a name."))
    errors += _set_dates(api, clock.now())
    if errors:
        raise Invalid(errors=errors)
    api.approval = expected_approval(api)


def _set_residency(api: Api, regions: Sequence[str]) -> list[FieldError]:
    wrong = [each for each in regions if not REGION.match(each)]
    if wrong or len(regions) > 8:
        return [FieldError("/residency", "Up to 8 regions, as eu-central.")]
    api.residency = ",".join(dict.fromkeys(regions))
    return []


def _set_successor(api: Api, slug: str | None) -> list[FieldError]:
    if not slug:
        api.successor = None
        return []
    successor = Api.across.filter(slug=slug).first()
    if successor is None or successor.id == api.id:
        return [FieldError("/successor", f"There is no other API {slug!r}.")]
    api.successor = successor
    return []


def _set_dates(api: Api, now: datetime) -> list[FieldError]:
    if api.lifecycle in (Lifecycle.DEPRECATED, Lifecycle.RETIRED) or api.sunset_at:
        api.deprecation_at = api.deprecation_at or now
    if api.sunset_at and api.deprecation_at and api.sunset_at < api.deprecation_at:
        return [FieldError("/sunset_at", "The end comes after the announcement.")]
    if api.lifecycle == Lifecycle.ACTIVE and api.deprecation_at and api.deprecation_at <= now:
        api.lifecycle = Lifecycle.DEPRECATED
    return []


def _note(actor: Actor, api: Api, kind: str, details: dict[str, Any]) -> None:
    target = f"api:{api.slug}"
    record(actor=actor, action=kind, target=target, tenant_id=api.tenant_id, details=details)
    emit(
        kind,
        tenant_id=api.tenant_id,
        subject=target,
        data={"api": api.slug, "api_id": str(api.id), **_plain(details)},
    )


def _plain(details: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value.isoformat() if isinstance(value, datetime) else value
        for key, value in details.items()
    }
