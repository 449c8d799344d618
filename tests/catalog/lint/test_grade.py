"""The grade sums up how well a document keeps the rules."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from catalog.documents.finding import Finding
from catalog.documents.parse import parse
from catalog.lint import score
from catalog.lint.check import SHOWN_OF_A_RULE, lint
from catalog.lint.finding import LintReport, Total
from marketplace.demo import company
from tests.catalog.diff.specs import SPECS
from tests.catalog.lint.cases import GONE, REFUNDS, REQUEST, changed, good

DOCUMENTS = Path(__file__).parents[3] / "marketplace" / "demo" / "documents"
NEWEST = [DOCUMENTS / api.slug / api.versions[-1].file for api in company.APIS]


def graded(path: Path) -> LintReport:
    return lint(parse(path.read_bytes()).tree)


@pytest.mark.parametrize("path", NEWEST, ids=lambda path: path.parent.name)
def test_the_demos_documents_are_well_made_and_not_all_the_same(path: Path) -> None:
    report = graded(path)
    assert report.grade in ("A", "B")
    assert not any(finding.level == "error" for finding in report.findings)


def test_the_demos_documents_leave_their_owners_something_to_do() -> None:
    reports = [graded(path) for path in NEWEST]
    grades = Counter(report.grade for report in reports)
    assert grades["A"] >= grades["B"] >= 3
    assert len({report.next_best_fix.rule for report in reports if report.next_best_fix}) >= 3


@pytest.mark.parametrize(
    ("name", "grades"),
    [
        ("oai__petstore-expanded.json", "CDE"),
        ("oai__petstore-expanded.yaml", "CDE"),
        ("twilio__twilio_api_v2010.json", "CDE"),
        ("xeroapi__xero_accounting.yaml", "CDE"),
        ("redocly__museum.yaml", "BCD"),
    ],
)
def test_well_known_documents_get_middling_grades(name: str, grades: str) -> None:
    path = SPECS / "valid" / name
    if not path.exists():
        pytest.skip(f"the shared specs are not at {SPECS}")
    assert graded(path).grade in grades


def total(level: str, hits: int, places: int) -> Total:
    return Total(level, places, hits)  # type: ignore[arg-type]


def test_the_formula_is_the_one_that_is_documented() -> None:
    totals = {"a": total("error", 1, 4), "b": total("info", 9, 9), "c": total("warning", 0, 50)}
    kept = (1 - 0.15 * 0.5) * (1 - 0.025)
    assert score.exact(totals) == pytest.approx(100 * kept)


def test_a_large_document_is_held_to_the_same_measure_as_a_small_one() -> None:
    small, large = {"a": total("warning", 2, 10)}, {"a": total("warning", 200, 1000)}
    assert score.exact(small) == pytest.approx(score.exact(large))


def test_the_first_slip_costs_more_than_the_next() -> None:
    first, second, third = (score.exact({"a": total("error", hits, 9)}) for hits in (0, 1, 2))
    assert first - second > second - third > 0


def test_mending_helps_however_bad_the_rest_is() -> None:
    bad = {f"rule-{number}": total("error", 5, 5) for number in range(30)}
    assert score.exact(bad, without="rule-7") > score.exact(bad) > 0


def test_a_hundred_is_told_only_where_nothing_is_wrong() -> None:
    assert score.whole(score.exact({"a": total("info", 1, 1_000_000)})) == 99
    assert score.whole(score.exact({"a": total("info", 0, 1_000_000)})) == 100


@pytest.mark.parametrize(
    ("points", "grade"),
    [(100, "A"), (90, "A"), (89, "B"), (60, "C"), (40, "D"), (39, "E"), (0, "F")],
)
def test_a_grade_begins_at_its_score(points: int, grade: str) -> None:
    assert score.grade_of(points) == grade


def test_the_next_best_fix_is_the_one_that_raises_the_score_most() -> None:
    faults = {
        "/info/contact": GONE,  # info
        f"{REFUNDS}/post/security": [],  # error
        f"{REQUEST}/properties/note/maxLength": GONE,  # warning
    }
    report = lint(changed(good(), faults))
    best = report.next_best_fix
    assert best is not None
    assert best.rule == "write-without-security"
    assert best.pointer == f"{REFUNDS}/post"
    mended = lint(changed(good(), {k: v for k, v in faults.items() if "security" not in k}))
    assert mended.score == best.score
    assert mended.grade == best.grade
    assert mended.score - report.score == pytest.approx(best.points, abs=1)


def test_the_next_best_fix_tells_in_how_many_places() -> None:
    report = lint(
        changed(good(), {f"{REFUNDS}/{method}/tags": GONE for method in ("get", "post", "delete")})
    )
    assert report.next_best_fix is not None
    assert report.next_best_fix.detail.endswith("(and in 2 other places)")


def test_a_silenced_rule_costs_nothing_and_is_shown_with_its_reason() -> None:
    tree = changed(good(), {f"{REFUNDS}/post/security": [], "/info/contact": GONE})
    loud = lint(tree)
    quiet = lint(tree, silenced={"write-without-security": "It stands behind the VPN"})
    assert {finding.rule for finding in quiet.findings} == {"contact-missing"}
    assert quiet.score > loud.score
    [silenced] = quiet.silenced
    assert (silenced.rule, silenced.reason, silenced.hits) == (
        "write-without-security",
        "It stands behind the VPN",
        1,
    )
    assert quiet.score - loud.score == pytest.approx(silenced.points, abs=1)
    assert quiet.next_best_fix is not None
    assert quiet.next_best_fix.rule == "contact-missing"


def test_a_rule_is_silenced_only_with_a_reason() -> None:
    with pytest.raises(ValueError, match="contact-missing"):
        lint(good(), silenced={"contact-missing": "  "})


def test_a_silenced_rule_that_is_no_more_is_still_shown() -> None:
    [silenced] = lint(good(), silenced={"old-rule": "We knew"}).silenced
    assert (silenced.rule, silenced.hits, silenced.points) == ("old-rule", 0, 0.0)


def test_what_reading_found_weighs_and_is_explained() -> None:
    found = [
        Finding("reference-dangling", "error", f"{REFUNDS}/post/requestBody/$ref", 7, "the end\x1b")
    ]
    report = lint(good(), found=found)
    [finding] = report.findings
    assert (finding.rule, finding.level) == ("reference-dangling", "error")
    assert finding.operation == "POST /refunds"
    assert finding.detail == "The end"
    assert finding.why
    assert finding.mend
    assert report.score < 100
    assert report.next_best_fix is not None
    assert report.next_best_fix.rule == "reference-dangling"
    assert lint(good(), found=found, silenced={"reference-dangling": "Known"}).score == 100


def test_findings_come_worst_first() -> None:
    tree = changed(
        good(),
        {
            "/info/contact": GONE,
            f"{REFUNDS}/post/security": [],
            f"{REQUEST}/properties/note/maxLength": GONE,
        },
    )
    assert [finding.level for finding in lint(tree).findings] == ["error", "warning", "info"]


def test_a_rule_tells_its_first_places_and_counts_them_all() -> None:
    fields = {f"field_{number}": {"type": "string"} for number in range(400)}
    tree = changed(good(), {f"{REQUEST}/properties": fields})
    report = lint(tree)
    shown = [each for each in report.findings if each.rule == "request-text-unbounded"]
    assert len(shown) == SHOWN_OF_A_RULE
    assert report.totals["request-text-unbounded"].hits == 400


def test_the_report_is_plain_data() -> None:
    report = lint(changed(good(), {"/info/contact": GONE}), silenced={"tag-missing": "Few"})
    told: dict[str, Any] = report.as_dict()
    assert told["grade"] == "A"
    assert told["findings"][0]["rule"] == "contact-missing"
    assert told["totals"]["contact-missing"] == {"level": "info", "places": 1, "hits": 1}
    assert told["silenced"][0]["reason"] == "Few"
    assert told["next_best_fix"]["points"] == pytest.approx(2.5)
