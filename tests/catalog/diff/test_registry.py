"""Every rule is declared once, can happen, and stands in the documentation."""

import json
from pathlib import Path

import pytest

from catalog.diff.compare import compare
from catalog.diff.documentation import page
from catalog.diff.registry import FAMILIES, RULES
from catalog.diff.rule import PLACES
from tests.catalog.diff.cases.case import TODAY
from tests.catalog.diff.cases.schemas import CASES as SCHEMAS
from tests.catalog.diff.places import at
from tests.catalog.diff.specs import SPECS
from tests.catalog.diff.test_bounds import many_uses
from tests.catalog.diff.test_document_rules import CASES as DOCUMENTS

PAGE = Path(__file__).resolve().parents[3] / "docs" / "diff.md"

# JSON Schema's default for minItems is 0, so these can only be told as a rise or a fall.
NEVER_HAPPENS = {
    "request-parameter-min-items-set",
    "request-body-min-items-set",
    "request-property-min-items-set",
    "response-body-min-items-unset",
    "response-property-min-items-unset",
}


def test_every_rule_has_a_case() -> None:
    told = {
        change.rule
        for case in DOCUMENTS
        for change in compare(case.before, case.after, today=TODAY, **case.options).changes
    }
    told |= {
        change.rule
        for case in SCHEMAS
        for place in case.places
        for change in compare(at(place, case.before), at(place, case.after)).changes
    }
    told |= {change.rule for change in compare(*many_uses(breaking=True)).changes}
    told |= {change.rule for change in compare(*many_uses(breaking=False)).changes}
    assert RULES.keys() - told == set()


def test_every_rule_says_what_it_means() -> None:
    for rule in RULES.values():
        assert rule.meaning
        assert rule.meaning[0].islower()
        assert not rule.meaning.endswith(".")


def test_every_module_of_rules_has_some() -> None:
    assert all(FAMILIES.values())


def test_the_page_lists_every_rule() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == page(text)
    for rule in RULES:
        endings = (rule.removeprefix(place.prefix + "-") for place in PLACES)
        assert f"`{rule}`" in text or any(f"`…-{ending}`" in text for ending in endings)


@pytest.mark.skipif(not SPECS.is_dir(), reason="the shared specs are not beside this checkout")
def test_the_ids_that_oasdiff_has_carry_its_levels_and_directions() -> None:
    known = json.loads((SPECS / "oasdiff_rules.json").read_text(encoding="utf-8"))
    theirs = {rule["id"]: (rule["level"], rule["direction"]) for rule in known}
    ours = {rule.id: (rule.level, rule.direction) for rule in RULES.values()}
    assert theirs.keys() - ours.keys() == NEVER_HAPPENS
    assert {name: ours[name] for name in theirs.keys() & ours.keys()} == {
        name: level for name, level in theirs.items() if name in ours
    }
