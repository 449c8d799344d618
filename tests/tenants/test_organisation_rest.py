"""Making tenants, teams, members and service accounts over REST, and who may not."""

from typing import Any

import pytest
from django.core import mail
from django.test import Client
from rest_framework.test import APIClient

from marketplace.audit.models import AuditEntry
from marketplace.audit.record import verify_chain
from marketplace.events.models import OutboxEvent
from marketplace.events.outbox import deliver_due
from marketplace.tenants.models import Member, Team, TeamMember, Tenant, User
from tests.company import Company, make_person

pytestmark = pytest.mark.django_db


def send(client: APIClient, method: str, path: str, **body: Any) -> Any:
    return getattr(client, method)(f"/api/v1{path}", body, format="json")


def member_of(user: User) -> Member:
    return Member.across.get(user=user)


def pointers(answer: Any) -> list[str]:
    return [error["pointer"] for error in answer.json()["errors"]]


def test_a_platform_admin_makes_a_tenant_with_its_first_admin(company: Company) -> None:
    client = company.client(company.platform)
    answer = send(
        client, "post", "/tenants", name="Wealth", cost_center="7", admin="First@wealth.example"
    )
    assert answer.status_code == 201, answer.content
    assert answer.json()["slug"] == "wealth"
    tenant = Tenant.objects.get(slug="wealth")
    member = Member.across.get(tenant=tenant)
    assert (member.user.email, member.role) == ("first@wealth.example", "admin")
    actions = AuditEntry.objects.filter(tenant=tenant).values_list("action", flat=True)
    assert list(actions.order_by("sequence")) == ["tenant.created", "member.joined"]
    assert verify_chain(tenant.id).intact
    assert OutboxEvent.objects.filter(kind="tenant.created", tenant=tenant).exists()
    assert len(send(client, "get", "/tenants").json()["items"]) == 3
    again = send(client, "post", "/tenants", name="Wealth")
    assert (again.status_code, pointers(again)) == (409, ["/slug"])


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"name": "A", "slug": "No Slug"}, "/slug"),
        ({"name": "A", "currency": "eur"}, "/currency"),
        ({"name": "A", "admin": "nobody"}, "/admin"),
        ({"name": " \t"}, "/name"),
        ({"name": "…"}, "/slug"),
        ({"name": "A\u2028B"}, "/name"),
    ],
)
def test_what_a_tenant_cannot_be_is_said_at_the_field(
    company: Company, given: dict[str, str], pointer: str
) -> None:
    answer = send(company.client(company.platform), "post", "/tenants", **given)
    assert (answer.status_code, pointers(answer)) == (422, [pointer])
    assert Tenant.objects.count() == 2


def test_a_tenant_admin_makes_no_tenant_and_sees_his_own_only(company: Company) -> None:
    client = company.client(company.admin)
    assert send(client, "post", "/tenants", name="Mine").status_code == 403
    slugs = [row["slug"] for row in send(client, "get", "/tenants").json()["items"]]
    assert slugs == ["retail"]
    answer = send(client, "post", "/tenants/logistics/members", email="a@b.example")
    assert answer.status_code == 403


def test_a_new_member_gets_a_link_that_sets_his_password_and_signs_in(company: Company) -> None:
    client = company.client(company.admin)
    answer = send(client, "post", "/members", email="New@Retail.example", role="finance")
    assert answer.status_code == 201, answer.content
    assert answer.json()["state"] == "invited"
    user = User.objects.get(email="new@retail.example")
    assert not user.has_usable_password()
    while deliver_due():
        pass
    (letter,) = mail.outbox
    assert letter.to == ["new@retail.example"]
    link = next(line for line in letter.body.splitlines() if "/accounts/password/reset/" in line)
    browser = Client()
    form = browser.get(link.removeprefix("http://localhost:8000"), follow=True)
    where = form.redirect_chain[-1][0]
    browser.post(where, {"password1": "a good long secret", "password2": "a good long secret"})
    assert browser.login(email="new@retail.example", password="a good long secret")
    assert browser.get("/api/v1/members").status_code == 200


