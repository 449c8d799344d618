"""Allow, wait or deny; with the rule, why, and the smallest change that flips it."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace import clock
from marketplace.policy.decide import RANK, decide, judge, longest_life, principal
from marketplace.policy.ladder import Rung, shorter_lives
from marketplace.policy.models import PolicyDecision
from marketplace.policy.rules import RulesProblem
from tests.company import Company

DAY = 86_400
CONTEXT = {
    "application_tenant": "retail",
    "application_team": "checkout",
    "environment": "live",
    "ttl_seconds": 7 * DAY,
    "has_purpose": False,
    "budget_exhausted": False,
    "over_budget": False,
}
PURPOSE = Rung("purpose", "say what for", 1, {"has_purpose": True})
SANDBOX = Rung("environment", "take the sandbox", 20, {"environment": "sandbox"})


def request(context: dict[str, Any] | None = None, **resource: Any) -> dict[str, Any]:
    return {
        "principal": {
            "type": "Actor",
            "id": "dora",
            "kind": "user",
            "tenant": "retail",
            "role": "member",
            "platform": False,
            "teams": ["checkout"],
            "owns": [],
        },
        "action": "access.request",
        "resource": {
            "type": "Api",
            "id": "orders",
            "slug": "orders",
            "tenant": "retail",
            "team": "payments",
            "kind": "openapi",
            "lifecycle": "active",
            "data_class": "internal",
            "risk": "low",
            "freshness": "",
            **resource,
        },
        "context": {**CONTEXT, **(context or {})},
    }


def test_a_wait_names_the_rule_and_the_longest_life_that_would_not_wait() -> None:
    asked = request({"ttl_seconds": 30 * DAY}, risk="medium")
    decision = judge(asked, ladder=shorter_lives(timedelta(days=30)))
    assert decision.outcome == "wait"
    assert decision.rule == "medium-risk-over-7-days-waits"
    assert decision.fix == "Ask for 7 days or less, and it is given at once."
    assert judge(request(dict(decision.change), risk="medium")).outcome == "allow"


def test_a_denial_prefers_the_change_that_is_given_at_once_over_one_that_waits() -> None:
    asked = request({"ttl_seconds": 60 * DAY}, risk="high")
    ladder = (*shorter_lives(timedelta(days=60)), SANDBOX)
    decision = judge(asked, ladder=ladder)
    assert (decision.outcome, decision.rule) == ("deny", "internal-keys-live-30-days-at-most")
    assert decision.fix == "Ask for 30 days or less and take the sandbox, and it is given at once."
    only_shorter = judge(asked, ladder=shorter_lives(timedelta(days=60)))
    assert only_shorter.fix == "Ask for 30 days or less, and an owner can approve it."


def test_two_changes_are_named_together_where_one_is_not_enough() -> None:
    asked = request({"ttl_seconds": 7 * DAY}, data_class="restricted")
    decision = judge(asked, ladder=(*shorter_lives(timedelta(days=7)), PURPOSE, SANDBOX))
    assert decision.outcome == "deny"
    assert decision.fix == "Ask for 24 hours or less and say what for, and an owner can approve it."


def test_no_change_is_named_where_none_on_the_ladder_helps() -> None:
    decision = judge(request(lifecycle="retired"), ladder=(PURPOSE, SANDBOX))
    assert (decision.outcome, decision.fix) == ("deny", "")


def test_the_longest_life_is_the_highest_passing_rung() -> None:
    assert longest_life(request()) == 30 * DAY
    assert longest_life(request(data_class="public")) == 90 * DAY
    assert longest_life(request(risk="medium")) == 7 * DAY
    assert longest_life(request(risk="high")) is None
    assert longest_life(request(risk="high"), outcome="wait") == 30 * DAY


def test_advice_stands_beside_the_decision_and_changes_nothing() -> None:
    decision = judge(request(lifecycle="deprecated", sunset_in=3 * DAY))
    assert decision.outcome == "allow"
    assert len(decision.advice) == 2


def test_facts_that_do_not_fit_the_schema_are_a_problem_and_never_an_allow() -> None:
    for wrong in ({"ttl_seconds": "long"}, {"has_purpose": "true"}, {"unheard_of": True}):
        with pytest.raises(RulesProblem):
            judge(request(wrong))


def test_h56_a_guardrail_flag_smuggled_as_a_json_string_is_no_flag() -> None:
    for smuggled in ('{"approved": true}', "true", 1, {"approved": True}):
        with pytest.raises(RulesProblem):
            judge(request({"has_purpose": smuggled}, data_class="restricted"))


@settings(max_examples=150, deadline=None)
@given(
    risk=st.sampled_from(["low", "medium", "high"]),
    data_class=st.sampled_from(["public", "internal", "confidential", "restricted"]),
    lifecycle=st.sampled_from(["active", "deprecated", "retired"]),
    tenant=st.sampled_from(["retail", "logistics"]),
    days=st.integers(1, 120),
    environment=st.sampled_from(["live", "sandbox"]),
    purpose=st.booleans(),
    exhausted=st.booleans(),
)
def test_the_fix_named_really_gives_more_and_the_outcome_agrees_with_an_oracle(
    risk: str,
    data_class: str,
    lifecycle: str,
    tenant: str,
    days: int,
    environment: str,
    purpose: bool,
    exhausted: bool,
) -> None:
    context = {
        "ttl_seconds": days * DAY,
        "environment": environment,
        "has_purpose": purpose,
        "budget_exhausted": exhausted,
    }
    facts = {
        "risk": risk, "data_class": data_class, "lifecycle": lifecycle, "tenant": tenant
    }  # fmt: skip
    ladder = (*shorter_lives(timedelta(days=days)), PURPOSE, SANDBOX)
    decision = judge(request(context, **facts), ladder=ladder)
    most = {"public": 90, "internal": 30, "confidential": 7, "restricted": 1}[data_class]
    live = environment == "live"
    denied = lifecycle == "retired" or days > most or (data_class == "restricted" and not purpose)
    waits = data_class in {"confidential", "restricted"} or (
        live
        and (risk == "high" or (risk == "medium" and (days > 7 or tenant != "retail")) or exhausted)
    )
    assert decision.outcome == ("deny" if denied else "wait" if waits else "allow")
    if decision.fix:
        after = judge(request({**context, **decision.change}, **facts))
        assert RANK[after.outcome] > RANK[decision.outcome]


@pytest.mark.django_db
def test_a_decision_is_kept_with_its_facts_and_read_back_by_whom_it_concerns(
    company: Company,
) -> None:
    actor = company.actor(company.developer)
    asked = request()
    context = {**CONTEXT, "application_team": str(company.builders.id)}
    decision = decide(
        actor=actor, action="access.request", resource=asked["resource"], context=context
    )
    assert decision.outcome == "allow"
    decide(
        actor=actor,
        action="access.request",
        resource=asked["resource"],
        context=context,
        record=False,
    )
    kept = PolicyDecision.across.get()
    assert kept.rule == "teams-ask-for-their-applications"
    assert kept.request["principal"] == json.loads(json.dumps(principal(actor)))
    answers = {
        who: company.client(getattr(company, who)).get("/api/v1/decisions").json()["items"]
        for who in ("developer", "owner", "finance", "outsider")
    }
    assert [len(rows) for rows in answers.values()] == [1, 0, 1, 0]
    assert answers["developer"][0]["outcome"] == "allow"
    assert clock.now() >= kept.at
