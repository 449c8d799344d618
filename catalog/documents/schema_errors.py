"""From what a JSON Schema validator says to the one place an author should look at.

A validator reports that a value matches none of several alternatives; the author meant one of
them. The alternative that the value came nearest to is chosen, and the error inside it is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from jsonschema_rs import ValidationError, Validator

from catalog.documents import pointers
from catalog.documents.errors import Problem
from catalog.documents.guard import attempt
from catalog.documents.parse import Document
from catalog.documents.yaml_text import shown

MOST_ERRORS = 200  # looked at
MOST_PROBLEMS = 50  # told
LARGE = 200_000  # bytes of a document whose errors may be too many to hold
DISCRIMINATORS = ("type", "in", "scheme", "action", "schemaFormat")

Names = list[str | int]


def problems(validator: Validator, document: Document) -> list[Problem]:
    """What breaks the schema, in the validator's order, each place once.

    Of a document with too many errors to list only the first is told.
    """
    if len(document.compact) < LARGE:
        found = collected(validator.iter_errors(document.tree))
    else:
        seconds = 5 + len(document.compact) / 2_000_000
        everything = attempt(lambda: collected(validator.iter_errors(document.tree)), seconds)
        found = everything if everything is not None else first(validator, document)
    return [Problem(pointer, *document.where(pointer), detail) for pointer, detail in found]


def first(validator: Validator, document: Document) -> list[tuple[str, str]]:
    try:
        validator.validate(document.tree)
    except ValidationError as error:
        return collected([error])
    return []


def collected(errors: Iterable[ValidationError]) -> list[tuple[str, str]]:
    """Pointers and words for the first of these errors."""
    found: dict[str, str] = {}
    unevaluated: set[str] = set()
    for error in islice(errors, MOST_ERRORS):
        for leaf in leaves(error):
            for pointer, detail in told(leaf):
                if pointer not in found:
                    found[pointer] = detail
                    if leaf.kind.name == "unevaluatedProperties":
                        unevaluated.add(pointer)
    # A property whose own content is wrong also counts as unevaluated; that says nothing new.
    for pointer in unevaluated:
        if any(other.startswith(pointer + "/") for other in found):
            del found[pointer]
    return list(islice(found.items(), MOST_PROBLEMS))


def leaves(error: ValidationError) -> Iterator[ValidationError]:
    """The error itself, or those of the alternative that was meant."""
    if error.kind.name in ("oneOf", "anyOf"):
        branches = [
            [leaf for inner in branch for leaf in leaves(inner)]
            for branch in getattr(error.kind, "context", [])
        ]
        branches = [branch for branch in branches if branch]
        if branches:
            yield from min(branches, key=lambda branch: distance(branch, error.instance_path))
            return
    yield error


def distance(branch: list[ValidationError], path: Names) -> tuple[int, int, int]:
    """How far a value is from one alternative: plainly another kind, then shallow, then many."""
    other_kind = sum(is_other_kind(leaf, path) for leaf in branch)
    deepest = max(len(leaf.instance_path) + (leaf.kind.name == "required") for leaf in branch)
    return other_kind, -deepest, len(branch)


def is_other_kind(leaf: ValidationError, path: Names) -> int:
    """How strongly this error shows that the alternative was not meant: 0 not at all."""
    below = leaf.instance_path[len(path) :]
    match leaf.kind.name:
        case "type":
            return 2 if not below else 0
        case "const" | "enum":
            return 1 if len(below) == 1 and below[0] in DISCRIMINATORS else 0
        case "required":
            return 2 if not below and getattr(leaf.kind, "property", "") == "$ref" else 0
        case "additionalProperties" | "unevaluatedProperties":
            return 2 if not below and "$ref" in getattr(leaf.kind, "unexpected", ()) else 0
    return 0


def told(error: ValidationError) -> Iterator[tuple[str, str]]:
    """Where to look, and what is wrong there."""
    pointer = pointers.of(error.instance_path)
    kind: Any = error.kind
    match kind.name:
        case "required":
            yield pointers.join(pointer, kind.property), f"{shown(kind.property)} is missing"
        case "additionalProperties" | "unevaluatedProperties":
            for name in kind.unexpected[:MOST_PROBLEMS]:
                yield pointers.join(pointer, name), unexpected(error.instance_path, name)
        case "propertyNames":
            name = kind.error.instance
            if isinstance(name, str):
                pointer = pointers.join(pointer, name)
            yield pointer, f"{shown(str(name))} cannot be a name here: {plain(kind.error)}"
        case _:
            yield pointer, plain(error)


def unexpected(path: Names, name: str) -> str:
    if path == ["paths"]:
        return f"{shown(name)}: a path must begin with /"
    if path and path[-1] == "responses":
        return f"{shown(name)} is not a status code"
    return f"{shown(name)} is not allowed here"


def plain(error: ValidationError) -> str:
    """One error in words. The value itself is left out: it may be long, or somebody's."""
    kind: Any = error.kind
    match kind.name:
        case "type":
            return f"must be {listed(kind.types)}"
        case "enum":
            return f"must be one of {listed(kind.options)}"
        case "const":
            return f"must be {shown(str(kind.expected_value))}"
        case "pattern":
            return f"must match {shown(kind.pattern)}"
        case "format":
            return f"must be a {kind.format}"
        case "minItems" | "minLength" | "minProperties" | "minimum" | "exclusiveMinimum":
            return f"is too small: {kind.name} is {kind.limit}"
        case "maxItems" | "maxLength" | "maxProperties" | "maximum" | "exclusiveMaximum":
            return f"is too large: {kind.name} is {kind.limit}"
        case "uniqueItems":
            return "holds the same item twice"
        case "oneOf" if hasattr(kind, "context") and "more than one" in error.message:
            return "fits more than one of the allowed forms"
        case "oneOf" | "anyOf":
            return "fits none of the allowed forms"
        case "not" | "falseSchema":
            return "is not allowed here"
    return error.message[:200]


def listed(options: list[Any]) -> str:
    words = [shown(str(option)) for option in options[:12]] or ["nothing at all"]
    more = ", …" if len(options) > 12 else ""
    return (", ".join(words[:-1]) + " or " if len(words) > 1 else "") + words[-1] + more
