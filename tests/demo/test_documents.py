"""The demo's documents are valid, complete and tell the story they are there for."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml
from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import (
    OpenAPIV2SpecValidator,
    OpenAPIV30SpecValidator,
    OpenAPIV31SpecValidator,
    OpenAPIV32SpecValidator,
)
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from marketplace.demo import company
from tests.catalog.relevance import RELEVANCE

ROOT = Path(__file__).parents[2]
DOCUMENTS = ROOT / "marketplace" / "demo" / "documents"
SPECS = Path(os.environ.get("MARKETPLACE_SPECS", ROOT.parent / "shared" / "specs"))
ASYNCAPI_SCHEMAS = SPECS / "asyncapi-schemas"

METHODS = {"get", "put", "post", "delete", "patch", "query"}
OPENAPI_VALIDATORS = {
    "2.0": OpenAPIV2SpecValidator,
    "3.0": OpenAPIV30SpecValidator,
    "3.1": OpenAPIV31SpecValidator,
    "3.2": OpenAPIV32SpecValidator,
}
VERSIONS = [
    (api.slug, version.version, f"{api.slug}/{version.file}")
    for api in company.APIS
    for version in api.versions
]
FILES = [file for _, _, file in VERSIONS]
NEWEST = {api.slug: f"{api.slug}/{api.versions[-1].file}" for api in company.APIS}


@cache
def document(file: str) -> dict[str, Any]:
    """One document as plain data."""
    text = (DOCUMENTS / file).read_text(encoding="utf-8")
    loaded = json.loads(text) if file.endswith(".json") else yaml.load(text, yaml.CSafeLoader)
    assert isinstance(loaded, dict)
    return loaded


def dialect(file: str) -> str:
    """`openapi 3.1`, `asyncapi 3.0` and so on: the kind and its first two numbers."""
    spec = document(file)
    if "asyncapi" in spec:
        return f"asyncapi {spec['asyncapi'][:3]}"
    return f"openapi {(spec.get('openapi') or spec['swagger'])[:3]}"


def operations(file: str) -> dict[str, str]:
    """Operation ids by `METHOD /path` or `SEND channel`."""
    spec = document(file)
    if "openapi" in spec or "swagger" in spec:
        return {
            f"{method.upper()} {path}": operation["operationId"]
            for path, item in spec["paths"].items()
            for method, operation in item.items()
            if method in METHODS
        }
    if spec["asyncapi"].startswith("2"):
        return {
            f"{'SEND' if verb == 'subscribe' else 'RECEIVE'} {address}": channel[verb][
                "operationId"
            ]
            for address, channel in spec["channels"].items()
            for verb in ("subscribe", "publish")
            if verb in channel
        }
    addresses = {f"#/channels/{key}": each["address"] for key, each in spec["channels"].items()}
    return {
        f"{each['action'].upper()} {addresses[each['channel']['$ref']]}": key
        for key, each in spec["operations"].items()
    }


def escaped(key: object) -> str:
    return str(key).replace("~", "~0").replace("/", "~1")


def nodes(value: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Every node of a document with its JSON pointer, but nothing inside an example."""
    yield pointer, value
    if isinstance(value, dict):
        for key, child in value.items():
            is_field = isinstance(child, dict) and pointer.endswith("/properties")
            if is_field or key not in {"example", "examples", "value", "default"}:
                yield from nodes(child, f"{pointer}/{escaped(key)}")
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from nodes(child, f"{pointer}/{index}")


def examples(spec: dict[str, Any]) -> Iterator[tuple[str, Any, str]]:
    """(pointer of the schema, example, place of the example) for all examples of a document."""
    for pointer, node in nodes(spec):
        if not isinstance(node, dict):
            continue
        if isinstance(node.get("schema"), dict):
            if "example" in node:
                yield f"{pointer}/schema", node["example"], f"{pointer}/example"
            given = node.get("examples", {})
            for name, example in given.items() if isinstance(given, dict) else ():
                bare = example["value"] if "value" in example and "summary" in example else example
                yield f"{pointer}/schema", bare, f"{pointer}/examples/{name}"
        elif "payload" in node:
            for index, example in enumerate(node.get("examples", [])):
                place = f"{pointer}/examples/{index}"
                yield f"{pointer}/payload", example["payload"], place
                if "headers" in example:
                    yield f"{pointer}/headers", example["headers"], place
        elif isinstance(node.get("type"), str | list) or "anyOf" in node or "allOf" in node:
            if isinstance(node.get("examples"), list):
                for index, example in enumerate(node["examples"]):
                    yield pointer, example, f"{pointer}/examples/{index}"
            if "example" in node:
                yield pointer, node["example"], f"{pointer}/example"


