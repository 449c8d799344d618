"""Documents of large vendors, and hostile ones, are linted: bounded, and at places that exist."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from catalog.documents.errors import DocumentError
from catalog.documents.findings import findings
from catalog.documents.operations import operations
from catalog.documents.parse import parse
from catalog.documents.refs import lookup
from catalog.lint import autofix
from catalog.lint.check import SHOWN_OF_A_RULE, lint
from catalog.lint.registry import RULES
from catalog.lint.schemas import MOST_SCHEMAS, MOST_SIGHTS
from catalog.lint.survey import Survey
from tests.catalog.diff.specs import SPECS

FILES = sorted([*(SPECS / "valid").glob("*"), *(SPECS / "hostile").glob("*")])
ABSENT = [pytest.param(None, marks=pytest.mark.skip(reason=f"the shared specs are not at {SPECS}"))]


@pytest.mark.parametrize("path", FILES or ABSENT, ids=lambda path: path.name if path else "absent")
def test_a_document_is_linted_at_places_that_exist(path: Path) -> None:
    try:
        document = parse(path.read_bytes())
    except DocumentError:
        pytest.skip("refused before lint sees it")
    listed = operations(document)
    report = lint(document.tree, operations=listed, found=findings(document, listed))
    assert not report.partial
    for finding in report.findings:
        if finding.rule in RULES:
            lookup(document.tree, finding.pointer)
    counts: dict[str, int] = {}
    for finding in report.findings:
        counts[finding.rule] = counts.get(finding.rule, 0) + 1
    for rule, count in counts.items():
        if rule in RULES:
            assert count == min(SHOWN_OF_A_RULE, report.totals[rule].hits)
    assert json.loads(json.dumps(report.as_dict()))["grade"] == report.grade
    fixed = lint(autofix.apply(document.tree, report.findings))
    assert fixed.score >= lint(document.tree).score


def schemas(tree: dict[str, Any]) -> int:
    """How many sights of schemas the walk had."""
    walked = Survey(tree).schemas
    return sum(len(each) for each in (walked.strings, walked.arrays, walked.objects, walked.unions))


def document(parts: dict[str, Any], ways_in: int = 1) -> dict[str, Any]:
    """Operations that take and give the schema S0 and those after it."""
    body = [
        {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/S{number}"}}}}
        for number in range(ways_in)
    ]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Knots", "version": "1.0.0"},
        "paths": {
            f"/a{number}": {"post": {"requestBody": each, "responses": {"200": each}}}
            for number, each in enumerate(body)
        },
        "components": {"schemas": parts},
    }


def test_a_schema_of_itself_is_looked_at_once_for_each_role() -> None:
    ref = {"$ref": "#/components/schemas/S0"}
    tree = document({"S0": {"type": "object", "properties": {"next": ref}, "anyOf": [ref]}}, 1)
    assert schemas(tree) <= 2 * 2 * MOST_SIGHTS
    assert lint(tree).grade


def test_schemas_that_all_refer_to_all_cost_no_more_than_their_size() -> None:
    count = 40
    refs = [{"$ref": f"#/components/schemas/S{number}"} for number in range(count)]
    words = ("maxLength", "enum", "pattern", "format", "maxItems", "maximum", "readOnly", "type")
    for word in ("anyOf", "allOf", "oneOf"):
        parts = {
            f"S{number}": {words[number % len(words)]: "string", word: refs}
            for number in range(count)
        }
        tree = document(parts, count)
        assert schemas(tree) <= 2 * count * 2 * MOST_SIGHTS
        assert not lint(tree).partial


def test_a_document_of_more_schemas_than_are_looked_at_says_so() -> None:
    fields = {f"f{number}": {"type": "string"} for number in range(MOST_SCHEMAS + 10)}
    report = lint(document({"S0": {"type": "object", "properties": fields}}))
    assert report.partial
    assert report.grade in "ABCDEF"


def test_a_chain_of_references_is_followed_to_its_end() -> None:
    parts: dict[str, Any] = {
        f"S{number}": {"$ref": f"#/components/schemas/S{number + 1}"} for number in range(5_000)
    }
    parts["S5000"] = {"type": "string"}
    [finding] = [
        each for each in lint(document(parts)).findings if each.rule == "request-text-unbounded"
    ]
    assert finding.pointer == "/components/schemas/S5000"


@pytest.mark.parametrize(
    "name",
    [
        "\x1b[2J\x1b[1;31mred",
        "right\u202eleft",
        "<script>alert(1)</script>",
        "=cmd|' /C calc'!A0",
        "half \ud800 pair",
        "a" * 100_000,
        "aA" * 50_000 + "!",
        "line\nbreak\r\nand\ttab",
    ],
)
def test_foreign_words_are_data(name: str) -> None:
    tree = document({"S0": {"type": "object", "properties": {name: {"type": "string"}}}})
    if name.isprintable() or name.isascii():  # what no text can hold is refused in a path
        tree["paths"]["/" + name] = tree["paths"]["/a0"]
    tree["paths"]["/a0"]["post"].update(operationId=name, summary=name, tags=[name])
    tree["servers"] = [{"url": f"http://{name}"}]
    report = lint(tree)
    assert report.findings
    for finding in report.findings:
        assert finding.detail.isprintable()
        assert len(finding.detail) < 250
        finding.detail.encode()
