"""`manage.py seed_demo`: the demo's company, once; its gateway's configuration, every time."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction

from marketplace import clock
from marketplace.demo.access import seed_access
from marketplace.demo.apis import seed_apis, seed_news
from marketplace.demo.budgets import seed_budgets
from marketplace.demo.calls import seed_calls
from marketplace.demo.gateway import seed_gateway, write_configuration
from marketplace.demo.people import seed_people
from marketplace.demo.shared import seed_shared_costs
from marketplace.events.outbox import deliver_due
from marketplace.tenants.models import Tenant


class Command(BaseCommand):
    help = "Fill an empty database with the demo's company; on a filled one change nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        if not Tenant.objects.exists():
            self.seed()
        write_configuration(settings.MARKETPLACE_HOME)

    def seed(self) -> None:
        """All or nothing: a killed seed leaves an empty database, and the next run seeds again."""
        now = clock.now()
        with transaction.atomic():
            seed_people(now)
            seed_budgets(now)
            seed_shared_costs(now)
            seed_apis(now)
            accesses = seed_access(now)
            seed_gateway(settings.MARKETPLACE_HOME)
            while deliver_due():
                pass
            seed_calls(accesses, now)
            seed_news(now)