def test_every_version_has_its_document_and_every_document_its_version() -> None:
    on_disk = {str(path.relative_to(DOCUMENTS)) for path in DOCUMENTS.rglob("*") if path.is_file()}
    assert on_disk == set(FILES)
    assert sum((DOCUMENTS / file).stat().st_size for file in FILES) < 4_000_000


@pytest.mark.parametrize(("slug", "version", "file"), VERSIONS)
def test_a_document_says_which_version_of_what_it_is_and_where_it_runs(
    slug: str, version: str, file: str
) -> None:
    spec = document(file)
    assert spec["info"]["version"] == version
    assert len(spec["info"]["description"]) > 120
    if "swagger" in spec:
        assert (spec["host"], spec["basePath"]) == ("api.meridian.example", f"/{slug}")
    elif "openapi" in spec:
        assert spec["servers"][0]["url"] == f"https://api.meridian.example/{slug}"
    else:
        for server in spec["servers"].values():
            assert "meridian.example" in (server.get("host") or server["url"])


@pytest.mark.parametrize("file", [file for file in FILES if dialect(file).startswith("openapi")])
def test_an_openapi_document_is_valid(file: str) -> None:
    validator = OPENAPI_VALIDATORS[dialect(file).removeprefix("openapi ")]
    assert [str(error)[:400] for error in validator(document(file)).iter_errors()] == []


@pytest.mark.parametrize("file", [file for file in FILES if dialect(file).startswith("asyncapi")])
def test_an_asyncapi_document_is_valid(file: str) -> None:
    schema_file = ASYNCAPI_SCHEMAS / f"{document(file)['asyncapi']}.json"
    if not schema_file.exists():
        pytest.skip(f"the official AsyncAPI schemas are not at {ASYNCAPI_SCHEMAS}")
    schema = json.loads(schema_file.read_text(encoding="utf-8"))
    errors = jsonschema.Draft7Validator(schema).iter_errors(document(file))
    assert [f"{error.json_path} {error.message[:200]}" for error in errors] == []


@pytest.mark.parametrize("file", FILES)
def test_examples_satisfy_their_schemas(file: str) -> None:
    spec = document(file)
    kind = {"openapi 2.0": jsonschema.Draft4Validator, "openapi 3.0": OAS30Validator}.get(
        dialect(file), jsonschema.Draft202012Validator
    )
    registry: Registry[Any] = Registry().with_resource(
        "urn:document", DRAFT202012.create_resource(spec)
    )
    checked, wrong = 0, []
    for schema, example, place in examples(spec):
        validator = kind(
            {"$ref": f"urn:document#{schema}"},
            registry=registry,
            format_checker=jsonschema.FormatChecker(),
        )
        checked += 1
        wrong += [
            f"{place} {error.json_path} {error.message[:160]}"
            for error in validator.iter_errors(example)
        ]
    assert wrong == []
    assert checked >= 2 * len(operations(file))


@pytest.mark.parametrize("file", FILES)
def test_references_point_at_something_in_the_document(file: str) -> None:
    spec = document(file)
    dangling = []
    for pointer, node in nodes(spec):
        if isinstance(node, dict) and isinstance(node.get("$ref"), str):
            target: Any = spec
            for step in node["$ref"].removeprefix("#/").split("/"):
                key = step.replace("~1", "/").replace("~0", "~")
                target = target.get(key) if isinstance(target, dict) else None
            if target is None:
                dangling.append(f"{pointer} -> {node['$ref']}")
    assert dangling == []


@pytest.mark.parametrize("file", FILES)
def test_operations_are_named_once_and_explained(file: str) -> None:
    named = operations(file)
    assert [name for name, count in Counter(named.values()).items() if count > 1] == []
    assert len(named) >= 5
    for pointer, node in nodes(document(file)):
        if isinstance(node, dict) and "operationId" in node:
            assert node["summary"], pointer
            assert node["description"], pointer
            assert node["tags"], pointer


