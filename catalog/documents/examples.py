"""Examples that the author gave, checked against the schemas they illustrate.

They are checked in a few runs of compiled validators, so that a schema shared by a hundred
operations is compiled a few times, and a large document's schemas are not all in memory at once.
Patterns run in an engine that is linear, or gives up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from time import monotonic
from typing import Any, Literal

import jsonschema_rs
from jsonschema_rs import ValidationError

from catalog.documents import patterns, refs, schema_errors
from catalog.documents.census import Census
from catalog.documents.guard import attempt
from catalog.documents.official import VALUE
from catalog.documents.operation import ExampleSpec, MediaSpec, MessageSpec, OperationSpec
from catalog.documents.parse import Document
from catalog.documents.pointers import of_fragment

Verdict = Literal["valid", "broken", "unjudged"]
Direction = Literal["request", "response", ""]

LEAST_BATCH = 200  # examples
MOST_BATCHES = 8
MOST_ERRORS = 10_000
MOST_TOLD = 3  # errors of one example
SECONDS = 2.0  # and one more for each megabyte; after that the rest goes unjudged
LARGE = 200_000  # bytes of a document whose validators would hold much memory to the end
COMPOSITION = (b'"allOf":', b'"anyOf":', b'"oneOf":', b'"not":', b'"if":')
BACKTRACKS = 20_000
TYPES: dict[type, tuple[str, ...]] = {
    str: ("string",),
    bool: ("boolean",),
    int: ("integer", "number"),
    float: ("number",),
    list: ("array",),
    dict: ("object",),
}
# Words that a value cannot break.
ONLY_TYPED = frozenset(
    [
        "type", "format", "title", "description", "example", "examples", "default", "deprecated",
        "nullable", "readOnly", "writeOnly", "externalDocs", "xml",
    ]
)  # fmt: skip
GAVE_UP = ("backtrackLimitExceeded", "regexEngineFailure")


@dataclass(slots=True)
class Given:
    """One example, and the verdict on it.

    `pointer` is where the value stands; one written into a schema has `below` instead, its place
    in the schema, because finding the schema's own pointer is not worth while if all is well.
    `problems` are pointers below the value, and words.
    """

    value: Any
    schema: Any
    pointer: str | None
    below: str = ""
    direction: Direction = ""
    verdict: Verdict = "unjudged"
    problems: list[tuple[str, str]] = field(default_factory=list)

    def told(self) -> str:
        """What is wrong with it, in one line: each place below the value, and words."""
        return "; ".join(
            f"{below[1:]}: {detail}" if below else detail
            for below, detail in self.problems[:MOST_TOLD]
        )


def judge(document: Document, counted: Census, given: list[Given]) -> None:
    """Sets the verdict of each example.

    The document must not be used elsewhere meanwhile: what JSON Schema cannot read in it (3.0's
    nullable, a dangling reference) is taken out for the run and put back.
    """
    hard = []
    for example in given:
        if plainly_fits(example.schema, example.value):
            example.verdict = "valid"
        else:
            hard.append(example)
    if not hard:
        return
    seconds = SECONDS + len(document.compact) / 1_000_000
    if len(document.compact) > LARGE or any(word in document.compact for word in COMPOSITION):
        judged = attempt(lambda: verdicts(document, counted, hard, seconds), seconds)
    else:
        judged = verdicts(document, counted, hard, seconds)
    for example, (verdict, problems) in zip(hard, judged or (), strict=False):
        example.verdict, example.problems = verdict, problems


def verdicts(
    document: Document, counted: Census, given: list[Given], seconds: float
) -> list[tuple[Verdict, list[tuple[str, str]]]]:
    """The verdict on each example and what is wrong with it, as plain values."""
    until = monotonic() + seconds
    with readable(document, counted):
        schemas = Schemas(document, given)
        size = max(LEAST_BATCH, len(given) // MOST_BATCHES)
        batches = [given[start : start + size] for start in range(0, len(given), size)]
        while batches and monotonic() < until:
            batch = batches.pop()
            validator = schemas.validator(batch)
            if validator is not None:
                run(validator, batch, counted)
            elif len(batch) > 1:
                half = len(batch) // 2
                batches += [batch[:half], batch[half:]]
    return [(example.verdict, example.problems) for example in given]


def plainly_fits(schema: Any, value: Any) -> bool:
    """Whether a schema asks for no more than a type, and the value is of it: most are so."""
    return (
        type(schema) is dict
        and ONLY_TYPED.issuperset(schema)
        and schema.get("type") in TYPES.get(type(value), ())
    )


class Schemas:
    """The schemas of these examples beside all they refer to, converted once for the validators."""

    BASE = "urn:document"

    def __init__(self, document: Document, given: list[Given]) -> None:
        self.dialect, draft = dialect(document)
        own = {str(id(example.schema)): example.schema for example in given}
        whole = {**referred(document), "examples": own}
        self.registry: jsonschema_rs.Registry | None
        try:
            self.registry = jsonschema_rs.Registry(
                [(self.BASE, whole)], draft=draft, retriever=refuse_to_fetch
            )
        except (ValueError, jsonschema_rs.ReferencingError):
            self.registry = None

    def validator(self, batch: list[Given]) -> jsonschema_rs.Validator | None:
        """One validator for an object that holds each example under its number.

        None if any of the schemas cannot be compiled.
        """
        schema = {
            "properties": {
                str(number): {"$ref": f"{self.BASE}#/examples/{id(example.schema)}"}
                for number, example in enumerate(batch)
            }
        }
        if self.registry is None:
            return None
        try:
            return self.dialect(
                schema,
                registry=self.registry,
                validate_formats=False,
                mask=VALUE,
                pattern_options=jsonschema_rs.FancyRegexOptions(backtrack_limit=BACKTRACKS),
                retriever=refuse_to_fetch,
            )
        except (ValueError, jsonschema_rs.ReferencingError):
            return None


def refuse_to_fetch(uri: str) -> Any:
    """In the place of a network: nothing outside the document is ever read."""
    raise ValueError(f"{uri[:80]} leads outside the document")


def dialect(document: Document) -> tuple[type[jsonschema_rs.Validator], int]:
    """The draft of JSON Schema that the document's schemas are written in."""
    if document.kind == "asyncapi":
        return jsonschema_rs.Draft7Validator, jsonschema_rs.Draft7
    if document.kind == "swagger" or document.version.startswith("3.0"):
        return jsonschema_rs.Draft4Validator, jsonschema_rs.Draft4
    return jsonschema_rs.Draft202012Validator, jsonschema_rs.Draft202012


