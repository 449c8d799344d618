"""The shape of a finding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong, at a pointer and a line (from 1). `rule` names the kind, for good."""

    rule: str
    level: Level
    pointer: str
    line: int
    detail: str


class Found(NamedTuple):
    """A finding before its line is looked up."""

    rule: str
    pointer: str
    detail: str
    level: Level = "error"
