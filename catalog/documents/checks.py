"""Checks that OpenAPI and AsyncAPI share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from catalog.documents import pointers
from catalog.documents.finding import Found
from catalog.documents.operation import OperationSpec
from catalog.documents.shapes import mapping, sequence, text
from catalog.documents.yaml_text import shown

VARIABLE = re.compile(r"\{([^{}]*)\}")


def repeated_ids(listed: Iterable[OperationSpec]) -> Iterator[Found]:
    """An operationId names one operation; the second to bear it is wrong."""
    first: dict[str, str] = {}
    for operation in listed:
        name = operation.operation_id
        if not name:
            continue
        if name not in first:
            first[name] = operation.pointer
        elif first[name] != operation.pointer:
            yield Found(
                "operation-id-repeated",
                f"{operation.pointer}/operationId",
                f"the operationId {shown(name)} stands twice; the first is at {first[name]}",
            )


def undefined_schemes(
    listed: Iterable[OperationSpec], schemes: Mapping[str, Any], where: str
) -> Iterator[Found]:
    """A security requirement names a scheme that the document defines."""
    told: set[str] = set()
    looked: set[int] = set()  # most operations share one list
    for operation in listed:
        if id(operation.security) in looked:
            continue
        looked.add(id(operation.security))
        for requirement in operation.security:
            for name in requirement:
                if name not in schemes and name not in told:
                    told.add(name)
                    yield Found(
                        "security-scheme-undefined",
                        operation.pointer,
                        f"the security scheme {shown(name)} is not defined in {where}",
                    )


def undefined_variables(url: str, server: Mapping[str, Any], pointer: str) -> Iterator[Found]:
    """A variable in a server's URL is described."""
    variables = mapping(server.get("variables"))
    for name in VARIABLE.findall(url):
        if name not in variables:
            yield Found(
                "server-variable-undefined",
                pointer,
                f"the URL's variable {shown(name)} is not described",
            )


def parameters_fit(
    template: str, declared: Mapping[str, str], pointer: str, what: str
) -> Iterator[Found]:
    """The names in a template are those declared. `declared` gives each one's pointer."""
    wanted = VARIABLE.findall(template)
    for name in wanted:
        if name not in declared:
            yield Found(
                f"{what}-parameter-undeclared",
                pointer,
                f"{{{shown(name)}}} is declared by no parameter",
            )
    for name, at in declared.items():
        if name not in wanted:
            yield Found(
                f"{what}-parameter-unused",
                at,
                f"the parameter {shown(name)} does not stand in {shown(template)}",
                "warning",
            )


def servers_of(holder: Mapping[str, Any], words: tuple[str, ...]) -> Iterator[Found]:
    """Checks the servers of one place, a list or by name."""
    servers = holder.get("servers")
    entries = servers.items() if isinstance(servers, dict) else enumerate(sequence(servers))
    for name, server in entries:
        if isinstance(server, dict):
            url = "".join(text(server.get(word)) for word in words)
            yield from undefined_variables(url, server, pointers.join("/servers", name))
