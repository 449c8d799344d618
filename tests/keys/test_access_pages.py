"""My access, inbox, applications and the log, as people use them."""

import re
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from keys.grants import AccessDecision
from keys.models import AccessRequest, Application, Key
from marketplace.tenants.scope import tenant_scope
from tests.company import Company
from tests.keys.makers import ask, make_api, make_application

pytestmark = pytest.mark.django_db


def portal(company: Company, who: str) -> Client:
    client = Client()
    client.force_login(getattr(company, who))
    return client


def read(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    assert answer["Cache-Control"] == "no-store"
    return answer.content.decode()


@pytest.fixture
def waiting(company: Company) -> AccessDecision:
    api = make_api(company.owners, "payments", risk="high", name="Payments")
    return ask(company, api, ttl="7d", purpose="Refunds from the returns page")


def request_id(waiting: AccessDecision) -> UUID:
    assert waiting.request is not None
    return waiting.request.id


def test_my_access_lists_keys_and_what_waits_with_who_since_when_and_what_next(
    company: Company, waiting: AccessDecision
) -> None:
    ask(company, make_api(company.owners, name="Orders"), scopes=["op0"])
    text = read(portal(company, "developer"), "/access")
    assert text.count("mk_l_") >= 2
    assert "Every live access to a high-risk API" in text
    assert "of Otto" in text
    assert "Reminded" in text
    assert "Given up" in text
    assert "get /orders" in text
    assert "mk_l_" not in read(portal(company, "outsider"), "/access")


def test_every_page_keeps_to_ten_queries_however_much_there_is(
    company: Company, waiting: AccessDecision
) -> None:
    application = make_application(company, name="Shop")
    for number in range(4):
        risk = "high" if number % 2 else "low"
        api = make_api(company.owners, f"api-{number}", risk=risk)
        ask(company, api, application=application)
        ask(company, api, application=application)
    paths = {
        "developer": [
            "/access",
            "/access/applications",
            "/access/applications/shop",
            "/access/audit",
            "/access/decisions",
            f"/access/requests/{request_id(waiting)}",
        ],
        "owner": ["/access/inbox", f"/access/inbox/{request_id(waiting)}"],
    }
    counts: dict[str, int] = {}
    for who, theirs in paths.items():
        client = portal(company, who)
        for path in theirs:
            read(client, path)
            with CaptureQueriesContext(connection) as seen:
                read(client, path)
            counts[path] = sum("set_config" not in query["sql"] for query in seen)
    assert {path: count for path, count in counts.items() if count > 10} == {}


def test_a_key_is_rotated_and_revoked_from_its_row(company: Company) -> None:
    given = ask(company, make_api(company.owners))
    assert given.key is not None
    name = given.key.key.public_id
    client = portal(company, "developer")
    assert "Used in 30 days" in read(client, f"/access/keys/{name}/rotate")
    shrink = {"overlap": "3600", "scopes": "shrink"}
    refused = client.post(f"/access/keys/{name}/rotate", shrink)
    assert refused.status_code == 422
    assert "nothing would be left" in refused.content.decode()
    turned = client.post(f"/access/keys/{name}/rotate", {"overlap": "3600", "scopes": "keep"})
    new = Key.across.exclude(public_id=name).get()
    assert re.search(rf"{new.public_id}_[0-9A-Za-z]{{38}}", turned.content.decode())
    ended = client.post(f"/access/keys/{new.public_id}/revoke", {"reason": "done"}, follow=True)
    assert "is revoked" in ended.content.decode()
    assert Key.across.get(pk=new.pk).revoke_reason == "done"
    assert new.public_id in read(client, "/access?state=ended")


def test_h18_pages_of_another_tenants_key_and_request_are_not_there(
    company: Company, waiting: AccessDecision
) -> None:
    assert waiting.key is not None
    name, ida = waiting.key.key.public_id, request_id(waiting)
    client = portal(company, "outsider")
    for path in (
        f"/access/keys/{name}/rotate",
        f"/access/keys/{name}/revoke",
        f"/access/keys/{name}/call",
        f"/access/requests/{ida}",
        f"/access/inbox/{ida}",
        "/access/applications/checkout-application",
    ):
        assert client.get(path).status_code == 404
    assert client.post(f"/access/keys/{name}/revoke").status_code == 404
    assert client.post(f"/access/inbox/{ida}/approve").status_code == 404
    assert Key.across.get().state == "active"


def test_the_inbox_shows_risk_purpose_and_fix_and_approves_what_was_read(
    company: Company, waiting: AccessDecision
) -> None:
    client = portal(company, "owner")
    text = read(client, "/access/inbox")
    assert "Refunds from the returns page" in text
    assert "data-approve" in text
    assert "high-risk-waits-for-an-owner" in text
    assert 'class="count count-hot">1<' in text
    stale = client.post(f"/access/inbox/{request_id(waiting)}/approve", {"revision": 7})
    assert stale.status_code == 409
    done = client.post(
        f"/access/inbox/{request_id(waiting)}/approve", {"revision": 1, "note": "ok"}, follow=True
    )
    assert "Approved: the key is live." in done.content.decode()
    assert AccessRequest.across.get().state == "approved"
    assert "Nothing waits for you" in read(client, "/access/inbox")


def test_approving_in_place_answers_a_toast_and_takes_the_card_away(
    company: Company, waiting: AccessDecision
) -> None:
    answer = portal(company, "owner").post(
        f"/access/inbox/{request_id(waiting)}/deny",
        {"revision": 1},
        headers={"HX-Request": "true"},
    )
    assert answer.content == b""
    assert "Denied" in answer["HX-Trigger"]
    assert Key.across.get().state == "revoked"


def test_a_mails_link_lands_on_the_item_and_hands_it_over(
    company: Company, waiting: AccessDecision
) -> None:
    path = f"/access/inbox/{request_id(waiting)}"
    client = portal(company, "owner")
    assert "Hand over" in read(client, path)
    client.post(f"{path}/delegate", {"to": str(company.finance.id)})
    assert AccessRequest.across.get().delegated_to == company.finance
    assert "data-approve" in read(portal(company, "finance"), path)
    assert "does not wait for you" in read(portal(company, "developer"), path)
    assert client.post(f"{path}/delegate", {"to": "nobody"}).status_code == 422


def test_a_requester_never_finds_his_own_request_in_his_inbox(company: Company) -> None:
    owner = company.actor(company.owner)
    ask(company, make_api(company.owners, risk="high"), actor=owner)
    text = read(portal(company, "owner"), "/access/inbox")
    assert "Nothing waits for you" in text


def test_a_request_is_read_and_withdrawn_by_its_team(
    company: Company, waiting: AccessDecision
) -> None:
    client = portal(company, "developer")
    path = f"/access/requests/{request_id(waiting)}"
    assert "Who decides" in read(client, path)
    client.post(path)
    assert AccessRequest.across.get().state == "withdrawn"
    assert "Withdraw<" not in read(client, path)


def test_applications_are_made_read_handed_over_and_closed(company: Company) -> None:
    client = portal(company, "developer")
    made = client.post("/access/applications", {"name": "Shop"}, follow=True)
    assert "Calls per day" in made.content.decode()
    application = Application.across.get()
    ask(company, make_api(company.owners), application=application)
    text = read(client, "/access/applications/shop")
    assert "mk_l_" in text
    assert "Hand over" not in text
    admin = portal(company, "admin")
    admin.post("/access/applications/shop/move", {"team": str(company.owners.id)})
    application.refresh_from_db()
    assert application.team == company.owners
    assert client.post("/access/applications/shop/close").status_code == 404
    admin.post("/access/applications/shop/close")
    assert Key.across.get().state == "revoked"


def test_the_log_shows_the_chain_and_decisions_show_their_rules(
    company: Company, waiting: AccessDecision
) -> None:
    text = read(portal(company, "admin"), "/access/audit?verify=1")
    assert "access.asked" in text
    assert "The chain is intact" in text
    assert "access.asked" not in read(portal(company, "outsider"), "/access/audit")
    text = read(portal(company, "admin"), "/access/decisions?outcome=wait")
    assert "high-risk-waits-for-an-owner" in text


def test_an_owner_in_another_tenant_reads_and_decides(company: Company) -> None:
    api = make_api(company.others, "routes", risk="high")
    with tenant_scope(company.tenant.id):
        asked = ask(company, api)
    client = portal(company, "outsider")
    assert "Checkout of Retail" in read(client, "/access/inbox")
    client.post(f"/access/inbox/{request_id(asked)}/approve", {"revision": 1})
    assert AccessRequest.across.get().state == "approved"
