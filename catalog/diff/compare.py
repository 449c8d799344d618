"""The one function of this package: compare two parsed documents."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from marketplace import clock

from . import openapi
from .change import Change, Diff
from .comparison import Comparison
from .document import Document, Documents
from .policy import Policy
from .registry import RULES, SCHEMA_CHECKS
from .rules import words
from .schema import Schemas


def compare(
    base: Mapping[str, Any],
    revision: Mapping[str, Any],
    *,
    today: date | None = None,
    grace_days_stable: int = 0,
    grace_days_beta: int = 0,
) -> Diff:
    """What changed from the base to the revision, and whether it can break a caller.

    Takes two parsed documents: OpenAPI 3.x, of any versions. `today` decides whether a sunset has
    passed (now, UTC, unless given); grace days above zero demand an `x-sunset` at least so many
    days ahead of whoever deprecates.
    """
    policy = Policy(
        today=today or clock.now().date(),
        grace_days_beta=grace_days_beta,
        grace_days_stable=grace_days_stable,
    )
    old, new = dict(base), dict(revision)
    dialects = _modern(old), _modern(new)
    documents = Documents(
        Document(old, siblings_count=dialects[0]), Document(new, siblings_count=dialects[1])
    )
    schemas = Schemas(
        documents,
        (*SCHEMA_CHECKS, words.finish),
        policy,
        harmonise_base=dialects[1] and not dialects[0],
        harmonise_revision=dialects[0] and not dialects[1],
    )
    comparison = Comparison(documents, schemas, policy, RULES)
    openapi.compare(comparison, old, new)
    return Diff.of(comparison.changes)


def _modern(document: Mapping[str, Any]) -> bool:
    """Whether schemas follow JSON Schema 2020-12, as from OpenAPI 3.1 on."""
    version = str(document.get("openapi", ""))
    return not version.startswith(("3.0", "2."))


__all__ = ["Change", "Diff", "compare"]
