"""What other policies would have said: past requests replayed, and what flips."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from marketplace.policy.decide import judge
from marketplace.policy.models import PolicyDecision
from marketplace.policy.rules import Rules, RulesProblem, read_rules


@dataclass(frozen=True, slots=True)
class Flip:
    """A past request that would get another outcome."""

    at: datetime
    actor: str
    action: str
    resource: str
    before: str
    after: str
    rule: str


@dataclass(slots=True)
class DryRun:
    """The replay: how many, which flip, how many no longer fit the schema."""

    replayed: int = 0
    unreadable: int = 0
    flips: list[Flip] = field(default_factory=list)

    def counts(self) -> Mapping[tuple[str, str], int]:
        """How many flip from which outcome to which."""
        return Counter((flip.before, flip.after) for flip in self.flips)


def dry_run(candidate: Path, *, since: datetime, limit: int = 50_000) -> DryRun:
    """Replay the decisions kept since `since`, newest first, under the rules in `candidate`.

    Raises RulesProblem where the candidate cannot be used.
    """
    kept = PolicyDecision.objects.filter(at__gte=since).order_by("-at")[:limit]
    return replay(kept.iterator(chunk_size=2000), read_rules(candidate))


def replay(decisions: Iterable[PolicyDecision], rules: Rules) -> DryRun:
    """The same over decisions and rules at hand."""
    run = DryRun()
    for kept in decisions:
        request: dict[str, Any] = kept.request
        run.replayed += 1
        try:
            decision = judge(request, rules=rules)
        except RulesProblem:
            run.unreadable += 1
            continue
        if decision.outcome != kept.outcome:
            run.flips.append(
                Flip(
                    kept.at,
                    kept.actor_label,
                    kept.action,
                    f"{kept.resource_type} {kept.resource_id}",
                    kept.outcome,
                    decision.outcome,
                    decision.rule,
                )
            )
    return run
