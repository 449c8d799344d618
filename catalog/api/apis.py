"""REST of APIs: /apis and /apis/{slug}."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.shapes import ApiFields, ApiIn, ApiOut, as_fields
from catalog.apis import create_api, update_api
from catalog.listing import Filters, visible_to
from catalog.models import Api
from catalog.queries import api_for, narrowed_rows
from marketplace.rest.pages import CursorPage
from marketplace.rest.serializers import checked
from marketplace.rest.views import RestView

FACETS = [
    OpenApiParameter(name, str, many=True)
    for name in ("capability", "protocol", "lifecycle", "approval", "data_class", "risk", "team")
]


class ByName(CursorPage):
    """APIs in the order of their slugs."""

    ordering = ("slug",)


class Apis(RestView):
    """The catalog's APIs."""

    area = "catalog"

    @extend_schema(operation_id="listApis", parameters=FACETS, responses=ApiOut(many=True))
    def get(self, request: Request) -> Response:
        rows = narrowed_rows(visible_to(self.actor), Filters.of(request.query_params.getlist))
        page = ByName()
        apis = page.paginate_queryset(rows, request, view=self)
        return page.get_paginated_response(ApiOut(apis or [], many=True).data)

    @extend_schema(operation_id="createApi", request=ApiIn, responses={201: ApiOut})
    def post(self, request: Request) -> Response:
        fields = as_fields(checked(ApiIn, request.data))
        api = create_api(actor=self.actor, **fields)
        return _answer(api_for(self.actor, api.slug), status=status.HTTP_201_CREATED)


class ApiDetail(RestView):
    """One API."""

    area = "catalog"

    @extend_schema(operation_id="readApi", responses=ApiOut)
    def get(self, request: Request, slug: str) -> Response:
        api = api_for(self.actor, slug)
        if request.headers.get("If-None-Match") == api.etag:
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers={"ETag": api.etag})
        return _answer(api)

    @extend_schema(
        operation_id="updateApi",
        request=ApiFields,
        responses=ApiOut,
        parameters=[OpenApiParameter("If-Match", str, OpenApiParameter.HEADER)],
    )
    def patch(self, request: Request, slug: str) -> Response:
        changes = as_fields(checked(ApiFields, request.data))
        api_for(self.actor, slug)
        update_api(
            actor=self.actor,
            slug=slug,
            changes=changes,
            if_match=request.headers.get("If-Match"),
        )
        return _answer(api_for(self.actor, slug))


def _answer(api: Api, **more: Any) -> Response:
    headers = {"ETag": api.etag, "Location": f"/api/v1/apis/{api.slug}"}
    return Response(ApiOut(api).data, headers=headers, **more)
