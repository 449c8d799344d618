"""Seeding who there is: tenants, teams, people with sign-ins, service accounts."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from marketplace.demo.company import PEOPLE, SERVICE_ACCOUNTS, TEAMS, TENANTS
from marketplace.demo.company.records import Person
from marketplace.tenants.models import Member, ServiceAccount, Team, TeamMember, Tenant, User

DEMO_PASSWORD = "welcome-aboard"  # noqa: S105 - printed to every visitor of the demo
HOME_OF_ADMINS = "financial-services"
FOUNDED = timedelta(days=900)


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a visitor signs in with, and whom he is then."""

    email: str
    password: str
    who: str


def sign_ins() -> list[SignIn]:
    """The demo's sign-ins, one for each kind of person."""
    return [SignIn(p.email, DEMO_PASSWORD, p.persona) for p in PEOPLE if p.persona]


def seed_people(now: datetime) -> None:
    """Make the company. One hash serves every password: they are all the same, and hashing is slow
    by design."""
    founded = now - FOUNDED
    tenants = {
        t.slug: Tenant(
            slug=t.slug,
            name=t.name,
            currency=t.currency,
            cost_center=t.cost_center,
            created_at=founded,
        )
        for t in TENANTS
    }
    Tenant.objects.bulk_create(tenants.values())
    teams = {
        t.slug: Team(
            tenant=tenants[t.tenant],
            slug=t.slug,
            name=t.name,
            cost_center=t.cost_center,
            created_at=founded,
        )
        for t in TEAMS
    }
    Team.across.bulk_create(teams.values())
    password = make_password(DEMO_PASSWORD)
    for person in PEOPLE:
        _seed_person(person, tenants, teams, password, founded)
    ServiceAccount.across.bulk_create(
        ServiceAccount(
            tenant=tenants[s.tenant],
            team=teams[s.team],
            slug=s.slug,
            name=s.name,
            kind=ServiceAccount.Kind.AGENT,
        )
        for s in SERVICE_ACCOUNTS
    )


def _seed_person(
    person: Person,
    tenants: dict[str, Tenant],
    teams: dict[str, Team],
    password: str,
    founded: datetime,
) -> None:
    user = User.objects.create(
        email=person.email,
        name=person.name,
        password=password,
        is_platform_admin=person.platform_admin,
        date_joined=founded,
    )
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    tenant = tenants[person.tenant or HOME_OF_ADMINS]
    member = Member.across.create(tenant=tenant, user=user, role=person.role)
    TeamMember.across.bulk_create(
        TeamMember(tenant=tenant, team=teams[slug], member=member, role=role)
        for slug, role in person.teams
    )
