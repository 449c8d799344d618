"""What OpenAPI and Swagger forbid and their schemas cannot see."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.documents import checks, pointers, walk
from catalog.documents.finding import Found
from catalog.documents.naming import erased
from catalog.documents.operation import OperationSpec
from catalog.documents.parse import Document
from catalog.documents.shapes import mapping, text
from catalog.documents.yaml_text import shown


def check(document: Document, listed: list[OperationSpec]) -> Iterator[Found]:
    """Every fault of these kinds."""
    tree = document.tree
    yield from checks.repeated_ids(listed)
    yield from repeated_paths(document)
    told: set[str] = set()
    for operation in listed:
        if operation.kind == "http":
            for found in parameters(operation):
                key = found.rule + found.pointer
                if key not in told:  # a parameter shared by a path's operations, once
                    told.add(key)
                    yield found
    if document.kind == "swagger":
        schemes = mapping(tree.get("securityDefinitions"))
        yield from checks.undefined_schemes(listed, schemes, "securityDefinitions")
    else:
        schemes = mapping(mapping(tree.get("components")).get("securitySchemes"))
        yield from checks.undefined_schemes(listed, schemes, "components.securitySchemes")
        yield from checks.servers_of(tree, ("url",))
        yield from unknown_links(document, listed)


def repeated_paths(document: Document) -> Iterator[Found]:
    """Two templates that differ only in their parameters' names match the same paths."""
    first: dict[str, str] = {}
    for path in mapping(document.tree.get("paths")):
        if not path.startswith("/"):
            continue
        other = first.setdefault(erased(path), path)
        if other != path:
            yield Found(
                "path-repeated",
                pointers.join("/paths", path),
                f"{shown(path)} matches the same paths as {shown(other)}, which comes first",
            )


def parameters(operation: OperationSpec) -> Iterator[Found]:
    """A path's parameters are declared, each once."""
    declared: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    for parameter in operation.parameters:
        if (parameter.name, parameter.where) in seen:
            yield Found(
                "parameter-repeated",
                operation.pointer,
                f"the {parameter.where} parameter {shown(parameter.name)} stands twice",
            )
        seen.add((parameter.name, parameter.where))
        if parameter.where == "path":
            declared[parameter.name] = parameter.pointer
    if declared or "{" in operation.path:
        yield from checks.parameters_fit(operation.path, declared, operation.pointer, "path")


def unknown_links(document: Document, listed: list[OperationSpec]) -> Iterator[Found]:
    """A link names an operation of the document."""
    if b'"links":' not in document.compact:
        return
    names = {operation.operation_id for operation in listed}
    for pointer, value in walk.objects(document.tree, kind=document.kind):
        target = text(value.get("operationId"))
        if target and target not in names and "/links/" in pointer:
            yield Found(
                "link-operation-unknown",
                f"{pointer}/operationId",
                f"no operation has the operationId {shown(target)}",
            )
