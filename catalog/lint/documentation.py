"""The parts of docs/lint.md that are made from the registry."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from catalog.lint.reading import EXPLAINED
from catalog.lint.registry import FAMILIES, RULES, TITLES
from catalog.lint.rule import Rule
from catalog.lint.score import GRADES, WEIGHTS

KINDS = {"openapi": "OpenAPI and Swagger", "asyncapi": "AsyncAPI", "both": "all"}


def weights() -> str:
    """What each level weighs, and how many rules have it."""
    lines = ["| level | weight | rules | meaning |", "|---|---|---|---|"]
    meaning = {
        "error": "breaks callers, or opens a hole",
        "warning": "a real risk, or friction for every caller",
        "info": "polish that the best have",
    }
    for level, weight in WEIGHTS.items():
        count = sum(rule.level == level for rule in RULES.values())
        lines.append(f"| {level} | {weight} | {count} | {meaning[level]} |")
    return "\n".join(lines)


def grades() -> str:
    """From which score each grade is given."""
    names = " | ".join(name for name, _ in GRADES)
    least = " | ".join(str(score) for _, score in GRADES)
    return f"| grade | {names} |\n|---{'|---' * len(GRADES)}|\n| from | {least} |"


def rules() -> str:
    """Every rule by family."""
    parts = []
    for family, members in FAMILIES.items():
        parts.append(f"### {TITLES[family]}")
        parts += [told(rule) for rule in members]
    return "\n\n".join(parts)


def told(rule: Rule) -> str:
    """One rule: what, why, how to mend it, an example."""
    sources = f" · {', '.join(rule.sources)}" if rule.sources else ""
    return (
        f"#### `{rule.id}`\n\n"
        f"**{rule.title}** · {rule.level} · {KINDS[rule.applies_to]}{sources}\n\n"
        f"{rule.why} {rule.mend}\n\n"
        f"```yaml\n# before\n{rule.before}\n# after\n{rule.after}\n```"
    )


def reading() -> str:
    """What reading a document finds."""
    lines = ["| finding | what must be true | why | how to mend it |", "|---|---|---|---|"]
    for name, each in EXPLAINED.items():
        cells = (f"`{name}`", each.title, each.why, each.mend)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


MADE: Mapping[str, Callable[[], str]] = {
    "weights": weights,
    "grades": grades,
    "rules": rules,
    "reading": reading,
}


def page(text: str) -> str:
    """The page with the parts between its marks made anew."""
    for name, make in MADE.items():
        start, end = f"<!-- {name}: start -->\n", f"<!-- {name}: end -->"
        head, _, rest = text.partition(start)
        _, _, tail = rest.partition(end)
        text = f"{head}{start}\n{make()}\n\n{end}{tail}"
    return text


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.write_text(page(target.read_text(encoding="utf-8")), encoding="utf-8")
