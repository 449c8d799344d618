"""Values that satisfy a schema: what its author gave first, else the plainest that fit.

Bounded in size and depth: a schema that holds itself ends at its optional members, and one that no
finite value satisfies is said to be so.
"""

import math
from collections.abc import Iterator
from typing import Any, Literal

from catalog.documents import refs
from catalog.mock.errors import CannotAnswer
from catalog.mock.text import text_for

Direction = Literal["request", "response"]
MOST_NODES = 20_000
DEEPEST = 60
SHALLOW = 4  # below this depth only what is required is made
MOST_OPTIONAL = 60
MERGED = ("properties", "patternProperties", "dependentSchemas")
LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")


class Maker:
    """Makes values for the schemas of one document."""

    def __init__(self, tree: Any, direction: Direction = "response", given: bool = True) -> None:
        """`given` allows the author's own examples and defaults."""
        self.resolver = refs.Resolver(tree)
        self.direction = direction
        self.given = given
        self.nodes = 0

    def value(self, schema: Any, depth: int = 0) -> Any:
        """A value for a schema.

        Raises CannotAnswer where none is found within the bounds.
        """
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise CannotAnswer(f"a value would have more than {MOST_NODES} parts")
        if depth > DEEPEST:
            raise CannotAnswer(
                "no finite value satisfies the schema: what it requires holds itself"
            )
        if schema is False:
            raise CannotAnswer("the schema lets nothing pass")
        if not isinstance(schema, dict):
            return {"any": "value"} if depth == 0 else "value"
        schema = self.merged(schema, depth)
        if self.given:
            for value in _given(schema):
                return value
        if "const" in schema:
            return schema["const"]
        if isinstance(schema.get("enum"), list) and schema["enum"]:
            return schema["enum"][0]
        return self._typed(schema, depth)

    def merged(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        """The schema with its references followed and allOf, oneOf and anyOf joined into one."""
        made = dict(schema)
        for _ in range(DEEPEST):
            if isinstance(ref := made.pop("$ref", None), str):
                made = _joined(self._target(ref), made)
            elif parts := made.pop("allOf", None):
                for part in parts:
                    made = _joined(made, self.merged(part, depth + 1) if _is(part) else {})
            elif choices := made.pop("oneOf", None) or made.pop("anyOf", None):
                made = self._chosen(made, choices, depth)
            else:
                return made
        raise CannotAnswer("the schema is joined of too many parts")

    def _target(self, ref: str) -> dict[str, Any]:
        try:
            target, _ = self.resolver.follow(ref)
        except LookupError:
            raise CannotAnswer(f"the reference {ref[:120]!r} names nothing") from None
        return dict(target) if isinstance(target, dict) else {}

    def _chosen(self, base: dict[str, Any], choices: Any, depth: int) -> dict[str, Any]:
        """The first branch that a value can be made for."""
        problem = CannotAnswer("none of the schema's alternatives can be satisfied")
        for choice in choices if isinstance(choices, list) else []:
            if not _is(choice):
                continue
            whole = _joined(base, choice)
            before = self.nodes
            try:
                self.value(whole, depth + 1)
            except CannotAnswer as refused:
                problem = refused
            else:
                self.nodes = before
                return whole
        raise problem

    def _typed(self, schema: dict[str, Any], depth: int) -> Any:
        match _kind(schema):
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, depth)
            case "integer":
                return _number(schema, whole=True)
            case "number":
                return _number(schema, whole=False)
            case "boolean":
                return True
            case "null":
                return None
        return text_for(schema)

    def _object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        properties = schema.get("properties")
        properties = properties if isinstance(properties, dict) else {}
        required = [n for n in schema.get("required") or [] if isinstance(n, str)]
        made: dict[str, Any] = {}
        for name in required:
            if not self._other_direction(properties.get(name)):
                made[name] = self.value(properties.get(name, True), depth + 1)
        if depth < SHALLOW:
            for name in list(properties)[:MOST_OPTIONAL]:
                if name not in made and not self._other_direction(properties[name]):
                    self._try(made, name, properties[name], depth)
        extra = schema.get("additionalProperties")
        least = schema.get("minProperties")
        least = least if isinstance(least, int) else 0
        if least > MOST_NODES:
            raise CannotAnswer(f"an object of at least {least} members is too large for the mock")
        if (isinstance(extra, dict) and not made) or least > len(made):
            for number in range(max(1, least - len(made))):
                filler = extra if isinstance(extra, dict) else True
                made[f"key{number + 1}"] = self.value(filler, depth + 1)
        most = schema.get("maxProperties")
        if isinstance(most, int) and len(made) > most:
            spare = [name for name in made if name not in required]
            for name in spare[: len(made) - most]:
                del made[name]
        return made

    def _try(self, made: dict[str, Any], name: str, schema: Any, depth: int) -> None:
        """An optional member is left out where no value can be made for it."""
        before = self.nodes
        try:
            made[name] = self.value(schema, depth + 1)
        except CannotAnswer:
            self.nodes = before

    def _other_direction(self, schema: Any) -> bool:
        if not isinstance(schema, dict):
            return False
        word = "writeOnly" if self.direction == "response" else "readOnly"
        if schema.get(word) is True:
            return True
        ref = schema.get("$ref")
        return isinstance(ref, str) and self._target(ref).get(word) is True

    def _array(self, schema: dict[str, Any], depth: int) -> list[Any]:
        least = schema.get("minItems")
        least = int(least) if isinstance(least, int | float) and least > 0 else 0
        if least > MOST_NODES:
            raise CannotAnswer(f"a list of at least {least} items is too long for the mock")
        most = schema.get("maxItems")
        wanted = max(least, 0 if depth >= SHALLOW else 1)
        if isinstance(most, int | float):
            wanted = min(wanted, int(most))
        first = schema.get("prefixItems")
        items = schema.get("items", True)
        if isinstance(items, list):  # draft 7's tuples
            first, items = items, schema.get("additionalItems", True)
        made = [self.value(each, depth + 1) for each in (first or [])[: max(wanted, least)]]
        while len(made) < wanted:
            try:
                made.append(self.value(items, depth + 1))
            except CannotAnswer:
                if len(made) >= least:
                    break
                raise
        if schema.get("uniqueItems") is True:
            made = _distinct(made, items, least)
        return made


