"""`manage.py lint FILE`: findings and grade of a spec file (DOORS.md)."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand

from catalog.analysis.analyse import Judgement
from catalog.documents.bundle import bundle
from catalog.documents.errors import DocumentError
from catalog.publish.examine import as_problem, read_document
from marketplace.errors import Problem

GOOD, ERRORS, UNREADABLE = 0, 1, 2


class Command(BaseCommand):
    """Exit 0 without errors, 1 with errors, 2 where the file is no valid document."""

    help = "Findings and grade of an OpenAPI or AsyncAPI file; exit 0 good, 1 errors, 2 unreadable"
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            data = bundle(Path(options["file"]))
            _, analysis = read_document(data, full=False)
        except OSError as error:
            self.stderr.write(f"{options['file']}: {error.strerror}")
            sys.exit(UNREADABLE)
        except DocumentError as error:
            self._refuse(as_problem(error), as_json=options["json"])
        except Problem as problem:
            self._refuse(problem, as_json=options["json"])
        else:
            self._tell(analysis.judgement, as_json=options["json"])
            errors = any(row["severity"] == "error" for row in analysis.judgement.findings)
            if errors:
                sys.exit(ERRORS)

    def _refuse(self, problem: Problem, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(_json(problem.as_dict()))
        else:
            for error in problem.errors:
                self.stderr.write(f"{error.pointer or '/'}: {error.detail}")
        sys.exit(UNREADABLE)

    def _tell(self, judged: Judgement, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(
                _json(
                    {
                        "grade": judged.grade,
                        "score": judged.score,
                        "next_best_fix": judged.next_best_fix,
                        "findings": judged.findings,
                    }
                )
            )
            return
        self.stdout.write(f"Grade {judged.grade}, {judged.score} of 100")
        if judged.next_best_fix:
            best = judged.next_best_fix
            self.stdout.write(f"Next best fix, worth {best['points']}: {best['detail']}")
        for row in judged.findings:
            place = f"line {row['line']}, " if row["line"] else ""
            self.stdout.write(f"{row['severity']:<8}{row['rule']}: {row['text']}")
            self.stdout.write(f"        {place}{row['pointer'] or '/'}")
            if row.get("mend"):
                self.stdout.write(f"        {row['mend']}")


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
