"""`/keys` and `/leaks`."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from keys.api.base import KeysView
from keys.api.shapes import (
    KeyOut,
    LeakIn,
    LeakOut,
    RevokeIn,
    RevokeManyIn,
    RotateIn,
    RotationOut,
    issued_shape,
    key_shape,
)
from keys.leaks import MOST_AT_ONCE, Found, report_leaks, signed_reporter
from keys.lifecycle import DEFAULT_OVERLAP, find_key, revoke_key, revoke_many, rotate_key
from keys.models import Key
from keys.queries import keys_for
from keys.scopes import scopes_of
from marketplace.errors import Gone, Invalid, NotFound, Unauthenticated
from marketplace.rest.authentication import actor_of
from marketplace.rest.pages import CursorPage
from marketplace.rest.serializers import checked
from marketplace.tenants import durations
from marketplace.tenants.actor import Actor
from marketplace.tenants.scope import platform_scope

FILTERS = {"application": "application__slug", "api": "grant__api__slug", "state": "state"}
# GitHub's names for the same (secret scanning partner program) are taken too.
KID_HEADERS = ("X-Mkt-Leak-Key-Id", "Github-Public-Key-Identifier")
SIGNATURE_HEADERS = ("X-Mkt-Leak-Signature", "Github-Public-Key-Signature")


class Keys(KeysView):
    """Keys of the actor's applications and to his APIs; never their secrets."""

    @extend_schema(
        operation_id="listKeys",
        parameters=[OpenApiParameter(name, str) for name in FILTERS],
        responses=KeyOut(many=True),
    )
    def get(self, request: Request) -> Response:
        given = request.query_params
        wanted = {FILTERS[name]: given[name] for name in FILTERS if given.get(name)}
        page = CursorPage()
        rows = page.paginate_queryset(keys_for(self.actor).filter(**wanted), request, view=self)
        return page.get_paginated_response([key_shape(key) for key in rows or []])


class OneKey(KeysView):
    """One key, by public id or id."""

    @extend_schema(operation_id="getKey", responses=KeyOut)
    def get(self, request: Request, key: str) -> Response:
        found = find_key(self.actor, key)
        visible = keys_for(self.actor).filter(pk=found.pk).first()
        if visible is None:
            raise NotFound()
        return Response(key_shape(visible))


class RevealKey(KeysView):
    """There is no second look at a secret."""

    @extend_schema(operation_id="revealKey", responses={410: None})
    def post(self, request: Request, key: str) -> Response:
        find_key(self.actor, key)
        raise Gone("The secret was shown once and is not kept. Rotate the key to get another.")


class RotateKey(KeysView):
    """Make the key's successor; the old one goes on for the overlap."""

    @extend_schema(operation_id="rotateKey", request=RotateIn, responses={201: RotationOut})
    def post(self, request: Request, key: str) -> Response:
        given = checked(RotateIn, request.data)
        turned = rotate_key(
            actor=self.actor,
            key=find_key(self.actor, key),
            overlap=_overlap(given.get("overlap")),
            scopes=given["scopes"],
        )
        with platform_scope():
            answer = {
                "key": issued_shape(turned.new),
                "old": key_shape(turned.old, scopes=list(scopes_of(turned.old))),
                "dropped": list(turned.dropped),
            }
        return Response(answer, status=201)


class RevokeKey(KeysView):
    """End a key and its children now."""

    @extend_schema(operation_id="revokeKey", request=RevokeIn, responses=KeyOut(many=True))
    def post(self, request: Request, key: str) -> Response:
        given = checked(RevokeIn, request.data)
        ended = revoke_key(actor=self.actor, key=find_key(self.actor, key), why=given["reason"])
        return _ended(ended)


class RevokeKeys(KeysView):
    """End several keys, all or none."""

    @extend_schema(operation_id="revokeKeys", request=RevokeManyIn, responses=KeyOut(many=True))
    def post(self, request: Request) -> Response:
        given = checked(RevokeManyIn, request.data)
        if len(given["keys"]) > MOST_AT_ONCE:
            raise Invalid.at("/keys", f"At most {MOST_AT_ONCE} keys at once.")
        keys = [find_key(self.actor, name) for name in given["keys"]]
        return _ended(revoke_many(actor=self.actor, keys=keys, why=given["reason"]))


class Leaks(KeysView):
    """Report secrets found in the open: signed by a known reporter, or by anyone signed in."""

    permission_classes = []

    @extend_schema(
        operation_id="reportLeaks",
        request=LeakIn(many=True),
        responses=LeakOut(many=True),
        parameters=[
            OpenApiParameter(KID_HEADERS[0], str, OpenApiParameter.HEADER),
            OpenApiParameter(SIGNATURE_HEADERS[0], str, OpenApiParameter.HEADER),
        ],
    )
    def post(self, request: Request) -> Response:
        actor = self._reporter(request)
        given = request.data if isinstance(request.data, list) else [request.data]
        if len(given) > MOST_AT_ONCE:
            raise Invalid.at("", f"At most {MOST_AT_ONCE} findings in one report.")
        serializer = LeakIn(data=given, many=True)
        serializer.is_valid(raise_exception=True)
        found = [
            Found(row["token"], row["url"], row["source"]) for row in serializer.validated_data
        ]
        answers = report_leaks(actor=actor, found=found)
        return Response(
            [{"index": a.index, "outcome": a.outcome, "key": a.key or None} for a in answers]
        )

    def _reporter(self, request: Request) -> Actor:
        kid = _header(request, KID_HEADERS)
        if kid:
            body: bytes = request._request.body
            return signed_reporter(body, kid, _header(request, SIGNATURE_HEADERS))
        actor = actor_of(request)
        if not actor.is_authenticated:
            raise Unauthenticated("Sign the report, or sign in.")
        return actor


def _header(request: Request, names: tuple[str, ...]) -> str:
    return next((request.headers[name] for name in names if name in request.headers), "")


def _overlap(given: str | None) -> Any:
    if given is None:
        return DEFAULT_OVERLAP
    if given.strip() in {"0", "0s"}:
        return DEFAULT_OVERLAP * 0
    return durations.given(given, "/overlap")


def _ended(keys: list[Key]) -> Response:
    with platform_scope():
        return Response([key_shape(key, scopes=list(scopes_of(key))) for key in keys])
