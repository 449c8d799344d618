"""REST of the log: `GET /audit`, `GET /audit/verify`, `GET /consents`."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.audit.models import AuditEntry
from marketplace.audit.queries import entries_for
from marketplace.audit.record import verify_chain
from marketplace.rest.pages import CursorPage
from marketplace.rest.views import RestView


class AuditEntryOut(serializers.ModelSerializer[AuditEntry]):
    """One entry, with its hashes in hex so that a reader can check the chain himself."""

    previous_hash = serializers.SerializerMethodField()
    hash = serializers.SerializerMethodField()

    class Meta:
        model = AuditEntry
        fields = [
            "id",
            "chain",
            "sequence",
            "at",
            "actor_kind",
            "actor_id",
            "actor_label",
            "action",
            "target",
            "details",
            "request_id",
            "previous_hash",
            "hash",
        ]

    def get_previous_hash(self, entry: AuditEntry) -> str:
        return bytes(entry.previous_hash).hex()

    def get_hash(self, entry: AuditEntry) -> str:
        return bytes(entry.hash).hex()


class BySequence(CursorPage):
    """Newest first by place in the chain."""

    ordering = "-sequence"


class AuditLog(RestView):
    """What was done in the tenant, newest first."""

    area = "audit"
    actions = ""

    @extend_schema(
        operation_id="listAuditEntries",
        parameters=[OpenApiParameter("action", str), OpenApiParameter("target", str)],
        responses=AuditEntryOut(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = entries_for(
            self.actor,
            action=self.actions or request.query_params.get("action", ""),
            target=request.query_params.get("target", ""),
        )
        page = BySequence()
        entries = page.paginate_queryset(rows, request, view=self)
        return page.get_paginated_response(AuditEntryOut(entries, many=True).data)


class Consents(AuditLog):
    """Consents given and withdrawn: the part of the log that people ask for by that name."""

    actions = "consent."

    @extend_schema(operation_id="listConsents", responses=AuditEntryOut(many=True))
    def get(self, request: Request) -> Response:
        return super().get(request)


class ChainOut(serializers.Serializer[Any]):
    """What a walk over the chain found."""

    chain = serializers.CharField()
    entries = serializers.IntegerField()
    head = serializers.CharField()
    broken_at = serializers.IntegerField(allow_null=True)
    intact = serializers.BooleanField()


class VerifyAudit(RestView):
    """Walk the tenant's chain from its beginning."""

    area = "audit"

    @extend_schema(operation_id="verifyAudit", responses=ChainOut)
    def get(self, request: Request) -> Response:
        return Response(ChainOut(verify_chain(self.actor.tenant_id)).data)
