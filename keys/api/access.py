"""`/applications` and `/access-requests`."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import Api
from keys.api.base import KeysView, as_uuid
from keys.api.shapes import (
    AccessDecisionOut,
    AccessRequestIn,
    ApplicationIn,
    ApplicationOut,
    DecisionIn,
    DelegateIn,
    RequestOut,
    TermsIn,
    access_shape,
    request_shape,
)
from keys.applications import applications_of, create_application, find_application
from keys.approvals import approve, change_request, delegate, deny, withdraw
from keys.grants import AccessDecision, find_consent, request_access
from keys.models import AccessRequest, Application
from keys.queries import applications_for, find_api, find_request, inbox_of, requests_for
from keys.terms import Terms, read_terms
from marketplace.errors import Invalid
from marketplace.rest.pages import CursorPage
from marketplace.rest.serializers import checked
from marketplace.rest.views import check_if_match
from marketplace.tenants.actor import Actor
from marketplace.tenants.models import Team, User
from marketplace.tenants.scope import platform_scope

TERMS = ("scopes", "plan", "ttl", "purpose", "environment", "guardrails")


class Applications(KeysView):
    """The consumers of the actor's teams."""

    @extend_schema(operation_id="listApplications", responses=ApplicationOut(many=True))
    def get(self, request: Request) -> Response:
        page = CursorPage()
        rows = page.paginate_queryset(applications_for(self.actor), request, view=self)
        return page.get_paginated_response(ApplicationOut(rows, many=True).data)

    @extend_schema(
        operation_id="createApplication", request=ApplicationIn, responses={201: ApplicationOut}
    )
    def post(self, request: Request) -> Response:
        given = checked(ApplicationIn, request.data)
        team = None
        if slug := given.pop("team", ""):
            team = Team.objects.filter(slug=slug, tenant_id=self.actor.tenant_id).first()
            if team is None:
                raise Invalid.at("/team", f"There is no team {slug} in your tenant.")
        made = create_application(actor=self.actor, team=team, **given)
        return Response(ApplicationOut(made).data, status=201)


class AccessRequests(KeysView):
    """Ask for access; see what was asked."""

    @extend_schema(
        operation_id="listAccessRequests",
        parameters=[
            OpenApiParameter("state", str),
            OpenApiParameter("inbox", bool, description="Only what waits for your word"),
        ],
        responses=RequestOut(many=True),
    )
    def get(self, request: Request) -> Response:
        inbox = request.query_params.get("inbox", "").lower() in {"1", "true"}
        rows = inbox_of(self.actor) if inbox else requests_for(self.actor)
        if state := request.query_params.get("state"):
            rows = rows.filter(state=state)
        page = CursorPage()
        found = page.paginate_queryset(rows, request, view=self) or []
        return page.get_paginated_response([request_shape(row) for row in found])

    @extend_schema(
        operation_id="requestAccess",
        request=AccessRequestIn,
        responses={201: AccessDecisionOut, 200: AccessDecisionOut},
    )
    def post(self, request: Request) -> Response:
        found = _ask(self, request, preview=False)
        return Response(access_shape(found), status=201 if found.key else 200)


class PreviewAccess(KeysView):
    """The same decision and estimate; nothing is made."""

    @extend_schema(
        operation_id="previewAccess", request=AccessRequestIn, responses=AccessDecisionOut
    )
    def post(self, request: Request) -> Response:
        return Response(access_shape(_ask(self, request, preview=True)))


class OneAccessRequest(KeysView):
    """One request: read it, ask for something else, take it back."""

    @extend_schema(operation_id="getAccessRequest", responses=RequestOut)
    def get(self, request: Request, request_id: str) -> Response:
        return _answer(find_request(self.actor, as_uuid(request_id)))

    @extend_schema(operation_id="changeAccessRequest", request=TermsIn, responses=RequestOut)
    def patch(self, request: Request, request_id: str) -> Response:
        row = find_request(self.actor, as_uuid(request_id))
        check_if_match(request, row.etag)
        given = checked(TermsIn, request.data)
        kept = {name: value for name, value in row.asked.items() if name in TERMS and value}
        kept.setdefault("ttl", row.asked["ttl_seconds"])
        terms = _terms(row.api, {**kept, **{k: v for k, v in given.items() if k in request.data}})
        changed = change_request(actor=self.actor, request_id=row.id, terms=terms)
        return _answer(changed)

    @extend_schema(operation_id="withdrawAccessRequest", responses=RequestOut)
    def delete(self, request: Request, request_id: str) -> Response:
        return _answer(withdraw(actor=self.actor, request_id=as_uuid(request_id)))


class ApproveAccess(KeysView):
    """Give what waits. `If-Match`, or `revision`, guards against approving what was not read."""

    @extend_schema(operation_id="approveAccess", request=DecisionIn, responses=RequestOut)
    def post(self, request: Request, request_id: str) -> Response:
        given = _word(self, request, request_id)
        return _answer(approve(actor=self.actor, request_id=as_uuid(request_id), **given))


class DenyAccess(KeysView):
    """Refuse what waits."""

    @extend_schema(operation_id="denyAccess", request=DecisionIn, responses=RequestOut)
    def post(self, request: Request, request_id: str) -> Response:
        given = _word(self, request, request_id)
        return _answer(deny(actor=self.actor, request_id=as_uuid(request_id), **given))


class DelegateAccess(KeysView):
    """Let another member of the API's tenant decide."""

    @extend_schema(operation_id="delegateAccess", request=DelegateIn, responses=RequestOut)
    def post(self, request: Request, request_id: str) -> Response:
        given = checked(DelegateIn, request.data)
        to = User.objects.filter(email=given["to"].lower()).first()
        if to is None:
            raise Invalid.at("/to", "There is nobody with this address.")
        return _answer(delegate(actor=self.actor, request_id=as_uuid(request_id), to=to))


def _ask(view: KeysView, request: Request, *, preview: bool) -> AccessDecision:
    given = checked(AccessRequestIn, request.data)
    api = find_api(view.actor, given["api"])
    terms = _terms(api, given)
    return request_access(
        actor=view.actor,
        application=_application(view.actor, api, terms, given.get("application", "")),
        api=api,
        terms=terms,
        preview=preview,
    )


def _application(actor: Actor, api: Api, terms: Terms, named: str) -> Application:
    if named:
        return find_application(actor, named)
    consent = find_consent(actor, api, terms)
    if consent is not None and consent.application is not None:
        return consent.application
    found = applications_of(actor)
    if not found:
        raise Invalid.at("/application", "Make an application first: POST /api/v1/applications.")
    return found[0]


def _terms(api: Api, given: dict[str, Any]) -> Terms:
    return read_terms(api, **{name: given[name] for name in TERMS if name in given})


def _word(view: KeysView, request: Request, request_id: str) -> dict[str, Any]:
    given = checked(DecisionIn, request.data)
    if request.headers.get("If-Match"):
        check_if_match(request, find_request(view.actor, as_uuid(request_id)).etag)
    return given


def _answer(row: AccessRequest) -> Response:
    with platform_scope():
        return Response(request_shape(row), headers={"ETag": row.etag})
