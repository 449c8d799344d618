"""Each change to a schema is called by its name at each place it can stand."""

import pytest

from catalog.diff.compare import compare
from tests.catalog.diff.cases.schemas import CASES, Case
from tests.catalog.diff.places import at

EACH = [
    pytest.param(case, place, id=f"{place}-{case.suffix}-{number}")
    for number, case in enumerate(CASES)
    for place in case.places
]


@pytest.mark.parametrize(("case", "place"), EACH)
def test_a_change_has_its_rule_and_level(case: Case, place: str) -> None:
    found = compare(at(place, case.before), at(place, case.after)).changes
    assert (f"{place}-{case.suffix}", case.level(place)) in {(c.rule, c.level) for c in found}
    assert all(c.operation == "POST /things" for c in found)


@pytest.mark.parametrize(("case", "place"), EACH)
def test_no_change_of_a_known_keyword_is_unknown(case: Case, place: str) -> None:
    found = compare(at(place, case.before), at(place, case.after)).changes
    assert "unknown-change" not in {c.rule for c in found}


@pytest.mark.parametrize(("case", "place"), EACH)
def test_the_way_back_touches_the_same_places(case: Case, place: str) -> None:
    before, after = at(place, case.before), at(place, case.after)
    there = {(c.operation_key, c.path) for c in compare(before, after).changes}
    back = {(c.operation_key, c.path) for c in compare(after, before).changes}
    assert there == back
