"""The rules' own test: JSON cases beside them, and whether each rule has its two sides.

A case file is {"base": {principal, action, resource, context}, "cases": [{"about": rule id,
"when": {"context.ttl_seconds": 60, …}, "expect": "allow|wait|deny"}]}; `when` changes the base.
A case that expects wait or deny names the rule that decides; one that expects allow shows the
near miss. For advice, `expect` is "advised" or "silent".
"""

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marketplace.policy.decide import Decision, judge
from marketplace.policy.rules import HOME, NO_PERMIT, Rules, rules_in_force

FAVOURABLE = frozenset({"allow", "advised"})


@dataclass(frozen=True, slots=True)
class Case:
    """One request and what the rules must say about it."""

    file: str
    number: int
    about: str
    expect: str
    request: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.file} #{self.number} ({self.about}, {self.expect})"


def read_cases(home: Path = HOME) -> list[Case]:
    """All cases under `home`."""
    return [case for file in sorted(home.glob("*/cases/*.json")) for case in _cases_of(file)]


def _cases_of(file: Path) -> Iterator[Case]:
    text = json.loads(file.read_text())
    for number, given in enumerate(text["cases"], 1):
        request = copy.deepcopy(text["base"])
        for place, value in given["when"].items():
            *way, last = place.split(".")
            inner = request
            for step in way:
                inner = inner[step]
            inner[last] = value
        yield Case(file.name, number, given["about"], given["expect"], request)


def failure_of(case: Case, rules: Rules) -> str:
    """Why the case does not hold under `rules`; empty where it does."""
    rule = rules_in_force().by_id.get(case.about)
    if rule is None:
        return f"{case.name}: there is no such rule"
    decision = judge(case.request, rules=rules)
    if rule.advice:
        told = rule.because in decision.advice
        return "" if told == (case.expect == "advised") else f"{case.name}: {decision.advice}"
    if decision.outcome != case.expect:
        return f"{case.name}: {decision.outcome} by {decision.rule}"
    return (
        ""
        if _named(decision, case, permits=rule.effect == "permit")
        else (f"{case.name}: decided by {decision.rule}")
    )


def _named(decision: Decision, case: Case, *, permits: bool) -> bool:
    if permits:
        expected = case.about if case.expect == "allow" else NO_PERMIT
        return decision.rule == expected
    return case.expect == "allow" or case.about in {decision.rule, *decision.also}


def failures(rules: Rules | None = None) -> list[str]:
    """Everything wrong: cases that fail, rules without both sides, and rules that could go
    without any of their cases noticing."""
    rules = rules or rules_in_force()
    cases = read_cases()
    found = [text for case in cases if (text := failure_of(case, rules))]
    for rule_id in rules.by_id:
        about = [case for case in cases if case.about == rule_id]
        if not any(case.expect in FAVOURABLE for case in about):
            found.append(f"{rule_id}: no case that allows")
        if not any(case.expect not in FAVOURABLE for case in about):
            found.append(f"{rule_id}: no case that denies or waits")
        elif not any(failure_of(case, rules.without(rule_id)) for case in about):
            found.append(f"{rule_id}: its cases hold without it too")
    return found
