"""`manage.py policy test|dry-run|explain`."""

import json
import sys
from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from marketplace import clock
from marketplace.policy.cases import failures, read_cases
from marketplace.policy.decide import judge
from marketplace.policy.dry_run import dry_run
from marketplace.policy.ladder import shorter_lives
from marketplace.policy.models import PolicyDecision
from marketplace.policy.rules import HOME, RulesProblem, rules_in_force

SHOWN_FLIPS = 50


class Command(BaseCommand):
    help = "Test the policies, replay past requests under others, or explain a decision."

    def add_arguments(self, parser: ArgumentParser) -> None:
        kinds = parser.add_subparsers(dest="what", required=True)
        kinds.add_parser("test", help="run the JSON cases; each rule needs both sides")
        dry = kinds.add_parser("dry-run", help="replay kept decisions under a folder of policies")
        dry.add_argument("folder", type=Path, nargs="?", default=HOME)
        dry.add_argument("--days", type=int, default=30)
        dry.add_argument("--json", action="store_true")
        explain = kinds.add_parser("explain", help="explain a kept decision, or a request as JSON")
        explain.add_argument("what_to_explain", metavar="ID|FILE|-")

    def handle(self, *args: Any, **options: Any) -> None:
        run = {"test": self._test, "dry-run": self._dry_run, "explain": self._explain}
        try:
            run[options["what"]](options)
        except RulesProblem as problem:
            raise CommandError(str(problem)) from None

    def _test(self, options: dict[str, Any]) -> None:
        found = failures()
        for text in found:
            self.stderr.write(text)
        if found:
            raise CommandError(f"{len(found)} wrong")
        rules = rules_in_force()
        self.stdout.write(
            f"{len(read_cases())} cases hold for {len(rules.by_id)} rules (version {rules.version})"
        )

    def _dry_run(self, options: dict[str, Any]) -> None:
        run = dry_run(options["folder"], since=clock.now() - timedelta(days=options["days"]))
        if options["json"]:
            flips = [
                {name: str(getattr(flip, name)) for name in flip.__slots__} for flip in run.flips
            ]
            answer = {"replayed": run.replayed, "unreadable": run.unreadable, "flips": flips}
            self.stdout.write(json.dumps(answer))
            return
        self.stdout.write(f"{run.replayed} replayed, {len(run.flips)} flip")
        for (before, after), count in run.counts().items():
            self.stdout.write(f"  {before} → {after}: {count}")
        for flip in run.flips[:SHOWN_FLIPS]:
            self.stdout.write(
                f"  {flip.at:%F %T} {flip.actor}: {flip.action} {flip.resource}"
                f" {flip.before} → {flip.after} ({flip.rule})"
            )
        if run.unreadable:
            self.stdout.write(f"{run.unreadable} no longer fit the schema")

    def _explain(self, options: dict[str, Any]) -> None:
        request = self._request(options["what_to_explain"])
        ttl = timedelta(seconds=request.get("context", {}).get("ttl_seconds", 0))
        decision = judge(request, ladder=shorter_lives(ttl))
        self.stdout.write(f"{decision.outcome}: {decision.because} [{decision.rule}]")
        for also in decision.also:
            self.stdout.write(f"  also: {rules_in_force().by_id[also].because} [{also}]")
        for text in decision.advice:
            self.stdout.write(f"  note: {text}")
        if decision.fix:
            self.stdout.write(f"  fix: {decision.fix}")

    def _request(self, given: str) -> dict[str, Any]:
        if given == "-":
            return dict(json.load(sys.stdin))
        if Path(given).is_file():
            return dict(json.loads(Path(given).read_text()))
        kept = PolicyDecision.across.filter(pk=given).first() if _is_id(given) else None
        if kept is None:
            raise CommandError(f"{given} is neither a kept decision nor a file")
        return dict(kept.request)


def _is_id(text: str) -> bool:
    return len(text.replace("-", "")) == 32 and all(c in "0123456789abcdef-" for c in text)
