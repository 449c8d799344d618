"""A version's document, ready to answer from: its operations by method and path."""

from dataclasses import dataclass, field
from typing import Any

import orjson

from catalog.documents import refs
from catalog.documents.operation import MediaSpec, OperationSpec
from catalog.documents.operations import operations
from catalog.documents.parse import Document
from catalog.documents.upgrade import to_openapi3


@dataclass
class Mocked:
    """One document to answer from."""

    tree: Any
    kind: str
    operations: dict[str, OperationSpec]
    validators: dict[tuple[str, str], Any] = field(default_factory=dict)

    def at(self, pointer: str | None) -> Any:
        """What stands at a pointer, references followed; None where nothing does."""
        if pointer is None:
            return None
        try:
            return refs.resolve(self.tree, pointer)
        except LookupError:
            return None


def load(compact: bytes) -> Mocked:
    """Make ready a document from its compact JSON. Swagger 2.0 answers as 3.0."""
    tree = orjson.loads(compact)
    if "swagger" in tree:
        tree = to_openapi3(tree)
    kind = "asyncapi" if "asyncapi" in tree else "openapi"
    _say_null(tree)
    document = Document(
        tree=tree,
        kind=kind,  # type: ignore[arg-type]
        version=str(tree.get(kind, "")),
        media="json",
        compact=b"",
    )
    listed = operations(document)
    return Mocked(tree, kind, {operation.key: operation for operation in listed})


def _say_null(value: Any) -> None:
    """Write OpenAPI 3.0's `nullable` as JSON Schema does, all through a tree of our own."""
    stack = [value]
    while stack:
        here = stack.pop()
        if isinstance(here, list):
            stack.extend(here)
        elif isinstance(here, dict):
            if here.get("nullable") is True and isinstance(here.get("type"), str):
                here["type"] = [here["type"], "null"]
                if isinstance(here.get("enum"), list) and None not in here["enum"]:
                    here["enum"] = [*here["enum"], None]
            stack.extend(here.values())


def best_media(content: tuple[MediaSpec, ...], accept: str) -> MediaSpec | None:
    """The body whose media type the caller accepts; JSON first, else the first given.

    None where there are bodies and he accepts none of them (RFC 9110, 12.5.1).
    """
    if not content:
        return None
    wanted = [part.split(";")[0].strip().lower() for part in accept.split(",") if part.strip()]
    ranked = sorted(content, key=lambda media: "json" not in media.media_type)
    if not wanted or "*/*" in wanted:
        return ranked[0]
    for word in wanted:
        for media in ranked:
            name = media.media_type.split(";")[0].strip().lower()
            family = name.split("/")[0] + "/*"
            if word in (name, family) or (word == "application/json" and name.endswith("+json")):
                return media
    return None
