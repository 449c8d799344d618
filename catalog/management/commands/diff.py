"""`manage.py diff BASE REVISION`: what changed between two spec files (DOORS.md)."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from catalog.diff.compare import compare
from catalog.diff.report import text_report
from catalog.documents.errors import DocumentError
from catalog.documents.parse import parse

NOT_BREAKING, BREAKING, UNREADABLE = 0, 1, 2


class Command(BaseCommand):
    """Exit 0 when nothing breaks, 1 when something does, 2 when a file can't be read."""

    help = "Compare two spec files; exit 0 no breaking change, 1 breaking, 2 unreadable"
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("base", help="the older document")
        parser.add_argument("revision", help="the newer document")
        parser.add_argument("--json", action="store_true", help="print the changes as JSON")
        parser.add_argument(
            "--grace-days",
            type=int,
            default=0,
            metavar="N",
            help="demand a sunset date at least N days ahead of whatever is deprecated",
        )
        parser.add_argument(
            "--grace-days-beta",
            type=int,
            default=0,
            metavar="N",
            help="the same for operations of stability beta",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        trees = []
        for name in (options["base"], options["revision"]):
            try:
                trees.append(parse(Path(name).read_bytes()).tree)
            except (OSError, DocumentError) as problem:
                print(f"{name}: {problem}", file=sys.stderr)
                sys.exit(UNREADABLE)
        diff = compare(
            *trees,
            grace_days_stable=options["grace_days"],
            grace_days_beta=options["grace_days_beta"],
        )
        if options["json"]:
            self.stdout.write(json.dumps(diff.as_dict(), ensure_ascii=False, indent=2))
        else:
            self.stdout.write(text_report(diff), ending="")
        sys.exit(BREAKING if diff.breaking else NOT_BREAKING)
