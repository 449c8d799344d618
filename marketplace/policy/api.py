"""REST of the decisions: `GET /decisions`."""

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.policy.models import PolicyDecision
from marketplace.rest.pages import CursorPage
from marketplace.rest.views import RestView
from marketplace.tenants.actor import Actor

FILTERS = ("action", "outcome", "rule", "resource_id")


class DecisionOut(serializers.ModelSerializer[PolicyDecision]):
    """One decision: who asked what, the outcome, the rule and the facts' digest."""

    digest = serializers.SerializerMethodField()

    class Meta:
        model = PolicyDecision
        fields = [
            "id",
            "at",
            "actor_kind",
            "actor_id",
            "actor_label",
            "action",
            "resource_type",
            "resource_id",
            "outcome",
            "rule",
            "because",
            "fix",
            "request",
            "digest",
            "policies",
        ]

    def get_digest(self, decision: PolicyDecision) -> str:
        return bytes(decision.digest).hex()


def decisions_for(actor: Actor) -> QuerySet[PolicyDecision]:
    """The decisions an actor may see: an admin or finance all of the tenant's, others their own."""
    rows: QuerySet[PolicyDecision] = PolicyDecision.objects.all()
    return rows if actor.is_finance else rows.filter(actor_id=actor.id)


class Decisions(RestView):
    """What the policies decided, newest first."""

    area = "audit"

    @extend_schema(
        operation_id="listDecisions",
        parameters=[OpenApiParameter(name, str) for name in FILTERS],
        responses=DecisionOut(many=True),
    )
    def get(self, request: Request) -> Response:
        given = request.query_params
        wanted = {name: given[name] for name in FILTERS if given.get(name)}
        page = CursorPage()
        rows = page.paginate_queryset(
            decisions_for(self.actor).filter(**wanted), request, view=self
        )
        return page.get_paginated_response(DecisionOut(rows, many=True).data)
