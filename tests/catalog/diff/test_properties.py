"""What holds for any two documents: sameness is silent, change is told, directions mirror."""

import copy
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.diff.change import Change
from catalog.diff.compare import compare
from catalog.diff.values import equal
from catalog.documents.parse import parse
from tests.catalog.diff.cases.case import TODAY
from tests.catalog.diff.cases.rich import RICH
from tests.catalog.diff.cases.rich_events import RICH_EVENTS
from tests.catalog.diff.places import answer, at, body, document
from tests.catalog.diff.specs import SPECS

Path = tuple[str | int, ...]

VALUES = st.one_of(
    *(st.none(), st.booleans(), st.integers(-3, 3), st.floats(0, 2), st.text(max_size=3)),
    *(st.just({}), st.just([]), st.just({"type": "string"}), st.just(["a", "b"])),
)


def places_in(node: Any, path: Path = ()) -> list[Path]:
    children: list[tuple[str | int, Any]] = []
    if isinstance(node, dict):
        children = list(node.items())
    elif isinstance(node, list):
        children = list(enumerate(node))
    return [
        place
        for key, value in children
        for place in ((*path, key), *places_in(value, (*path, key)))
    ]


# What is changed at random, by kind; the kind itself is not.
DOCUMENTS = {"openapi": RICH, "asyncapi": RICH_EVENTS}
PLACES = [
    (kind, place)
    for kind, tree in DOCUMENTS.items()
    for place in places_in(tree)
    if place[0] != kind
]


def holder_of(tree: Any, path: Path) -> Any:
    for key in path[:-1]:
        tree = tree[key]
    return tree


