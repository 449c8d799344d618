"""`manage.py up`: everything, from the database to the worker, on this machine."""

import os
import signal
import subprocess
import sys
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from marketplace import env
from marketplace.demo.gateway import demo_parts
from marketplace.demo.people import sign_ins
from marketplace.env import EnvironmentProblem
from marketplace.processes import checks, postgres
from marketplace.processes.home import SOCKET_NOTE
from marketplace.processes.parts import Part, parts_of
from marketplace.processes.supervisor import (
    Supervisor,
    run_step,
    running_parts,
    supervisor_of,
)

DETACH_SECONDS = 600.0  # a slow machine seeds the demo for minutes


class Command(BaseCommand):
    help = "Start the database, migrate, seed the demo, start web, edge and worker; Ctrl-C stops."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--detach", action="store_true", help="return when all is healthy")
        parser.add_argument("--host", default=env.text("HOST", "127.0.0.1"))

    def handle(self, *args: Any, **options: Any) -> None:
        self.home = settings.MARKETPLACE_HOME
        os.environ["MARKETPLACE_HOME"] = str(self.home)
        self.host: str = options["host"]
        if options["detach"]:
            self.detach()
            return
        checks.check_folder(self.home)
        supervisor = Supervisor(self.home, self.say)
        supervisor.clear_leftovers()
        for port, variable in (
            (settings.PORT, "PORT"),
            (settings.EDGE_PORT, "EDGE_PORT"),
            *(((settings.GATEWAY_PORT, "GATEWAY_PORT"),) if settings.DEMO else ()),
        ):
            checks.check_port(port, variable, self.host)
        signal.signal(signal.SIGTERM, _interrupt)
        signal.signal(signal.SIGHUP, _interrupt)
        supervisor.write_note()
        embedded = not env.text("DATABASE_URL")
        try:
            self.prepare(embedded)
            parts = self.parts()
            for part in parts:
                supervisor.start(part)
            supervisor.wait_until_well(parts)
            self.welcome()
            (self.home / "run" / "ready").touch()
            supervisor.keep(parts)
        except KeyboardInterrupt:
            pass
        finally:
            # A second Ctrl-C must not leave half of it running.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            (self.home / "run" / "ready").unlink(missing_ok=True)
            self.say("Stopping …")
            supervisor.stop()
            if embedded:
                postgres.stop(self.home)
            self.say("Stopped.")

    def prepare(self, embedded: bool) -> None:
        """Database, migrations, assets and the demo."""
        if embedded:
            self.say("Starting the embedded PostgreSQL …")
            os.environ["DATABASE_URL"] = postgres.start(self.home)
        else:
            checks.check_database(os.environ["DATABASE_URL"])
            (self.home / SOCKET_NOTE).unlink(missing_ok=True)
        if env.text("CELERY_BROKER_URL"):
            checks.check_broker(env.text("CELERY_BROKER_URL"))
        self.say("Migrating, collecting the assets, seeding the demo the first time …")
        run_step("Preparing", ["prepare"])

    def parts(self) -> list[Part]:
        parts = parts_of(
            home=self.home, port=settings.PORT, edge_port=settings.EDGE_PORT, host=self.host
        )
        if settings.DEMO:
            parts += demo_parts(self.home, host=self.host)
        return parts

    def welcome(self) -> None:
        self.say("")
        self.say(f"  Portal and REST   {settings.PUBLIC_URL}")
        self.say(f"  Edge              {settings.EDGE_URL}")
        if settings.DEMO:
            self.say(f"  Gateway (Envoy)   {settings.GATEWAY_URL}")
            self.say("")
            self.say("  Sign in as")
            for account in sign_ins():
                self.say(f"    {account.email:<34} {account.password:<18} {account.who}")
        self.say("")
        self.say("  Ctrl-C stops everything.")

    def detach(self) -> None:
        """Start the same in the background; return when it is healthy, fail with its words."""
        if supervisor_of(self.home) is not None:
            raise EnvironmentProblem("It runs already; `python manage.py status` tells where.")
        checks.check_folder(self.home)
        ready = self.home / "run" / "ready"
        ready.unlink(missing_ok=True)
        log = self.home / "logs" / "up.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "manage.py", "up", f"--host={self.host}"],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + DETACH_SECONDS
        while not ready.is_file():
            if process.poll() is not None or time.monotonic() > deadline:
                self.stderr.write(log.read_text(errors="replace"))
                raise SystemExit(1)
            time.sleep(0.1)
        self.stdout.write(log.read_text(errors="replace"))
        names = ", ".join(running_parts(self.home))
        self.say(f"Running in the background ({names}). `python manage.py down` stops it.")

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _interrupt(number: int, frame: Any) -> None:
    raise KeyboardInterrupt