def run(validator: jsonschema_rs.Validator, batch: list[Given], counted: Census) -> None:
    for example in batch:
        example.verdict = "valid"
    values = {str(number): example.value for number, example in enumerate(batch)}
    if validator.is_valid(values):
        return
    for error in islice(validator.iter_errors(values), MOST_ERRORS):
        example = batch[int(error.instance_path[0])]
        if example.verdict != "unjudged" and len(example.problems) < MOST_TOLD:
            blame(example, error, counted)


def blame(example: Given, error: ValidationError, counted: Census) -> None:
    """Takes one error into the verdict."""
    start = f"/{error.instance_path[0]}"
    for leaf in schema_errors.leaves(error):
        if leaf.kind.name in GAVE_UP:
            example.verdict = "unjudged"
            example.problems.clear()
            return
        if not is_other_direction(leaf, example, counted):
            example.verdict = "broken"
            example.problems.extend(
                (pointer.removeprefix(start), detail)
                for pointer, detail in schema_errors.told(leaf)
            )


def is_other_direction(leaf: Any, example: Given, counted: Census) -> bool:
    """Whether what is missing is only for the other direction (readOnly in a request)."""
    if leaf.kind.name != "required":
        return False
    name = leaf.kind.property
    return (example.direction == "request" and name in counted.read_only) or (
        example.direction == "response" and name in counted.write_only
    )


def referred(document: Document) -> dict[str, Any]:
    """The parts of the tree that references name, so that `#/…` finds them in the copy too."""
    sections: dict[str, Any] = {}
    for ref in document.ref_texts:
        names = of_fragment(ref[1:]).split("/")[1:3]
        if not ref.startswith("#/") or names[0] not in document.tree:
            continue
        part = document.tree[names[0]]
        if names[0] == "components" and len(names) == 2 and isinstance(part, dict):
            if names[1] in part:
                sections.setdefault("components", {})[names[1]] = part[names[1]]
        else:
            sections[names[0]] = part
    return sections


