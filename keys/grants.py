"""Asking for access: one explained decision, and the key with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from catalog.models import Api
from keys.estimates import Estimate, estimate_for
from keys.facts import api_facts, asking_context, asking_ladder
from keys.issue import IssuedKey, issue_key
from keys.limits import limits_of
from keys.models import AccessRequest, Application, Consent, Grant, GrantScope
from keys.terms import Terms
from marketplace import clock
from marketplace.audit.record import record
from marketplace.errors import Forbidden, Invalid
from marketplace.events.outbox import emit
from marketplace.ids import new_id
from marketplace.policy.decide import Decision, decide, longest_life, principal
from marketplace.tenants.actor import Actor
from marketplace.tenants.models import ServiceAccount
from marketplace.tenants.scope import platform_scope

WAITS_FOR = timedelta(days=14)
LAST_RESORT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class AccessDecision:
    """What was decided about a request, and what came of it.

    `key` holds the secret, once. `ttl` is the life asked for, or the longest that is given.
    """

    decision: Decision
    estimate: Estimate
    ttl: timedelta
    request: AccessRequest | None = None
    grant: Grant | None = None
    key: IssuedKey | None = None


def request_access(
    *,
    actor: Actor,
    application: Application,
    api: Api,
    terms: Terms,
    preview: bool = False,
    request_id: UUID | None = None,
) -> AccessDecision:
    """Decide about an application's access to an API, and give what may be given.

    Allowed: a grant and its key. Waiting: a pending grant, whose key is answered by the mock until
    an owner approves. Denied: the request alone. With `preview` nothing is made or kept.
    `request_id` names the request, so that one form makes one key.
    Raises Invalid where the rule that denies points at one field, Forbidden outside the tenant.
    """
    if application.tenant_id != actor.tenant_id or application.closed_at is not None:
        raise Forbidden("This application cannot ask for anything.")
    estimate = estimate_for(api=api, application=application, plan=terms.plan, fresh=not preview)
    consent = find_consent(actor, api, terms)
    if consent is not None and consent.application_id != application.id:
        raise Invalid.at("/application", "An agent asks for the application of its consent.")
    ttl = terms.ttl or _longest(actor, application, api, terms, estimate, consent)
    decision = decide_about(
        actor,
        application,
        api,
        terms,
        ttl,
        estimate=estimate,
        consent=consent,
        keep=not preview,
    )
    if preview:
        return AccessDecision(decision, estimate, ttl)
    if decision.outcome == "deny" and decision.field:
        raise Invalid(
            decision.because,
            errors=_field_errors(decision),
            extra={"decision": decision.as_dict()},
        )
    with transaction.atomic():
        return _give(actor, application, api, terms, ttl, decision, estimate, consent, request_id)


def decide_about(
    actor: Actor,
    application: Application,
    api: Api,
    terms: Terms,
    ttl: timedelta,
    *,
    estimate: Estimate,
    consent: Consent | None,
    keep: bool,
) -> Decision:
    """The policies' word about these terms."""
    context = asking_context(application, api, terms, ttl, estimate=estimate, consent=consent)
    return decide(
        actor=actor,
        action="access.request",
        resource=api_facts(api),
        context=context,
        ladder=asking_ladder(context),
        record=keep,
        kind=kind_of(actor),
    )


def kind_of(actor: Actor) -> str:
    """ "agent" for a service account that is one, else the actor's kind."""
    if actor.kind == "service" and actor.id is not None:
        account = ServiceAccount.across.filter(pk=actor.id).values_list("kind", flat=True).first()
        return str(account or actor.kind)
    return actor.kind


def find_consent(actor: Actor, api: Api, terms: Terms) -> Consent | None:
    """The consent an agent acts under: in force, one that covers what is asked before others."""
    if kind_of(actor) != "agent":
        return None
    rows = Consent.across.filter(agent_id=actor.id, withdrawn_at=None, expires_at__gt=clock.now())
    every = f"{api.slug}:*"
    wanted = {f"{api.slug}:{scope}" for scope in terms.scopes}
    ranked = sorted(
        rows.order_by("-expires_at"),
        key=lambda consent: not (every in consent.scopes or wanted <= set(consent.scopes)),
    )
    return ranked[0] if ranked else None


def _field_errors(decision: Decision) -> list[Any]:
    text = f"{decision.because} {decision.fix}".strip()
    return Invalid.at(decision.field, text).errors


def _longest(
    actor: Actor,
    application: Application,
    api: Api,
    terms: Terms,
    estimate: Estimate,
    consent: Consent | None,
) -> timedelta:
    context = asking_context(
        application, api, terms, LAST_RESORT, estimate=estimate, consent=consent
    )
    facts: Mapping[str, Any] = {
        "principal": principal(actor, kind=kind_of(actor)),
        "action": "access.request",
        "resource": {name: value for name, value in api_facts(api).items() if value is not None},
        "context": context,
    }
    seconds = longest_life(facts) or longest_life(facts, outcome="wait")
    ttl = timedelta(seconds=seconds) if seconds else LAST_RESORT
    if consent is not None:
        left = consent.expires_at - clock.now()
        return max(min(ttl, left - timedelta(seconds=1)), timedelta(minutes=1))
    return ttl


