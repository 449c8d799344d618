"""A document that breaks the official schema is refused where its author should look."""
# ruff: noqa: E501 - the cases are a table

from __future__ import annotations

from typing import Any

import orjson
import pytest

from catalog.documents.errors import DocumentError, Problem
from catalog.documents.official import VERSIONS, compiled
from catalog.documents.parse import parse
from catalog.documents.validate import validate

INFO = {"title": "T", "version": "1"}
OK = {"description": "ok"}


def problems(tree: Any) -> list[Problem]:
    return validate(parse(orjson.dumps(tree)))


def openapi(version: str = "3.0.3", **words: Any) -> Any:
    return {"openapi": version, "info": INFO, "paths": {}, **words}


def with_operation(version: str = "3.0.3", **words: Any) -> Any:
    return openapi(version, paths={"/a": {"get": {"responses": {"200": OK}, **words}}})


def with_schema(schema: Any, version: str = "3.0.3") -> Any:
    return openapi(version, components={"schemas": {"A": schema}})


AT = "/paths/~1a/get"


@pytest.mark.parametrize(
    ("tree", "pointer", "words"),
    [
        ({"openapi": "3.0.3", "paths": {}}, "/info", "missing"),
        ({"openapi": "3.1.0", "info": INFO}, "/paths", "missing"),
        ({"swagger": "2.0", "info": INFO}, "/paths", "missing"),
        ({"asyncapi": "2.6.0", "info": INFO}, "/channels", "missing"),
        ({"asyncapi": "3.0.0", "info": {"title": "T"}}, "/info/version", "missing"),
        (openapi(info={"title": 1, "version": "1"}), "/info/title", "must be string"),
        (openapi(unknown=1), "/unknown", "not allowed"),
        (openapi("3.1.0", unknown=1), "/unknown", "not allowed"),
        (openapi(paths={"a": {}}), "/paths/a", "begin with /"),
        (openapi("3.1.0", paths={"a": {}}), "/paths/a", "begin with /"),
        (with_operation(responses={"20x": OK}), f"{AT}/responses/20x", "status code"),
        (with_operation("3.1.0", responses={"20x": OK}), f"{AT}/responses/20x", "status code"),
        (with_operation(responses={"200": {}}), f"{AT}/responses/200/description", "missing"),
        (with_operation("3.1.0", responses={"200": {}}), f"{AT}/responses/200/description", "missing"),
        (with_operation(parameters=[{"name": "a", "in": "query"}]), f"{AT}/parameters/0/schema", "missing"),
        (with_operation(parameters=[{"name": "a", "in": "body", "schema": {}}]), f"{AT}/parameters/0/in", "must be"),
        (with_operation(parameters=[{"$ref": 1}]), f"{AT}/parameters/0/$ref", "must be string"),
        (with_operation(tags="a"), f"{AT}/tags", "must be array"),
        (with_schema({"type": "strin"}), "/components/schemas/A/type", "must be one of"),
        (with_schema({"properties": {"a": {"items": {"type": 7}}}}), "/components/schemas/A/properties/a/items/type", "must be"),
        (with_schema({"allOf": [{"required": []}]}), "/components/schemas/A/allOf/0/required", "too small"),
        (with_schema({"additionalProperties": 1}), "/components/schemas/A/additionalProperties", "must be"),
        (openapi("3.1.0", components={"schemas": {"a b": {}}}), "/components/schemas/a b", "cannot be a name"),
        (openapi(components={"securitySchemes": {"k": {"type": "apiKey", "in": "header"}}}), "/components/securitySchemes/k/name", "missing"),
        (openapi(servers=[{}]), "/servers/0/url", "missing"),
        (openapi(tags=[{"name": "a"}, {"name": "a"}]), "/tags", "twice"),
    ],
)  # fmt: skip
def test_the_place_is_told(tree: Any, pointer: str, words: str) -> None:
    found = problems(tree)

    assert pointer in [problem.pointer for problem in found]
    assert words in next(problem.detail for problem in found if problem.pointer == pointer)


@pytest.mark.parametrize(
    ("words", "pointer"),
    [
        ({"servers": {"s": {"protocol": "kafka"}}}, "/servers/s/host"),
        ({"channels": {"c": {"messages": {"m": {"payload": {"type": "strin"}}}}}}, "/channels/c/messages/m/payload/type"),
        ({"operations": {"o": {"action": "emit", "channel": {"$ref": "#/x"}}}}, "/operations/o/action"),
        ({"components": {"securitySchemes": {"k": {"type": "http"}}}}, "/components/securitySchemes/k/scheme"),
        ({"components": {"serverBindings": {"b": {"kafka": {"topic": "t"}}}}}, "/components/serverBindings/b/kafka/topic"),
    ],
)  # fmt: skip
def test_the_place_in_an_asyncapi_document_is_told(words: Any, pointer: str) -> None:
    found = problems({"asyncapi": "3.0.0", "info": INFO, **words})

    assert [problem.pointer for problem in found] == [pointer]


def test_every_problem_has_a_line_and_no_value_of_the_document() -> None:
    secret = "sk_live_do_not_tell"
    tree = openapi(info={"title": [secret], "version": {secret: secret}}, servers=secret)
    found = problems(tree)

    assert len(found) == 3
    for problem in found:
        assert problem.line == 1
        assert problem.column is not None
        assert secret not in problem.detail


def test_many_problems_are_told_up_to_fifty() -> None:
    paths: Any = {f"/p{n}": {"get": {}} for n in range(300)}

    assert len(problems(openapi(paths=paths))) == 50


def test_the_schema_and_the_references_are_both_told() -> None:
    tree = openapi(
        info={"title": "T"}, components={"schemas": {"A": {"$ref": "https://example.com/a"}}}
    )

    assert [problem.pointer for problem in problems(tree)] == [
        "/info/version",
        "/components/schemas/A/$ref",
    ]


@pytest.mark.parametrize(("kind", "version"), VERSIONS)
def test_each_version_has_a_validator_and_it_is_compiled_once(kind: str, version: str) -> None:
    assert compiled(kind, version) is compiled(kind, version)
    assert not compiled(kind, version).is_valid({})


@pytest.mark.parametrize(
    ("kind", "version", "accepted"),
    [
        ("openapi", "3.0.4", True), ("openapi", "3.1.12", True), ("openapi", "3.2.0", True),
        ("openapi", "3.0", False), ("openapi", "3.3.0", False), ("openapi", "30.1.0", False),
        ("openapi", 3.1, False), ("swagger", "2.0", True), ("swagger", 2.0, False),
        ("swagger", "1.2", False), ("asyncapi", "2.6.0", True), ("asyncapi", "2.7.0", False),
        ("asyncapi", "3.1.0", True), ("asyncapi", "1.2.0", False), ("asyncapi", "3.0.1", False),
    ],
)  # fmt: skip
def test_only_known_versions_are_read(kind: str, version: Any, accepted: bool) -> None:
    tree = {kind: version, "info": INFO, "paths": {}, "channels": {}}
    if kind == "asyncapi":
        del tree["paths"]
    else:
        del tree["channels"]

    try:
        found = problems(tree)
    except DocumentError as error:
        found = error.problems
    assert (found == []) == accepted
    assert accepted or found[0].pointer == f"/{kind}"
