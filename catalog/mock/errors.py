"""Why the mock cannot answer, or finds the request wrong."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a request; `place` reads `path.id`, `query.limit` or `/body/amount`."""

    place: str
    detail: str


class CannotAnswer(Exception):
    """No value can be made for a schema; the message says why and what the owner can do."""


@dataclass
class WrongRequest(Exception):
    """The request does not fit the document."""

    faults: list[Fault] = field(default_factory=list)
