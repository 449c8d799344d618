"""How good a version's document is: grade, findings by rule, what is silenced."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from catalog.models import Operation, Silence
from catalog.publish.report import FindingLine
from catalog.publish.stored import as_line, findings_of
from catalog.silences import hear_rule, silence_rule
from catalog.views.asking import actor_in, coded, page
from catalog.views.frame import framed
from marketplace.errors import Invalid

SHOWN_OF_A_RULE = 12
MOST = 3_000
ORDER = ("error", "warning", "info")


def findings(request: HttpRequest, slug: str) -> HttpResponse:
    """The findings by rule, the gravest first, with why and how to mend."""
    found, context = framed(request, slug, tab="overview")
    if found.version is None:
        return page(request, "catalog/api/nothing.html", context)
    lines = [as_line(row) for row in findings_of(found.version)[:MOST]]
    groups = by_rule(lines)
    keys = {row["key"] for group in groups for row in group["rows"] if row["key"]}
    slugs = dict(
        Operation.across.filter(version=found.version, key__in=keys).values_list("key", "slug")
    )
    for group in groups:
        for row in group["rows"]:
            row["slug"] = slugs.get(row["key"], "")
    context |= {
        "groups": groups,
        "total": len(lines),
        "silences": Silence.across.filter(api=found.api).order_by("rule"),
    }
    return page(request, "catalog/api/findings.html", context)


def by_rule(lines: Iterable[FindingLine]) -> list[dict[str, Any]]:
    """Findings grouped by rule, the gravest and most frequent first."""
    groups: dict[str, list[FindingLine]] = {}
    for line in lines:
        groups.setdefault(line.rule, []).append(line)
    found = [_group(rule, same) for rule, same in groups.items()]
    return sorted(found, key=lambda group: (ORDER.index(group["severity"]), -group["count"]))


def _group(rule: str, lines: list[FindingLine]) -> dict[str, Any]:
    first = lines[0]
    return {
        "rule": rule,
        "severity": first.severity,
        "title": coded(first.mend or first.text),
        "why": first.why,
        "count": len(lines),
        "more": len(lines) - SHOWN_OF_A_RULE,
        "rows": [
            {"text": line.text, "line": line.line, "pointer": line.pointer, "key": line.operation}
            for line in lines[:SHOWN_OF_A_RULE]
        ],
    }


@require_POST
def silences(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Silence a rule, or count it again."""
    actor = actor_in(request)
    rule = request.POST.get("rule", "")
    if request.POST.get("undo"):
        hear_rule(actor=actor, slug=slug, rule=rule)
        messages.success(request, f"{rule} counts again from the next publish on.")
    else:
        try:
            silence_rule(actor=actor, slug=slug, rule=rule, reason=request.POST.get("reason", ""))
            messages.success(request, f"{rule} is silent from the next publish on.")
        except Invalid as problem:
            messages.error(request, problem.errors[0].detail)
    return redirect(f"/apis/{slug}/findings")
