"""`/agent-consents` and `/break-glass`."""

from decimal import Decimal
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from keys.api.base import KeysView, as_uuid
from keys.api.shapes import (
    BreakGlassIn,
    ConsentIn,
    ReviewIn,
    consent_shape,
    glass_shape,
    issued_shape,
)
from keys.applications import find_application
from keys.break_glass import ask_to_break_glass, confirm_break_glass, review_break_glass
from keys.consents import give_consent, withdraw_consent
from keys.models import BreakGlass
from keys.queries import consents_for, find_api
from keys.terms import read_terms
from marketplace.errors import Invalid
from marketplace.rest.pages import CursorPage
from marketplace.rest.serializers import StrictSerializer, checked
from marketplace.tenants import durations
from marketplace.tenants.models import ServiceAccount
from marketplace.tenants.scope import platform_scope


class AgentConsents(KeysView):
    """What a human let agents do in his name."""

    @extend_schema(operation_id="listAgentConsents", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        page = CursorPage()
        rows = page.paginate_queryset(consents_for(self.actor), request, view=self) or []
        return page.get_paginated_response([consent_shape(row) for row in rows])

    @extend_schema(
        operation_id="giveConsent", request=ConsentIn, responses={201: OpenApiTypes.OBJECT}
    )
    def post(self, request: Request) -> Response:
        given = checked(ConsentIn, request.data)
        agent = ServiceAccount.objects.filter(slug=given["agent"]).first()
        if agent is None:
            raise Invalid.at("/agent", f"There is no agent {given['agent']} here.")
        life = durations.given(given["life"], "/life")
        budget: Decimal | None = given.get("budget")
        made = give_consent(
            actor=self.actor,
            agent=agent,
            scopes=given["scopes"],
            life=life,
            budget_micros=None if budget is None else int(budget * 1_000_000),
            purpose=given["purpose"],
        )
        return Response(consent_shape(made), status=201)


class WithdrawConsent(KeysView):
    """Take a consent back; everything under it ends."""

    @extend_schema(operation_id="withdrawConsent", request=None, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request, consent_id: str) -> Response:
        checked(StrictSerializer, request.data or {})
        ended = withdraw_consent(actor=self.actor, consent_id=as_uuid(consent_id))
        return Response({"ended": [key.public_id for key in ended]})


class BreakGlassRequests(KeysView):
    """Emergency access: the first person asks."""

    @extend_schema(operation_id="listBreakGlass", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        page = CursorPage()
        rows = page.paginate_queryset(
            BreakGlass.across.select_related("grant__application", "grant__api"),
            request,
            view=self,
        )
        return page.get_paginated_response([glass_shape(row) for row in rows or []])

    @extend_schema(
        operation_id="askToBreakGlass", request=BreakGlassIn, responses={201: OpenApiTypes.OBJECT}
    )
    def post(self, request: Request) -> Response:
        given = checked(BreakGlassIn, request.data)
        api = find_api(self.actor, given["api"])
        glass = ask_to_break_glass(
            actor=self.actor,
            application=find_application(self.actor, given["application"]),
            api=api,
            terms=read_terms(api, scopes=given.get("scopes"), purpose=given["reason"]),
        )
        return Response(glass_shape(glass), status=201)


class ConfirmBreakGlass(KeysView):
    """The second person opens it for an hour."""

    @extend_schema(
        operation_id="confirmBreakGlass", request=None, responses={201: OpenApiTypes.OBJECT}
    )
    def post(self, request: Request, glass_id: str) -> Response:
        checked(StrictSerializer, request.data or {})
        glass, key = confirm_break_glass(actor=self.actor, glass_id=as_uuid(glass_id))
        with platform_scope():
            answer: dict[str, Any] = glass_shape(glass) | {"key": issued_shape(key)}
        return Response(answer, status=201)


class ReviewBreakGlass(KeysView):
    """Another person says what it was used for."""

    @extend_schema(operation_id="reviewBreakGlass", request=ReviewIn, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request, glass_id: str) -> Response:
        given = checked(ReviewIn, request.data)
        glass = review_break_glass(
            actor=self.actor, glass_id=as_uuid(glass_id), review=given["review"]
        )
        with platform_scope():
            return Response(glass_shape(glass))
