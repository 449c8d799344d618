"""What is sure to help is mended on request: only by adding, never by changing what stands."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from catalog.lint import autofix
from catalog.lint.check import lint
from catalog.lint.finding import LintFinding, Patch
from tests.catalog.lint.cases import GONE, MESSAGE, REFUND, REFUNDS, REQUEST, changed, good


def mended(tree: dict[str, Any]) -> dict[str, Any]:
    fixed: dict[str, Any] = autofix.apply(tree, lint(tree).findings)
    return fixed


def finding(*steps: dict[str, Any]) -> LintFinding:
    patch: Patch = steps
    return LintFinding("rule", "info", "", None, "detail", "why", "mend", patch)


def test_a_missing_operation_id_is_made_of_method_and_path() -> None:
    tree = mended(
        changed(
            good(),
            {f"{REFUNDS}/post/operationId": GONE, f"{REFUND}/get/operationId": GONE},
        )
    )
    assert tree["paths"]["/refunds"]["post"]["operationId"] == "createRefunds"
    assert tree["paths"]["/refunds/{refund_id}"]["get"]["operationId"] == "getRefundsByRefundId"


def test_a_made_operation_id_is_in_the_style_of_the_others_and_taken_by_none() -> None:
    ids = {
        f"{REFUNDS}/get/operationId": "create_refunds",
        f"{REFUNDS}/delete/operationId": "delete_refunds",
        f"{REFUND}/get/operationId": "get_refund",
        f"{REFUND}/put/operationId": "replace_refund",
        f"{REFUNDS}/post/operationId": GONE,
    }
    tree = mended(changed(good(), ids))
    assert tree["paths"]["/refunds"]["post"]["operationId"] == "create_refunds_2"


def test_a_missing_summary_is_the_first_sentence_of_the_description() -> None:
    tree = mended(changed(good(), {f"{REFUND}/put/summary": GONE}))
    assert tree["paths"]["/refunds/{refund_id}"]["put"]["summary"] == "Replaces amount and note"


def test_a_description_that_is_no_plain_sentence_becomes_no_summary() -> None:
    for said in ("# Heading", "<b>Bold</b> words", "see [this](x)", "x" * 500, "Short"):
        tree = changed(good(), {f"{REFUND}/put/summary": GONE, f"{REFUND}/put/description": said})
        assert "summary" not in mended(tree)["paths"]["/refunds/{refund_id}"]["put"]


def test_an_undeclared_tag_is_declared_once() -> None:
    tree = changed(good(), {f"{REFUNDS}/{each}/tags": ["New"] for each in ("get", "post")})
    assert mended(tree)["tags"][-1] == {"name": "New"}
    assert len(mended(tree)["tags"]) == len(tree["tags"]) + 1


def test_a_message_is_named_as_it_is_called() -> None:
    tree = mended(changed(good("asyncapi"), {f"{MESSAGE}/name": GONE}))
    assert tree["components"]["messages"]["RefundSent"]["name"] == "RefundSent"


def test_a_password_is_marked_as_one() -> None:
    pin = f"{REQUEST}/properties/pin_code"
    tree = mended(changed(good(), {f"{pin}/format": GONE, f"{pin}/writeOnly": GONE}))
    field = tree["components"]["schemas"]["RefundRequest"]["properties"]["pin_code"]
    assert field["format"] == "password"


def test_the_tree_that_was_given_stays_as_it_is() -> None:
    tree = changed(good(), {f"{REFUNDS}/post/operationId": GONE})
    before = deepcopy(tree)
    mended(tree)
    assert tree == before


def test_nothing_that_stands_is_replaced_or_removed() -> None:
    tree = {"info": {"title": "Refunds"}, "tags": []}
    steps: list[dict[str, Any]] = [
        {"op": "add", "path": "/info/title", "value": "Other"},
        {"op": "replace", "path": "/info/title", "value": "Other"},
        {"op": "remove", "path": "/info/title"},
        {"op": "add", "path": "/nothing/here", "value": 1},
        {"op": "add", "path": "/tags/0", "value": 1},
        {"op": "add", "path": "tags", "value": 1},
        {"op": "add", "path": "", "value": 1},
        {},
    ]
    assert autofix.apply(tree, [finding(step) for step in steps]) == tree


def test_a_fix_that_does_not_fit_any_more_stops_at_that_step() -> None:
    steps = (
        {"op": "add", "path": "/a/b", "value": 1},
        {"op": "add", "path": "/c", "value": 2},
    )
    assert autofix.apply({}, [finding(*steps)]) == {}


def test_a_shared_part_is_mended_once() -> None:
    shared = {"get": {"responses": {}, "summary": "Read it", "description": "All of it."}}
    tree = {"openapi": "3.1.0", "info": {}, "paths": {"/a": shared, "/b": shared}}
    fixed = mended(tree)
    assert fixed["paths"]["/a"]["get"]["operationId"]