@pytest.mark.parametrize("file", [file for file in FILES if dialect(file).startswith("openapi")])
def test_every_operation_tells_its_errors_as_problems(file: str) -> None:
    for path, item in document(file)["paths"].items():
        for method, operation in item.items():
            codes = set(operation["responses"])
            assert any(code.startswith(("2", "3")) for code in codes), f"{method} {path}"
            assert {"429"} <= codes, f"{method} {path}"
            if operation.get("security") != []:
                assert {"401", "403"} <= codes, f"{method} {path}"


def test_the_formats_are_mixed_as_in_a_grown_company() -> None:
    kinds = Counter(dialect(file) for file in NEWEST.values())
    assert kinds["openapi 2.0"] == 2
    assert kinds["openapi 3.2"] == 2
    assert kinds["openapi 3.0"] >= 3
    assert kinds["openapi 3.1"] > sum(kinds.values()) / 2
    by_kind = Counter({kind[:10]: 0 for kind in kinds})
    for kind, count in kinds.items():
        by_kind[kind[:10]] += count
    assert by_kind["asyncapi 2"] == 2
    assert by_kind["asyncapi 3"] == 4


def test_apis_are_small_middling_and_very_large() -> None:
    sizes = {slug: len(operations(file)) for slug, file in NEWEST.items()}
    assert min(sizes.values()) == 5
    assert sizes["meridian-erp"] >= 250
    assert sum(30 <= size <= 80 for size in sizes.values()) >= 5


def _breaks(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What a consumer of the old document would miss or trip over in the new one, roughly."""
    after = dict(nodes(new))
    found = []
    for pointer, node in nodes(old):
        if "/parameters/" in pointer and pointer.endswith("/$ref"):
            continue  # a new parameter moves the others along
        later = after.get(pointer)
        if later is None and node is not None:
            found.append(pointer)
        elif isinstance(node, dict) and isinstance(later, dict):
            for word in ("type", "enum", "required"):
                if isinstance(node.get(word), str | list) and node[word] != later.get(word):
                    found.append(f"{pointer}/{word}")
        elif pointer.endswith("/$ref") and node != later:
            found.append(pointer)
    return found


def _version_pairs() -> Iterator[tuple[str, str, str]]:
    for api in company.APIS:
        for old, new in zip(api.versions, api.versions[1:], strict=False):
            yield api.slug, f"{api.slug}/{old.file}", f"{api.slug}/{new.file}"


def test_only_one_new_version_breaks_and_it_is_payments() -> None:
    pairs = list(_version_pairs())
    assert len({slug for slug, _, _ in pairs}) >= 7
    assert any(len(api.versions) == 3 for api in company.APIS)
    breaking = [slug for slug, old, new in pairs if _breaks(document(old), document(new))]
    assert breaking == ["payments"]


def test_payments_three_hurts_many_consumers() -> None:
    old, new = document("payments/2.3.0.yaml"), document("payments/3.0.0.yaml")
    before = old["components"]["schemas"]
    after = new["components"]["schemas"]
    assert before["PaymentRequest"]["properties"]["amount"]["type"] == "integer"
    assert after["PaymentRequest"]["properties"]["amount"]["$ref"].endswith("/Money")
    assert "customer_ref" in before["Payment"]["required"]
    assert "customer_ref" not in after["Payment"]["properties"]
    assert "succeeded" in before["PaymentStatus"]["enum"]
    assert "succeeded" not in after["PaymentStatus"]["enum"]
    receipt = "GET /payments/{payment_id}/receipt"
    assert receipt in operations("payments/2.3.0.yaml")
    assert receipt not in operations("payments/3.0.0.yaml")
    teams = {
        application.team
        for application in company.APPLICATIONS
        for use in application.uses
        if (use.api, use.version) == ("payments", "2.3.0")
    }
    assert len(teams) >= 4


def test_the_relevance_set_points_at_operations_that_exist() -> None:
    known = {slug: operations(file) for slug, file in NEWEST.items()}
    assert [pair for pair in RELEVANCE if pair[1][1] not in known[pair[1][0]]] == []
    assert len({query for query, _ in RELEVANCE}) == len(RELEVANCE) >= 70
    assert len({slug for _, (slug, _) in RELEVANCE}) >= 30