def test_a_person_who_exists_joins_and_returns_after_leaving(company: Company) -> None:
    client = company.client(company.admin)
    answer = send(client, "post", "/members", email=company.outsider.email)
    assert answer.status_code == 201
    assert answer.json()["state"] == "active"
    twice = send(client, "post", "/members", email=company.outsider.email)
    assert (twice.status_code, pointers(twice)) == (409, ["/email"])
    path = f"/members/{answer.json()['id']}"
    assert send(client, "delete", path).status_code == 204
    assert send(client, "get", path).status_code == 404
    back = send(client, "post", "/members", email=company.outsider.email, role="finance")
    assert (back.status_code, back.json()["id"]) == (201, answer.json()["id"])
    while deliver_due():
        pass
    assert all("/password/reset/" not in letter.body for letter in mail.outbox)


def test_an_account_of_an_unconfirmed_address_is_not_let_in(company: Company) -> None:
    User.objects.create_user("boss@retail.example", "somebody else's password")
    answer = send(company.client(company.admin), "post", "/members", email="boss@retail.example")
    assert (answer.status_code, pointers(answer)) == (422, ["/email"])
    assert "not confirmed" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"email": "not an address"}, "/email"),
        ({"email": ""}, "/email"),
        ({"email": "a@b.example\nBcc: c@d.example"}, "/email"),
        ({"email": "a@b.example", "role": "owner"}, "/role"),
    ],
)
def test_a_bad_member_is_said_at_the_field(
    company: Company, given: dict[str, str], pointer: str
) -> None:
    answer = send(company.client(company.admin), "post", "/members", **given)
    assert (answer.status_code, pointers(answer)) == (422, [pointer])


def test_members_are_changed_by_the_admins_of_their_own_tenant_only(company: Company) -> None:
    member = member_of(company.developer)
    stranger = make_person(company.other, "olga", role="admin")
    path = f"/members/{member.id}"
    assert send(company.client(stranger), "patch", path, role="admin").status_code == 404
    assert send(company.client(stranger), "delete", path).status_code == 404
    for user in (company.developer, company.finance, company.owner):
        client = company.client(user)
        assert send(client, "patch", path, role="finance").status_code == 403
        assert send(client, "post", "/members", email="x@y.example").status_code == 403
        assert send(client, "post", "/teams", name="Mine").status_code == 403
        assert send(client, "get", "/members").status_code == 200
    answer = send(company.client(company.admin), "patch", path, role="finance")
    assert (answer.status_code, answer.json()["role"]) == (200, "finance")


def test_the_last_admin_stays_and_nobody_raises_himself(company: Company) -> None:
    admin = company.client(company.admin)
    mine = f"/members/{member_of(company.admin).id}"
    for answer in (send(admin, "patch", mine, role="member"), send(admin, "delete", mine)):
        assert answer.status_code == 409
        assert answer.json()["type"] == "/problems/last-admin"
    platform = f"/members/{member_of(company.platform).id}"
    raised = send(company.client(company.platform), "patch", platform, role="admin")
    assert raised.status_code == 403
    second = f"/members/{member_of(company.developer).id}"
    assert send(admin, "patch", second, role="admin").status_code == 200
    assert send(admin, "patch", mine, role="member").status_code == 200
    assert send(admin, "patch", second, role="member").status_code == 403


def test_teams_are_made_named_and_filled(company: Company) -> None:
    client = company.client(company.admin)
    made = send(client, "post", "/teams", name="Search & Find", join_as_owner=True)
    assert made.status_code == 201, made.content
    assert made.json()["slug"] == "search-find"
    team = Team.across.get(slug="search-find")
    assert TeamMember.across.get(team=team).role == "owner"
    taken = send(client, "post", "/teams", name="Other", slug="search-find")
    assert (taken.status_code, pointers(taken)) == (409, ["/slug"])
    named = send(client, "patch", "/teams/search-find", name="Finders", cost_center="CC-1")
    assert (named.json()["name"], named.json()["cost_center"]) == ("Finders", "CC-1")
    path = f"/teams/search-find/members/{member_of(company.developer).id}"
    assert send(client, "put", path, role="owner").json() == {
        "team": "search-find",
        "role": "owner",
    }
    assert send(client, "put", path).json()["role"] == "member"
    assert send(client, "delete", path).status_code == 204
    assert TeamMember.across.filter(team=team).count() == 1
    assert send(client, "get", "/teams").json()["items"][0]["slug"] == "search-find"


