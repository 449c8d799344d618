"""Our AsyncAPI schemas give the verdicts of the published ones, over documents and mutations."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from catalog.documents import asyncapi
from catalog.documents.asyncapi import bindings

SEED = 20261125
MUTATIONS_OF_A_DOCUMENT = 60
MUTATIONS_OF_A_SAMPLE = 12
VALUES: list[Any] = [
    None, True, 7, -1, 2.5, 70_000, "", "text", "oauth2", "http", "bearer", "$message.header#/a",
    [], ["a"], ["a", "a"], {}, {"a": 1}, {"$ref": "#/components/schemas/A"}, {"type": "object"},
    {"$ref": 1}, {"schemaFormat": "application/vnd.apache.avro;version=1.9.0", "schema": "int"},
]  # fmt: skip


@cache
def published(folder: Path, version: str) -> Any:
    schema = json.loads((folder / "asyncapi-schemas" / f"{version}.json").read_text())
    return jsonschema_rs.validator_for(schema, validate_formats=False)


@cache
def ours(version: str) -> Any:
    return jsonschema_rs.validator_for(asyncapi.schema(version), validate_formats=False)


def vocabulary(schema: Any) -> set[str]:
    """Every property name that a schema knows."""
    names: set[str] = set()
    stack = [schema]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            if isinstance(value.get("properties"), dict):
                names.update(value["properties"])
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)
    return names


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every entry of every container: the container and the key or index."""
    if isinstance(value, dict):
        for key in value:
            yield value, key
            yield from places(value[key])
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield value, index
            yield from places(item)


def mutated(document: Any, chance: random.Random, words: list[str]) -> Any:
    """The document with one to three things changed."""
    document = copy.deepcopy(document)
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        holder, key = chance.choice(list(places(document)))
        match chance.choice(["drop", "type", "word", "rename", "text", "copy", "twice", "unknown"]):
            case "drop":
                del holder[key]
            case "type":
                holder[key] = copy.deepcopy(chance.choice(VALUES))
            case "word" if isinstance(holder, dict):
                holder[chance.choice(words)] = copy.deepcopy(chance.choice(VALUES))
            case "unknown" if isinstance(holder, dict):
                holder[chance.choice(["unknown", "x-unknown", "x-", "x-a b"])] = 1
            case "rename" if isinstance(holder, dict):
                holder[chance.choice([*words, "un known"])] = holder.pop(key)
            case "text" if isinstance(holder[key], str):
                holder[key] = holder[key] + chance.choice(["x", " ", "/", ".0"])
            case "copy":
                other, other_key = chance.choice(list(places(document)))
                holder[key] = copy.deepcopy(other[other_key])
            case "twice" if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[key]))
        if not document:
            break
    return document


def documents(folder: Path) -> list[tuple[str, Any]]:
    index = json.loads((folder / "index.json").read_text())
    return [
        (entry["file"], yaml.load((folder / entry["file"]).read_bytes(), yaml.CSafeLoader))
        for section in ("valid", "unbundled")
        for entry in index[section]
        if entry["kind"] == "asyncapi"
    ]


def disagreements(folder: Path, version: str, document: Any, count: int, name: str) -> list[Any]:
    chance = random.Random(f"{SEED}{name}{version}")
    words = sorted(vocabulary(asyncapi.schema(version)))
    theirs, mine = published(folder, version), ours(version)
    candidates = [document, *(mutated(document, chance, words) for _ in range(count))]
    found = []
    for candidate in candidates:
        if isinstance(candidate, dict) and theirs.is_valid(candidate) != mine.is_valid(candidate):
            found.append(candidate)
    return found


@pytest.mark.parametrize("version", asyncapi.VERSIONS)
def test_a_real_document_and_its_mutations_get_the_published_verdict(
    version: str, specs: Path
) -> None:
    major = version[0]
    for name, document in documents(specs):
        if document["asyncapi"].startswith(major) and len(str(document)) < 30_000:
            here = copy.deepcopy(document) | {"asyncapi": version}
            assert not disagreements(specs, version, here, MUTATIONS_OF_A_DOCUMENT, name)


def samples(folder: Path, version: str) -> Iterator[tuple[str, Any]]:
    """Documents made of the examples that the published schema gives for its parts."""
    schema = json.loads((folder / "asyncapi-schemas" / f"{version}.json").read_text())
    for name, part in schema["definitions"].items():
        for example in part.get("examples", []):
            if name.startswith("bindings-") and isinstance(example, dict):
                _, protocol, *_, place = name.split("-")
                protocol = {"websockets": "ws"}.get(protocol, protocol)
                yield name, holding(version, f"{place}Bindings", {protocol: example})
            for section, parts in SECTIONS.items():
                if name in parts:
                    yield name, holding(version, section, example)


