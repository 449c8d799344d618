"""Operations of OpenAPI 3 and Swagger 2: paths, webhooks and callbacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from catalog.documents import naming, pointers
from catalog.documents.fields import Fields
from catalog.documents.operation import (
    ExampleSpec,
    MediaSpec,
    OperationKind,
    OperationSpec,
    ParameterSpec,
    RequestSpec,
    ResponseSpec,
    ServerSpec,
)
from catalog.documents.refs import Resolver
from catalog.documents.shapes import mapping, sequence, text

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
DEFAULT_STYLE = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}


class HttpOperations:
    """Lists the operations of one OpenAPI 3 tree."""

    def __init__(self, tree: dict[str, Any]) -> None:
        self.tree = tree
        self.resolver = Resolver(tree)
        self.fields = Fields(self.resolver)
        self.names = naming.Names()
        self.servers = self.servers_of(tree)
        self.security = self.security_of(tree)
        self.parameters: dict[str, ParameterSpec] = {}
        self.responses: dict[str, ResponseSpec] = {}

    def all(self) -> Iterator[OperationSpec]:
        for path, item in mapping(self.tree.get("paths")).items():
            if path.startswith("/"):
                yield from self.path_item("http", path, item, pointers.join("/paths", path))
        for name, item in mapping(self.tree.get("webhooks")).items():
            yield from self.path_item("webhook", name, item, pointers.join("/webhooks", name))

    def path_item(
        self, kind: OperationKind, path: str, item: Any, pointer: str, prefix: str = ""
    ) -> Iterator[OperationSpec]:
        try:
            item, pointer = self.resolver.at(item, pointer)
        except LookupError:
            return
        if type(item) is not dict:
            return
        shared = self.parameters_of(item, pointer)
        servers = self.servers_of(item) or self.servers
        written = [(method, f"{pointer}/{method}") for method in METHODS if method in item]
        found = [(method.upper(), item[method], at) for method, at in written]
        found += [
            (name, operation, pointers.join(pointer, "additionalOperations", name))
            for name, operation in mapping(item.get("additionalOperations")).items()
        ]
        for method, operation, at in found:
            if type(operation) is not dict:
                continue
            start = f"{prefix or ('' if kind == 'http' else kind.upper() + ' ')}{method}"
            key = self.names.key(
                f"{start} {naming.erased(path) if kind != 'webhook' else path}",
                otherwise=f"{start} {path}",
            )
            yield self.operation(kind, key, method, path, operation, at, shared, servers)
            yield from self.callbacks(operation, at, key)

    def callbacks(self, operation: Any, pointer: str, key: str) -> Iterator[OperationSpec]:
        if key.startswith("CALLBACK "):
            return  # a callback's own callbacks could go on for ever
        for name, callback in mapping(operation.get("callbacks")).items():
            at = pointers.join(pointer, "callbacks", name)
            try:
                callback, at = self.resolver.at(callback, at)
            except LookupError:
                continue
            for expression, item in mapping(callback).items():
                if not expression.startswith("x-"):
                    yield from self.path_item(
                        "callback",
                        expression,
                        item,
                        pointers.join(at, expression),
                        f"CALLBACK {key} {name} ",
                    )

    def operation(
        self,
        kind: OperationKind,
        key: str,
        method: str,
        path: str,
        operation: dict[str, Any],
        pointer: str,
        shared: list[ParameterSpec],
        servers: tuple[ServerSpec, ...],
    ) -> OperationSpec:
        own = self.parameters_of(operation, pointer)
        replaced = {(parameter.name, parameter.where) for parameter in own}
        parameters = [
            parameter for parameter in shared if (parameter.name, parameter.where) not in replaced
        ] + own
        request = self.request_of(operation, pointer, parameters)
        responses = self.responses_of(operation, pointer)
        return OperationSpec(
            key=key,
            slug=self.names.slug(key),
            kind=kind,
            method=method,
            path=path,
            pointer=pointer,
            operation_id=text(operation.get("operationId")) or None,
            summary=text(operation.get("summary")),
            description=text(operation.get("description")),
            tags=tuple(tag for tag in sequence(operation.get("tags")) if type(tag) is str),
            deprecated=operation.get("deprecated") is True,
            sunset=text(operation.get("x-sunset")) or None,
            parameters=tuple(part for part in parameters if part.where != "body"),
            request=request,
            responses=responses,
            security=self.security_of(operation) if "security" in operation else self.security,
            servers=self.servers_of(operation) or servers,
            schema_fields=self.fields_of(request, responses),
        )

    # Parts. Each is looked at once, however many operations refer to it.

    def parameters_of(self, holder: dict[str, Any], pointer: str) -> list[ParameterSpec]:
        found = []
        for index, value in enumerate(sequence(holder.get("parameters"))):
            try:
                value, at = self.resolver.at(value, f"{pointer}/parameters/{index}")
            except LookupError:
                continue
            if at not in self.parameters:
                if type(value) is not dict:
                    continue
                self.parameters[at] = self.parameter(
                    text(value.get("name")), text(value.get("in")), value, at
                )
            found.append(self.parameters[at])
        return found

    def parameter(self, name: str, where: str, value: dict[str, Any], at: str) -> ParameterSpec:
        schema = f"{at}/schema" if "schema" in value else None
        media_type = None
        examples = self.examples_of(value, at) if "example" in value or "examples" in value else ()
        if "content" in value:
            for media in self.content_of(value, at)[:1]:
                media_type, schema, examples = media.media_type, media.schema, media.examples
        style = text(value.get("style")) or DEFAULT_STYLE.get(where)
        explode = value.get("explode")
        return ParameterSpec(
            name,
            where,
            at,
            value.get("required") is True,
            value.get("deprecated") is True,
            text(value.get("description")),
            schema,
            style,
            explode if type(explode) is bool else style == "form" or style == "cookie",
            media_type,
            examples,
        )

    def request_of(
        self, operation: dict[str, Any], pointer: str, parameters: list[ParameterSpec]
    ) -> RequestSpec | None:
        if "requestBody" not in operation:
            return None
        try:
            body, at = self.resolver.at(operation["requestBody"], f"{pointer}/requestBody")
        except LookupError:
            return None
        body = mapping(body)
        return RequestSpec(
            pointer=at,
            required=body.get("required") is True,
            description=text(body.get("description")),
            content=self.content_of(body, at),
        )

    def responses_of(self, operation: dict[str, Any], pointer: str) -> tuple[ResponseSpec, ...]:
        found = []
        for status, response in mapping(operation.get("responses")).items():
            if status.startswith("x-"):
                continue
            at = f"{pointer}/responses/{pointers.token(status)}"
            try:
                response, at = self.resolver.at(response, at)
            except LookupError:
                continue
            known = self.responses.get(at)
            if known is None or known.status != status:
                known = self.responses[at] = self.response(status, mapping(response), at)
            found.append(known)
        return tuple(found)

    def response(self, status: str, response: Mapping[str, Any], at: str) -> ResponseSpec:
        return ResponseSpec(
            status=status,
            pointer=at,
            description=text(response.get("description")) or text(response.get("summary")),
            headers=self.headers_of(response, at),
            content=self.content_of(response, at),
        )

    def headers_of(self, response: Mapping[str, Any], pointer: str) -> tuple[ParameterSpec, ...]:
        found = []
        for name, header in mapping(response.get("headers")).items():
            try:
                header, at = self.resolver.at(header, f"{pointer}/headers/{pointers.token(name)}")
            except LookupError:
                continue
            if type(header) is dict:
                found.append(self.parameter(name, "header", header, at))
        return tuple(found)

    def content_of(self, holder: Mapping[str, Any], pointer: str) -> tuple[MediaSpec, ...]:
        found = []
        for name, media in mapping(holder.get("content")).items():
            try:
                media, at = self.resolver.at(media, f"{pointer}/content/{pointers.token(name)}")
            except LookupError:
                continue
            if type(media) is dict:
                found.append(
                    MediaSpec(
                        name,
                        f"{at}/schema" if "schema" in media else None,
                        self.examples_of(media, at),
                        f"{at}/itemSchema" if "itemSchema" in media else None,
                    )
                )
        return tuple(found)

    def examples_of(self, holder: Mapping[str, Any], pointer: str) -> tuple[ExampleSpec, ...]:
        found = []
        if "example" in holder:
            found.append(ExampleSpec("example", f"{pointer}/example"))
        for name, example in mapping(holder.get("examples")).items():
            try:
                example, at = self.resolver.at(
                    example, f"{pointer}/examples/{pointers.token(name)}"
                )
            except LookupError:
                continue
            if type(example) is dict:
                found.append(example_spec(name, example, at))
        return tuple(found)

    def servers_of(self, holder: Mapping[str, Any]) -> tuple[ServerSpec, ...]:
        return tuple(
            ServerSpec(
                url=text(server.get("url")),
                description=text(server.get("description")),
                name=text(server.get("name")),
            )
            for server in sequence(holder.get("servers"))
            if type(server) is dict
        )

    def security_of(self, holder: Mapping[str, Any]) -> tuple[Mapping[str, tuple[str, ...]], ...]:
        return tuple(
            {
                name: tuple(scope for scope in sequence(scopes) if type(scope) is str)
                for name, scopes in requirement.items()
            }
            for requirement in sequence(holder.get("security"))
            if type(requirement) is dict
        )

    def fields_of(
        self, request: RequestSpec | None, responses: tuple[ResponseSpec, ...]
    ) -> tuple[str, ...]:
        media = list(request.content) if request else []
        media += [content for response in responses for content in response.content]
        schemas = {content.schema: None for content in media if content.schema}
        schemas.update({content.item_schema: None for content in media if content.item_schema})
        return self.fields.of(schemas)


def example_spec(name: str, example: Mapping[str, Any], at: str) -> ExampleSpec:
    """An Example Object: its value stands under one of three words, or elsewhere."""
    words = [word for word in ("value", "dataValue", "serializedValue") if word in example]
    return ExampleSpec(
        name=name,
        pointer=f"{at}/{words[0]}" if words else None,
        summary=text(example.get("summary")),
        external=text(example.get("externalValue")) or None,
    )
