"""The answer of a comparison: changes, each a value that can be shown, counted and joined."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

Level = Literal["error", "warning", "info"]

SEVERITY: dict[Level, int] = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class Change:
    """One change.

    `operation` is what a person reads ("GET /pets/{id}", "send orders/created"); `operation_key`
    is the same with parameter names erased ("GET /pets/{}"), so that it stays the same across
    versions that only rename a parameter. Both are None for a change that belongs to no single
    operation. `path` is a JSON pointer (RFC 6901), inside the operation where there is one and
    inside the document otherwise. `before` and `after` are the raw values, None where absent.
    """

    rule: str
    level: Level
    operation: str | None
    operation_key: str | None
    path: str
    text: str
    before: Any = field(default=None, compare=False, hash=False)
    after: Any = field(default=None, compare=False, hash=False)


@dataclass(frozen=True, slots=True)
class Diff:
    """All changes, the gravest first; breaking when any of them is an error."""

    changes: list[Change]
    breaking: bool

    @classmethod
    def of(cls, changes: Iterable[Change]) -> "Diff":
        """The diff that holds each of these changes once, in a stable order."""
        ordered = sorted(
            set(changes),
            key=lambda c: (SEVERITY[c.level], c.operation or "", c.path, c.rule, c.text),
        )
        return cls(changes=ordered, breaking=any(c.level == "error" for c in ordered))

    def as_dict(self) -> dict[str, Any]:
        """The JSON shape of the `diff` command and of POST /diff (DOORS.md)."""
        return {
            "breaking": self.breaking,
            "changes": [
                {
                    "rule": change.rule,
                    "level": change.level,
                    "operation": change.operation,
                    "path": change.path,
                    "text": change.text,
                }
                for change in self.changes
            ],
        }