SECTIONS = {
    "securitySchemes": {
        "userPassword", "apiKey", "X509", "symmetricEncryption", "APIKeyHTTPSecurityScheme",
        "oauth2Flows", "openIdConnect", "SaslPlainSecurityScheme", "SaslScramSecurityScheme",
        "SaslGssapiSecurityScheme", "NonBearerHTTPSecurityScheme", "BearerHTTPSecurityScheme",
        "SecurityScheme",
    },
    "messages": {"messageObject", "message"},
    "messageTraits": {"messageTrait"},
    "operationTraits": {"operationTrait"},
    "operations": {"operation"},
    "channels": {"channel", "channelItem"},
    "servers": {"server"},
    "parameters": {"parameter"},
    "serverVariables": {"serverVariable"},
    "replies": {"operationReply"},
    "replyAddresses": {"operationReplyAddress"},
    "correlationIds": {"correlationId"},
    "tags": {"tag"},
    "externalDocs": {"externalDocs"},
    "schemas": {"schema", "anySchema", "multiFormatSchema"},
}  # fmt: skip

SCHEMES: list[Any] = [
    {"type": "userPassword"},
    {"type": "apiKey", "in": "user"},
    {"type": "http", "scheme": "basic"},
    {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    {"type": "httpApiKey", "name": "k", "in": "header"},
    {"type": "openIdConnect", "openIdConnectUrl": "https://a.example"},
    {"type": "scramSha256"},
    *(
        {
            "type": "oauth2",
            "flows": {
                flow: {
                    "authorizationUrl": "https://a.example",
                    "tokenUrl": "https://a.example",
                    scopes: {"a": "b"},
                }
            },
        }
        for flow in ("implicit", "password", "clientCredentials", "authorizationCode")
        for scopes in ("scopes", "availableScopes")
    ),
]
PAYLOADS: list[Any] = [
    {"type": "record", "name": "R", "fields": [{"name": "a", "type": ["null", "int"]}]},
    {"type": "enum", "name": "E", "symbols": ["A"]},
    {"type": "map", "values": "string"},
    {"type": "array", "items": {"type": "fixed", "name": "F", "size": 4}},
    {"type": "object", "properties": {"a": {"nullable": True, "$ref": "#/a"}}, "required": ["a"]},
    {"allOf": [{"type": "string"}], "discriminator": "kind", "xml": {"name": "n"}},
    {"if": {"type": "string"}, "then": {"items": [{"minLength": 1}]}, "definitions": {"A": True}},
    {"dependencies": {"a": ["b"], "c": {"type": "null"}}, "patternProperties": {"^a": {}}},
]
FORMATS = [
    None,
    "application/vnd.aai.asyncapi;version=2.0.0",
    "application/vnd.aai.asyncapi+yaml;version=3.0.0",
    "application/schema+json;version=draft-07",
    "application/vnd.oai.openapi;version=3.0.0",
    "application/vnd.apache.avro+json;version=1.9.0",
    "application/raml+yaml;version=1.0",
]


def holding(version: str, section: str, part: Any) -> Any:
    document = {
        "asyncapi": version,
        "info": {"title": "T", "version": "1"},
        "components": {section: {"part": part}},
    }
    return document | ({"channels": {}} if version.startswith("2") else {})


def made(version: str) -> Iterator[tuple[str, Any]]:
    """Documents that hold what the published examples leave out."""
    for scheme in SCHEMES:
        yield "scheme", holding(version, "securitySchemes", scheme)
    for payload in PAYLOADS:
        for form in FORMATS:
            if version.startswith("2"):
                message = {"payload": payload} | ({"schemaFormat": form} if form else {})
            else:
                wrapped = {"schema": payload} | ({"schemaFormat": form} if form else {})
                message = {"payload": wrapped if form else payload}
            yield "payload", holding(version, "messages", message)
    for place in bindings.PLACES:
        for protocol in bindings.PROTOCOLS:
            yield "binding", holding(version, f"{place}Bindings", {protocol: {}})


@pytest.mark.parametrize("version", asyncapi.VERSIONS)
def test_every_part_and_its_mutations_get_the_published_verdict(version: str, specs: Path) -> None:
    for number, (name, document) in enumerate([*samples(specs, version), *made(version)]):
        wrong = disagreements(specs, version, document, MUTATIONS_OF_A_SAMPLE, f"{name}{number}")
        assert not wrong, (name, wrong[0])


def test_a_version_that_is_not_known_has_no_schema() -> None:
    with pytest.raises(KeyError):
        asyncapi.schema("1.2.0")
