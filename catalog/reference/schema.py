"""A schema as a reader sees it: fields with types in words, two levels deep, the rest on demand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog.analysis.places import Tokens, pointer_of
from catalog.analysis.text import short, told
from catalog.reference.notes import notes_of
from catalog.reference.source import LATER, MISSING, Source

LEVELS = 2
MOST_FIELDS = 160  # drawn at once; beyond it the rest is asked for
MOST_NESTED = 30  # fields of an inner object drawn without being asked for
LONGEST_UNION = 12
COMBINERS = ("oneOf", "anyOf")
ARRAY_DEPTH = 8
OWN = frozenset({"required", "properties", "title"})  # of one part of an allOf, not of the whole


@dataclass(slots=True)
class Field:
    """One field, or a whole schema where `name` is empty.

    `more` is the pointer from which its inner fields load; `fold` says how many wait there.
    """

    name: str
    type: str = ""
    required: bool = False
    html: str = ""
    notes: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    fields: list["Field"] = field(default_factory=list)
    variants: list["Field"] = field(default_factory=list)
    union: str = ""
    more: str = ""
    fold: str = ""

    @property
    def is_plain(self) -> bool:
        """Nothing is inside it."""
        return not (self.fields or self.variants or self.more)


@dataclass(slots=True)
class _Shape:
    """A schema with references followed and `allOf` merged."""

    node: Mapping[str, Any]
    at: Tokens
    name: str
    properties: dict[str, tuple[Any, Tokens]]
    required: frozenset[str]
    pending: bool = False


class SchemaReader:
    """Draws schemas of one version from its source."""

    def __init__(self, source: Source, *, most: int = MOST_FIELDS) -> None:
        self.source = source
        self.left = most
        self._shapes: dict[Tokens, _Shape | None] = {}

    def read(
        self, node: Any, at: Tokens, *, name: str = "", required: bool = False, levels: int = LEVELS
    ) -> Field:
        """The schema `node`, which stands at `at`, with `levels` of inner fields."""
        shape = self._shape(node, at)
        drawn = Field(name=name, required=required)
        if shape is None:
            drawn.type = "anything" if node is True else "nothing" if node is False else "any"
            return drawn
        if shape.pending:
            drawn.type, drawn.more, drawn.fold = shape.name or "…", pointer_of(at), "Fields"
            return drawn
        inner, wrapped = self._unwrap(shape)
        drawn.type = self._type(shape)
        drawn.html = told(shape.node.get("description"))
        drawn.notes = notes_of(shape.node)
        drawn.flags = _flags(shape.node)
        if wrapped:
            drawn.notes += [note for note in notes_of(inner.node) if note not in drawn.notes]
        self._inside(drawn, inner, levels)
        return drawn

    def _inside(self, drawn: Field, shape: _Shape, levels: int) -> None:
        union = _union_of(shape.node)
        count = len(shape.properties)
        if not count and not union:
            return
        drawn.more = pointer_of(shape.at)
        drawn.fold = _fold(count, union)
        room = levels > 0 and self.left > 0 and (levels == LEVELS or count <= MOST_NESTED)
        if not room:
            return
        drawn.more = ""
        for at, (name, (node, place)) in enumerate(shape.properties.items()):
            self.left -= 1
            if self.left < 0 and at:
                drawn.more = pointer_of(shape.at)
                drawn.fold = f"{count - at} more"
                break
            drawn.fields.append(
                self.read(
                    node,
                    place,
                    name=name,
                    required=name in shape.required,
                    levels=levels - 1,
                )
            )
        if union:
            self._variants(drawn, shape, union, levels)

    def _variants(
        self, drawn: Field, shape: _Shape, union: tuple[str, list[Any]], levels: int
    ) -> None:
        keyword, options = union
        drawn.union = "one of" if keyword == "oneOf" else "any of"
        for at, option in enumerate(options[:LONGEST_UNION]):
            self.left -= 1
            place = (*shape.at, keyword, str(at))
            resolved = self.source.resolve(option, place)
            variant = self.read(option, place, levels=levels - 1)
            title = resolved.value.get("title") if isinstance(resolved.value, dict) else None
            variant.name = resolved.name or short(title) or variant.type or f"Option {at + 1}"
            drawn.variants.append(variant)
        if len(options) > LONGEST_UNION:
            drawn.notes.append(f"and {len(options) - LONGEST_UNION} more kinds")

    # --- shapes ---------------------------------------------------------------------------------
    def _shape(self, node: Any, at: Tokens) -> _Shape | None:
        """The shape of a node, merged once a page however often it is referred to."""
        if at not in self._shapes:
            self._shapes[at] = self._merge(node, at, set())
        return self._shapes[at]

    def _merge(self, node: Any, at: Tokens, merged: set[Tokens]) -> _Shape | None:
        resolved = self.source.resolve(node, at)
        value = resolved.value
        if value is LATER:
            return _Shape({}, resolved.at, resolved.name, {}, frozenset(), pending=True)
        if value is MISSING and resolved.name:
            return _Shape({"type": resolved.name}, at, resolved.name, {}, frozenset())
        # A part that stands in the same merge already adds nothing: so cycles end.
        if not isinstance(value, dict) or resolved.at in merged:
            return None
        merged.add(resolved.at)
        shape = _Shape(value, resolved.at, resolved.name, {}, frozenset())
        parts = _list(value.get("allOf"))
        words: dict[str, Any] = {}
        for index, part in enumerate(parts):
            inner = self._merge(part, (*resolved.at, "allOf", str(index)), merged)
            if inner is None:
                continue
            shape.pending = shape.pending or inner.pending
            shape.properties.update(inner.properties)
            shape.required |= inner.required
            if len(parts) == 1:
                shape.name = shape.name or inner.name
            words |= {k: v for k, v in inner.node.items() if k not in OWN}
        own = value.get("properties")
        if isinstance(own, dict):
            for name, part in own.items():
                shape.properties[str(name)] = (part, (*resolved.at, "properties", str(name)))
        shape.required |= frozenset(
            name for name in _list(value.get("required")) if isinstance(name, str)
        )
        if parts:
            shape.node = words | {k: v for k, v in value.items() if k != "allOf"}
        return shape

    def _unwrap(self, shape: _Shape) -> tuple[_Shape, bool]:
        """The shape of what an array or a map holds, arrays of arrays included."""
        wrapped = False
        for _ in range(ARRAY_DEPTH):
            if shape.properties or shape.pending:
                break
            single = _nullable(shape.node)
            if single is not None:
                keyword, index, option = single
                inner = self._shape(option, (*shape.at, keyword, str(index)))
            elif isinstance(shape.node.get("items"), dict):
                inner = self._shape(shape.node["items"], (*shape.at, "items"))
            elif isinstance(shape.node.get("additionalProperties"), dict):
                inner = self._shape(
                    shape.node["additionalProperties"], (*shape.at, "additionalProperties")
                )
            else:
                break
            if inner is None:
                break
            shape, wrapped = inner, True
        return shape, wrapped

    # --- words ----------------------------------------------------------------------------------
    def _type(self, shape: _Shape, depth: int = 0) -> str:
        node = shape.node
        if depth > ARRAY_DEPTH:
            return shape.name or "…"
        single = _nullable(node)
        if single is not None:
            keyword, index, option = single
            inner = self._shape(option, (*shape.at, keyword, str(index)))
            word = self._type(inner, depth + 1) if inner else "any"
            return f"{word} or null"
        types = [str(t) for t in _list(node.get("type"))]
        null = "null" in types or node.get("nullable") is True
        words = [self._word(kind, shape, depth) for kind in types if kind != "null"]
        if not words:
            words = [self._word(_guess(shape), shape, depth)]
        return " or ".join(words + (["null"] if null else []))

    def _word(self, kind: str, shape: _Shape, depth: int) -> str:
        node = shape.node
        if kind == "array":
            items = node.get("items")
            inner = self._shape(items, (*shape.at, "items")) if isinstance(items, dict) else None
            return f"array of {self._type(inner, depth + 1) if inner else 'anything'}"
        if kind == "object":
            if shape.properties:
                return shape.name or "object"
            values = node.get("additionalProperties")
            if isinstance(values, dict) and values:
                inner = self._shape(values, (*shape.at, "additionalProperties"))
                return f"map of {self._type(inner, depth + 1) if inner else 'anything'}"
            return shape.name or "object"
        if kind in COMBINERS:
            return shape.name or ("one of" if kind == "oneOf" else "any of")
        form = node.get("format")
        return f"{kind}, {form}" if isinstance(form, str) and form and form != kind else kind


def fields_in(drawn: Field) -> Iterator[Field]:
    """Every field of a drawing, outermost first."""
    yield drawn
    for inner in (*drawn.fields, *drawn.variants):
        yield from fields_in(inner)


def _fold(count: int, union: tuple[str, list[Any]] | None) -> str:
    if count:
        return f"{count} field{'s' if count != 1 else ''}"
    return f"{len(union[1])} kinds" if union else ""


def _list(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, str) else []


def _nullable(node: Mapping[str, Any]) -> tuple[str, int, Any] | None:
    """The one real option of "this or null"."""
    for keyword in COMBINERS:
        options = node.get(keyword)
        if isinstance(options, list) and len(options) == 2:
            real = [
                (index, option)
                for index, option in enumerate(options)
                if not (isinstance(option, dict) and option.get("type") == "null")
            ]
            if len(real) == 1:
                return keyword, *real[0]
    return None


def _union_of(node: Mapping[str, Any]) -> tuple[str, list[Any]] | None:
    for keyword in COMBINERS:
        options = node.get(keyword)
        if isinstance(options, list) and options and _nullable(node) is None:
            return keyword, options
    return None


def _guess(shape: _Shape) -> str:
    """The kind of a schema that does not say it."""
    node = shape.node
    if shape.properties or "additionalProperties" in node:
        return "object"
    if "items" in node:
        return "array"
    for keyword in COMBINERS:
        if node.get(keyword):
            return keyword
    options = node["enum"] if isinstance(node.get("enum"), list) else [node.get("const")]
    if options and all(isinstance(option, str) for option in options):
        return "string"
    return "any"


def _flags(node: Mapping[str, Any]) -> list[str]:
    names = {"deprecated": "deprecated", "readOnly": "read-only", "writeOnly": "write-only"}
    return [word for key, word in names.items() if node.get(key) is True]
