"""The list of rules in docs/diff.md, made from the registry."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from .registry import FAMILIES
from .rule import PLACES, Rule

START, END = "<!-- rules: start -->\n", "<!-- rules: end -->\n"
_ORDER = {"error": 0, "warning": 1, "info": 2}

# Longest first, so that a property's rule is not taken for one of what it stands in.
_PREFIXES = sorted((place.prefix for place in PLACES), key=len, reverse=True)

# A change that at least so many places share is one row with a level for each.
_SHARED = 3


def rules_tables() -> str:
    """Every rule by family as Markdown tables; what all places share is one row of its own."""
    lines = []
    for family, rules in FAMILIES.items():
        lines += [
            f"### {family.replace('_', ' ').replace('asyncapi', 'AsyncAPI').capitalize()}",
            "",
        ]
        shared, single = _grouped(rules)
        if shared:
            lines += [*_shared_table(shared), ""]
        if single:
            lines += [*_single_table(single), ""]
    return "\n".join(lines)


def _split(rule: Rule) -> tuple[str, str] | None:
    for prefix in _PREFIXES:
        if rule.id.startswith(prefix + "-"):
            return prefix, rule.id.removeprefix(prefix + "-")
    return None


def _grouped(rules: Iterable[Rule]) -> tuple[dict[str, dict[str, Rule]], list[Rule]]:
    by_suffix: dict[str, dict[str, Rule]] = {}
    single = []
    for rule in rules:
        parts = _split(rule)
        if parts is None:
            single.append(rule)
        else:
            by_suffix.setdefault(parts[1], {})[parts[0]] = rule
    shared = {suffix: each for suffix, each in by_suffix.items() if len(each) >= _SHARED}
    for suffix, each in by_suffix.items():
        if suffix not in shared:
            single += each.values()
    return shared, single


def _shared_table(shared: dict[str, dict[str, Rule]]) -> Iterator[str]:
    prefixes = [place.prefix for place in PLACES]
    yield "| rule | " + " | ".join(f"`{prefix}-…`" for prefix in prefixes) + " | what changed |"
    yield "|---" * (len(prefixes) + 2) + "|"
    for suffix, each in sorted(shared.items()):
        levels = (each[prefix].level if prefix in each else "" for prefix in prefixes)
        prefix, rule = next(iter(each.items()))
        noun = next(place.noun for place in PLACES if place.prefix == prefix)
        meaning = rule.meaning.removeprefix(noun).strip()
        yield f"| `…-{suffix}` | {' | '.join(levels)} | {meaning} |"


def _single_table(rules: list[Rule]) -> Iterator[str]:
    yield "| rule | level | data | what changed |"
    yield "|---|---|---|---|"
    for rule in sorted(rules, key=lambda rule: (_ORDER[rule.level], rule.id)):
        direction = "" if rule.direction == "none" else rule.direction
        yield f"| `{rule.id}` | {rule.level} | {direction} | {rule.meaning} |"


def page(text: str) -> str:
    """The page with its list of rules brought up to date."""
    head, _, rest = text.partition(START)
    _, _, tail = rest.partition(END)
    return f"{head}{START}\n{rules_tables()}\n{END}{tail}"


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.write_text(page(target.read_text(encoding="utf-8")), encoding="utf-8")