def _give(
    actor: Actor,
    application: Application,
    api: Api,
    terms: Terms,
    ttl: timedelta,
    decision: Decision,
    estimate: Estimate,
    consent: Consent | None,
    request_id: UUID | None,
) -> AccessDecision:
    grant = key = None
    if decision.outcome != "deny":
        grant = _make_grant(actor, application, api, terms, ttl, decision, consent)
        key = issue_key(grant=grant, by=actor, expires_at=clock.now() + ttl)
    request = _keep_request(
        actor, application, api, terms, ttl, decision, estimate, grant, request_id
    )
    record(
        actor=actor,
        action=f"access.{ACTIONS[decision.outcome]}",
        target=f"access-request:{request.id}",
        tenant_id=application.tenant_id,
        details={
            "application": application.slug,
            "api": api.slug,
            "asked": request.asked,
            "rule": decision.rule,
            "key": key.key.public_id if key else None,
            "consent": str(consent.id) if consent else None,
        },
    )
    if grant is not None and grant.state == Grant.State.ACTIVE:
        tell_of_grant(grant)
    elif grant is not None:
        tell_owners("access.waiting", request)
    return AccessDecision(decision, estimate, ttl, request, grant, key)


ACTIONS = {"allow": "given", "wait": "asked", "deny": "denied"}
STATES = {
    "allow": AccessRequest.State.GIVEN,
    "wait": AccessRequest.State.WAITING,
    "deny": AccessRequest.State.DENIED,
}


def _make_grant(
    actor: Actor,
    application: Application,
    api: Api,
    terms: Terms,
    ttl: timedelta,
    decision: Decision,
    consent: Consent | None,
) -> Grant:
    grant = Grant(
        tenant_id=application.tenant_id,
        application=application,
        api=api,
        owner_tenant_id=api.tenant_id,
        plan=terms.plan,
        consent=consent,
        state=Grant.State.PENDING,
        environment=terms.environment,
        risk=api.risk,
        data_class=api.data_class,
        limits=limits_of(terms.plan, api, application),
        guardrails=dict(terms.guardrails),
        purpose=terms.purpose,
        ttl_seconds=int(ttl.total_seconds()),
        created_at=clock.now(),
        created_by=actor.id,
        created_by_label=actor.label[:200],
    )
    if decision.outcome == "allow":
        grant.begin(by=actor, rule=decision.rule)
    else:
        grant.save(force_insert=True)
    set_scopes(grant, terms.scopes)
    return grant


def set_scopes(grant: Grant, scopes: tuple[str, ...]) -> None:
    """Make these operation keys the grant's scopes, and no others."""
    grant.scopes.all().delete()
    GrantScope.across.bulk_create(
        GrantScope(tenant_id=grant.tenant_id, grant=grant, operation_key=scope) for scope in scopes
    )


def _keep_request(
    actor: Actor,
    application: Application,
    api: Api,
    terms: Terms,
    ttl: timedelta,
    decision: Decision,
    estimate: Estimate,
    grant: Grant | None,
    request_id: UUID | None,
) -> AccessRequest:
    now = clock.now()
    waits = decision.outcome == "wait"
    return AccessRequest.across.create(
        id=request_id or new_id(),
        tenant_id=application.tenant_id,
        application=application,
        api=api,
        owner_tenant_id=api.tenant_id,
        grant=grant,
        state=STATES[decision.outcome],
        asked={**terms.as_asked(), "ttl_seconds": int(ttl.total_seconds())},
        outcome=decision.outcome,
        rule=decision.rule,
        because=decision.because,
        fix=decision.fix,
        estimate=estimate.as_dict(),
        requested_by=actor.id,
        requested_by_kind=kind_of(actor),
        requested_by_label=actor.label[:200],
        created_at=now,
        changed_at=now,
        expires_at=now + WAITS_FOR if waits else None,
        decided_at=None if waits else now,
    )


def tell_of_grant(grant: Grant) -> None:
    """Emit what others (billing) keep of a grant that begins, in the caller's transaction."""
    emit(
        "grant.began",
        tenant_id=grant.tenant_id,
        subject=f"grant:{grant.id}",
        data={
            "application_id": str(grant.application_id),
            "api_id": str(grant.api_id),
            "plan_id": str(grant.plan_id) if grant.plan_id else None,
            "environment": grant.environment,
            "since": clock.now().isoformat(),
        },
    )


def tell_owners(kind: str, request: AccessRequest) -> None:
    """Emit something about a request to the API's tenant, in the caller's transaction."""
    with platform_scope():
        emit(
            kind,
            tenant_id=request.owner_tenant_id,
            subject=f"access-request:{request.id}",
            data={"request_id": str(request.id), "rule": request.rule},
        )
