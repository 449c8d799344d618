"""`manage.py status`: what runs, and whether it is well."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from marketplace.processes.parts import parts_of
from marketplace.processes.supervisor import running_parts, supervisor_of


class Command(BaseCommand):
    help = "Tell what runs under this data folder; exit 0 when all is well, 3 when not."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        home = settings.MARKETPLACE_HOME
        supervisor = supervisor_of(home)
        if supervisor is None:
            self.stdout.write("Nothing is running.")
            raise SystemExit(3)
        self.stdout.write(f"supervisor  running (pid {supervisor.pid})")
        known = {
            part.name: part
            for part in parts_of(
                home=home, port=settings.PORT, edge_port=settings.EDGE_PORT, host="127.0.0.1"
            )
        }
        well = True
        for name, alive in running_parts(home).items():
            healthy = alive and (name not in known or known[name].is_well())
            well = well and healthy
            self.stdout.write(f"{name:<11} {'well' if healthy else 'NOT well'}")
        self.stdout.write(f"portal      {settings.PUBLIC_URL}")
        self.stdout.write(f"edge        {settings.EDGE_URL}")
        if not well:
            raise SystemExit(3)
