"""Every rule, and every finding of reading, stands in docs/lint.md."""

from __future__ import annotations

import re
from pathlib import Path

from catalog.lint.documentation import page
from catalog.lint.reading import EXPLAINED, UNKNOWN, explain
from catalog.lint.registry import FAMILIES, RULES, TITLES

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "lint.md"
READING = ROOT / "catalog" / "documents"
RULE_IN_SOURCE = re.compile(r'"((?:\{what\}|[a-z]+)(?:-[a-z]+)+)",\n')


def found_in_source() -> set[str]:
    """The ids that catalog.documents gives its findings, as they stand in the code."""
    ids = set()
    for name in ("checks", "checks_http", "checks_events", "findings"):
        source = (READING / f"{name}.py").read_text(encoding="utf-8")
        for found in RULE_IN_SOURCE.findall(source):
            ids |= {found.replace("{what}", what) for what in ("path", "channel")}
    return ids


def test_the_page_is_made_from_the_rules_that_there_are() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == page(text)


def test_the_page_has_every_rule_and_every_family() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [rule for rule in RULES if f"\n#### `{rule}`\n" not in text] == []
    assert [each for each in FAMILIES if f"\n### {TITLES[each]}\n" not in text] == []
    assert [rule for rule in EXPLAINED if f"| `{rule}` |" not in text] == []


def test_everything_that_reading_finds_is_explained() -> None:
    ids = found_in_source()
    assert len(ids) > 10
    assert ids - set(EXPLAINED) == set()
    assert not set(EXPLAINED) & set(RULES)


def test_what_nobody_explained_still_says_what_to_do() -> None:
    assert explain("something-new") is UNKNOWN
    assert all(each.why and each.mend.endswith(".") for each in EXPLAINED.values())
