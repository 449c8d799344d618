"""Lints one document: every rule over one survey, then the grade."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from catalog.documents.operation import OperationSpec
from catalog.lint import score
from catalog.lint.finding import BestFix, Level, LintFinding, LintReport, Silenced, Total
from catalog.lint.registry import RULES
from catalog.lint.rule import Hit, Rule
from catalog.lint.survey import Survey

SHOWN_OF_A_RULE = 50
ORDER: Mapping[Level, int] = {"error": 0, "warning": 1, "info": 2}


class Found(Protocol):
    """A finding of reading the document (catalog.documents.findings)."""

    @property
    def rule(self) -> str: ...
    @property
    def level(self) -> Level: ...
    @property
    def pointer(self) -> str: ...
    @property
    def detail(self) -> str: ...


def lint(
    tree: Any,
    *,
    silenced: Mapping[str, str] | None = None,
    operations: Iterable[OperationSpec] | None = None,
    found: Sequence[Found] = (),
) -> LintReport:
    """Every finding of a document, its grade and its next best fix.

    `tree` is never changed. `silenced` maps rules to the reason why they don't count.
    `operations` spares listing them again; `found`, what reading the document found already,
    weighs in the grade and is not repeated in the findings. Raises ValueError for a rule silenced
    without a reason.
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
    totals.update(totals_of(found, len(survey.operations)))
    counted = {rule: total for rule, total in totals.items() if rule not in silenced}
    exact = score.exact(counted)
    findings = [
        LintFinding(
            rule=rule.id,
            level=rule.level,
            pointer=hit.pointer,
            operation=hit.operation,
            detail=hit.detail,
            why=rule.why,
            mend=rule.mend,
            autofix=hit.autofix,
        )
        for rule in sorted(RULES.values(), key=lambda rule: ORDER[rule.level])
        if rule.id not in silenced
        for hit in kept.get(rule.id, ())
    ]
    return LintReport(
        findings=findings,
        grade=score.grade_of(score.whole(exact)),
        score=score.whole(exact),
        next_best_fix=best_fix(counted, exact, kept, found),
        silenced=[
            hidden(rule, reason, counted, totals, exact) for rule, reason in silenced.items()
        ],
        totals=totals,
        partial=survey.schemas.partial,
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


def totals_of(found: Sequence[Found], operations: int) -> dict[str, Total]:
    """What reading found, counted by rule against the number of operations."""
    counts: dict[str, int] = {}
    levels: dict[str, Level] = {}
    for each in found:
        counts[each.rule] = counts.get(each.rule, 0) + 1
        levels[each.rule] = each.level
    return {
        rule: Total(levels[rule], max(operations, count, 1), count)
        for rule, count in counts.items()
    }


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
