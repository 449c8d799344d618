"""What publishing answers: to REST, to the command, to the page."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from catalog.capabilities import BY_ID


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One finding, with its place, why it matters and how to mend it."""

    rule: str
    severity: str
    text: str
    pointer: str = ""
    line: int | None = None
    operation: str = ""
    why: str = ""
    mend: str = ""
    fixable: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "severity": self.severity,
            "text": self.text,
            "pointer": self.pointer,
            "line": self.line,
            "operation": self.operation or None,
            "why": self.why or None,
            "fix": self.mend or None,
            "autofix": self.fixable,
        }


@dataclass(frozen=True, slots=True)
class Consumers:
    """Who used what a change touches, as measured: `observed` is used, unused or unknown."""

    observed: str
    teams: tuple[str, ...] = ()
    applications: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    calls: int = 0
    last_call_at: datetime | None = None
    days: int = 0

    @property
    def sentence(self) -> str:
        """For people: "3 teams, 12 keys", "no observed use in 90 days", "cannot be observed"."""
        if self.observed == "unknown":
            return "cannot be observed"
        if self.observed == "unused":
            return f"no observed use in {self.days} days"
        teams, keys = len(self.teams), len(self.keys)
        return f"{teams} team{'s' * (teams != 1)}, {keys} key{'s' * (keys != 1)}"

    def as_dict(self) -> dict[str, Any] | str:
        if self.observed == "unknown":
            return "unknown"
        return {
            "observed": self.observed,
            "teams": list(self.teams),
            "applications": list(self.applications),
            "keys": list(self.keys),
            "calls": self.calls,
            "last_call": self.last_call_at,
            "days": self.days,
        }


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One change against the version before, and whom it hits."""

    rule: str
    level: str
    text: str
    path: str = ""
    operation: str = ""
    operation_key: str = ""
    consumers: Consumers = Consumers("unknown")

    def as_dict(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "level": self.level,
            "operation": self.operation or None,
            "path": self.path,
            "text": self.text,
        }


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What a breaking change under the same major version needs: the consumers, named.

    `given` is what the publisher named, `missing` what he still must.
    """

    needed: tuple[str, ...]
    given: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(name for name in self.needed if name not in self.given)

    def as_dict(self) -> dict[str, Any]:
        return {
            "needed": list(self.needed),
            "given": list(self.given),
            "missing": list(self.missing),
        }


@dataclass(frozen=True, slots=True)
class PublishReport:
    """What was, or with `dry_run` would be, published.

    `created` is False where the same bytes stood there already. `new_api` tells that the API
    itself is made by it. `changes` are against `base`, the version before, if there is one.
    """

    api: str
    name: str
    version: str
    created: bool
    dry_run: bool
    new_api: bool
    format: str
    format_version: str
    title: str
    digest: str
    size: int
    operations: int
    url: str
    grade: str = ""
    score: int | None = None
    next_best_fix: dict[str, Any] | None = None
    findings: tuple[FindingLine, ...] = ()
    base: str = ""
    changes: tuple[ChangeLine, ...] = ()
    acknowledgement: Acknowledgement | None = None
    capabilities: tuple[str, ...] = ()
    team: str = ""
    sample: tuple[tuple[str, str, str], ...] = field(default=(), compare=False)

    @property
    def breaking(self) -> bool:
        return any(change.level == "error" for change in self.changes)

    @property
    def errors(self) -> int:
        return sum(finding.severity == "error" for finding in self.findings)

    @property
    def more_operations(self) -> int:
        """How many operations `sample` leaves out."""
        return self.operations - len(self.sample)

    @property
    def capability_labels(self) -> list[str]:
        """The suggested capabilities in words."""
        return [BY_ID[each].label for each in self.capabilities]

    def as_dict(self) -> dict[str, Any]:
        """The answer of PUT /apis/{slug}/versions/{version} (DOORS.md)."""
        return {
            "api": self.api,
            "version": self.version,
            "created": self.created,
            "dry_run": self.dry_run,
            "new_api": self.new_api,
            "format": self.format,
            "format_version": self.format_version,
            "title": self.title,
            "digest": self.digest,
            "size": self.size,
            "operations": self.operations,
            "grade": self.grade or None,
            "score": self.score,
            "next_best_fix": self.next_best_fix,
            "findings": [finding.as_dict() for finding in self.findings],
            "diff": {
                "base": self.base or None,
                "breaking": self.breaking,
                "changes": [change.as_dict() for change in self.changes],
            },
            "impact": [
                {**change.as_dict(), "consumers": change.consumers.as_dict()}
                for change in self.changes
            ],
            "acknowledgement": self.acknowledgement.as_dict() if self.acknowledgement else None,
            "capabilities": list(self.capabilities),
            "url": self.url,
        }
