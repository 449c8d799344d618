"""Paths"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from catalog.documents.operation import OperationSpec
from catalog.lint.rule import Hit, Rule
from catalog.lint.survey import Survey
from catalog.lint.words import quoted, words_of

KEBAB = re.compile(r"\.?[a-z0-9]+(?:[.:~-][a-z0-9]+)*\Z")
VERSION = re.compile(r"v\d[\w.-]*\Z", re.IGNORECASE)
IDENTIFIER = re.compile(r"(?:^|[a-z_-])(?:id|uuid|guid|slug|sid)\Z|^(?:id|uuid)$", re.IGNORECASE)
# fmt: off
VERBS = frozenset([
    "get", "create", "update", "delete", "remove", "add", "list", "fetch", "retrieve", "insert",
    "modify", "edit", "set", "save", "find", "make", "do", "post", "put",
])
PLURAL_WITHOUT_S = frozenset([
    "people", "children", "men", "women", "data", "media", "criteria", "staff", "metadata", "feet",
    "series", "inventory", "stock", "by", "content", "history", "equipment", "software", "news",
    "evidence", "information", "me", "self", "search", "analytics", "catalog", "catalogue",
    "feedback", "documentation",
])
# fmt: on


class Path(NamedTuple):
    """A path's template, and the first operation under it."""

    template: str
    operation: OperationSpec


def paths(survey: Survey) -> Iterable[Path]:
    """Every path of the calls, once."""
    first = {operation.path: operation for operation in reversed(survey.calls)}
    return [Path(template, operation) for template, operation in first.items()][::-1]


def literals(template: str) -> list[str]:
    """The parts of a path that are no parameters."""
    path = template.partition("?")[0]
    return [part for part in path.split("/") if part and "{" not in part]


def on_path(path: Path, detail: str) -> Hit:
    return Hit(path.operation.pointer.rpartition("/")[0], detail)


def not_kebab(_: Survey, path: Path) -> Hit | None:
    for part in literals(path.template):
        if not KEBAB.match(part) and not VERSION.match(part):
            return on_path(path, f"{quoted(part)} is not lower case with hyphens")
    return None


def with_verb(_: Survey, path: Path) -> Hit | None:
    for part in literals(path.template):
        for piece in part.split("."):
            words = words_of(piece)
            if words and words[0] in VERBS:
                return on_path(path, f"{quoted(part)} tells what is done; the method does that")
    return None


def trailing_slash(_: Survey, path: Path) -> Hit | None:
    if len(path.template) > 1 and path.template.endswith("/"):
        return on_path(path, f"{quoted(path.template)} ends in a slash")
    return None


def singular(_: Survey, path: Path) -> Hit | None:
    parts = [part for part in path.template.split("/") if part]
    for part, after in pairwise(parts):
        name = after[1:-1] if after.startswith("{") and after.endswith("}") else ""
        if "{" in part or VERSION.match(part) or not IDENTIFIER.search(name):
            continue
        words, named = words_of(part), words_of(name)[:-1]
        if named and named != words[-len(named) :]:
            continue  # what it names is not what the part before names
        if words and not words[-1].endswith("s") and words[-1] not in PLURAL_WITHOUT_S:
            return on_path(path, f"{quoted(part)} holds many, each by {quoted(name)}")
    return None


def with_query(_: Survey, path: Path) -> Hit | None:
    if "?" in path.template or "#" in path.template:
        return on_path(path, f"{quoted(path.template)} holds a query or a fragment")
    return None


RULES = [
    Rule(
        id="path-not-kebab-case",
        level="info",
        title="Paths are in lower case with hyphens",
        why="Paths are case-sensitive; one style for all spares every caller the look-up.",
        mend="Write the parts of a path in kebab-case, in the next major version.",
        before="""
            paths:
              /userProfiles: {}
        """,
        after="""
            paths:
              /user-profiles: {}
        """,
        applies_to="openapi",
        places=paths,
        check=not_kebab,
    ),
    Rule(
        id="path-has-verb",
        level="info",
        title="Paths name things, methods name what is done",
        why="Callers, caches, gateways and scopes rely on the method; a verb in the path hides it.",
        mend="Name the resource and choose the method: GET, POST, PUT, PATCH or DELETE.",
        before="""
            paths:
              /getUser: {}
        """,
        after="""
            paths:
              /users/{user_id}: {}
        """,
        applies_to="openapi",
        places=paths,
        check=with_verb,
    ),
    Rule(
        id="path-trailing-slash",
        level="warning",
        title="Paths don't end in a slash",
        why="/a and /a/ are two addresses; gateways, scopes and caches treat them apart.",
        mend="Drop the slash, and answer the old address with a redirect.",
        before="""
            paths:
              /refunds/: {}
        """,
        after="""
            paths:
              /refunds: {}
        """,
        applies_to="openapi",
        places=paths,
        check=trailing_slash,
    ),
    Rule(
        id="path-collection-singular",
        level="info",
        title="Collections have plural names",
        why="`/refunds/{id}` reads as one of many; a mix of both makes every path a guess.",
        mend="Name what holds many in the plural, in the next major version.",
        before="""
            paths:
              /refund/{refund_id}: {}
        """,
        after="""
            paths:
              /refunds/{refund_id}: {}
        """,
        applies_to="openapi",
        places=paths,
        check=singular,
    ),
    Rule(
        id="path-has-query",
        level="error",
        title="Paths hold no query",
        why="A path's template is matched without its query: this operation can't be reached so.",
        mend="Declare what follows the `?` as parameters `in: query`.",
        before="""
            paths:
              /refunds?status={status}: {}
        """,
        after="""
            paths:
              /refunds:
                get:
                  parameters:
                    - name: status
                      in: query
        """,
        applies_to="openapi",
        places=paths,
        check=with_query,
    ),
]
