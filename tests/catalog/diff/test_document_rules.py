"""Each change to a document is called by its name, and nothing else is said of it."""

import pytest

from catalog.diff.compare import compare
from tests.catalog.diff.cases import (
    bodies,
    callbacks,
    events,
    operations,
    parameter_properties,
    parameters,
    properties,
    property_lifecycle,
    responses,
    roots,
    security,
)
from tests.catalog.diff.cases.case import TODAY, Case

CASES: list[Case] = [
    case
    for family in (
        *(operations, parameters, parameter_properties, bodies, responses),
        *(properties, property_lifecycle, security, roots, callbacks, events),
    )
    for case in family.CASES
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_exactly_this_is_told(case: Case) -> None:
    found = compare(case.before, case.after, today=TODAY, **case.options).changes
    assert {change.rule: change.level for change in found} == case.told


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_same_twice_is_no_change(case: Case) -> None:
    for document in (case.before, case.after):
        assert compare(document, document, today=TODAY).changes == []
