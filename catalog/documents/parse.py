"""The bytes of a document → a tree of plain values, its kind, and where everything stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from catalog.documents import json_text, pointers, walk
from catalog.documents.errors import refused
from catalog.documents.limits import LIMITS, Limits
from catalog.documents.positions import JsonPositions, NoPositions, YamlPositions, where
from catalog.documents.yaml_text import YamlReader, shown

Kind = Literal["openapi", "swagger", "asyncapi"]
Media = Literal["json", "yaml"]
KINDS: tuple[Kind, ...] = ("openapi", "swagger", "asyncapi")

STRICT_JSON = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*(?:\{[ \t\r\n]*(?:[\"}]|\Z)|\[)")
NUL_ESCAPE = b"\\u0000"  # as compact JSON writes it
UTF_16 = (b"\xff\xfe", b"\xfe\xff")

KNOWN = {
    "swagger": re.compile(r"2\.0\Z"),
    "openapi": re.compile(r"3\.[012]\.\d"),
    "asyncapi": re.compile(r"(?:2\.[0-6]\.0|3\.[01]\.0)\Z"),
}
SUPPORTED = {
    "swagger": "Swagger 2.0 is",
    "openapi": "OpenAPI 3.0, 3.1 and 3.2 are",
    "asyncapi": "AsyncAPI 2.0 to 2.6, 3.0 and 3.1 are",
}


@dataclass
class Document:
    """A document that was read. The tree may share parts (YAML aliases): never change it."""

    tree: dict[str, Any]
    kind: Kind
    version: str
    media: Media
    compact: bytes = field(repr=False)
    """The tree as compact JSON."""
    data: bytes = field(repr=False, default=b"")
    marks: list[Any] | None = field(repr=False, default=None)

    @cached_property
    def positions(self) -> YamlPositions | JsonPositions | NoPositions:
        if self.marks is not None:
            return YamlPositions(self.tree, self.marks)
        return JsonPositions(self.data) if self.data else NoPositions()

    @cached_property
    def ref_texts(self) -> set[str]:
        """Every text under a key `$ref`."""
        return walk.texts(self.compact)

    def where(self, pointer: str) -> tuple[int, int]:
        """Line and column, from 1, of the key or item, or of its nearest existing parent."""
        return where(self.positions, pointer)


def parse(data: bytes, *, limits: Limits = LIMITS) -> Document:
    """Reads a document, JSON or YAML by its first characters.

    Raises DocumentError: 413 for what is too large, too deep or multiplies, 422 for what is not
    a known specification in well-formed text, each with a line or a pointer.
    """
    if len(data) > limits.size:
        raise refused(
            f"{len(data)} bytes; a document may have {limits.size}", pointer="", status=413
        )
    if is_json(data):
        tree, compact = json_text.read(data, limits)
        document = identified(tree, "json", compact, data, None)
    else:
        tree, marks = YamlReader(data, limits).read()
        document = identified(tree, "yaml", json_text.written(tree, limits), data, marks)
    if NUL_ESCAPE in document.compact:
        refuse_nul(document)
    return document


def is_json(data: bytes) -> bool:
    """Whether a text is to be read as JSON, else as YAML. Raises DocumentError if not UTF-8."""
    if data.startswith(UTF_16):
        raise refused("not UTF-8", line=1, column=1)
    return STRICT_JSON.match(data) is not None


def read_tree(data: bytes, *, limits: Limits = LIMITS) -> Any:
    """Any JSON or YAML text as plain values, as safely as a document. Raises DocumentError."""
    if is_json(data):
        return json_text.read(data, limits)[0]
    return YamlReader(data, limits).read()[0]


def identified(
    tree: Any, media: Media, compact: bytes, data: bytes, marks: list[Any] | None
) -> Document:
    """The document with its kind. Raises DocumentError for none that is known."""
    if not isinstance(tree, dict):
        raise refused("the root must be an object", pointer="", line=1, column=1)
    for kind in KINDS:
        if kind in tree:
            break
    else:
        raise refused(
            "neither openapi, swagger nor asyncapi stands at the root",
            pointer="",
            line=1,
            column=1,
        )
    version = tree[kind]
    document = Document(tree, kind, str(version), media, compact, data, marks)
    if not isinstance(version, str) or not KNOWN[kind].match(version):
        pointer = pointers.join("", kind)
        line, column = document.where(pointer)
        raise refused(unknown(kind, version), pointer=pointer, line=line, column=column)
    return document


def unknown(kind: Kind, version: Any) -> str:
    if not isinstance(version, str):
        return f'the version must be text: put quotation marks around it, {kind}: "{version}"'
    if kind == "asyncapi" and version.startswith("1."):
        return "AsyncAPI 1.x is not supported: convert it to 2.6 or 3.0"
    return f"the version {shown(version)} is not known; {SUPPORTED[kind]} read"


def refuse_nul(document: Document) -> None:
    """Raises DocumentError at the first text with a NUL character, which no database stores."""
    stack: list[tuple[str, Any]] = [("", document.tree)]
    while stack:
        pointer, value = stack.pop()
        if isinstance(value, str):
            if "\0" in value:
                line, column = document.where(pointer)
                raise refused(
                    "a NUL character cannot be stored", pointer=pointer, line=line, column=column
                )
        elif isinstance(value, dict):
            for key in reversed(value):
                if "\0" in key:
                    stack.append((pointers.join(pointer, key), key))
                else:
                    stack.append((pointers.join(pointer, key), value[key]))
        elif isinstance(value, list):
            stack.extend((pointers.join(pointer, index), item) for index, item in enumerate(value))
