"""The one `decide()`: allow, wait or deny, with the rule, why, and the smallest change that flips
it.

A request is evaluated as if nobody approved, then as if somebody had: passing at once is allow,
passing only with approval is wait, else deny. The rule named is the first that stood in the way.
"""

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from marketplace import clock
from marketplace.policy.ladder import LIVES, Rung, as_advice, by_weight
from marketplace.policy.models import PolicyDecision
from marketplace.policy.rules import NO_PERMIT, Rules, Verdict, rules_in_force
from marketplace.tenants.actor import Actor

Outcome = Literal["allow", "wait", "deny"]
RANK: Mapping[Outcome, int] = {"deny": 0, "wait": 1, "allow": 2}
NOTHING_PERMITS = "No rule permits this to you."
THEN: Mapping[Outcome, str] = {
    "allow": "it is given at once",
    "wait": "an owner can approve it",
    "deny": "",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What the policies say.

    `rule` is the `@id` of the rule that decided, `because` its sentence, `fix` the smallest change
    that gives more (empty where nothing on the ladder does) and `change` that change as data.
    `also` names further rules in the way, `advice` what to know before going on; `field` points
    at the one thing in the request that the rule finds wrong, or is empty.
    """

    outcome: Outcome
    rule: str
    because: str
    fix: str = ""
    change: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    also: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    field: str = ""

    @property
    def allowed(self) -> bool:
        return self.outcome == "allow"

    def as_dict(self) -> dict[str, Any]:
        """The decision as REST answers it."""
        return {
            "outcome": self.outcome,
            "rule": self.rule,
            "because": self.because,
            "fix": self.fix or None,
            "advice": list(self.advice),
        }


def decide(
    *,
    actor: Actor,
    action: str,
    resource: Mapping[str, Any],
    context: Mapping[str, Any] | None = None,
    ladder: Sequence[Rung] = (),
    record: bool = True,
    kind: str = "",
) -> Decision:
    """Decide whether `actor` may do `action` to `resource`, and keep the decision.

    `resource` is {type, id, attributes…} and `context` further facts, both as the schema names
    them; `approved` is set here. `ladder` holds the changes to try for `fix`. `kind` overrides the
    actor's kind ("agent" for a service account that is one). `record=False` is for previews.
    Raises RulesProblem where the facts do not fit the schema.
    """
    request: dict[str, Any] = {
        "principal": principal(actor, kind=kind),
        "action": action,
        "resource": _known(resource),
        "context": _known(context or {}),
    }
    decision = judge(request, ladder=ladder)
    if record and actor.tenant_id is not None:
        keep(decision, request, actor=actor, tenant_id=actor.tenant_id)
    return decision


def principal(actor: Actor, *, kind: str = "") -> dict[str, Any]:
    """The actor as the policies see him."""
    return {
        "type": "Actor",
        "id": str(actor.id or actor.label),
        "kind": kind or actor.kind,
        "tenant": str(actor.tenant_id or ""),
        "role": actor.tenant_role,
        "platform": actor.is_platform_admin,
        "teams": sorted(str(team) for team in actor.team_roles),
        "owns": sorted(str(team) for team, role in actor.team_roles.items() if role == "owner"),
    }


def judge(
    request: Mapping[str, Any], *, ladder: Sequence[Rung] = (), rules: Rules | None = None
) -> Decision:
    """The decision about a request as data, under `rules` or those in force; nothing is kept."""
    rules = rules or rules_in_force()
    outcome, verdict = _outcome(rules, request, request["context"])
    advice = tuple(rule.because for rule in rules.advise(_with(request, request["context"])))
    if not verdict.rules:
        return Decision(outcome, NO_PERMIT, NOTHING_PERMITS, advice=advice)
    first = verdict.rules[0]
    if outcome == "allow":
        return Decision("allow", first.id, first.because, advice=advice)
    fix, change = _smallest_change(rules, request, outcome, ladder)
    return Decision(
        outcome,
        first.id,
        first.because,
        fix=fix,
        change=change,
        also=tuple(rule.id for rule in verdict.rules[1:]),
        advice=advice,
        field=first.field,
    )


def longest_life(request: Mapping[str, Any], *, outcome: Outcome = "allow") -> int | None:
    """The highest life in seconds, from 90 days down to 5 minutes, at which `request` gets at
    least `outcome`; None where no life does."""
    rules = rules_in_force()
    for life, _ in LIVES:
        context = {**request["context"], "ttl_seconds": int(life.total_seconds())}
        if RANK[_outcome(rules, request, context)[0]] >= RANK[outcome]:
            return int(life.total_seconds())
    return None


def _known(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value is not None}


def _with(request: Mapping[str, Any], context: Mapping[str, Any], approved: bool = False) -> Any:
    return {**request, "context": {**context, "approved": approved}}


def _outcome(
    rules: Rules, request: Mapping[str, Any], context: Mapping[str, Any]
) -> tuple[Outcome, Verdict]:
    alone = rules.evaluate(_with(request, context))
    if alone.allowed:
        return "allow", alone
    approved = rules.evaluate(_with(request, context, approved=True))
    return ("wait", alone) if approved.allowed else ("deny", approved)


def _smallest_change(
    rules: Rules, request: Mapping[str, Any], outcome: Outcome, ladder: Sequence[Rung]
) -> tuple[str, Mapping[str, Any]]:
    second: tuple[str, Mapping[str, Any]] = ("", {})
    for rungs in by_weight(ladder):
        change = {key: value for rung in rungs for key, value in rung.context.items()}
        got, _ = _outcome(rules, request, {**request["context"], **change})
        if got == "allow":
            return as_advice(rungs, then=THEN[got]), change
        if RANK[got] > RANK[outcome] and not second[0]:
            second = (as_advice(rungs, then=THEN[got]), change)
    return second


def keep(
    decision: Decision, request: Mapping[str, Any], *, actor: Actor, tenant_id: UUID
) -> PolicyDecision:
    """Write the decision with what was asked, for GET /decisions and the dry run."""
    asked = json.dumps(request, sort_keys=True, separators=(",", ":"))
    return PolicyDecision.across.create(
        tenant_id=tenant_id,
        at=clock.now(),
        actor_kind=request["principal"]["kind"],
        actor_id=actor.id,
        actor_label=actor.label[:200],
        action=request["action"],
        resource_type=request["resource"]["type"],
        resource_id=str(request["resource"]["id"]),
        outcome=decision.outcome,
        rule=decision.rule,
        because=decision.because,
        fix=decision.fix,
        request=json.loads(asked),
        digest=hashlib.sha256(asked.encode()).digest(),
        policies=rules_in_force().version,
    )
