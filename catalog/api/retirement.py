"""REST of an API's end: /apis/{slug}/retirement and its acknowledgements."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.shapes import ApiOut
from catalog.apis import may_publish
from catalog.queries import api_for
from catalog.retirement import acknowledge_retirement, callers_of, keep_api, retire_api
from marketplace.errors import Forbidden, Invalid
from marketplace.rest.serializers import StrictSerializer, checked
from marketplace.rest.views import RestView
from marketplace.tenants.models import Team


class RetirementIn(StrictSerializer):
    """When an API ends, and what stands in its place."""

    sunset_at = serializers.DateTimeField()
    successor = serializers.SlugField(max_length=80, required=False, allow_null=True)


class AcknowledgementIn(StrictSerializer):
    """A team knows of the end."""

    team = serializers.SlugField(help_text="Slug of one of your teams")
    note = serializers.CharField(max_length=500, required=False, allow_blank=True)


class CallerOut(serializers.Serializer[Any]):
    """Who calls what ends."""

    team = serializers.CharField(source="use.team")
    tenant = serializers.CharField(source="use.tenant")
    application = serializers.CharField(source="use.application")
    keys = serializers.ListField(child=serializers.CharField(), source="use.keys")
    calls = serializers.IntegerField(source="use.calls")
    last_call = serializers.DateTimeField(source="use.last_call_at", allow_null=True)
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    acknowledged_by = serializers.CharField()


class RetirementOut(serializers.Serializer[Any]):
    """An API's end and who is hit by it."""

    lifecycle = serializers.CharField()
    deprecation_at = serializers.DateTimeField(allow_null=True)
    sunset_at = serializers.DateTimeField(allow_null=True)
    successor = serializers.CharField(allow_null=True)
    callers = CallerOut(many=True)


class Retirement(RestView):
    """The end of an API."""

    area = "catalog"

    @extend_schema(operation_id="readRetirement", responses=RetirementOut)
    def get(self, request: Request, slug: str) -> Response:
        api = api_for(self.actor, slug)
        if not may_publish(self.actor, api.team_id):
            raise Forbidden("Who uses an API is shown to the owners of its team.")
        answer = {
            "lifecycle": api.lifecycle,
            "deprecation_at": api.deprecation_at,
            "sunset_at": api.sunset_at,
            "successor": api.successor.slug if api.successor else None,
            "callers": callers_of(api),
        }
        return Response(RetirementOut(answer).data)

    @extend_schema(operation_id="retireApi", request=RetirementIn, responses={201: ApiOut})
    def post(self, request: Request, slug: str) -> Response:
        asked = checked(RetirementIn, request.data)
        api_for(self.actor, slug)
        retire_api(actor=self.actor, slug=slug, **asked)
        return Response(ApiOut(api_for(self.actor, slug)).data, status=201)

    @extend_schema(operation_id="keepApi", responses=ApiOut)
    def delete(self, request: Request, slug: str) -> Response:
        api_for(self.actor, slug)
        keep_api(actor=self.actor, slug=slug)
        return Response(ApiOut(api_for(self.actor, slug)).data)


class Acknowledgements(RestView):
    """Teams that know of the end."""

    area = "catalog"

    @extend_schema(
        operation_id="acknowledgeRetirement", request=AcknowledgementIn, responses={201: None}
    )
    def post(self, request: Request, slug: str) -> Response:
        asked = checked(AcknowledgementIn, request.data)
        team = Team.across.filter(slug=asked["team"], id__in=list(self.actor.team_roles)).first()
        if team is None:
            raise Invalid.at("/team", "You are in no such team.")
        row = acknowledge_retirement(
            actor=self.actor, slug=slug, team_id=team.id, note=asked.get("note", "")
        )
        return Response({"team": team.slug, "at": row.at, "by": row.by_label}, status=201)
