"""Each rule sees what it is for, and nothing in a document without fault."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.lint.check import lint
from catalog.lint.finding import LintFinding
from catalog.lint.registry import FAMILIES, RULES
from tests.catalog.lint.cases import ALONGSIDE, BOTH, EVENTS, HTTP, Changes, changed, good

CASES = [
    *[pytest.param("openapi", rule, changes, id=rule) for rule, changes in HTTP.items()],
    *[pytest.param("asyncapi", rule, changes, id=rule) for rule, changes in EVENTS.items()],
    *[pytest.param("asyncapi", rule, each, id=f"events-{rule}") for rule, each in BOTH.items()],
]


def hits(tree: Any) -> dict[str, list[LintFinding]]:
    found: dict[str, list[LintFinding]] = {}
    for finding in lint(tree).findings:
        found.setdefault(finding.rule, []).append(finding)
    return found


@pytest.mark.parametrize(("kind", "rule", "changes"), CASES)
def test_a_rule_sees_the_fault_it_is_for(kind: str, rule: str, changes: Changes) -> None:
    found = hits(changed(good(kind), changes))
    assert rule in found
    assert set(found) - {rule} == ALONGSIDE.get(rule, set())


@pytest.mark.parametrize(("kind", "rule", "changes"), CASES)
def test_a_finding_says_where_and_what(kind: str, rule: str, changes: Changes) -> None:
    tree = changed(good(kind), changes)
    for finding in hits(tree)[rule]:
        assert finding.level == RULES[rule].level
        assert 5 < len(finding.detail) < 240
        assert finding.why == RULES[rule].why
        assert finding.mend == RULES[rule].mend
        assert stands(tree, finding.pointer), finding.pointer


@pytest.mark.parametrize("kind", ["openapi", "asyncapi"])
def test_a_document_without_fault_has_no_finding(kind: str) -> None:
    report = lint(good(kind))
    assert report.findings == []
    assert (report.score, report.grade, report.next_best_fix) == (100, "A", None)


def test_every_rule_looks_at_something_in_the_documents_without_fault() -> None:
    looked = {
        rule
        for kind in ("openapi", "asyncapi")
        for rule, total in lint(good(kind)).totals.items()
        if total.places
    }
    assert looked == set(RULES)


def test_every_rule_has_a_failing_case() -> None:
    assert set(HTTP) | set(EVENTS) == set(RULES)
    assert all(RULES[rule].applies_to in ("openapi", "both") for rule in HTTP)
    assert all(RULES[rule].applies_to == "asyncapi" for rule in EVENTS)
    assert all(RULES[rule].applies_to == "both" for rule in BOTH)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_explains_itself(rule: str) -> None:
    told = RULES[rule]
    assert told.id == rule == rule.lower()
    assert not told.title.endswith(".")
    assert told.why.endswith((".", "?"))
    assert told.mend.endswith(".")
    assert told.before
    assert told.after
    assert told.before != told.after


def test_every_family_has_rules() -> None:
    assert all(FAMILIES.values())


def stands(tree: Any, pointer: str) -> bool:
    """Whether the pointer, or what would hold it, is in the tree."""
    value = tree
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    for number, step in enumerate(steps):
        if isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, dict) and step in value:
            value = value[step]
        else:
            return number == len(steps) - 1
    return True
