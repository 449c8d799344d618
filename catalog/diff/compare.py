"""The one function of this package: compare two parsed documents."""

from collections.abc import Mapping
from datetime import date
from itertools import islice
from typing import Any

from catalog.documents.upgrade import to_openapi3
from marketplace import clock

from . import asyncapi, openapi
from .change import Change, Diff
from .comparison import Comparison, Scope
from .document import Document, Documents
from .policy import Policy
from .registry import RULES, SCHEMA_CHECKS
from .rules import words
from .schema import Schemas
from .values import differences, show

# As many places are shown at which a Swagger document says the same in other words.
REWRITINGS = 50


def compare(
    base: Mapping[str, Any],
    revision: Mapping[str, Any],
    *,
    today: date | None = None,
    grace_days_stable: int = 0,
    grace_days_beta: int = 0,
) -> Diff:
    """What changed from the base to the revision, and whether it can break a caller.

    Takes two parsed documents of one kind, whatever their versions: Swagger 2.0 (read as OpenAPI
    3.0, into which pointers then lead), OpenAPI 3.x, AsyncAPI 2.x and 3.x. `today` decides whether
    a sunset has passed (now, UTC, unless given); grace days above zero demand an `x-sunset` at
    least so many days ahead of whatever is deprecated.
    """
    policy = Policy(
        today=today or clock.now().date(),
        grace_days_beta=grace_days_beta,
        grace_days_stable=grace_days_stable,
    )
    old, new = to_openapi3(dict(base)), to_openapi3(dict(revision))
    dialects = _modern(old), _modern(new)
    documents = Documents(
        Document(old, siblings_count=dialects[0]), Document(new, siblings_count=dialects[1])
    )
    schemas = Schemas(
        documents,
        SCHEMA_CHECKS,
        words.finish,
        policy,
        harmonise_base=dialects[1] and not dialects[0],
        harmonise_revision=dialects[0] and not dialects[1],
    )
    comparison = Comparison(documents, schemas, policy, RULES)
    kinds = _kind(old), _kind(new)
    if kinds[0] != kinds[1]:
        comparison.tell(
            "format-changed",
            Scope(),
            (),
            f"The document describes an API in {kinds[1]}, not in {kinds[0]}",
            before=kinds[0],
            after=kinds[1],
        )
    elif kinds[0] == "AsyncAPI":
        asyncapi.compare(comparison, old, new)
    else:
        openapi.compare(comparison, old, new)
    versions = _version(base), _version(revision)
    if kinds[0] == kinds[1] and versions[0] != versions[1]:
        comparison.tell(
            "specification-version-changed",
            Scope(),
            (),
            f"The document follows {versions[1]}, not {versions[0]}",
            before=versions[0],
            after=versions[1],
        )
    if "swagger" in base and "swagger" in revision and not comparison.changes:
        _tell_rewriting(comparison, base, revision)
    return Diff.of(comparison.changes)


def _kind(document: Mapping[str, Any]) -> str:
    return "AsyncAPI" if "asyncapi" in document else "OpenAPI"


def _tell_rewriting(
    comparison: Comparison, base: Mapping[str, Any], revision: Mapping[str, Any]
) -> None:
    """Swagger documents that differ and yet give the same OpenAPI document."""
    for path, before, after in islice(differences(dict(base), dict(revision)), REWRITINGS):
        told = f"{'/'.join(path)} is written as {show(after)}, not as {show(before)}"
        comparison.tell("equivalent-rewrite", Scope(), path, told, before=before, after=after)


def _version(document: Mapping[str, Any]) -> str:
    for key, name in (("asyncapi", "AsyncAPI"), ("swagger", "Swagger"), ("openapi", "OpenAPI")):
        if key in document:
            return f"{name} {document[key]}"
    return "an unknown specification"


def _modern(document: Mapping[str, Any]) -> bool:
    """Whether schemas follow JSON Schema 2020-12, as from OpenAPI 3.1 on."""
    return "openapi" in document and not str(document["openapi"]).startswith("3.0")


__all__ = ["Change", "Diff", "compare"]
