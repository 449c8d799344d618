"""`manage.py close_period YYYY-MM`: close a month of one tenant or all."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing.close import close_period
from billing.close.job import Closing
from billing.months import parse_month
from marketplace.errors import Conflict, Invalid
from marketplace.tenants.actor import Actor
from marketplace.tenants.models import Tenant


class Command(BaseCommand):
    help = "Close a month: roll up, price, post, check, seal."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("month", help="yyyy-mm")
        parser.add_argument("--tenant", help="a tenant's slug; without it, all that are open")
        parser.add_argument(
            "--accept", action="append", default=[], help="a check to take upon oneself"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            month = parse_month(options["month"])
        except Invalid as error:
            raise CommandError(error.errors[0].detail) from None
        tenants = Tenant.objects.filter(closed_at=None).order_by("slug")
        if options["tenant"]:
            tenants = tenants.filter(slug=options["tenant"])
            if not tenants:
                raise CommandError(f"There is no tenant {options['tenant']!r}.")
        actor = Actor.system("close_period")
        blocked = 0
        for tenant in tenants:
            try:
                closing = close_period(
                    actor=actor, month=month, tenant_id=tenant.id, accept=options["accept"]
                )
            except Conflict as conflict:
                self.stdout.write(f"{tenant.slug}: {conflict.detail}")
                continue
            self._tell(tenant, closing)
            blocked += closing.outcome != "closed"
        if blocked:
            raise CommandError(f"{blocked} of {len(tenants)} not closed.")

    def _tell(self, tenant: Tenant, closing: Closing) -> None:
        period = closing.period
        if closing.outcome == "closed":
            totals = ", ".join(f"{t['amount']} {t['currency']}" for t in period.shown_totals)
            lines = f"{period.line_count:,} lines"
            self.stdout.write(f"{tenant.slug}: closed, {lines}, {totals or '0'}, {period.hash}")
            return
        self.stdout.write(f"{tenant.slug}: {closing.outcome}. {closing.because}")
        for check in closing.checks:
            if check.state != "ok":
                self.stdout.write(f"  {check.state}: {check.name}: {check.title}. {check.detail}")