@st.composite
def mutated(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """A rich document, and it with one place removed, replaced, added to or reversed."""
    kind, path = draw(st.sampled_from(PLACES))
    tree = copy.deepcopy(DOCUMENTS[kind])
    holder, key = holder_of(tree, path), path[-1]
    change = draw(st.sampled_from(["remove", "replace", "add", "reverse"]))
    if change == "remove":
        del holder[key]
    elif change == "replace":
        holder[key] = draw(VALUES)
    elif change == "add" and isinstance(holder, dict):
        holder[draw(st.sampled_from(["minLength", "x-new", "enum", "nobody-knows", "title"]))] = (
            draw(VALUES)
        )
    elif isinstance(holder, list):
        holder.reverse()
    return DOCUMENTS[kind], tree


def told(before: Any, after: Any) -> list[Change]:
    return compare(before, after, today=TODAY).changes


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_any_change_is_told(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    before, after = pair
    if not equal(before, after):
        assert told(before, after)
        assert told(after, before)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_a_document_equals_itself(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    assert told(pair[1], copy.deepcopy(pair[1])) == []


# Said of the version when something breaks, not of a place.
VERDICTS = {"api-version-not-bumped", "api-version-decreased", "api-major-version-not-bumped"}


def touched(before: Any, after: Any) -> set[tuple[str | None, str]]:
    """Where something changed; what is called otherwise on the other side is left out of it."""
    changes = [change for change in told(before, after) if change.rule not in VERDICTS]
    moved = any(change.rule == "asyncapi-channel-address-changed" for change in changes)
    return {
        (
            None if moved else change.operation_key,
            re.sub(r"/\d+(?=/|$)|(?<=/messages)/[^/]*", "/*", change.path),
        )
        for change in changes
    }


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_both_directions_touch_the_same_places(
    pair: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    before, after = pair
    assert touched(before, after) == touched(after, before)


# Schemas of which the second takes less than the first.
STRICTER = st.sampled_from(
    [
        ({"type": "number"}, {"type": "integer"}),
        ({"type": ["string", "null"]}, {"type": "string"}),
        ({"type": "string", "maxLength": 9}, {"type": "string", "maxLength": 5}),
        ({"type": "string", "minLength": 1}, {"type": "string", "minLength": 2}),
        ({"type": "number", "minimum": 1}, {"type": "number", "minimum": 2}),
        ({"type": "number", "exclusiveMaximum": 2}, {"type": "number", "exclusiveMaximum": 1}),
        ({"type": "array", "maxItems": 9}, {"type": "array", "maxItems": 5}),
        ({"type": "array"}, {"type": "array", "uniqueItems": True}),
        ({"type": "integer"}, {"type": "integer", "multipleOf": 2}),
        ({"type": "string"}, {"type": "string", "const": "a"}),
        ({"type": "object"}, {"type": "object", "if": {"required": ["a"]}}),
        ({"type": "object"}, {"type": "object", "dependentRequired": {"a": ["b"]}}),
        ({"type": "object"}, {"type": "object", "patternProperties": {"^a": {"type": "string"}}}),
        ({"type": "object"}, {"type": "object", "propertyNames": {"maxLength": 3}}),
        ({"type": "string"}, {"type": "string", "not": {"const": "a"}}),
        ({"type": "string"}, {"type": "string", "contentSchema": {"type": "object"}}),
    ]
)


@settings(max_examples=100, deadline=None)
@given(STRICTER, st.sampled_from(["body", "property"]))
def test_tightening_and_loosening_mirror_each_other(
    pair: tuple[dict[str, Any], dict[str, Any]], part: str
) -> None:
    loose, strict = pair
    request, response = f"request-{part}", f"response-{part}"
    breaks = {
        (place, way): compare(at(place, old), at(place, new)).breaking
        for place in (request, response)
        for way, old, new in (("tighten", loose, strict), ("loosen", strict, loose))
    }
    assert breaks == {
        (request, "tighten"): True,
        (request, "loosen"): False,
        (response, "tighten"): False,
        (response, "loosen"): True,
    }


@pytest.mark.parametrize("junk", [None, True, 0, "x", [], [{}], {}, {"$ref": "#"}, {"$ref": 5}])
@pytest.mark.parametrize("section", [*RICH, *RICH_EVENTS])
def test_a_section_that_is_something_else_is_told_and_equals_itself(
    section: str, junk: Any
) -> None:
    for kind, tree in DOCUMENTS.items():
        if section in tree and section != kind:
            broken = {**tree, section: junk}
            assert told(broken, copy.deepcopy(broken)) == []
            assert told(tree, broken)
            assert told(broken, tree)


def test_a_change_is_the_same_however_the_schema_is_reached() -> None:
    def inline(limit: int) -> dict[str, Any]:
        return document(body({"type": "string", "maxLength": limit}))

    def shared(limit: int) -> dict[str, Any]:
        schemas = {"S": {"type": "string", "maxLength": limit}}
        return document(body({"$ref": "#/components/schemas/S"}), components={"schemas": schemas})

    def via(limit: int) -> dict[str, Any]:
        content = {"application/json": {"schema": {"type": "string", "maxLength": limit}}}
        reference = {"requestBody": {"$ref": "#/components/requestBodies/B"}}
        return document(reference, components={"requestBodies": {"B": {"content": content}}})

    expected = compare(inline(5), inline(9)).changes
    assert len(expected) == 1
    assert compare(shared(5), shared(9)).changes == expected
    assert compare(via(5), via(9)).changes == expected


def test_true_is_not_one_and_one_is_one_point_zero() -> None:
    def defaulted(value: Any) -> dict[str, Any]:
        return document(answer({"default": value}))

    assert told(defaulted(True), defaulted(1))
    assert told(defaulted(1), defaulted(1.0)) == []


@pytest.mark.skipif(not SPECS.is_dir(), reason="the shared specs are not beside this checkout")
@pytest.mark.parametrize(
    "name",
    sorted(path.name for path in (SPECS / "valid").glob("*")) if SPECS.is_dir() else [],
)
def test_a_real_document_equals_itself(name: str) -> None:
    data = (SPECS / "valid" / name).read_bytes()
    assert told(parse(data).tree, parse(data).tree) == []
