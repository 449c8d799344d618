"""`manage.py publish FILE|URL`: the same as PUT /apis/{slug}/versions/{version} (DOORS.md)."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand

from catalog.documents.bundle import bundle
from catalog.documents.errors import DocumentError
from catalog.publish import PublishReport, publish_version
from catalog.publish.examine import as_problem
from marketplace.errors import Problem
from marketplace.fetch import fetch
from marketplace.rest.renderers import plain
from marketplace.tenants.actor import Actor

REFUSED = 1
LEVELS = {"error": "breaking", "warning": "risky", "unknown": "unknown", "info": "safe"}
MOST_LINES = 20


class Command(BaseCommand):
    """Publishes as the operator of this machine. Exit 0 done, 1 refused."""

    help = "Publish an OpenAPI or AsyncAPI document from a file or a URL"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", metavar="FILE|URL")
        parser.add_argument("--api", metavar="SLUG", help="default: made of the title")
        parser.add_argument("--version", metavar="V", help="default: the document's own")
        parser.add_argument(
            "--team", metavar="T", help="owner of a new API, as team or tenant/team"
        )
        parser.add_argument("--dry-run", action="store_true", help="report, change nothing")
        parser.add_argument(
            "--acknowledge",
            action="append",
            default=[],
            metavar="NAME",
            help="a consumer that a breaking change is known to hit",
        )
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        # Django's own --version would stand in the way of ours.
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = publish_version(
                actor=Actor.system("manage.py publish"),
                data=_read(options["source"]),
                slug=options["api"],
                version=options["version"],
                team=options["team"],
                dry_run=options["dry_run"],
                acknowledge=options["acknowledge"],
            )
        except Problem as problem:
            self._refuse(problem, as_json=options["json"])
            sys.exit(REFUSED)
        if options["json"]:
            self.stdout.write(_json(report.as_dict()))
        else:
            self.stdout.write(summary(report))

    def _refuse(self, problem: Problem, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(_json(problem.as_dict()))
            return
        self.stderr.write(f"{problem.title}: {problem.detail}")
        for error in problem.errors[:MOST_LINES]:
            place = f"{error.pointer}: " if error.pointer else ""
            self.stderr.write(f"  {place}{error.detail}")


def _read(source: str) -> bytes:
    """The document's bytes; what a file refers to below its own folder is bundled in.

    Raises Problem.
    """
    if source.startswith(("http://", "https://")):
        return fetch(source).content
    path = Path(source)
    if not path.is_file():
        raise Problem(f"There is no file {source}.", type="no-file", title="Nothing to publish")
    try:
        return bundle(path)
    except DocumentError as error:
        raise as_problem(error) from None


def _json(value: Any) -> str:
    return orjson.dumps(value, default=plain, option=orjson.OPT_INDENT_2).decode()


def summary(report: PublishReport) -> str:
    """The report for a terminal."""
    done = "Would publish" if report.dry_run else "Published"
    if not report.created:
        done = "Stands already, the same bytes:"
    lines = [
        f"{done} {report.api} {report.version}"
        f" ({report.format} {report.format_version}, {report.operations} operations)"
    ]
    if report.grade:
        lines.append(f"Grade {report.grade} ({report.score} of 100)")
    if report.findings:
        lines.append(f"{len(report.findings)} findings, {report.errors} of them errors:")
        lines += [f"  {f.severity:<8}{f.pointer or '/'}: {f.text}" for f in report.findings][
            :MOST_LINES
        ]
    if report.base:
        lines.append(f"{len(report.changes)} changes since {report.base}:")
        lines += [
            f"  {LEVELS[change.level]:<9}{change.operation or 'document'}: {change.text}"
            f" ({change.consumers.sentence})"
            for change in report.changes
        ][:MOST_LINES]
    if report.acknowledgement and report.acknowledgement.missing:
        lines.append(f"To acknowledge: {', '.join(report.acknowledgement.missing)}")
    lines.append(report.url)
    return "\n".join(lines)
