"""One document out of a folder of files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from catalog.documents.bundle import bundle
from catalog.documents.errors import DocumentError, Problem
from catalog.documents.limits import Limits
from catalog.documents.sandbox import read

OK = {"description": "ok"}


def write(folder: Path, **files: Any) -> Path:
    """Files by name, `__` for a folder and a dot; the one called api is the document."""
    for name, content in files.items():
        path = folder / (name.replace("__", "/") + ".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    return folder / "api.yaml"


def openapi(version: str = "3.0.3", **words: Any) -> dict[str, Any]:
    return {"openapi": version, "info": {"title": "T", "version": "1"}, "paths": {}, **words}


def answering(schema: Any) -> Any:
    response = {**OK, "content": {"application/json": {"schema": schema}}}
    return {"/a": {"get": {"responses": {"200": response}}}}


def bundled(path: Path) -> Any:
    data = bundle(path)
    assert [finding.rule for finding in read(data).findings] == []
    return orjson.loads(data)


def refusal(path: Path, **words: Any) -> tuple[int, Problem]:
    with pytest.raises(DocumentError) as refused:
        bundle(path, **words)
    return refused.value.status, refused.value.problems[0]


def test_a_document_that_refers_to_nothing_outside_is_sent_as_it_is(tmp_path: Path) -> None:
    text = "# kept\n" + yaml.safe_dump(openapi())

    assert bundle(write(tmp_path, api=text)).decode() == text


def test_what_is_referred_to_becomes_a_component(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        api=openapi(paths=answering({"$ref": "./schemas/pet.yaml"})),
        schemas__pet={"type": "object", "properties": {"tag": {"$ref": "tag.yaml#/defs/Tag"}}},
        schemas__tag={
            "defs": {"Tag": {"items": {"$ref": "#/defs/Other"}}, "Other": {"title": "o"}}
        },
    )
    tree = bundled(path)

    assert tree["components"]["schemas"] == {
        "pet": {"type": "object", "properties": {"tag": {"$ref": "#/components/schemas/Tag"}}},
        "Tag": {"items": {"$ref": "#/components/schemas/Other"}},
        "Other": {"title": "o"},
    }


def test_files_may_refer_to_each_other_in_a_circle(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        api=openapi(paths=answering({"$ref": "a.yaml"})),
        a={"properties": {"b": {"$ref": "b.yaml"}, "self": {"$ref": "#"}}},
        b={
            "properties": {
                "a": {"$ref": "a.yaml"},
                "api": {"$ref": "api.yaml#/components/schemas/a"},
            }
        },
    )
    schemas = bundled(path)["components"]["schemas"]

    assert schemas["a"]["properties"]["self"] == {"$ref": "#/components/schemas/a"}
    assert schemas["b"]["properties"]["a"] == {"$ref": "#/components/schemas/a"}
    assert schemas["b"]["properties"]["api"] == {"$ref": "#/components/schemas/a"}


def test_a_component_that_is_a_file_is_the_home_of_that_file(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        api=openapi(
            paths=answering({"$ref": "pet.yaml"}),
            components={"schemas": {"Animal": {"$ref": "pet.yaml"}}},
        ),
        pet={"title": "pet"},
    )

    assert bundled(path)["components"]["schemas"] == {"Animal": {"title": "pet"}}


def test_two_files_of_one_name_keep_two_names(tmp_path: Path) -> None:
    both = {"oneOf": [{"$ref": "one/pet.yaml"}, {"$ref": "two/pet.yaml"}]}
    path = write(
        tmp_path,
        api=openapi(paths=answering(both)),
        one__pet={"title": "1"},
        two__pet={"title": "2"},
    )

    assert bundled(path)["components"]["schemas"] == {
        "pet": {"title": "1"},
        "pet_2": {"title": "2"},
    }


def test_a_path_is_put_where_it_is_referred_to(tmp_path: Path) -> None:
    item = {
        "parameters": [{"$ref": "../common.yaml#/Page"}],
        "post": {
            "requestBody": {"$ref": "../common.yaml#/Body"},
            "responses": {"200": {"$ref": "../common.yaml#/Done"}},
        },
    }
    path = write(
        tmp_path,
        api=openapi(paths={"/a": {"$ref": "paths/a.yaml"}}),
        paths__a=item,
        common={
            "Page": {"name": "page", "in": "query", "schema": {}},
            "Body": {"content": {}},
            "Done": OK,
        },
    )
    tree = bundled(path)

    assert tree["paths"]["/a"]["post"]["responses"]["200"] == {
        "$ref": "#/components/responses/Done"
    }
    assert set(tree["components"]) == {"parameters", "requestBodies", "responses"}


def test_text_and_lists_kept_in_files_are_put_in_place(tmp_path: Path) -> None:
    described = {"description": {"$ref": "words.yaml#/long"}, "name": "a"}
    path = write(
        tmp_path,
        api=openapi(
            tags=[described],
            servers={"$ref": "words.yaml#/servers"},
            paths=answering({"properties": {"$ref": "words.yaml#/fields"}}),
        ),
        words={
            "long": "At length.",
            "servers": [{"url": "/v1"}],
            "fields": {"a": {"$ref": "#/long_schema"}, "schema": {"title": "s"}},
            "long_schema": {"title": "l"},
        },
    )
    tree = bundled(path)
    response = tree["paths"]["/a"]["get"]["responses"]["200"]

    assert response["content"]["application/json"]["schema"]["properties"] == {
        "a": {"$ref": "#/components/schemas/long_schema"},
        "schema": {"title": "s"},
    }

    assert tree["tags"] == [{"description": "At length.", "name": "a"}]
    assert tree["servers"] == [{"url": "/v1"}]


def test_a_swagger_document_is_bundled_into_its_own_sections(tmp_path: Path) -> None:
    document = {
        "swagger": "2.0",
        "info": {"title": "T", "version": "1"},
        "paths": {
            "/a": {
                "get": {
                    "parameters": [{"$ref": "p.yaml#/page"}],
                    "responses": {"200": {**OK, "schema": {"$ref": "pet.yaml"}}},
                }
            }
        },
    }
    tree = bundled(
        write(
            tmp_path,
            api=document,
            pet={"title": "p"},
            p={"page": {"name": "page", "in": "query", "type": "integer"}},
        )
    )

    assert tree["definitions"] == {"pet": {"title": "p"}}
    assert list(tree["parameters"]) == ["page"]


def test_an_asyncapi_document_is_bundled(tmp_path: Path) -> None:
    document = {
        "asyncapi": "3.0.0",
        "info": {"title": "T", "version": "1"},
        "channels": {"c": {"messages": {"m": {"$ref": "messages.yaml#/M"}}}},
    }
    path = write(
        tmp_path, api=document, messages={"M": {"payload": {"$ref": "p.yaml"}}}, p={"title": "p"}
    )
    tree = bundled(path)

    assert tree["channels"]["c"]["messages"]["m"] == {"$ref": "#/components/messages/M"}
    assert tree["components"]["messages"]["M"] == {"payload": {"$ref": "#/components/schemas/p"}}
    assert tree["components"]["schemas"] == {"p": {"title": "p"}}


def test_names_with_spaces_and_escapes_are_found(tmp_path: Path) -> None:
    path = write(tmp_path, api=openapi(paths=answering({"$ref": "my%20pet.yaml#/a~1b"})))
    (tmp_path / "my pet.yaml").write_text("a/b: {title: p}")

    assert bundled(path)["components"]["schemas"] == {"a_b": {"title": "p"}}


@pytest.mark.parametrize(
    ("ref", "words"),
    [
        ("../outside.yaml", "outside the document's own folder"),
        ("/etc/passwd", "outside the document's own folder"),
        ("%2e%2e/outside.yaml", "outside the document's own folder"),
        ("a/../../outside.yaml", "outside the document's own folder"),
        ("link.yaml", "outside the document's own folder"),
        ("https://example.com/a.yaml", "host"),
        ("file:///etc/passwd", "host"),
        ("//example.com/a", "host"),
        ("gone.yaml", "does not exist"),
        ("schemas", "does not exist"),
        ("pet.yaml#/gone", "does not exist"),
        ("pet.yaml#name", "not a JSON pointer"),
        ("bad.yaml", "bad.yaml, line 2"),
    ],
)
def test_h45_what_leads_too_far_or_nowhere_is_refused(ref: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text("title: secret")
    folder = tmp_path / "api"
    path = write(folder, api=openapi(paths=answering({"$ref": ref})), pet={}, bad="a: 1\na: 2")
    (folder / "schemas").mkdir()
    (folder / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    status, problem = refusal(path)

    assert status == 422
    assert problem.pointer == "/paths/~1a/get/responses/200/content/application~1json/schema/$ref"
    assert words in problem.detail


def test_files_that_only_refer_to_each_other_end(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        api=openapi(paths={"/a": {"$ref": "a.yaml"}}),
        a={"$ref": "b.yaml"},
        b={"$ref": "a.yaml"},
    )

    assert refusal(path)[0] == 422


def test_a_bundle_is_bounded(tmp_path: Path) -> None:
    many = {"oneOf": [{"$ref": f"big.yaml#/{n}"} for n in range(100)]}
    path = write(
        tmp_path,
        api=openapi(paths=answering(many)),
        big={str(n): {"title": "x" * 1_000} for n in range(100)},
    )

    assert refusal(path, limits=Limits(size=20_000))[0] == 413


def test_the_unbundled_documents_of_the_index_say_what_is_missing(
    unbundled: dict[str, Any], specs: Path
) -> None:
    status, problem = refusal(specs / unbundled["file"])

    assert status == 422
    assert problem.pointer is not None
    assert problem.pointer.endswith("/$ref")
