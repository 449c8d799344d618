"""Limits that come with access: by the second and by call in the grant, a plan's quota for
the grant, a consent's budget for its agent."""

from fractions import Fraction
from math import ceil
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from billing.models import Budget, Quota
from billing.rating.cards import Card, load_cards
from catalog.models import Api, Plan
from keys.feed import announce
from keys.models import Application, Consent, Grant
from marketplace import clock
from marketplace.tenants.scope import platform_scope

RESERVE = "reserve_micros"
REPRICED = (Grant.State.ACTIVE, Grant.State.PENDING)
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
        found[RESERVE] = reserve
    return found


def follow_prices(api_id: UUID | None = None) -> int:
    """Give the grants of model APIs (of one, or of all) what a call may cost at most by the prices
    in force now, and tell the edges of those that changed; how many. To run it twice changes
    nothing more."""
    changed = 0
    dearest: dict[tuple[UUID, UUID | None, UUID], int] = {}
    with platform_scope(), transaction.atomic():
        rows = Grant.across.filter(state__in=REPRICED).filter(
            Q(plan__limits__has_key="max_tokens") | Q(limits__has_key=RESERVE)
        )
        if api_id is not None:
            rows = rows.filter(api_id=api_id)
        rows = rows.select_related("plan", "api", "application__tenant").order_by("id")
        for grant in rows.select_for_update(of=("self",)):
            same = (grant.api_id, grant.plan_id, grant.tenant_id)
            if same not in dearest:
                dearest[same] = dearest_call(grant.plan, grant.api, grant.application)
            if dearest[same] == grant.limits.get(RESERVE, 0):
                continue
            grant.limits = {k: v for k, v in grant.limits.items() if k != RESERVE}
            if dearest[same]:
                grant.limits[RESERVE] = dearest[same]
            grant.save(update_fields=["limits"])
            announce("grant", grant.id)
            changed += 1
    return changed


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


def limit_by_plan(grant: Grant) -> Quota | None:
    """Give an access the quota of its plan, where the plan has one; calls beyond it are refused at
    the edge. All keys of the grant share it, so that neither another key nor a rotation refills
    it; where it stands already, it follows the plan. In the caller's transaction."""
    plan = grant.plan
    limit = plan.limits.get("quota") if plan else None
    if plan is None or not limit:
        return None
    window = plan.limits.get("quota_period", "month")
    if window not in WINDOWS:
        return None
    Grant.across.select_for_update(of=("self",)).get(pk=grant.pk)
    subject = {"subject_kind": Quota.Subject.GRANT, "subject_id": grant.id, "meter": CALLS}
    quota = Quota.across.filter(tenant_id=grant.tenant_id, **subject).first()
    if quota is None:
        return Quota.across.create(
            tenant_id=grant.tenant_id,
            subject_name=f"{grant.application.name}: {grant.api.name}"[:200],
            limit=int(limit),
            window=window,
            hard=True,
            created_at=clock.now(),
            **subject,
        )
    if (quota.limit, quota.window) != (int(limit), window):
        quota.limit, quota.window = int(limit), window
        quota.save(update_fields=["limit", "window"])  # the database tells the edges
    return quota


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