def _is(schema: Any) -> bool:
    return isinstance(schema, dict)


def _given(schema: dict[str, Any]) -> Iterator[Any]:
    """What the author gave for this schema: example, examples, default."""
    if "example" in schema:
        yield schema["example"]
    examples = schema.get("examples")
    if isinstance(examples, list):
        yield from examples[:1]
    if "default" in schema and schema["default"] is not None:
        yield schema["default"]


def _joined(left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    """Both schemas at once, as allOf means it, as far as a value's maker cares."""
    made = dict(left)
    for word, value in right.items():
        if word not in made:
            made[word] = value
        elif word in MERGED and _is(made[word]) and _is(value):
            made[word] = {**made[word], **value}
        elif word == "required" and isinstance(value, list) and isinstance(made[word], list):
            made[word] = [*made[word], *(name for name in value if name not in made[word])]
        elif word == "enum" and isinstance(value, list) and isinstance(made[word], list):
            made[word] = [each for each in made[word] if each in value] or value
        elif word in LOWER and _numbers(made[word], value):
            made[word] = max(made[word], value)
        elif word in UPPER and _numbers(made[word], value):
            made[word] = min(made[word], value)
        elif word in ("allOf", "oneOf", "anyOf") and isinstance(value, list):
            made["allOf"] = [*made.get("allOf", []), {word: value}]
        elif word not in ("title", "description", "example", "examples", "default"):
            made[word] = value
    return made


def _numbers(*values: Any) -> bool:
    return all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)


def _kind(schema: dict[str, Any]) -> str:
    stated = schema.get("type")
    if isinstance(stated, list):
        stated = next((each for each in stated if each != "null"), "null")
    if isinstance(stated, str):
        return stated
    if any(word in schema for word in ("properties", "required", "additionalProperties")):
        return "object"
    if any(word in schema for word in ("items", "prefixItems", "minItems")):
        return "array"
    if any(word in schema for word in ("minimum", "maximum", "multipleOf")):
        return "number"
    return "string"


def _number(schema: dict[str, Any], *, whole: bool) -> int | float:
    """A number within the bounds: 1 where it may be, else the nearest to them."""
    stated = schema.get("multipleOf")
    step = 1.0 if whole else 0.0
    if isinstance(stated, int | float) and stated > 0:
        step = float(stated)
    least = _edge(schema, "minimum", "exclusiveMinimum", step or 0.5)
    most = _edge(schema, "maximum", "exclusiveMaximum", -(step or 0.5))
    value = min(max(1.0, least), most)
    if step:
        value = math.ceil(value / step) * step
        if value > most:
            value = math.floor(most / step) * step
    elif least > most:
        value = (least + most) / 2  # both edges excluded, and nearer to each other than our step
        least, most = most, least
    if not least <= value <= most or not math.isfinite(value):
        raise CannotAnswer("no number lies within the schema's bounds")
    return int(value) if whole or value.is_integer() else value


def _edge(schema: dict[str, Any], word: str, exclusive: str, inward: float) -> float:
    """A bound as a number: `exclusive` is a number of its own, or draft 4's yes to the other."""
    plain, other = schema.get(word), schema.get(exclusive)
    edge = float(plain) if isinstance(plain, int | float) else -math.copysign(math.inf, inward)
    if other is True:
        return edge + inward
    if isinstance(other, int | float) and other is not False:
        excluded = float(other) + inward
        return max(edge, excluded) if inward > 0 else min(edge, excluded)
    return edge


def _distinct(made: list[Any], items: Any, least: int) -> list[Any]:
    found: list[Any] = []
    for value in made:
        if value not in found:
            found.append(value)
    number = 0
    while len(found) < least and number < 10 * least:
        number += 1
        value = made[0] if made else number
        if isinstance(value, bool):
            other: Any = not value
        elif isinstance(value, int | float):
            other = value + number
        elif isinstance(value, str):
            other = f"{value}{number}"
        elif isinstance(items, dict) and isinstance(items.get("enum"), list):
            other = items["enum"][number % len(items["enum"])]
        else:
            break
        if other not in found:
            found.append(other)
    return found
