"""What reading a document finds before any rule looks at it, explained as rules are.

catalog.documents tells the rule, the place and the detail; why it matters and how to mend it
stand here, beside those of the rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from catalog.documents import pointers
from catalog.documents.operation import OperationSpec
from catalog.lint.finding import Level, LintFinding, Total
from catalog.lint.words import plain


class Found(Protocol):
    """A finding of reading the document (catalog.documents.finding.Finding)."""

    @property
    def rule(self) -> str: ...
    @property
    def level(self) -> Level: ...
    @property
    def pointer(self) -> str: ...
    @property
    def detail(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Explained:
    """Why it matters, and how to mend it."""

    title: str
    why: str
    mend: str


UNKNOWN = Explained(
    "The document is sound",
    "What contradicts itself is read by each tool in its own way.",
    "Correct the place that the finding names.",
)

EXPLAINED: Mapping[str, Explained] = {
    "reference-dangling": Explained(
        "References name something",
        "What the reference stands for is missing: clients, samples and mocks leave it out.",
        "Add the part that it names, or correct the name.",
    ),
    "operation-id-repeated": Explained(
        "An operationId names one operation",
        "Generated clients overwrite one by the other; scopes and links reach the wrong one.",
        "Give each operation an id of its own.",
    ),
    "path-repeated": Explained(
        "No two paths match the same address",
        "Which of the two answers is chance: gateways and servers choose differently.",
        "Make one path of both, or set them apart by a fixed part.",
    ),
    "parameter-repeated": Explained(
        "A parameter stands once",
        "Tools keep one of the two, and not all the same one.",
        "Remove one.",
    ),
    "path-parameter-undeclared": Explained(
        "What stands in a path is declared",
        "Nobody knows its type; generated clients leave the braces in the address.",
        "Declare it under `parameters` with `in: path` and `required: true`.",
    ),
    "path-parameter-unused": Explained(
        "What is declared stands in the path",
        "Callers give a value that goes nowhere; often the name is mistyped.",
        "Remove the parameter, or correct its name in the path.",
    ),
    "channel-parameter-undeclared": Explained(
        "What stands in an address is declared",
        "Consumers can't tell what to put there.",
        "Declare it under the channel's `parameters`.",
    ),
    "channel-parameter-unused": Explained(
        "What is declared stands in the address",
        "It promises a choice that the address does not have; often the name is mistyped.",
        "Remove the parameter, or correct its name in the address.",
    ),
    "security-scheme-undefined": Explained(
        "Required schemes are defined",
        "Callers can't know how to identify themselves.",
        "Define the scheme, or correct its name.",
    ),
    "server-variable-undefined": Explained(
        "Variables of a server are described",
        "The address can't be filled in.",
        "Describe it under the server's `variables` with a `default`.",
    ),
    "server-unknown": Explained(
        "Channels are on servers that exist",
        "Consumers don't know where to connect.",
        "Name a server of the document.",
    ),
    "message-not-of-channel": Explained(
        "Operations use messages of their channel",
        "Consumers of the channel don't expect this message.",
        "Add the message to the channel, or correct the reference.",
    ),
    "link-operation-unknown": Explained(
        "Links lead to operations that exist",
        "Whoever follows the link finds nothing.",
        "Correct the link's operationId.",
    ),
    "pattern-invalid": Explained(
        "Patterns are regular expressions",
        "Validators fail on it, or let everything pass.",
        "Correct the pattern (ECMA-262).",
    ),
    "pattern-exponential": Explained(
        "Patterns end in reasonable time",
        "One crafted text keeps a server busy for ever (ReDoS).",
        "Don't repeat what already repeats: `^[a-z]+$` instead of `^([a-z]+)*$`.",
    ),
    "pattern-backtracking": Explained(
        "Patterns run everywhere",
        "Go, Rust and RE2 have no look-around and no back-references: there it is not checked.",
        "Write it without them, or describe the rule in words.",
    ),
    "schema-endless": Explained(
        "A schema can be satisfied",
        "It requires itself without end, so no valid value exists.",
        "Make the property optional, nullable, or a list that may be empty.",
    ),
    "example-breaks-schema": Explained(
        "Examples keep to their schema",
        "Callers copy examples, and the mock answers with them: both are then wrong.",
        "Correct the example, or the schema if the example is right.",
    ),
    "default-breaks-schema": Explained(
        "Defaults keep to their schema",
        "Who leaves the value out sends one that is refused.",
        "Correct the default.",
    ),
}


def explain(rule: str) -> Explained:
    """Why a finding of reading matters, and how to mend it."""
    return EXPLAINED.get(rule, UNKNOWN)


def told(found: Iterable[Found], operations: Iterable[OperationSpec]) -> Iterator[LintFinding]:
    """What reading found, in the form of lint's findings."""
    owners = {operation.pointer: operation.key for operation in operations}
    for each in found:
        why = explain(each.rule)
        yield LintFinding(
            rule=each.rule,
            level=each.level,
            pointer=each.pointer,
            operation=_owner(each.pointer, owners),
            detail=plain(each.detail[:1].upper() + each.detail[1:]),
            why=why.why,
            mend=why.mend,
        )


def _owner(pointer: str, owners: Mapping[str, str]) -> str | None:
    while pointer:
        if pointer in owners:
            return owners[pointer]
        pointer = pointers.parent(pointer)
    return None


def totals_of(found: Sequence[Found], operations: int) -> dict[str, Total]:
    """What reading found, counted by rule against the number of operations."""
    counts: dict[str, int] = {}
    levels: dict[str, Level] = {}
    for each in found:
        counts[each.rule] = counts.get(each.rule, 0) + 1
        levels[each.rule] = each.level
    return {
        rule: Total(levels[rule], max(operations, count, 1), count)
        for rule, count in counts.items()
    }
