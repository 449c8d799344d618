"""`manage.py offboard --user EMAIL | --tenant SLUG`: end a membership or a tenant with its keys."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from keys.offboarding import tenant_closes
from marketplace.tenants.actor import Actor
from marketplace.tenants.members import remove_member
from marketplace.tenants.models import Member, Tenant, User


class Command(BaseCommand):
    help = "End a person's memberships, or close a tenant; the keys end in the same transaction."

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--user", metavar="EMAIL")
        which.add_argument("--tenant", metavar="SLUG")

    def handle(self, *args: Any, **options: Any) -> None:
        ended = (
            self._person(options["user"]) if options["user"] else self._tenant(options["tenant"])
        )
        for key in ended:
            self.stdout.write(key)
        self.stdout.write(f"{len(ended)} keys ended")

    def _person(self, email: str) -> list[str]:
        user = User.objects.filter(email=email.lower()).first()
        if user is None:
            raise CommandError(f"There is nobody with the address {email}")
        actor = Actor.system("offboard")
        tenants = Member.across.filter(user=user, left_at=None).values_list("tenant_id", flat=True)
        return [
            key
            for tenant_id in list(tenants)
            for key in remove_member(actor=actor, user=user, tenant_id=tenant_id).ended
        ]

    def _tenant(self, slug: str) -> list[str]:
        tenant = Tenant.objects.filter(slug=slug).first()
        if tenant is None:
            raise CommandError(f"There is no tenant {slug}")
        ended = tenant_closes(actor=Actor.system("offboard"), tenant=tenant)
        return [key.public_id for key in ended]
