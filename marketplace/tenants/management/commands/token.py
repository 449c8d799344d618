"""`manage.py token`: a personal access token for REST, printed once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.errors import Problem
from marketplace.tenants import durations
from marketplace.tenants.actor import Actor
from marketplace.tenants.models import User
from marketplace.tenants.tokens import issue_token


class Command(BaseCommand):
    help = "Print a personal access token for REST, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", required=True, metavar="EMAIL")
        parser.add_argument(
            "--scopes", default="", help="e.g. catalog:read,keys:write; all if none"
        )
        parser.add_argument("--ttl", default="30d", help="15m, 12h, 7d … (at most 90d)")
        parser.add_argument("--name", default="command line")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["user"].lower()).first()
        if user is None:
            raise CommandError(f"Nobody here has the address {options['user']}.")
        scopes = [s.strip() for s in options["scopes"].replace(" ", ",").split(",") if s.strip()]
        try:
            issued = issue_token(
                actor=Actor.system("command line"),
                holder=user,
                name=options["name"],
                ttl=durations.parse(options["ttl"]),
                scopes=scopes,
            )
        except (Problem, ValueError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(issued.secret)
