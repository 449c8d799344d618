"""REST of versions: publish, read, download, operations, findings, diff."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.shapes import (
    DiffOut,
    FindingOut,
    OperationOut,
    ReportOut,
    VersionDiffOut,
    VersionOut,
)
from catalog.documents.limits import LIMITS
from catalog.models import Operation, Version
from catalog.publish import publish_version
from catalog.publish.comparison import compare_two
from catalog.publish.examine import compare_documents
from catalog.publish.stored import as_line, findings_of
from catalog.queries import api_for, document_of, version_for
from marketplace.errors import Invalid, Problem, TooLarge
from marketplace.rest.pages import CursorPage
from marketplace.rest.views import RestView

YES = frozenset({"1", "true", "yes"})
NAMES = [
    OpenApiParameter("slug", str, OpenApiParameter.PATH),
    OpenApiParameter("version", str, OpenApiParameter.PATH),
]


class UnsupportedEncoding(Problem):
    """415: the body comes compressed."""

    status = 415
    type = "unsupported-encoding"
    title = "Send the document as it is, not compressed"


class RawBytes(BaseParser):
    """The body as it is, whatever its media type says."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        return None


def body_of(request: Request) -> bytes:
    """The document in a request's body. Raises TooLarge before reading what is too long."""
    refuse_large(request)
    data = request._request.body
    if not data:
        raise Invalid.at("", "The body is the document's bytes; it is empty.")
    return data


def refuse_large(request: Request) -> None:
    """Raise TooLarge by the length a request names, before a byte of its body is read."""
    length = request.headers.get("Content-Length") or "0"
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise UnsupportedEncoding
    if length.isdigit() and int(length) > LIMITS.size + 100_000:
        raise TooLarge(
            f"{int(length):,} bytes; a document may have {LIMITS.size:,}.",
            type="document-too-large",
        )


class ByRank(CursorPage):
    """Versions, the highest first."""

    ordering = ("-rank", "-published_at")


class ByPosition(CursorPage):
    """Operations in the document's order."""

    ordering = ("position",)
    page_size = 100
    max_page_size = 1000


class Versions(RestView):
    """The versions of an API."""

    area = "catalog"

    @extend_schema(operation_id="listVersions", responses=VersionOut(many=True))
    def get(self, request: Request, slug: str) -> Response:
        rows = Version.across.select_related("api").filter(api=api_for(self.actor, slug))
        page = ByRank()
        versions = page.paginate_queryset(rows, request, view=self)
        return page.get_paginated_response(VersionOut(versions or [], many=True).data)


class VersionDetail(RestView):
    """One version."""

    area = "catalog"
    parser_classes = [RawBytes]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        refuse_large(request)
        super().initial(request, *args, **kwargs)

    @extend_schema(operation_id="readVersion", responses=VersionOut)
    def get(self, request: Request, slug: str, version: str) -> Response:
        return Response(VersionOut(version_for(self.actor, slug, version)).data)

    @extend_schema(
        operation_id="publishVersion",
        request={"application/octet-stream": OpenApiTypes.BINARY},
        parameters=[
            OpenApiParameter("dry_run", bool),
            OpenApiParameter("team", str, description="Slug of the team that owns a new API"),
            OpenApiParameter(
                "acknowledge",
                str,
                many=True,
                description="Consumers that a breaking change is known to hit, by name",
            ),
        ],
        responses={201: ReportOut, 200: ReportOut},
    )
    def put(self, request: Request, slug: str, version: str) -> Response:
        asked = request.query_params
        report = publish_version(
            actor=self.actor,
            data=body_of(request),
            slug=slug,
            version=version,
            team=asked.get("team") or None,
            dry_run=asked.get("dry_run", "").lower() in YES,
            acknowledge=[
                name
                for value in asked.getlist("acknowledge")
                for name in value.split(",")
                if name.strip()
            ],
        )
        made = report.created and not report.dry_run
        return Response(
            report.as_dict(),
            status=201 if made else 200,
            headers={"Location": f"/api/v1/apis/{slug}/versions/{version}"} if made else None,
        )


class VersionDocument(RestView):
    """The document's bytes as they were published, or as OpenAPI 3."""

    area = "catalog"

    @extend_schema(
        operation_id="readDocument",
        parameters=[OpenApiParameter("as", str, enum=["openapi3"])],
        responses={(200, "application/json"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, slug: str, version: str) -> HttpResponse:
        found = version_for(self.actor, slug, version)
        wanted = request.query_params.get("as", "")
        if wanted not in ("", "openapi3"):
            raise Invalid.at("/as", "Only openapi3 can be asked for.")
        content, media = document_of(found, as_openapi3=wanted == "openapi3")
        answer = HttpResponse(content, content_type=media)
        ending = "json" if media.endswith("json") else "yaml"
        answer["Content-Disposition"] = f'inline; filename="{slug}-{version}.{ending}"'
        if not wanted:
            answer["ETag"] = f'"{found.digest}"'
        return answer


class VersionOperations(RestView):
    """The operations of a version."""

    area = "catalog"

    @extend_schema(operation_id="listOperations", responses=OperationOut(many=True))
    def get(self, request: Request, slug: str, version: str) -> Response:
        found = version_for(self.actor, slug, version)
        page = ByPosition()
        rows = Operation.across.filter(version=found)
        operations = page.paginate_queryset(rows, request, view=self)
        data = OperationOut(operations or [], many=True, context={"api": found.api}).data
        return page.get_paginated_response(data)


class VersionFindings(RestView):
    """What was found in a version's document."""

    area = "catalog"

    @extend_schema(operation_id="listFindings", responses=FindingOut(many=True))
    def get(self, request: Request, slug: str, version: str) -> Response:
        found = version_for(self.actor, slug, version)
        page = ByPosition()
        rows = page.paginate_queryset(findings_of(found), request, view=self)
        return page.get_paginated_response([as_line(row).as_dict() for row in rows or []])


class VersionDiff(RestView):
    """A version against another of the same API, by default the one before."""

    area = "catalog"

    @extend_schema(
        operation_id="diffVersions",
        parameters=[OpenApiParameter("base", str)],
        responses=VersionDiffOut,
    )
    def get(self, request: Request, slug: str, version: str) -> Response:
        found = version_for(self.actor, slug, version)
        base = request.query_params.get("base") or None
        against = version_for(self.actor, slug, base) if base else None
        compared = compare_two(actor=self.actor, version=found, base=against)
        return Response(compared.as_dict())


class DiffFiles(RestView):
    """Two documents that need not stand in the catalog."""

    area = "catalog"
    parser_classes = [MultiPartParser]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if request.headers.get("Content-Length", "0").isdigit():
            length = int(request.headers.get("Content-Length") or "0")
            if length > LIMITS.size:
                raise TooLarge(f"Both documents together may have {LIMITS.size:,} bytes.")
        super().initial(request, *args, **kwargs)

    @extend_schema(
        operation_id="diffDocuments",
        request={
            "multipart/form-data": {
                "type": "object",
                "required": ["base", "revision"],
                "properties": {
                    "base": {"type": "string", "format": "binary"},
                    "revision": {"type": "string", "format": "binary"},
                },
            }
        },
        responses=DiffOut,
    )
    def post(self, request: Request) -> Response:
        form: Any = request.data
        documents = {}
        for name in ("base", "revision"):
            given = form.get(name)
            if not given:
                raise Invalid.at(f"/{name}", "Send both documents, as base and revision.")
            documents[name] = given.read() if hasattr(given, "read") else str(given).encode()
        return Response(compare_documents(documents["base"], documents["revision"]).as_dict())
