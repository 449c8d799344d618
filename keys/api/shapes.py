"""What REST takes and answers about access."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from keys.estimates import Estimate
from keys.grants import AccessDecision
from keys.issue import IssuedKey
from keys.models import AccessRequest, Application, BreakGlass, Consent, Grant, Key
from keys.queries import shown_scopes
from keys.scopes import scopes_of
from marketplace.policy.decide import Decision
from marketplace.rest.serializers import StrictSerializer

MICROS = Decimal(1_000_000)


class ApplicationIn(StrictSerializer):
    """A new application; without words it is named after the team."""

    team = serializers.SlugField(required=False, help_text="Default: your first team")
    name = serializers.CharField(required=False, max_length=120, default="")
    slug = serializers.SlugField(required=False, max_length=60, default="")
    description = serializers.CharField(required=False, max_length=500, default="")
    cost_center = serializers.CharField(required=False, max_length=40, default="")


class ApplicationOut(serializers.ModelSerializer[Application]):
    """An application."""

    team = serializers.CharField(source="team.slug")

    class Meta:
        model = Application
        fields = [
            "id",
            "slug",
            "name",
            "team",
            "description",
            "cost_center",
            "created_at",
            "closed_at",
        ]


class GuardrailsIn(StrictSerializer):
    """Where calls may come from."""

    cidrs = serializers.ListField(child=serializers.CharField(max_length=60), required=False)
    countries = serializers.ListField(child=serializers.CharField(max_length=2), required=False)


class TermsIn(StrictSerializer):
    """What is asked of an API."""

    scopes = serializers.ListField(
        child=serializers.CharField(max_length=700),
        required=False,
        help_text="Operation ids, keys or `api:operation`; default: all",
    )
    plan = serializers.CharField(required=False, max_length=40, allow_null=True)
    ttl = serializers.CharField(
        required=False,
        max_length=40,
        help_text="Seconds, or 12h, 7d, PT15M; default: the longest that is given",
    )
    purpose = serializers.CharField(required=False, max_length=500, default="", allow_blank=True)
    environment = serializers.ChoiceField(choices=["live", "sandbox"], default="live")
    guardrails = GuardrailsIn(required=False)


class AccessRequestIn(TermsIn):
    """An application asks for access to an API."""

    application = serializers.CharField(
        required=False,
        max_length=60,
        help_text="Slug or id; default: the one you asked for last, an agent's consent's own",
    )
    api = serializers.CharField(max_length=80, help_text="Slug")


class DecisionIn(StrictSerializer):
    """A word about what waits; `revision` is what was read."""

    revision = serializers.IntegerField(required=False, min_value=1)
    note = serializers.CharField(required=False, max_length=500, default="", allow_blank=True)


class DelegateIn(StrictSerializer):
    """Who decides instead."""

    to = serializers.EmailField()


class RotateIn(StrictSerializer):
    """How to rotate."""

    overlap = serializers.CharField(
        required=False, max_length=40, help_text="How long the old key goes on; default 24h"
    )
    scopes = serializers.ChoiceField(choices=["keep", "shrink"], default="keep")


class RevokeIn(StrictSerializer):
    """Why."""

    reason = serializers.CharField(required=False, max_length=300, default="revoked by hand")


class RevokeManyIn(RevokeIn):
    """Several keys."""

    keys = serializers.ListField(child=serializers.CharField(max_length=60), min_length=1)


class LeakIn(StrictSerializer):
    """One secret found."""

    token = serializers.CharField(max_length=100_000, trim_whitespace=False)
    type = serializers.CharField(required=False, max_length=100, default="")
    url = serializers.CharField(required=False, max_length=2000, default="", allow_blank=True)
    source = serializers.CharField(  # type: ignore[assignment]
        required=False, max_length=200, default="", allow_blank=True
    )


class ConsentIn(StrictSerializer):
    """What a human lets an agent do."""

    agent = serializers.SlugField()
    scopes = serializers.ListField(child=serializers.CharField(max_length=700))
    life = serializers.CharField(max_length=40, default="30d")
    budget = serializers.DecimalField(
        max_digits=16, decimal_places=6, required=False, help_text="The most a month"
    )
    purpose = serializers.CharField(required=False, max_length=500, default="", allow_blank=True)


class BreakGlassIn(StrictSerializer):
    """Emergency access."""

    application = serializers.CharField(max_length=60)
    api = serializers.CharField(max_length=80)
    reason = serializers.CharField(max_length=500)
    scopes = serializers.ListField(child=serializers.CharField(max_length=700), required=False)


class ReviewIn(StrictSerializer):
    """What the emergency access was used for."""

    review = serializers.CharField(max_length=5000)


class DecisionOut(serializers.Serializer[Any]):
    """An explained decision."""

    outcome = serializers.ChoiceField(choices=["allow", "wait", "deny"])
    rule = serializers.CharField()
    because = serializers.CharField()
    fix = serializers.CharField(allow_null=True)
    advice = serializers.ListField(child=serializers.CharField())


class EstimateOut(serializers.Serializer[Any]):
    """Decimal amounts of `currency` a month; null where nothing is known."""

    monthly = serializers.CharField(allow_null=True)
    peers_median = serializers.CharField(allow_null=True)
    budget_left = serializers.CharField(allow_null=True)
    currency = serializers.CharField()


class KeyOut(serializers.Serializer[Any]):
    """A key. `secret` is there once, in the answer that made it."""

    id = serializers.UUIDField()
    public_id = serializers.CharField()
    secret = serializers.CharField(required=False)
    environment = serializers.CharField()
    state = serializers.CharField()
    mock = serializers.BooleanField()
    application = serializers.CharField()
    api = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)
    replaced_by = serializers.CharField(allow_null=True)
    parent = serializers.CharField(allow_null=True)  # type: ignore[assignment]


class GrantOut(serializers.Serializer[Any]):
    """What was granted."""

    id = serializers.UUIDField()
    state = serializers.CharField()
    environment = serializers.CharField()
    plan = serializers.CharField(allow_null=True)
    scopes = serializers.ListField(child=serializers.CharField())
    limits = serializers.DictField()
    guardrails = serializers.DictField()
    starts_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)


class RequestOut(serializers.Serializer[Any]):
    """A request and where it stands."""

    id = serializers.UUIDField()
    state = serializers.CharField()
    revision = serializers.IntegerField()
    application = serializers.CharField()
    team = serializers.CharField()
    api = serializers.CharField()
    asked = serializers.DictField()
    decision = DecisionOut()
    requested_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    delegated_to = serializers.CharField(allow_null=True)
    decided_by = serializers.CharField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField()


class AccessDecisionOut(serializers.Serializer[Any]):
    """A decision with what came of it."""

    decision = DecisionOut()
    estimate = EstimateOut()
    ttl_seconds = serializers.IntegerField()
    request = RequestOut(allow_null=True)
    grant = GrantOut(allow_null=True)
    key = KeyOut(allow_null=True)


class RotationOut(serializers.Serializer[Any]):
    """The successor with its secret, when the old key ends, and the scopes dropped."""

    key = KeyOut()
    old = KeyOut()
    dropped = serializers.ListField(child=serializers.CharField())


class LeakOut(serializers.Serializer[Any]):
    """What came of one finding."""

    index = serializers.IntegerField()
    outcome = serializers.ChoiceField(choices=["revoked", "ended", "unknown"])
    key = serializers.CharField(allow_null=True)


def money(micros: int | None) -> str | None:
    """Micro-units as a decimal text, at least two digits after the point."""
    if micros is None:
        return None
    whole, _, part = f"{Decimal(micros) / MICROS:.6f}".partition(".")
    return f"{whole}.{part.rstrip('0').ljust(2, '0')}"


def estimate_shape(estimate: Estimate) -> dict[str, Any]:
    return {
        "monthly": money(estimate.monthly_micros),
        "peers_median": money(estimate.peers_median_micros),
        "budget_left": money(estimate.budget_left_micros),
        "currency": estimate.currency,
    }


def key_shape(key: Key, *, scopes: list[str] | None = None, secret: str = "") -> dict[str, Any]:
    shape: dict[str, Any] = {
        "id": key.id,
        "public_id": key.public_id,
        "environment": key.environment,
        "state": key.state,
        "mock": key.mock,
        "application": key.application.slug,
        "api": key.grant.api.slug,
        "scopes": shown_scopes(key) if scopes is None else scopes,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
        "replaced_by": key.replaced_by.public_id if key.replaced_by else None,
        "parent": key.parent.public_id if key.parent else None,
    }
    return shape | {"secret": secret} if secret else shape


def issued_shape(issued: IssuedKey) -> dict[str, Any]:
    return key_shape(issued.key, scopes=list(scopes_of(issued.key)), secret=issued.secret)


def grant_shape(grant: Grant) -> dict[str, Any]:
    return {
        "id": grant.id,
        "state": grant.state,
        "environment": grant.environment,
        "plan": grant.plan.slug if grant.plan else None,
        "scopes": sorted(grant.scopes.values_list("operation_key", flat=True)),
        "limits": grant.limits,
        "guardrails": grant.guardrails,
        "starts_at": grant.starts_at,
        "expires_at": grant.expires_at,
    }


def decision_shape(decision: Decision) -> dict[str, Any]:
    return decision.as_dict()


def request_shape(request: AccessRequest) -> dict[str, Any]:
    return {
        "id": request.id,
        "state": request.state,
        "revision": request.revision,
        "application": request.application.slug,
        "team": request.application.team.slug,
        "api": request.api.slug,
        "asked": request.asked,
        "decision": {
            "outcome": request.outcome,
            "rule": request.rule,
            "because": request.because,
            "fix": request.fix or None,
            "advice": [],
        },
        "requested_by": request.requested_by_label,
        "created_at": request.created_at,
        "expires_at": request.expires_at,
        "delegated_to": request.delegated_to.email if request.delegated_to else None,
        "decided_by": request.decided_by_label or None,
        "decided_at": request.decided_at,
        "note": request.note,
    }


def access_shape(found: AccessDecision) -> dict[str, Any]:
    return {
        "decision": decision_shape(found.decision),
        "estimate": estimate_shape(found.estimate),
        "ttl_seconds": int(found.ttl.total_seconds()),
        "request": request_shape(found.request) if found.request else None,
        "grant": grant_shape(found.grant) if found.grant else None,
        "key": issued_shape(found.key) if found.key else None,
    }


def consent_shape(consent: Consent) -> dict[str, Any]:
    return {
        "id": consent.id,
        "user": consent.user.email,
        "agent": consent.agent.slug,
        "scopes": consent.scopes,
        "budget": money(consent.budget_micros),
        "purpose": consent.purpose,
        "created_at": consent.created_at,
        "expires_at": consent.expires_at,
        "withdrawn_at": consent.withdrawn_at,
    }


def glass_shape(glass: BreakGlass) -> dict[str, Any]:
    return {
        "id": glass.id,
        "state": glass.state,
        "application": glass.grant.application.slug,
        "api": glass.grant.api.slug,
        "reason": glass.reason,
        "asked_by": glass.asked_by_label,
        "asked_at": glass.asked_at,
        "confirmed_by": glass.confirmed_by_label or None,
        "review_by": glass.review_by,
        "review": glass.review or None,
    }
