"""Lint rules that an owner chose to live with, and why."""

from collections.abc import Mapping

from django.db import transaction

from catalog.apis import api_to_change
from catalog.lint.registry import RULES
from catalog.models import Silence
from marketplace import clock
from marketplace.audit.record import record
from marketplace.errors import Invalid
from marketplace.tenants.actor import Actor

LONGEST_REASON = 500


def silences_of(slug: str) -> Mapping[str, str]:
    """The silenced rules of an API with their reasons; from the next publish on they don't count.

    A rule that lint no longer has is left out.
    """
    rows = Silence.across.filter(api__slug=slug).values_list("rule", "reason")
    return {rule: reason for rule, reason in rows if rule in RULES}


@transaction.atomic
def silence_rule(*, actor: Actor, slug: str, rule: str, reason: str) -> Silence:
    """Stop counting a rule for an API. Raises NotFound, Forbidden, Invalid for an unknown rule or
    an empty reason."""
    api = api_to_change(actor, slug)
    if rule not in RULES:
        raise Invalid.at("/rule", f"There is no lint rule {rule!r}.")
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise Invalid.at("/reason", f"Say why, in at most {LONGEST_REASON} characters.")
    silence, _ = Silence.across.update_or_create(
        api=api,
        rule=rule,
        defaults={
            "tenant_id": api.tenant_id,
            "reason": reason.strip(),
            "by_label": actor.label[:200],
            "created_at": clock.now(),
        },
    )
    record(
        actor=actor,
        action="rule.silenced",
        target=f"api:{slug}",
        tenant_id=api.tenant_id,
        details={"rule": rule, "reason": reason.strip()},
    )
    return silence


@transaction.atomic
def hear_rule(*, actor: Actor, slug: str, rule: str) -> None:
    """Count a rule again. Raises NotFound, Forbidden."""
    api = api_to_change(actor, slug)
    gone, _ = Silence.across.filter(api=api, rule=rule).delete()
    if gone:
        record(
            actor=actor,
            action="rule.heard",
            target=f"api:{slug}",
            tenant_id=api.tenant_id,
            details={"rule": rule},
        )
