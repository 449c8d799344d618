"""Holding a request against its operation: parameters and body."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

import orjson

from catalog.documents.operation import OperationSpec, ParameterSpec
from catalog.mock.document import Mocked
from catalog.mock.errors import Fault
from catalog.mock.judge import errors_of

PARAMETER = re.compile(r"\{([^{}/]*)\}")
IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})  # OpenAPI 3, Parameter
MOST_FAULTS = 30


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came: the raw path below the API, the raw query, headers in lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def faults_of(mocked: Mocked, operation: OperationSpec, request: Request) -> list[Fault]:
    """Everything that the document would not let pass, at most `MOST_FAULTS`."""
    found = [*_parameters(mocked, operation, request), *_body(mocked, operation, request)]
    return found[:MOST_FAULTS]


def _parameters(mocked: Mocked, operation: OperationSpec, request: Request) -> Iterator[Fault]:
    values: dict[str, dict[str, list[str]]] = {
        "path": path_values(operation.path, request.path),
        "query": _listed(parse_qsl(request.query, keep_blank_values=True)),
        "header": {name: [value] for name, value in request.headers.items()},
        "cookie": _cookies(request.headers.get("cookie", "")),
    }
    for parameter in operation.parameters:
        if parameter.where not in values or parameter.media_type:
            continue
        name = parameter.name.lower() if parameter.where == "header" else parameter.name
        if parameter.where == "header" and name in IGNORED_HEADERS:
            continue
        place = f"{parameter.where}.{parameter.name}"
        texts = values[parameter.where].get(name)
        if texts is None:
            if parameter.required:
                yield Fault(place, "It is required and missing.")
        elif parameter.schema is not None:
            yield from _judged(mocked, parameter, place, texts)


def _judged(
    mocked: Mocked, parameter: ParameterSpec, place: str, texts: list[str]
) -> Iterator[Fault]:
    schema = mocked.at(parameter.schema)
    kinds = _kinds(mocked, schema)
    if "object" in kinds or not isinstance(schema, dict):
        return
    if "array" in kinds:
        items = schema.get("items")
        inner = _kinds(mocked, items)
        parts = texts if len(texts) > 1 else re.split(r"[,|]| ", texts[0]) if texts[0] else []
        value: Any = [_typed(part, inner) for part in parts]
    else:
        value = _typed(texts[-1], kinds)
    for pointer, detail in errors_of(mocked, parameter.schema or "", value):
        yield Fault(f"{place}{pointer}", detail)


def _body(mocked: Mocked, operation: OperationSpec, request: Request) -> Iterator[Fault]:
    wanted = operation.request
    if wanted is None or not wanted.content:
        return
    if not request.body:
        if wanted.required:
            yield Fault("/body", "A body is required and missing.")
        return
    sent = request.headers.get("content-type", "").split(";")[0].strip().lower()
    media = next(
        (m for m in wanted.content if _fits(m.media_type.split(";")[0].strip().lower(), sent)), None
    )
    if media is None:
        known = ", ".join(m.media_type for m in wanted.content)
        yield Fault("header.Content-Type", f"{sent or 'nothing'} is not taken here; send {known}.")
        return
    if "json" not in sent or media.schema is None:
        return
    try:
        value = orjson.loads(request.body)
    except orjson.JSONDecodeError as error:
        yield Fault("/body", f"It is not JSON: {error}.")
        return
    for pointer, detail in errors_of(mocked, media.schema, value):
        yield Fault(f"/body{pointer}", detail)


def path_values(template: str, path: str) -> dict[str, list[str]]:
    """The values of a template's parameters in a raw path that matches it."""
    found: dict[str, list[str]] = {}
    for shape, segment in zip(template.split("/"), path.split("/"), strict=False):
        names = PARAMETER.findall(shape)
        if not names:
            continue
        pieces = [re.escape(piece) for piece in PARAMETER.split(shape)[::2]]
        match = re.fullmatch("(.+)".join(pieces), segment)
        if match:
            found |= {
                name: [unquote(value)] for name, value in zip(names, match.groups(), strict=True)
            }
    return found


def _fits(declared: str, sent: str) -> bool:
    family, _, kind = declared.partition("/")
    return declared in (sent, "*/*") or (kind == "*" and sent.startswith(f"{family}/"))


def _listed(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def _cookies(header: str) -> dict[str, list[str]]:
    pairs = (part.strip().partition("=") for part in header.split(";") if "=" in part)
    return {name: [value] for name, _, value in pairs}


def _kinds(mocked: Mocked, schema: Any) -> set[str]:
    """The types a schema states, looking through one reference and its alternatives."""
    if not isinstance(schema, dict):
        return set()
    if isinstance(ref := schema.get("$ref"), str) and ref.startswith("#"):
        target = mocked.at(ref)
        return (
            _kinds(mocked, target) if isinstance(target, dict) and "$ref" not in target else set()
        )
    stated = schema.get("type")
    kinds = {stated} if isinstance(stated, str) else set(stated or ())
    for word in ("oneOf", "anyOf", "allOf"):
        for choice in schema.get(word) or ():
            if isinstance(choice, dict) and isinstance(choice.get("type"), str):
                kinds.add(choice["type"])
    return kinds


def _typed(text: str, kinds: set[str]) -> Any:
    if "integer" in kinds and re.fullmatch(r"-?\d{1,30}", text):
        return int(text)
    if "number" in kinds and re.fullmatch(r"-?\d{1,30}(\.\d{1,30})?([eE][-+]?\d{1,3})?", text):
        return float(text)
    if "boolean" in kinds and text in ("true", "false"):
        return text == "true"
    if "null" in kinds and text in ("", "null"):
        return None
    return text
