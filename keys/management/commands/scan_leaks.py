"""`manage.py scan_leaks PATH…`: find keys in files and git history, and end them if asked."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from keys.leaks import MOST_AT_ONCE, Found, report_leaks
from keys.scanner import Finding, scan
from marketplace.tenants.actor import Actor


class Command(BaseCommand):
    help = "Find keys in files and in the history of git repositories. Exits 1 where one is found."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path)
        parser.add_argument(
            "--revoke", action="store_true", help="report what is found, which ends it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found: list[Finding] = []
        for path in options["paths"]:
            try:
                for finding in scan(path):
                    self.stdout.write(str(finding))
                    found.append(finding)
            except FileNotFoundError:
                raise CommandError(f"{path} is not there") from None
        if not found:
            self.stdout.write("No key found.")
            return
        if options["revoke"]:
            self._end(found)
        raise SystemExit(1)

    def _end(self, found: list[Finding]) -> None:
        places = {finding.key.text: finding for finding in found}
        reports = [
            Found(text, url=finding.place, source="scan_leaks") for text, finding in places.items()
        ]
        actor = Actor.system("scan_leaks")
        for start in range(0, len(reports), MOST_AT_ONCE):
            for answer in report_leaks(actor=actor, found=reports[start : start + MOST_AT_ONCE]):
                self.stdout.write(f"{answer.key or 'not one of ours'}: {answer.outcome}")
