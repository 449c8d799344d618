"""Lints one document: every rule over one survey, then the grade."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from catalog.documents.operation import OperationSpec
from catalog.lint import reading, score
from catalog.lint.finding import BestFix, Level, LintFinding, LintReport, Silenced, Total
from catalog.lint.reading import Found
from catalog.lint.registry import RULES
from catalog.lint.rule import Hit, Rule
from catalog.lint.survey import Survey

SHOWN_OF_A_RULE = 50
ORDER: Mapping[Level, int] = {"error": 0, "warning": 1, "info": 2}


def lint(
    tree: Any,
    *,
    silenced: Mapping[str, str] | None = None,
    operations: Iterable[OperationSpec] | None = None,
    found: Sequence[Found] = (),
) -> LintReport:
    """Every finding of a document, its grade and its next best fix.

    `tree` is never changed. `silenced` maps rules to the reason why they don't count.
    `operations` spares listing them again. `found` is what reading the document found already: it
    weighs in the grade and stands among the findings, explained. Raises ValueError for a rule
    silenced without a reason.
    """
    silenced = silenced or {}
    for rule_id, reason in silenced.items():
        if not reason.strip():
            raise ValueError(f"{rule_id} is silenced without a reason")
    survey = Survey(tree, operations)
    totals: dict[str, Total] = {}
    kept: dict[str, list[Hit]] = {}
    for rule in RULES.values():
        if rule.applies(survey):
            totals[rule.id], kept[rule.id] = run(rule, survey)
    totals.update(reading.totals_of(found, len(survey.operations)))
    counted = {rule: total for rule, total in totals.items() if rule not in silenced}
    exact = score.exact(counted)
    findings = chain(
        reading.told(found, survey.operations),
        (as_finding(RULES[rule], hit) for rule, hits in kept.items() for hit in hits),
    )
    return LintReport(
        findings=sorted(
            (finding for finding in findings if finding.rule not in silenced),
            key=lambda finding: ORDER[finding.level],
        ),
        grade=score.grade_of(score.whole(exact)),
        score=score.whole(exact),
        next_best_fix=best_fix(counted, exact, kept, found),
        silenced=[
            hidden(rule, reason, counted, totals, exact) for rule, reason in silenced.items()
        ],
        totals=totals,
        partial=survey.schemas.partial,
    )


def as_finding(rule: Rule, hit: Hit) -> LintFinding:
    """A hit as it is told."""
    return LintFinding(
        rule=rule.id,
        level=rule.level,
        pointer=hit.pointer,
        operation=hit.owner,
        detail=hit.detail,
        why=rule.why,
        mend=rule.mend,
        autofix=hit.autofix,
    )


def run(rule: Rule, survey: Survey) -> tuple[Total, list[Hit]]:
    """One rule over all its places: the total, and the hits that are shown."""
    places = hits = 0
    kept: list[Hit] = []
    check = rule.check
    for place in rule.places(survey):
        places += 1
        hit = check(survey, place)
        if hit is not None:
            hits += 1
            if hits <= SHOWN_OF_A_RULE:
                kept.append(hit)
    return Total(rule.level, places, hits), kept


def best_fix(
    counted: Mapping[str, Total],
    exact: float,
    kept: Mapping[str, list[Hit]],
    found: Sequence[Found],
) -> BestFix | None:
    """The fix worth most, its worth worked out by scoring again without it."""
    best = score.best_rule(counted)
    if best is None:
        return None
    rule, then = best
    if kept.get(rule):
        first: Hit | Found = kept[rule][0]
    else:
        first = next(each for each in found if each.rule == rule)
    others = counted[rule].hits - 1
    more = f" (and in {others} other place{'s' * (others != 1)})" if others else ""
    reached = score.whole(then)
    return BestFix(
        rule=rule,
        pointer=first.pointer,
        detail=first.detail + more,
        points=round(then - exact, 1),
        score=reached,
        grade=score.grade_of(reached),
    )


def hidden(
    rule: str,
    reason: str,
    counted: Mapping[str, Total],
    totals: Mapping[str, Total],
    exact: float,
) -> Silenced:
    """What silencing a rule hides."""
    total = totals.get(rule)
    if total is None:
        return Silenced(rule, reason, 0, 0.0)
    points = exact - score.exact({**counted, rule: total})
    return Silenced(rule, reason, total.hits, round(points, 1))
