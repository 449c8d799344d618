"""What lint tells: findings, totals, a grade and the fix that is worth most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Level = Literal["error", "warning", "info"]
Patch = tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class LintFinding:
    """One place where a rule is not kept.

    `pointer` is an RFC 6901 JSON pointer into the document; `operation` the key of the operation
    that it lies in, None for what several share. `autofix` are JSON Patch operations (RFC 6902)
    where the mend is sure, which only ever add.
    """

    rule: str
    level: Level
    pointer: str
    operation: str | None
    detail: str
    why: str
    mend: str
    autofix: Patch | None = None

    def as_dict(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "level": self.level,
            "pointer": self.pointer,
            "operation": self.operation,
            "detail": self.detail,
            "why": self.why,
            "mend": self.mend,
            "autofix": [dict(step) for step in self.autofix] if self.autofix else None,
        }


@dataclass(frozen=True, slots=True)
class Total:
    """How many places a rule looked at, and in how many it is not kept (all, shown or not)."""

    level: Level
    places: int
    hits: int


@dataclass(frozen=True, slots=True)
class Silenced:
    """A rule that the owner chose not to count: why, what it hides, and what counting it would
    cost in points."""

    rule: str
    reason: str
    hits: int
    points: float


@dataclass(frozen=True, slots=True)
class BestFix:
    """The rule whose mending everywhere raises the score most, by `points`, to `score`; `pointer`
    is its first place."""

    rule: str
    pointer: str
    detail: str
    points: float
    score: int
    grade: str

    def as_dict(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "pointer": self.pointer,
            "detail": self.detail,
            "points": self.points,
            "score": self.score,
            "grade": self.grade,
        }


@dataclass(frozen=True, slots=True)
class LintReport:
    """Everything lint says of a document.

    `findings` hold the first places of each rule, errors first; `totals` count them all, by rule.
    `partial` tells that the document has more schemas than lint looks at.
    """

    findings: list[LintFinding]
    grade: str
    score: int
    next_best_fix: BestFix | None
    silenced: list[Silenced]
    totals: Mapping[str, Total] = field(default_factory=dict)
    partial: bool = False

    def as_dict(self) -> dict[str, Any]:
        """As `manage.py lint --json` prints it."""
        return {
            "grade": self.grade,
            "score": self.score,
            "next_best_fix": self.next_best_fix.as_dict() if self.next_best_fix else None,
            "findings": [finding.as_dict() for finding in self.findings],
            "totals": {
                rule: {"level": total.level, "places": total.places, "hits": total.hits}
                for rule, total in self.totals.items()
                if total.hits
            },
            "silenced": [
                {"rule": each.rule, "reason": each.reason, "hits": each.hits, "points": each.points}
                for each in self.silenced
            ],
            "partial": self.partial,
        }
