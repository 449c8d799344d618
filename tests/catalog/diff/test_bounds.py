"""Hostile and large documents are compared to an end, and nothing is lost by it.

Where the work would multiply, a test that returns at all has shown that it does not; how long
it takes is for the benchmarks.
"""

from typing import Any

import pytest

from catalog.diff import comparison
from catalog.diff.compare import compare
from catalog.documents.parse import parse
from tests.catalog.diff.places import answer, document
from tests.catalog.diff.specs import SPECS

S: dict[str, Any] = {"type": "string"}
NEEDS_SPECS = pytest.mark.skipif(
    not SPECS.is_dir(), reason="the shared specs are not beside this checkout"
)


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def read(name: str) -> dict[str, Any]:
    return parse((SPECS / name).read_bytes()).tree


def many_uses(*, breaking: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """A schema with many changes in so many operations that a report can't hold all of them."""

    def api(fields: dict[str, Any]) -> dict[str, Any]:
        return {
            "openapi": "3.1.0",
            "info": {"title": "Wide", "version": "1"},
            "paths": {f"/r{n}": {"get": answer(ref("Thing"))} for n in range(300)},
            "components": {"schemas": {"Thing": {"type": "object", "properties": fields}}},
        }

    after = {**S, "maxLength": 9} if breaking else {**S, "enum": ["a"]}
    before = {**S, "maxLength": 5} if breaking else {**S, "enum": ["a", "b"]}
    fields = [f"p{n}" for n in range(100)]
    return api({name: dict(before) for name in fields}), api({name: dict(after) for name in fields})


def test_a_schema_used_many_times_in_one_body_is_told_each_time() -> None:
    def api(limit: int) -> dict[str, Any]:
        body = {"properties": {f"p{n}": ref("Amount") for n in range(60)}}
        return document(answer(body), components={"schemas": {"Amount": {**S, "maxLength": limit}}})

    assert len(compare(api(5), api(9)).changes) == 60


@pytest.mark.parametrize(("breaking", "level"), [(True, "error"), (False, "warning")])
def test_what_a_report_can_not_hold_is_told_once_a_use(breaking: bool, level: str) -> None:
    found = compare(*many_uses(breaking=breaking)).changes
    assert len(found) < comparison.MAX_CHANGES + 1000
    told = {change.operation for change in found}
    assert told == {f"GET /r{n}" for n in range(300)}
    summed = [change for change in found if change.rule.startswith("further-")]
    assert {change.level for change in summed} == {level}
    assert len(summed) > 50


def test_a_schema_that_holds_itself_is_told_where_it_is_used() -> None:
    def tree(name: dict[str, Any]) -> dict[str, Any]:
        node = {"properties": {"name": name, "children": {"items": ref("Node")}}}
        return document(answer(ref("Node")), components={"schemas": {"Node": node}})

    found = compare(tree(S), tree({**S, "maxLength": 3})).changes
    assert [(change.rule, change.path) for change in found] == [
        (
            "response-property-max-length-set",
            "/responses/200/content/application~1json/schema/properties/name/maxLength",
        )
    ]


def test_a_change_deep_in_a_cycle_is_told_from_every_entrance() -> None:
    def api(limit: int) -> dict[str, Any]:
        schemas = {
            "A": {"properties": {"b": ref("B")}},
            "B": {"properties": {"c": ref("C"), "a": ref("A")}},
            "C": {"properties": {"a": ref("A"), "name": {**S, "maxLength": limit}}},
        }
        paths = {f"/{name}": {"get": answer(ref(name))} for name in schemas}
        return {**document({}), "paths": paths, "components": {"schemas": schemas}}

    found = compare(api(5), api(9)).changes
    assert {change.operation for change in found} == {"GET /A", "GET /B", "GET /C"}


def test_paths_that_multiply_do_not_multiply_the_work() -> None:
    """Thirty levels, each of which leads to the next in ten ways: 10^30 paths to one change."""

    def api(limit: int) -> dict[str, Any]:
        schemas: dict[str, Any] = {
            f"L{level}": {"properties": {f"p{n}": ref(f"L{level + 1}") for n in range(10)}}
            for level in range(30)
        }
        schemas["L30"] = {**S, "maxLength": limit}
        return document(answer(ref("L0")), components={"schemas": schemas})

    found = compare(api(5), api(9)).changes
    assert {change.rule for change in found} == {"response-property-max-length-increased"}


@NEEDS_SPECS
@pytest.mark.parametrize(
    "name",
    [
        "ref-chain-10000.yaml",
        "recursive-tree.yaml",
        "must-recurse.yaml",
        "wide.yaml",
        "redos.yaml",
        "huge-limits.yaml",
        "dangling-ref.yaml",
        "same-path-twice.yaml",
        "unicode.yaml",
        "xss.yaml",
    ],
)
def test_h45_a_hostile_document_equals_itself_in_bounded_time(name: str) -> None:
    tree, again = read(f"hostile/{name}"), read(f"hostile/{name}")
    assert compare(tree, again).changes == []


@NEEDS_SPECS
def test_h45_a_chain_of_ten_thousand_references_is_followed_to_its_end() -> None:
    before, after = read("hostile/ref-chain-10000.yaml"), read("hostile/ref-chain-10000.yaml")
    for tree in (before, after):
        tree["paths"] = {"/": {"get": answer(ref("S0"))}}
    schema = after["components"]["schemas"]["S9000"]
    schema["properties"]["extra"] = {"type": "string"}
    found = compare(before, after).changes
    assert [(change.rule, change.operation) for change in found] == [
        ("response-optional-property-added", "GET /")
    ]
    assert len(found[0].path) < 1000


@NEEDS_SPECS
def test_h45_a_change_in_each_of_three_thousand_operations_is_told() -> None:
    before, after = read("hostile/wide.yaml"), read("hostile/wide.yaml")
    for item in after["paths"].values():
        for operation in item.values():
            operation["responses"]["404"] = {"description": "gone"}
    found = compare(before, after).changes
    assert len(found) == 3000
    assert {change.rule for change in found} == {"response-non-success-status-added"}
