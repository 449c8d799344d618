"""`manage.py down`: stop what `up` started."""

import signal
from typing import Any

import psutil
from django.conf import settings
from django.core.management.base import BaseCommand

from marketplace.processes.supervisor import GRACE_SECONDS, supervisor_of


class Command(BaseCommand):
    help = "Stop everything that `up` started under this data folder."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        supervisor = supervisor_of(settings.MARKETPLACE_HOME)
        if supervisor is None:
            self.stdout.write("Nothing is running.")
            return
        supervisor.send_signal(signal.SIGTERM)
        try:
            supervisor.wait(3 * GRACE_SECONDS)
        except psutil.TimeoutExpired:
            raise SystemExit(f"pid {supervisor.pid} has not stopped yet; ask again.") from None
        self.stdout.write("Stopped.")
