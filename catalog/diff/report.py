"""A comparison as text for a terminal."""

import unicodedata
from collections.abc import Iterable
from itertools import groupby

from .change import SEVERITY, Change, Diff, Level

_NAMES: dict[Level, tuple[str, str]] = {
    "error": ("breaking change", "breaking changes"),
    "warning": ("change that may break", "changes that may break"),
    "info": ("other change", "other changes"),
}


def text_report(diff: Diff) -> str:
    """The changes grouped by operation, the gravest first, after one line that sums them up."""
    if not diff.changes:
        return "No changes.\n"
    lines = [_summary(diff.changes), ""]
    by_operation = sorted(diff.changes, key=lambda change: change.operation or "")
    groups = [(name, list(group)) for name, group in groupby(by_operation, lambda c: c.operation)]
    groups.sort(key=lambda group: (min(SEVERITY[c.level] for c in group[1]), group[0] or ""))
    for operation, changes in groups:
        lines.append(operation or "The document")
        for change in sorted(changes, key=lambda c: (SEVERITY[c.level], c.path, c.rule)):
            lines.append(f"  {change.level:<8}{change.text}")
            lines.append(f"  {'':<8}{change.rule} at {change.path or '/'}")
        lines.append("")
    return _harmless("\n".join(lines))


def _harmless(text: str) -> str:
    """The text without what would steer a terminal or disguise its neighbours."""
    return "".join(
        character
        if character == "\n" or unicodedata.category(character) not in ("Cc", "Cf", "Zl", "Zp")
        else "\N{REPLACEMENT CHARACTER}"
        for character in text
    )


def _summary(changes: Iterable[Change]) -> str:
    counts = dict.fromkeys(_NAMES, 0)
    for change in changes:
        counts[change.level] += 1
    parts = [f"{count} {_NAMES[level][0 if count == 1 else 1]}" for level, count in counts.items()]
    return ", ".join(parts) + "."
