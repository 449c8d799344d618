"""Whatever tree it is given, lint answers; and its fixes only ever help."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.lint import autofix
from catalog.lint.check import lint
from catalog.lint.finding import LintReport
from tests.catalog.lint.cases import good

WORDS = sorted(
    {
        word
        for kind in ("openapi", "asyncapi")
        for line in json.dumps(good(kind), indent=0).splitlines()
        if (word := line.partition('"')[2].partition('"')[0])
    }
    | {
        "$ref", "allOf", "anyOf", "not", "if", "then", "items", "prefixItems", "swagger", "host",
        "schemes", "callbacks", "webhooks", "formData", "body", "traits", "oneOf", "x-sunset",
        "additionalOperations", "parameters", "reply", "const", "enum", "minimum", "default",
    }
)  # fmt: skip
REFS = st.sampled_from(
    ["#", "#/", "#/paths", "#/components/schemas/Refund", "#/components/schemas/Nothing", "a.yaml"]
)
NAMES = st.one_of(st.sampled_from(WORDS), st.text(max_size=12))
PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    NAMES,
    REFS,
)
ANYTHING = st.recursive(
    PLAIN,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=6)),
    max_leaves=40,
)
KINDS = st.sampled_from(["openapi", "asyncapi"])
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
FEW = settings(QUICK, max_examples=12)


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at] if at else []
    if isinstance(value, (dict, list)):
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            found += places(child, (*at, key))
    return found


PLACES = {kind: places(good(kind)) for kind in ("openapi", "asyncapi")}


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, Any]:
    """A document without fault in which something stands that does not belong there."""
    kind = draw(KINDS)
    tree = good(kind)
    for _ in range(draw(st.integers(1, 4))):
        *path, last = draw(st.sampled_from(PLACES[kind]))
        holder: Any = tree
        for step in path:
            try:
                holder = holder[step]
            except (KeyError, IndexError, TypeError):
                break
        else:
            fits = isinstance(holder, list) and isinstance(last, int) and last < len(holder)
            if fits or isinstance(holder, dict):
                holder[last] = draw(ANYTHING)
    return tree


@st.composite
def incomplete(draw: st.DrawFn) -> dict[str, Any]:
    """A document from which parts were taken away."""
    kind = draw(KINDS)
    tree = good(kind)
    optional = [at for at in PLACES[kind] if at[-1] in OPTIONAL]
    for at in draw(st.lists(st.sampled_from(optional), min_size=1, max_size=30, unique=True)):
        holder: Any = tree
        for step in at[:-1]:
            holder = holder.get(step, {}) if isinstance(holder, dict) else holder[step]
        if isinstance(holder, dict):
            holder.pop(at[-1], None)
    return tree


OPTIONAL = frozenset([
    "operationId", "summary", "description", "tags", "name", "format", "writeOnly", "example",
    "examples", "security", "maxLength", "contact", "messages", "correlationId", "title",
])  # fmt: skip


def sound(report: LintReport) -> None:
    assert report.grade in "ABCDEF"
    assert 0 <= report.score <= 100
    for finding in report.findings:
        assert finding.detail.isprintable()
        assert len(finding.detail) < 400
        json.dumps(finding.as_dict())
    assert all(total.hits <= total.places for total in report.totals.values())
    json.dumps(report.as_dict())


@QUICK
@given(ANYTHING)
def test_any_tree_is_linted(tree: Any) -> None:
    sound(lint(tree))


@QUICK
@given(st.sampled_from(["openapi", "asyncapi", "swagger"]), ANYTHING, ANYTHING, ANYTHING, ANYTHING)
def test_any_tree_that_looks_like_a_document_is_linted(
    kind: str, version: Any, paths: Any, parts: Any, servers: Any
) -> None:
    where = "channels" if kind == "asyncapi" else "paths"
    tree = {
        kind: version,
        where: paths,
        "components": parts,
        "servers": servers,
        "schemes": servers,
    }
    sound(lint(tree))


@QUICK
@given(damaged())
def test_a_damaged_document_is_linted_and_left_as_it_is(tree: dict[str, Any]) -> None:
    before = deepcopy(tree)
    sound(lint(tree))
    assert tree == before


@QUICK
@given(st.one_of(damaged(), incomplete()))
def test_fixing_never_lowers_the_score(tree: dict[str, Any]) -> None:
    before = lint(tree)
    mended = autofix.apply(tree, before.findings)
    after = lint(mended)
    assert after.score >= before.score
    fixable = {finding.rule for finding in before.findings if finding.autofix}
    for rule in fixable:
        assert after.totals[rule].hits <= before.totals[rule].hits


@QUICK
@given(incomplete())
def test_what_was_fixed_needs_no_fix_again(tree: dict[str, Any]) -> None:
    mended = autofix.apply(tree, lint(tree).findings)
    again = [finding for finding in lint(mended).findings if finding.autofix]
    assert again == []


@FEW
@given(incomplete())
def test_the_next_best_fix_is_worth_what_it_says_and_no_other_is_worth_more(
    tree: dict[str, Any],
) -> None:
    report = lint(tree)
    if report.next_best_fix is None:
        assert report.score == 100
        return
    best = report.next_best_fix
    assert best.points >= 0
    for rule in {finding.rule for finding in report.findings}:
        without = lint(tree, silenced={rule: "to see what it is worth"})
        assert without.score <= best.score
        if rule == best.rule:
            assert without.score == best.score
            assert without.silenced[0].points == best.points


@QUICK
@given(incomplete())
def test_a_document_with_a_fault_more_never_scores_higher(tree: dict[str, Any]) -> None:
    report = lint(tree)
    worse = deepcopy(tree)
    worse["info"].pop("contact", None)
    assert lint(worse).score <= report.score
