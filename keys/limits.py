"""Limits that come with access: by the second and by call in the grant, a plan's quota for each
key, a consent's budget for its agent."""

from fractions import Fraction
from math import ceil
from typing import Any

from billing.models import Budget, Quota
from billing.rating.cards import Card, load_cards
from catalog.models import Api, Plan
from keys.models import Application, Consent, Key
from marketplace import clock
from marketplace.tenants.scope import platform_scope

CALLS = "requests"
TOKENS = "tokens"
WINDOWS = frozenset({"minute", "hour", "day", "month"})
ALERT_AT = [80, 100]  # percent of the budget


def limits_of(plan: Plan | None, api: Api, application: Application) -> dict[str, Any]:
    """A grant's limits as the edge reads them: the plan's rate by the second, and what one call
    of a model may cost at most, which the edge reserves in hard budgets until it is settled."""
    found: dict[str, Any] = {}
    given = plan.limits if plan else {}
    if rate := given.get("rate_per_second"):
        burst = given.get("burst") or max(1, round(rate))
        found["rate"] = {"per_second": rate, "burst": burst}
    if reserve := dearest_call(plan, api, application):
        found["reserve_micros"] = reserve
    return found


def dearest_call(plan: Plan | None, api: Api, application: Application) -> int:
    """What one call of a model can cost at most, in micro-units of the payer's currency.

    0 where calls have one price, which is metered exactly, and where nothing bounds a call's
    tokens: the plan's `max_tokens`, in and out together, does.
    """
    most_tokens = int((plan.limits.get("max_tokens") if plan else None) or 0)
    if not most_tokens:
        return 0
    with platform_scope():
        card = load_cards([api.id]).card_at(
            api.id, plan.id if plan else None, application.tenant_id, clock.now()
        )
    if card is None or card.currency != application.tenant.currency:
        return 0
    due = _dearest_unit(card, CALLS)
    tokens = [meter for meter, _ in card.prices if meter.startswith(TOKENS)]
    if not tokens:
        return 0
    due += max(_dearest_unit(card, meter) for meter in tokens) * most_tokens
    return ceil(due * card.multipliers.get(api.risk, Fraction(1)))


def _dearest_unit(card: Card, meter: str) -> Fraction:
    """The highest price of one unit of a meter, over all operations and tiers."""
    found = Fraction(0)
    for (named, _), price in card.prices.items():
        if named == meter:
            terms = price.terms
            steps = terms.tiers or (terms,)
            found = max(found, *(Fraction(step.amount_micros, step.per) for step in steps))
    return found


def limit_by_plan(key: Key) -> Quota | None:
    """Give a new key the quota of its grant's plan, where the plan has one; calls beyond it are
    refused at the edge. In the caller's transaction."""
    plan = key.grant.plan
    limit = plan.limits.get("quota") if plan else None
    if plan is None or not limit:
        return None
    window = plan.limits.get("quota_period", "month")
    if window not in WINDOWS:
        return None
    return Quota.across.create(
        tenant_id=key.tenant_id,
        subject_kind=Quota.Subject.KEY,
        subject_id=key.id,
        subject_name=key.public_id,
        meter=CALLS,
        limit=int(limit),
        window=window,
        hard=True,
        created_at=clock.now(),
    )


def limit_by_consent(consent: Consent) -> Budget | None:
    """Cap what an agent spends a month under a consent: hard, over all keys of the consent's
    application. In the caller's transaction."""
    if not consent.budget_micros or consent.application is None:
        return None
    return Budget.across.create(
        tenant_id=consent.tenant_id,
        subject_kind=Budget.Subject.APPLICATION,
        subject_id=consent.application.id,
        subject_name=consent.application.name,
        amount_micros=consent.budget_micros,
        currency=consent.tenant.currency,
        thresholds=ALERT_AT,
        hard=True,
        created_at=clock.now(),
    )
