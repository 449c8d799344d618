"""The pages of people, teams, service accounts and tenants; and of who is in no tenant."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from marketplace.tenants.joining import join_by_sign_in
from marketplace.tenants.models import Member, ServiceAccount, Team, TeamMember, Tenant, User
from tests.company import Company, make_person, make_team

pytestmark = pytest.mark.django_db
BUDGET = 10


@contextmanager
def counted(most: int = BUDGET) -> Iterator[None]:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        yield
    asked = [q["sql"] for q in captured.captured_queries if "set_config" not in q["sql"]]
    assert len(asked) <= most, "\n".join(asked)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def words(answer: Any) -> str:
    return str(answer.content.decode())


def fill(company: Company) -> ServiceAccount:
    for number in range(12):
        team = make_team(company.tenant, f"team-{number}")
        make_person(company.tenant, f"person-{number}", teams={team: "owner"})
    account: ServiceAccount = ServiceAccount.across.create(
        tenant=company.tenant, team=company.owners, slug="ci", name="CI"
    )
    return account


def test_every_page_answers_within_ten_queries(company: Company) -> None:
    account = fill(company)
    member = Member.across.get(user=company.developer)
    admin, platform = browser(company.admin), browser(company.platform)
    for path in (
        "/settings/people",
        "/settings/people?q=dora",
        f"/settings/people/{member.id}",
        "/settings/teams",
        "/settings/teams/payments",
        "/settings/service-accounts",
        f"/settings/service-accounts/{account.id}",
    ):
        with counted():
            answer = admin.get(path)
        assert answer.status_code == 200, path
    for path in ("/admin-console/tenants", "/admin-console/tenants/logistics"):
        with counted():
            answer = platform.get(path)
        assert answer.status_code == 200, path
        assert admin.get(path).status_code == 403


def test_an_admin_adds_changes_and_removes_a_person(company: Company) -> None:
    admin = browser(company.admin)
    bad = admin.post("/settings/people", {"email": "nobody", "role": "member"})
    assert bad.status_code == 422
    assert "This is not an e-mail address." in words(bad)
    made = admin.post(
        "/settings/people", {"email": "nora@retail.example", "name": "Nora", "role": "member"}
    )
    member = Member.across.get(user__email="nora@retail.example")
    page = admin.get(made["Location"])
    assert "a link to set a password is on its way" in words(page)
    where = f"/settings/people/{member.id}"
    admin.post(where, {"role": "finance"})
    admin.post(f"{where}/teams", {"team": "checkout", "role": "owner"})
    assert TeamMember.across.get(member=member).role == "owner"
    admin.post(f"{where}/teams/checkout/leave")
    assert not TeamMember.across.filter(member=member).exists()
    member.refresh_from_db()
    assert member.role == "finance"
    gone = admin.post(f"{where}/remove", follow=True)
    assert "Nora is out of the tenant; no keys to end." in words(gone)
    assert admin.get(where).status_code == 404


def test_the_last_admin_is_told_why_he_stays(company: Company) -> None:
    admin = browser(company.admin)
    where = f"/settings/people/{Member.across.get(user=company.admin).id}"
    answer = admin.post(where, {"role": "member"})
    assert answer.status_code == 422
    for refused in (answer, admin.post(f"{where}/remove", follow=True)):
        assert "last admin" in words(refused)


def test_teams_are_led_by_admins_and_their_owners_only(company: Company) -> None:
    admin, owner = browser(company.admin), browser(company.owner)
    assert browser(company.developer).get("/settings/teams").status_code == 403
    assert owner.get("/settings/people").status_code == 403
    listed = words(owner.get("/settings/teams"))
    assert "Payments" in listed
    assert "Checkout" not in listed
    assert owner.get("/settings/teams/checkout").status_code == 403
    member = Member.across.get(user=company.developer)
    owner.post("/settings/teams/payments/members", {"member": member.id, "role": "member"})
    assert TeamMember.across.filter(team=company.owners, member=member).exists()
    assert owner.post("/settings/teams", {"name": "Mine"}).status_code == 422
    made = admin.post("/settings/teams", {"name": "Mine", "join_as_owner": "on"}, follow=True)
    assert "Publish an API" in words(made)
    assert admin.post("/settings/teams", {"name": "Mine"}).status_code == 422
    admin.post("/settings/teams/mine", {"name": "Ours", "cost_center": "CC-2"})
    team = Team.across.get(slug="mine")
    assert (team.name, team.cost_center) == ("Ours", "CC-2")


def test_a_service_account_s_token_is_shown_once(company: Company) -> None:
    admin = browser(company.admin)
    empty = words(admin.get("/settings/service-accounts"))
    assert "it would stop when the person leaves" in empty
    given = {"name": "CI", "team": "payments", "kind": "service", "role": "member"}
    where = admin.post("/settings/service-accounts", given)["Location"]
    shown = words(admin.post(where, {"name": "build", "ttl": "30"}))
    secret = next(
        word
        for word in shown.replace("<", " ").replace(">", " ").split()
        if word.startswith("mpat_") and len(word) > 40
    )
    assert secret not in words(admin.get(where))
    bearer = Client(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert bearer.get("/api/v1/teams").status_code == 200
    admin.post(f"{where}/disable")
    assert bearer.get("/api/v1/teams").status_code == 401


def test_a_platform_admin_makes_a_tenant_and_gives_it_an_admin(company: Company) -> None:
    platform = browser(company.platform)
    given = {"name": "Wealth", "currency": "CHF"}
    made = platform.post("/admin-console/tenants", given)
    assert made["Location"] == "/admin-console/tenants/wealth"
    assert "No admin yet" in words(platform.get(made["Location"]))
    platform.post(made["Location"], {"email": "w@wealth.example", "role": "admin"})
    assert Member.across.get(tenant__slug="wealth").role == "admin"
    assert platform.post("/admin-console/tenants", given).status_code == 422


def test_who_is_in_two_tenants_chooses_where_to_act(company: Company) -> None:
    admin = browser(company.admin)
    assert "Change tenant" not in words(admin.get("/settings/people"))
    joined = Member.across.create(tenant=company.other, user=company.admin)
    assert "Change tenant" in words(admin.get("/settings/people"))
    with counted():
        assert "Logistics" in words(admin.get("/settings/tenant"))
    admin.post("/settings/tenant", {"tenant": company.other.id})
    assert admin.get("/settings/people").status_code == 403
    slugs = [team["slug"] for team in admin.get("/api/v1/teams").json()["items"]]
    assert slugs == ["fleet"]
    joined.left_at = joined.tenant.created_at
    joined.save()
    assert admin.get("/settings/people").status_code == 200
    assert admin.post("/settings/tenant", {"tenant": company.other.id}).status_code == 404
    assert admin.post("/settings/tenant", {"tenant": "x"}).status_code == 404


PAGES = ("/", "/access", "/publish", "/costs", "/settings/people", "/settings/tokens", "/nowhere/x")


def test_who_is_in_no_tenant_learns_it_on_every_page_and_whom_to_ask(company: Company) -> None:
    company.platform.name = "Pat"
    company.platform.save()
    nobody = browser(User.objects.create_user("new@else.example"))
    for path in PAGES[:-1]:
        answer = nobody.get(path)
        assert answer.status_code == 200, path
        assert "in no tenant yet" in words(answer), path
        assert "new@else.example" in words(answer)
        assert company.platform.email in words(answer)
    assert nobody.post("/settings/tokens", {"name": "x", "ttl": "7"}).status_code == 403
    assert nobody.get("/nowhere/x").status_code == 404
    assert nobody.get("/admin-console/tenants").status_code == 200
    assert "in no tenant yet" in words(nobody.get("/admin-console/tenants"))
    assert nobody.get("/accounts/password/change/").status_code < 400


def test_a_superuser_of_the_command_is_a_platform_admin_who_founds_a_tenant(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a good long password")
    call_command(
        "createsuperuser", email="Root@new.example", interactive=False, stdout=io.StringIO()
    )
    user = User.objects.get()
    assert (user.email, user.is_platform_admin) == ("root@new.example", True)
    client = Client()
    assert client.login(email="root@new.example", password="a good long password")
    assert "Make a tenant" in words(client.get("/"))
    assert client.get("/admin-console").status_code == 200
    assert "No tenants yet" in words(client.get("/admin-console/tenants"))
    given = {"name": "Retail", "currency": "EUR", "join_as_admin": "on"}
    made = client.post("/admin-console/tenants", given)
    assert made["Location"] == "/settings/teams"
    assert "No teams yet" in words(client.get("/settings/teams"))
    assert client.get("/").status_code == 200


def test_new_people_of_single_sign_on_join_the_tenant_that_is_named_once(
    company: Company, settings: Any
) -> None:
    new = User.objects.create_user("sso@retail.example")
    settings.SIGN_IN_TENANT = ""
    assert join_by_sign_in(new) is None
    settings.SIGN_IN_TENANT = "nowhere"
    assert join_by_sign_in(new) is None
    settings.SIGN_IN_TENANT = "retail"
    member = join_by_sign_in(new)
    assert member is not None
    assert (member.tenant.slug, member.role) == ("retail", "member")
    assert join_by_sign_in(new) is None
    Member.across.filter(user=new).update(left_at=member.tenant.created_at)
    assert join_by_sign_in(new) is None
    assert join_by_sign_in(company.outsider) is None
    Tenant.objects.filter(slug="retail").update(closed_at=member.tenant.created_at)
    assert join_by_sign_in(User.objects.create_user("late@retail.example")) is None
