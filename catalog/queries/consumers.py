"""Who uses an API, application by application."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from catalog.extensions import ConsumerUse


@dataclass(slots=True)
class ConsumerRow:
    """An application's measured use."""

    team: str
    tenant: str
    application: str
    keys: set[str] = field(default_factory=set)
    operations: set[str] = field(default_factory=set)
    calls: int = 0
    last_call_at: datetime | None = None


def consumers_in(lines: Iterable[ConsumerUse]) -> list[ConsumerRow]:
    """The applications, the busiest first."""
    rows: dict[tuple[object, str], ConsumerRow] = {}
    for line in lines:
        row = rows.setdefault(
            (line.team_id, line.application), ConsumerRow(line.team, line.tenant, line.application)
        )
        row.keys |= set(line.keys)
        row.operations.add(line.operation_key)
        row.calls += line.calls
        if line.last_call_at and (row.last_call_at is None or line.last_call_at > row.last_call_at):
            row.last_call_at = line.last_call_at
    return sorted(rows.values(), key=lambda row: -row.calls)
