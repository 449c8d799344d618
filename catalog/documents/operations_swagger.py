"""Operations of Swagger 2.0, in their own form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalog.documents import pointers
from catalog.documents.operation import (
    ExampleSpec,
    MediaSpec,
    ParameterSpec,
    RequestSpec,
    ResponseSpec,
    ServerSpec,
)
from catalog.documents.operations_http import HttpOperations
from catalog.documents.shapes import mapping, sequence, text

ANY = "application/json"  # what a body is when nothing in the document says so
FORM = "application/x-www-form-urlencoded"


class SwaggerOperations(HttpOperations):
    """Lists the operations of one Swagger 2.0 tree.

    A body parameter is the request; form parameters stay parameters, and the request then has no
    schema of its own.
    """

    def parameter(self, name: str, where: str, value: dict[str, Any], at: str) -> ParameterSpec:
        own_schema = where == "body" and "schema" in value
        return ParameterSpec(
            name=name,
            where=where,
            pointer=at,
            required=value.get("required") is True,
            description=text(value.get("description")),
            schema=f"{at}/schema" if own_schema else at if "type" in value else None,
            style=text(value.get("collectionFormat")) or None,
            explode=value.get("collectionFormat") == "multi",
        )

    def media_types(self, operation: Mapping[str, Any], word: str) -> list[str]:
        holder = operation if word in operation else self.tree
        return [media for media in sequence(holder.get(word)) if type(media) is str]

    def request_of(
        self, operation: dict[str, Any], pointer: str, parameters: list[ParameterSpec]
    ) -> RequestSpec | None:
        types = self.media_types(operation, "consumes")
        bodies = [parameter for parameter in parameters if parameter.where == "body"]
        if bodies:
            body = bodies[-1]
            content = tuple(MediaSpec(media, body.schema) for media in types or [ANY])
            return RequestSpec(body.pointer, body.required, body.description, content)
        forms = [parameter for parameter in parameters if parameter.where == "formData"]
        if not forms:
            return None
        content = tuple(MediaSpec(media, None) for media in types if "form" in media)
        required = any(parameter.required for parameter in forms)
        return RequestSpec(forms[0].pointer, required, "", content or (MediaSpec(FORM, None),))

    def responses_of(self, operation: dict[str, Any], pointer: str) -> tuple[ResponseSpec, ...]:
        types = self.media_types(operation, "produces")
        found = []
        for status, response in mapping(operation.get("responses")).items():
            if status.startswith("x-"):
                continue
            try:
                response, at = self.resolver.at(
                    response, f"{pointer}/responses/{pointers.token(status)}"
                )
            except LookupError:
                continue
            response = mapping(response)
            found.append(
                ResponseSpec(
                    status=status,
                    pointer=at,
                    description=text(response.get("description")),
                    headers=self.headers_of(response, at),
                    content=self.answers(response, at, types),
                )
            )
        return tuple(found)

    def answers(
        self, response: Mapping[str, Any], at: str, types: list[str]
    ) -> tuple[MediaSpec, ...]:
        schema = f"{at}/schema" if "schema" in response else None
        given = {
            media: (ExampleSpec(media, pointers.join(at, "examples", media)),)
            for media in mapping(response.get("examples"))
        }
        if not schema and not given:
            return ()
        media_types = dict.fromkeys([*(types or ([] if given else [ANY])), *given])
        return tuple(MediaSpec(media, schema, given.get(media, ())) for media in media_types)

    def servers_of(self, holder: Mapping[str, Any]) -> tuple[ServerSpec, ...]:
        if holder is not self.tree:
            return ()
        host, base = text(holder.get("host")), text(holder.get("basePath"))
        if not host:
            return (ServerSpec(base),) if base else ()
        schemes = [scheme for scheme in sequence(holder.get("schemes")) if type(scheme) is str]
        return tuple(
            ServerSpec(f"{scheme}://{host}{base}", protocol=scheme)
            for scheme in schemes or ["https"]
        )
