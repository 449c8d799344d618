"""Versions that vendors really published, compared with nothing left unknown."""

from collections import Counter

import pytest

from catalog.diff.change import Diff
from catalog.diff.compare import compare
from catalog.documents.parse import parse
from tests.catalog.diff.cases.case import TODAY
from tests.catalog.diff.specs import SPECS

pytestmark = pytest.mark.skipif(
    not SPECS.is_dir(), reason="the shared specs are not beside this checkout"
)

# Unknown changes allowed in one comparison of two versions.
UNKNOWN = 0


def between(base: str, revision: str) -> Diff:
    trees = [parse((SPECS / "valid" / name).read_bytes()).tree for name in (base, revision)]
    return compare(*trees, today=TODAY)


@pytest.mark.parametrize(
    ("base", "revision", "breaking"),
    [
        ("adyen__BinLookupService-v52.json", "adyen__BinLookupService-v53.json", False),
        ("adyen__BinLookupService-v53.json", "adyen__BinLookupService-v54.json", False),
        ("adyen__CheckoutService-v70.yaml", "adyen__CheckoutService-v71.yaml", True),
        ("adyen__CheckoutService-v71.yaml", "adyen__CheckoutService-v72.yaml", True),
        ("adyen__CheckoutService-v72.yaml", "adyen__CheckoutService-v70.yaml", True),
        ("adyen__FundService-v5.json", "adyen__FundService-v6.json", False),
        ("adyen__LegalEntityService-v3.json", "adyen__LegalEntityService-v4.json", True),
        ("adyen__PayoutService-v64.json", "adyen__PayoutService-v68.json", False),
        ("adyen__TransferService-v3.json", "adyen__TransferService-v4.json", True),
        ("oai__petstore-expanded.yaml", "oai__petstore-expanded.json", True),
        ("twilio__twilio_lookups_v1.json", "twilio__twilio_lookups_v2.json", True),
        ("xeroapi__xero-projects.yaml", "xeroapi__xero_accounting.yaml", True),
        (
            "asyncapi__streetlights-kafka-asyncapi.yml",
            "asyncapi__streetlights-mqtt-asyncapi.yml",
            True,
        ),
    ],
)
def test_two_versions_have_no_unknown_change(base: str, revision: str, breaking: bool) -> None:
    diff = between(base, revision)
    rules = Counter(change.rule for change in diff.changes)
    assert rules["unknown-change"] <= UNKNOWN
    assert diff.breaking is breaking
    assert diff.changes


def test_a_shortened_field_is_told_for_each_operation_that_takes_it() -> None:
    diff = between("adyen__CheckoutService-v71.yaml", "adyen__CheckoutService-v72.yaml")
    shortened = {
        change.operation
        for change in diff.changes
        if change.rule == "request-property-max-length-decreased"
        and change.path.endswith("/billingAddress/properties/stateOrProvince/maxLength")
    }
    assert {"POST /payments", "POST /sessions", "POST /donations"} <= shortened


def test_a_property_that_vanished_is_told_with_its_place() -> None:
    diff = between("adyen__BinLookupService-v52.json", "adyen__BinLookupService-v53.json")
    (gone,) = [c for c in diff.changes if c.rule == "response-optional-property-removed"]
    assert gone.operation == "POST /get3dsAvailability"
    assert gone.operation_key == "POST /get3dsAvailability"
    assert gone.path == (
        "/responses/200/content/application~1json/schema/properties/threeDS2CardRangeDetails"
        "/items/properties/threeDS2Version"
    )
    assert gone.text == (
        "Response property `threeDS2CardRangeDetails/items/threeDS2Version` of response 200 "
        "(application/json) was removed."
    )
