"""Following references, and drawing schemas to a bounded depth."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from catalog.documents.refs import AT, MISSING, MORE, Dangling, Loop, Resolver, expand, resolve

TREE: dict[str, Any] = {
    "components": {
        "schemas": {
            "Pet": {"type": "object", "title": "A pet", "properties": {"owner": {"$ref": "#/o"}}},
            "A": {"$ref": "#/components/schemas/B"},
            "B": {"$ref": "#/components/schemas/A"},
            "a/b~c d": {"type": "string"},
            "Anchored": {"$anchor": "here", "type": "integer"},
        }
    },
    "o": {"$ref": "#/components/schemas/Pet"},
    "list": [{"x": 1}],
}


def test_a_reference_is_followed_to_its_end() -> None:
    assert resolve(TREE, "#/o")["title"] == "A pet"
    assert resolve(TREE, "/o")["title"] == "A pet"
    assert resolve(TREE, "") is TREE


def test_escapes_and_percent_signs_are_read() -> None:
    assert resolve(TREE, "#/components/schemas/a~1b~0c%20d") == {"type": "string"}


def test_a_list_is_indexed() -> None:
    assert resolve(TREE, "#/list/0/x") == 1


def test_a_name_leads_to_its_anchor() -> None:
    assert resolve(TREE, "#here")["type"] == "integer"


@pytest.mark.parametrize(
    "ref", ["#/nope", "#/list/1", "#/list/-1", "#/list/x", "#nowhere", "other.yaml", "#/o/title/x"]
)
def test_what_names_nothing_dangles(ref: str) -> None:
    with pytest.raises(Dangling):
        resolve(TREE, ref)


def test_what_leads_only_to_itself_is_a_loop() -> None:
    with pytest.raises(Loop):
        resolve(TREE, "#/components/schemas/A")


def test_h45_a_chain_of_references_is_followed_once() -> None:
    count = 20_000
    tree: dict[str, Any] = {f"s{n}": {"$ref": f"#/s{n + 1}"} for n in range(count)}
    tree[f"s{count}"] = {"$ref": "#/end"}
    tree["end"] = {"end": True}
    resolver = Resolver(tree)

    assert resolver.follow("#/s0")[0] == {"end": True}
    assert len(resolver.found) == count + 2
    assert resolver.follow("#/s1")[1] == "/end"


def test_two_levels_are_drawn_and_the_rest_can_be_asked_for() -> None:
    tree = {
        "S": {
            "type": "object",
            "properties": {"b": {"properties": {"c": {"properties": {"d": {"properties": {}}}}}}},
        }
    }

    drawn = expand(tree, "/S")
    deepest = drawn["properties"]["b"]["properties"]["c"]["properties"]["d"]

    assert deepest == {MORE: "/S/properties/b/properties/c/properties/d"}
    assert expand(tree, deepest[MORE]) == {"properties": {}}


def test_a_schema_inside_itself_is_not_drawn_again() -> None:
    tree = {"N": {"type": "object", "properties": {"next": {"$ref": "#/N"}}}}

    assert expand(tree, "#/N", depth=50) == {
        "type": "object",
        "properties": {
            "next": {
                "type": "object",
                AT: "/N",
                "properties": {"next": {"type": "object", MORE: "/N"}},
            }
        },
    }


def test_what_stands_beside_a_reference_is_kept() -> None:
    tree = {"P": {"properties": {"a": {"$ref": "#/S", "description": "mine"}}}, "S": {"title": "S"}}

    assert expand(tree, "/P")["properties"]["a"] == {"title": "S", "description": "mine", AT: "/S"}


def test_a_reference_to_nothing_says_so() -> None:
    drawn = expand({"P": {"properties": {"a": {"$ref": "#/gone"}}}}, "/P")

    assert drawn["properties"]["a"] == {MISSING: "#/gone"}


def test_the_authors_own_markers_are_not_ours() -> None:
    assert expand({"S": {MORE: "/x", AT: "/y", MISSING: "z", "type": "null"}}, "/S") == {
        "type": "null"
    }


def test_h45_a_drawing_is_bounded_however_wide_and_deep() -> None:
    wide = {f"p{n}": {"$ref": f"#/S{n % 50}"} for n in range(200)}
    tree: dict[str, Any] = {f"S{n}": {"type": "object", "properties": wide} for n in range(50)}
    deep: Any = {"type": "string"}
    for _ in range(100):
        deep = {"items": {"allOf": [deep]}}
    tree["deep"] = deep
    tree["chained"] = {"items": {"$ref": "#/deep"}}

    assert len(json.dumps(expand(tree, "#/S0", depth=30))) < 1_000_000
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 1_000))
    assert MORE in json.dumps(expand(tree, "#/chained", depth=30))


def test_nothing_of_the_document_is_changed() -> None:
    before = json.dumps(TREE)

    expand(TREE, "#/components/schemas/Pet", depth=9)

    assert json.dumps(TREE) == before


def test_a_reference_that_fails_again_and_again_holds_no_frames() -> None:
    resolver = Resolver({})
    for _ in range(3):
        with pytest.raises(Dangling):
            resolver.follow("#/nowhere")

    known = resolver.found["#/nowhere"]
    assert isinstance(known, Dangling)
    assert known.__traceback__ is None
