"""Seeding the tenants' monthly budgets, set by their own finance people."""

from datetime import datetime, timedelta
from decimal import Decimal

from billing.limits.budgets import set_budget
from marketplace import clock
from marketplace.demo.company import TENANTS
from marketplace.tenants.actor import actor_for_user
from marketplace.tenants.models import Member
from marketplace.tenants.scope import tenant_scope

MICROS = 1_000_000
SET_AGO = timedelta(days=70)


def seed_budgets(now: datetime) -> None:
    """One budget a tenant; it warns and stops nothing."""
    for record in TENANTS:
        finance = Member.across.select_related("user").get(
            tenant__slug=record.slug, role=Member.Role.FINANCE
        )
        with clock.frozen(now - SET_AGO), tenant_scope(finance.tenant_id, finance.user_id):
            set_budget(
                actor=actor_for_user(finance.user),
                subject_kind="tenant",
                subject=record.slug,
                amount_micros=int(Decimal(record.monthly_budget) * MICROS),
            )