@contextmanager
def readable(document: Document, counted: Census) -> Iterator[None]:
    """The tree while what JSON Schema would stumble over is changed; all is put back after."""
    undo: list[tuple[dict[str, Any], dict[str, Any]]] = []

    def change(schema: dict[str, Any], **words: Any) -> None:
        undo.append((schema, dict(schema)))
        schema.update(words)

    def drop(schema: dict[str, Any], word: str) -> None:
        undo.append((schema, dict(schema)))
        schema.pop(word, None)

    for schema in counted.nullable:
        if isinstance(schema.get("type"), str):
            change(schema, type=[schema["type"], "null"])
        if isinstance(schema.get("enum"), list):
            change(schema, enum=[*schema["enum"], None])
    for schema in counted.odd_kinds:
        if not isinstance(schema["type"], (dict, list)):
            drop(schema, "type")
    for schema in counted.identified:
        drop(schema, "$id")
        drop(schema, "$schema")
    for schema in counted.odd_required:
        drop(schema, "required")
    for schema, pattern in counted.patterns:
        if patterns.danger(pattern) is not None and not runs(pattern):
            drop(schema, "pattern")
    resolver = refs.Resolver(document.tree)
    for schema in counted.references:
        ref = schema["$ref"]
        if not isinstance(ref, str) or not resolves(resolver, ref):
            drop(schema, "$ref")
    try:
        yield
    finally:
        for schema, before in reversed(undo):
            schema.clear()  # and filled again, so that its words keep their order
            schema.update(before)


def runs(pattern: str) -> bool:
    """Whether the validator's own engine takes this pattern."""
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern})
    except ValueError:
        return False
    return True


def resolves(resolver: refs.Resolver, ref: str) -> bool:
    try:
        resolver.follow(ref)
    except LookupError:
        return False
    return True


# What there is to judge


class Collector:
    """Gathers the examples of bodies, parameters, headers and messages, each place once."""

    def __init__(self, tree: Any) -> None:
        self.tree = tree
        self.given: dict[str, Given] = {}

    def add(self, schema: str | None, examples: Iterable[ExampleSpec], side: Direction) -> None:
        for example in examples:
            pointer = example.pointer
            if schema and pointer and pointer not in self.given:
                self.given[pointer] = Given(
                    value=refs.lookup(self.tree, pointer),
                    schema=refs.lookup(self.tree, schema),
                    pointer=pointer,
                    direction=side,
                )

    def add_content(self, content: Iterable[MediaSpec], side: Direction) -> None:
        for media in content:
            if "xml" not in media.media_type.lower():
                self.add(media.schema, media.examples, side)

    def add_message(self, message: MessageSpec) -> None:
        """A message's examples hold a payload and headers side by side."""
        is_json = message.schema_format is None or "json" in message.schema_format.lower()
        schemas = {"payload": message.payload if is_json else None, "headers": message.headers}
        for example in message.examples:
            value = refs.lookup(self.tree, example.pointer or "")
            for word, schema in schemas.items():
                if isinstance(value, dict) and word in value:
                    self.add(schema, [ExampleSpec(word, f"{example.pointer}/{word}")], "")

    def add_operation(self, operation: OperationSpec) -> None:
        for parameter in operation.parameters:
            self.add(parameter.schema, parameter.examples, "request")
        if operation.request:
            self.add_content(operation.request.content, "request")
        for response in operation.responses:
            self.add_content(response.content, "response")
            for header in response.headers:
                self.add(header.schema, header.examples, "response")
        for message in operation.messages:
            self.add_message(message)
        for message in operation.reply.messages if operation.reply else ():
            self.add_message(message)


def of_operations(document: Document, listed: Iterable[OperationSpec]) -> list[Given]:
    """The examples of all operations."""
    collector = Collector(document.tree)
    for operation in listed:
        collector.add_operation(operation)
    return list(collector.given.values())


def of_schemas(counted: Census) -> Iterator[Given]:
    """The examples and defaults written into schemas."""
    for schema, word in counted.examples:
        if word == "examples":
            for index, value in enumerate(schema[word]):
                yield Given(value, schema, None, f"/{word}/{index}")
        else:
            yield Given(schema[word], schema, None, f"/{word}")
