"""The doors of access: what REST takes, answers and refuses."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from rest_framework.test import APIClient

from keys import secrets
from keys.models import Application, Key, LeakReporter
from marketplace.audit.models import AuditEntry
from marketplace.tenants.models import ServiceAccount
from marketplace.tenants.tokens import issue_token
from tests.company import Company
from tests.keys.makers import make_api, make_application

pytestmark = pytest.mark.django_db
API = "/api/v1"


@pytest.fixture
def application(company: Company) -> Application:
    return make_application(company, name="Shop")


def post(client: Any, path: str, body: Any = None, **headers: str) -> Any:
    return client.post(
        f"{API}{path}",
        json.dumps({} if body is None else body),
        content_type="application/json",
        headers=headers,
    )


def asks(company: Company, **more: Any) -> Any:
    client = company.client(company.developer)
    return post(client, "/access-requests", {"application": "shop", "api": "orders", **more})


def test_an_application_is_made_with_no_required_field_and_listed(company: Company) -> None:
    client = company.client(company.developer)
    made = post(client, "/applications")
    assert made.status_code == 201
    assert made.json()["name"] == "Checkout application"
    assert post(client, "/applications").json()["slug"] == "checkout-application-2"
    assert len(client.get(f"{API}/applications").json()["items"]) == 2
    assert company.client(company.owner).get(f"{API}/applications").json()["items"] == []
    refused = post(client, "/applications", {"team": "payments"})
    assert refused.status_code == 403


def test_a_request_that_is_allowed_answers_the_decision_and_the_secret_once(
    company: Company, application: Application
) -> None:
    make_api(company.owners)
    answer = asks(company, scopes=["op0"], ttl="7d")
    body = answer.json()
    assert answer.status_code == 201
    assert answer["Cache-Control"] == "no-store"
    assert body["decision"]["outcome"] == "allow"
    assert body["key"]["scopes"] == ["get /orders"]
    assert secrets.parse(body["key"]["secret"]) is not None
    assert set(body["estimate"]) == {"monthly", "peers_median", "budget_left", "currency"}
    listed = company.client(company.developer).get(f"{API}/keys")
    assert body["key"]["secret"] not in listed.content.decode()
    assert listed.json()["items"][0]["public_id"] == body["key"]["public_id"]


def test_a_request_that_waits_answers_who_it_waits_for_and_the_fix(
    company: Company, application: Application
) -> None:
    make_api(company.owners, risk="medium")
    body = asks(company, ttl="30d").json()
    assert body["decision"]["outcome"] == "wait"
    assert body["decision"]["rule"] == "medium-risk-over-7-days-waits"
    assert body["decision"]["fix"] == "Ask for 7 days or less, and it is given at once."
    assert body["key"]["mock"] is True
    assert body["grant"]["state"] == "pending"
    inbox = company.client(company.owner).get(f"{API}/access-requests?inbox=true").json()["items"]
    assert [row["id"] for row in inbox] == [body["request"]["id"]]
    assert (
        company.client(company.developer).get(f"{API}/access-requests?inbox=1").json()["items"]
        == []
    )


def test_without_an_application_named_the_one_asked_for_last_is_taken(company: Company) -> None:
    make_api(company.owners)
    client = company.client(company.developer)
    refused = post(client, "/access-requests", {"api": "orders"})
    assert refused.json()["errors"][0]["pointer"] == "/application"
    for name in ("Alpha", "Beta"):
        make_application(company, name=name)
    post(client, "/access-requests", {"api": "orders", "application": "beta"})
    answer = post(client, "/access-requests", {"api": "orders"}).json()
    assert answer["key"]["application"] == "beta"


def test_the_preview_answers_the_same_and_makes_nothing(
    company: Company, application: Application
) -> None:
    make_api(company.owners, risk="high")
    client = company.client(company.developer)
    seen = post(client, "/access-requests/preview", {"application": "shop", "api": "orders"})
    assert seen.status_code == 200
    assert seen.json()["decision"]["outcome"] == "wait"
    assert seen.json()["key"] is None
    assert not Key.across.exists()


def test_a_denial_names_the_rule_and_makes_no_key(
    company: Company, application: Application
) -> None:
    make_api(company.owners, lifecycle="retired")
    answer = asks(company)
    assert answer.status_code == 200
    assert answer.json()["decision"]["rule"] == "a-retired-api-gives-no-keys"
    assert answer.json()["key"] is None


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"ttl": "91d"}, "/ttl"),
        ({"ttl": 0}, "/ttl"),
        ({"ttl": -1}, "/ttl"),
        ({"ttl": 10**18}, "/ttl"),
        ({"ttl": 1e18}, "/ttl"),
        ({"ttl": True}, "/ttl"),
        ({"scopes": ["nope"]}, "/scopes/0"),
        ({"scopes": []}, "/scopes"),
        ({"scopes": "op0"}, "/scopes"),
        ({"plan": "gold"}, "/plan"),
        ({"environment": "prod"}, "/environment"),
        ({"guardrails": {"cidrs": ["everywhere"]}}, "/guardrails/cidrs/0"),
        ({"purpose": "x" * 501}, "/purpose"),
    ],
)
def test_h24_what_is_wrong_is_named_at_its_field(
    company: Company, application: Application, more: dict[str, Any], pointer: str
) -> None:
    make_api(company.owners)
    answer = asks(company, **more)
    assert answer.status_code == 422, answer.content
    assert answer["Content-Type"].startswith("application/problem+json")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    "field", ["tenant_id", "risk_class", "approved", "is_staff", "decision", "state"]
)
def test_h20_a_field_that_does_not_exist_is_refused_by_name(
    company: Company, application: Application, field: str
) -> None:
    make_api(company.owners, risk="high")
    answer = asks(company, **{field: True})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == f"/{field}"
    smuggled = asks(company, guardrails={field: ["x"]})
    assert smuggled.status_code == 400
    assert not Key.across.exists()


def test_h56_a_flag_smuggled_as_a_json_string_is_refused(
    company: Company, application: Application
) -> None:
    make_api(company.owners, risk="high")
    for smuggled in ('{"cidrs": []}', '{"disabled": true}'):
        answer = asks(company, guardrails=smuggled)
        assert answer.status_code == 422
    purposeful = asks(company, purpose='{"approved": true, "risk": "low"}')
    assert purposeful.json()["decision"]["outcome"] == "wait"


def test_h22_approving_goes_by_what_was_read_and_never_by_oneself(
    company: Company, application: Application
) -> None:
    make_api(company.owners, risk="high")
    row = asks(company).json()["request"]
    path = f"/access-requests/{row['id']}"
    owner, developer = company.client(company.owner), company.client(company.developer)
    assert post(developer, f"{path}/approve").status_code == 403
    etag = owner.get(f"{API}{path}")["ETag"]
    changed = developer.patch(
        f"{API}{path}",
        json.dumps({"ttl": "1d"}),
        content_type="application/json",
        headers={"If-Match": etag},
    )
    assert changed.status_code == 200, changed.content
    assert changed.json()["revision"] == 2
    assert post(owner, f"{path}/approve", {"revision": 1}).status_code == 409
    stale = post(owner, f"{path}/approve", **{"If-Match": etag})
    assert stale.status_code == 412
    assert post(owner, f"{path}/approve", {"revision": 2}).json()["state"] == "approved"
    assert post(owner, f"{path}/deny").status_code == 409
    keys = developer.get(f"{API}/keys").json()["items"]
    assert [key["mock"] for key in keys] == [False]


def test_h18_another_tenant_gets_404_everywhere_and_the_try_is_in_the_log(
    company: Company, application: Application
) -> None:
    make_api(company.owners, risk="high")
    body = asks(company).json()
    outsider = company.client(company.outsider)
    key, row = body["key"]["public_id"], body["request"]["id"]
    assert outsider.get(f"{API}/keys").json()["items"] == []
    assert outsider.get(f"{API}/access-requests").json()["items"] == []
    for answer in (
        outsider.get(f"{API}/keys/{key}"),
        post(outsider, f"/keys/{key}/rotate"),
        post(outsider, f"/keys/{key}/revoke"),
        post(outsider, f"/keys/{body['key']['id']}/revoke"),
        outsider.get(f"{API}/access-requests/{row}"),
        post(outsider, f"/access-requests/{row}/approve"),
        post(outsider, "/access-requests", {"application": str(application.id), "api": "orders"}),
    ):
        assert answer.status_code == 404
    assert Key.across.get().state == "active"
    tried = AuditEntry.objects.filter(tenant=company.other, action__endswith=".refused")
    assert tried.filter(target=f"key:{key}").count() == 4
    assert tried.filter(target=f"access-request:{row}").count() == 1


def test_h25_a_second_look_at_the_secret_is_gone(
    company: Company, application: Application
) -> None:
    make_api(company.owners)
    key = asks(company).json()["key"]["public_id"]
    again = post(company.client(company.developer), f"/keys/{key}/reveal")
    assert again.status_code == 410
    assert again["Cache-Control"] == "no-store"


def test_h42_one_idempotency_key_makes_one_key_and_takes_no_other_body(
    company: Company, application: Application
) -> None:
    make_api(company.owners)
    client = company.client(company.developer)
    body = {"application": "shop", "api": "orders"}
    first = post(client, "/access-requests", body, **{"Idempotency-Key": "k1"})
    again = post(client, "/access-requests", body, **{"Idempotency-Key": "k1"})
    other = post(client, "/access-requests", {**body, "ttl": "1d"}, **{"Idempotency-Key": "k1"})
    assert first.status_code == again.status_code == 201
    assert other.status_code == 422
    assert Key.across.count() == 1


def test_h43_the_retried_request_gets_the_same_key_id_and_no_second_secret(
    company: Company, application: Application
) -> None:
    make_api(company.owners)
    client = company.client(company.developer)
    body = {"application": "shop", "api": "orders"}
    first = post(client, "/access-requests", body, **{"Idempotency-Key": "k1"}).json()["key"]
    again = post(client, "/access-requests", body, **{"Idempotency-Key": "k1"}).json()["key"]
    assert first["secret"]
    assert (again["public_id"], again["secret"]) == (first["public_id"], None)
    turned = [
        post(client, f"/keys/{first['public_id']}/rotate", **{"Idempotency-Key": "k2"}).json()
        for _ in range(2)
    ]
    assert turned[0]["key"]["secret"]
    assert turned[1]["key"]["secret"] is None
    assert Key.across.count() == 2


def test_rotating_and_revoking_by_rest(company: Company, application: Application) -> None:
    make_api(company.owners)
    client = company.client(company.developer)
    key = asks(company).json()["key"]["public_id"]
    assert post(client, f"/keys/{key}/rotate", {"overlap": "8d"}).status_code == 422
    assert post(client, f"/keys/{key}/rotate", {"scopes": "shrink"}).status_code == 409
    turned = post(client, f"/keys/{key}/rotate", {"overlap": "1h"})
    assert turned.status_code == 201
    assert turned.json()["old"]["replaced_by"] == turned.json()["key"]["public_id"]
    ended = post(client, f"/keys/{key}/revoke", {"reason": "done"}).json()
    assert [row["state"] for row in ended] == ["revoked"]
    assert post(client, f"/keys/{key}/revoke").json() == []
    both = post(client, "/keys/revoke", {"keys": [key, turned.json()["key"]["public_id"]]})
    assert len(both.json()) == 1
    assert post(client, "/keys/revoke", {"keys": ["mk_l_x"]}).status_code == 404


def test_an_owner_sees_who_holds_keys_to_his_api(
    company: Company, application: Application
) -> None:
    make_api(company.others, "routes")
    client = company.client(company.developer)
    post(client, "/access-requests", {"application": "shop", "api": "routes"})
    rows = company.client(company.outsider).get(f"{API}/keys").json()["items"]
    assert [(row["application"], row["api"]) for row in rows] == [("shop", "routes")]
    assert company.client(company.owner).get(f"{API}/keys").json()["items"] == []


def test_h29_leak_reports_are_signed_or_signed_in_and_bounded(
    company: Company, application: Application
) -> None:
    make_api(company.owners)
    secret = asks(company).json()["key"]["secret"]
    stranger = APIClient()
    assert post(stranger, "/leaks", [{"token": secret}]).status_code == 401
    private = ed25519.Ed25519PrivateKey.generate()
    pem = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    LeakReporter.objects.create(kid="gh-1", name="Code host", public_key=pem.decode())
    body = [{"token": secret, "type": "mk", "url": "https://code.example/x", "source": "commit"}]
    forged = base64.b64encode(bytes(64)).decode()
    headers = {"Github-Public-Key-Identifier": "gh-1", "Github-Public-Key-Signature": forged}
    refused = post(stranger, "/leaks", body, **headers)
    assert (refused.status_code, refused.json()["type"]) == (401, "/problems/bad-signature")
    assert Key.across.get().state == "active"
    good = base64.b64encode(private.sign(json.dumps(body).encode())).decode()
    headers["Github-Public-Key-Signature"] = good
    for _ in range(2):
        answer = post(stranger, "/leaks", body, **headers)
        assert answer.status_code == 200, answer.content
        assert answer.json()[0]["outcome"] == "revoked"
    assert Key.across.get().state == "revoked"
    many = [{"token": "x"}] * 10_000
    assert post(company.client(company.developer), "/leaks", many).status_code == 422


def test_consents_and_broken_glass_by_rest(company: Company, application: Application) -> None:
    make_api(company.owners, risk="high")
    ServiceAccount.across.create(
        tenant=company.tenant, team=company.builders, slug="helper", name="Helper", kind="agent"
    )
    client, owner = company.client(company.developer), company.client(company.owner)
    given = {"agent": "helper", "scopes": ["orders:op0"], "budget": "12.50", "life": "7d"}
    made = post(client, "/agent-consents", given)
    assert made.status_code == 201, made.content
    assert made.json()["budget"] == "12.50"
    assert post(client, "/agent-consents", {**given, "scopes": ["x:y"]}).status_code == 422
    assert post(owner, f"/agent-consents/{made.json()['id']}/withdraw").status_code == 403
    assert post(client, f"/agent-consents/{made.json()['id']}/withdraw").json() == {"ended": []}
    assert len(client.get(f"{API}/consents").json()["items"]) == 2
    glass = post(
        client, "/break-glass", {"application": "shop", "api": "orders", "reason": "down"}
    ).json()
    path = f"/break-glass/{glass['id']}"
    assert post(client, f"{path}/confirm").status_code == 403
    opened = post(owner, f"{path}/confirm")
    assert opened.status_code == 201
    assert opened.json()["key"]["secret"]
    assert post(owner, f"{path}/review", {"review": "right"}).json()["state"] == "reviewed"


def test_a_token_without_the_scope_is_refused(company: Company, application: Application) -> None:
    make_api(company.owners)
    token = issue_token(
        actor=company.actor(company.developer),
        holder=company.developer,
        name="reader",
        ttl=timedelta(days=1),
        scopes=["keys:read"],
    )
    client = APIClient(headers={"Authorization": f"Bearer {token.secret}"})
    assert client.get(f"{API}/keys").status_code == 200
    refused = post(client, "/access-requests", {"application": "shop", "api": "orders"})
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/scope-missing")