def test_an_admin_does_not_make_himself_owner_where_there_is_one(company: Company) -> None:
    admin = f"/teams/payments/members/{member_of(company.admin).id}"
    client = company.client(company.admin)
    assert send(client, "put", admin, role="owner").status_code == 403
    assert send(company.client(company.owner), "put", admin, role="owner").status_code == 200
    outsider = f"/teams/payments/members/{member_of(company.outsider).id}"
    assert send(client, "put", outsider).status_code == 404
    assert send(company.client(company.developer), "put", admin).status_code == 403


def test_a_service_account_gets_a_token_once_and_both_end(company: Company) -> None:
    client = company.client(company.owner)
    made = send(client, "post", "/service-accounts", team="payments", name="CI", role="owner")
    assert made.status_code == 201, made.content
    path = f"/service-accounts/{made.json()['id']}"
    issued = send(
        client, "post", f"{path}/tokens", name="build", ttl="30d", scopes=["organisation:read"]
    )
    assert issued.status_code == 201, issued.content
    secret = issued.json()["secret"]
    robot = APIClient()
    robot.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert send(robot, "get", "/teams").status_code == 200
    assert send(robot, "post", "/service-accounts", team="payments", name="X").status_code == 403
    listed = send(client, "get", f"{path}/tokens").json()["items"]
    assert [row["name"] for row in listed] == ["build"]
    assert "secret" not in listed[0]
    assert send(company.client(company.developer), "get", f"{path}/tokens").status_code == 403
    token = f"{path}/tokens/{listed[0]['id']}"
    assert send(client, "delete", token).status_code == 204
    assert send(robot, "get", "/teams").status_code == 401
    again = send(client, "post", f"{path}/tokens", name="again", ttl="1h").json()
    robot.credentials(HTTP_AUTHORIZATION=f"Bearer {again['secret']}")
    assert send(robot, "get", "/teams").status_code == 200
    assert send(client, "delete", path).status_code == 204
    assert send(robot, "get", "/teams").status_code == 401
    assert send(client, "post", f"{path}/tokens", name="late", ttl="1h").status_code == 409


def test_nobody_raises_himself_through_a_service_account(company: Company) -> None:
    admin = company.client(company.admin)
    given = {"team": "payments", "name": "CI", "role": "owner"}
    assert send(admin, "post", "/service-accounts", **given).status_code == 403
    owner = company.client(company.owner)
    path = f"/service-accounts/{send(owner, 'post', '/service-accounts', **given).json()['id']}"
    assert send(admin, "post", f"{path}/tokens", name="a", ttl="1h").status_code == 403
    narrow = send(
        owner, "post", f"{path}/tokens", name="n", ttl="1h", scopes=["organisation:write"]
    ).json()["secret"]
    robot = APIClient()
    robot.credentials(HTTP_AUTHORIZATION=f"Bearer {narrow}")
    wide = send(robot, "post", f"{path}/tokens", name="w", ttl="1h")
    assert (wide.status_code, wide.json()["type"]) == (403, "/problems/scope-missing")
    bad = send(owner, "post", f"{path}/tokens", name="b", ttl="91d")
    assert (bad.status_code, pointers(bad)) == (422, ["/ttl"])
    assert send(owner, "post", "/service-accounts", team="fleet", name="X").status_code == 422


def test_who_is_in_no_tenant_is_told_so_by_rest(company: Company) -> None:
    nobody = User.objects.create_user("new@else.example", "a good long password")
    for path in ("/apis", "/keys", "/tenants", "/members", "/budgets"):
        answer = send(company.client(nobody), "get", path)
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/no-tenant")
    nobody.is_platform_admin = True
    nobody.save()
    client = company.client(nobody)
    assert send(client, "get", "/members").status_code == 403
    assert send(client, "post", "/tenants", name="Own", join_as_admin=True).status_code == 201
    assert [row["role"] for row in send(client, "get", "/members").json()["items"]] == ["admin"]
    first = send(client, "post", "/tenants/retail/members", email="c@d.example", role="admin")
    assert first.status_code == 201
