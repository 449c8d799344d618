"""`manage.py gateway DIALECT --pep NAME`: print a gateway's configuration."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from keys.enforcement_points import (
    find_point,
    register_point,
    renew_token,
    write_configuration,
)
from keys.gateways import DIALECTS
from marketplace import env
from marketplace.errors import Problem
from marketplace.tenants.actor import Actor
from marketplace.tenants.models import Tenant

TOKEN = "MKT_PEP_TOKEN"  # noqa: S105 - the variable's name


class Command(BaseCommand):
    help = "Print the configuration of a gateway: what makes it ask the verifier."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("dialect", choices=sorted(DIALECTS))
        parser.add_argument("--pep", required=True, metavar="NAME", help="the gateway's name")
        parser.add_argument(
            "--edge-url", metavar="URL", help="where the gateway reaches the edge port"
        )
        parser.add_argument("--listen", type=int, default=8080, metavar="PORT")
        parser.add_argument(
            "--trust",
            action="append",
            default=[],
            metavar="CIDR",
            help="a proxy before the gateway whose word on the client's address is taken",
        )
        parser.add_argument(
            "--create", metavar="TENANT", help="register the gateway first, for this tenant"
        )
        parser.add_argument(
            "--api",
            action="append",
            default=[],
            metavar="SLUG[=UPSTREAM]",
            help="with --create: an API behind it, under /SLUG",
        )
        parser.add_argument(
            "--new-token", action="store_true", help="make another token; the old one ends"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        actor = Actor.system("gateway")
        try:
            if options["create"]:
                self._create(actor, options)
            point = find_point(options["pep"])
            if options["new_token"]:
                renew_token(actor=actor, point=point)
            written = write_configuration(
                point=point,
                dialect=options["dialect"],
                edge_url=options["edge_url"] or f"http://127.0.0.1:{settings.EDGE_PORT}",
                listen=options["listen"],
                trusted_proxies=tuple(options["trust"]),
                token=env.text(TOKEN),
            )
        except Problem as problem:
            details = "; ".join(error.detail for error in problem.errors) or problem.detail
            hint = f" (--new-token, or the variable {TOKEN})" if "token" in details else ""
            raise CommandError(details + hint) from None
        self.stdout.write(written.text, ending="")

    def _create(self, actor: Actor, options: dict[str, Any]) -> None:
        tenant = Tenant.objects.filter(slug=options["create"]).first()
        if tenant is None:
            raise CommandError(f"There is no tenant {options['create']!r}.")
        pairs = (text.partition("=") for text in options["api"])
        register_point(
            actor=actor,
            tenant=tenant,
            name=options["pep"],
            dialect=options["dialect"],
            upstreams={slug: upstream for slug, _, upstream in pairs},
        )
