"""`manage.py export YYYY-MM --format F --out FILE`: a closed month as a file."""

import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing.exports import export_period, export_together, formats
from billing.models import Period
from billing.months import parse_month
from marketplace.errors import Problem


class Command(BaseCommand):
    help = "Write a closed month to a file; the same bytes on every run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("month", help="yyyy-mm")
        parser.add_argument("--format", choices=list(formats()), default="csv")
        parser.add_argument("--out", required=True, type=Path, help="the file to write")
        parser.add_argument("--tenant", help="a tenant's slug; without it, all tenants in one file")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            month = parse_month(options["month"])
            found = Period.across.filter(month=month, state=Period.State.CLOSED)
            if options["tenant"]:
                found = found.filter(tenant__slug=options["tenant"])
            periods = list(found.select_related("tenant").order_by("tenant__slug"))
            if not periods:
                whose = options["tenant"] or "any tenant"
                raise CommandError(f"There is no closed period {month:%Y-%m} of {whose}.")
            exported = (
                export_period(periods[0], options["format"])
                if len(periods) == 1
                else export_together(periods, options["format"])
            )
        except Problem as problem:
            detail = problem.errors[0].detail if problem.errors else problem.detail
            raise CommandError(detail) from None
        with exported.file as source, options["out"].open("wb") as target:
            shutil.copyfileobj(source, target)
        self.stdout.write(f"{options['out']}: {exported.size:,} bytes, SHA-256 {exported.sha256}")
