"""The real Envoy, nginx and Caddy with the configuration that we write for them."""

import socket
from contextlib import suppress
from typing import Any

import orjson
import pytest

from keys.secrets import generate
from tests.edge_process import Answer, until
from tests.edge_world import Issued
from tests.gateways.conftest import Gateway

pytestmark = pytest.mark.django_db  # so that pytest-django migrates a database

IDENTITY = ("tenant", "key-id", "subject", "scopes", "api", "operation")


@pytest.fixture(scope="session")
def good(gateway: Gateway) -> Issued:
    return gateway.world.key(gateway.payments)


def problem(answer: Answer) -> str:
    assert answer.headers["content-type"].startswith("application/problem+json"), answer
    document = orjson.loads(answer.body)
    assert document["status"] == answer.status
    return str(document["type"]).removeprefix("/problems/")


def raw(gateway: Gateway, request: bytes) -> int:
    """The status of a request sent byte by byte; 0 where the connection was closed on it."""
    with socket.create_connection(("127.0.0.1", gateway.port), 5) as line:
        line.sendall(request)
        answer = line.recv(65536)
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/") else 0


def test_an_allowed_call_reaches_the_upstream_with_the_identity_set(
    gateway: Gateway, good: Issued
) -> None:
    answer = gateway.call(good.text, path="/payments/charges/7?expand=a%2Fb&x=1")
    seen = gateway.seen(answer)
    assert (seen.method, seen.target) == ("GET", "/v1/charges/7?expand=a%2Fb&x=1")
    assert seen.all("x-mkt-key-id") == [good.key.public_id]
    assert seen.all("x-mkt-tenant") == [str(gateway.world.tenant_id)]
    assert seen.all("x-mkt-subject") == [f"application:{good.application_id}"]
    assert seen.all("x-mkt-api") == ["payments"]
    assert seen.all("x-mkt-operation") == ["getCharge"]
    assert seen.all("x-mkt-scopes") == ["payments:*"]
    assert len(seen.all("x-mkt-assertion")) == 1
    decision = seen.all("x-mkt-decision-id")
    assert decision == [answer.headers["x-mkt-decision-id"]]
    for secret in ("x-mkt-pep-token", "authorization"):
        assert seen.all(secret) == []


def test_a_second_api_behind_the_same_gateway_has_its_own_prefix(gateway: Gateway) -> None:
    ledger = gateway.world.value("SELECT id FROM catalog_api WHERE slug = 'ledger'")
    issued = gateway.world.key(ledger)
    seen = gateway.seen(gateway.call(issued.text, path="/accounts/ledger/charges"))
    assert seen.target == "/charges"
    assert seen.all("x-mkt-api") == ["ledger"]
    assert problem(gateway.call(issued.text)) == "scope"


@pytest.mark.parametrize("method", ["POST", "HEAD"])
def test_the_method_is_the_one_that_was_sent(gateway: Gateway, good: Issued, method: str) -> None:
    answer = gateway.call(good.text, method)
    assert answer.status == 200
    if method != "HEAD":
        assert gateway.seen(answer).method == method


def test_h13_forged_identity_headers_are_dropped(gateway: Gateway, good: Issued) -> None:
    forged = [(f"X-Mkt-{name}", "forged") for name in IDENTITY]
    forged += [(f"X_Mkt_{name.replace('-', '_')}", "forged") for name in IDENTITY]
    if gateway.dialect != "nginx":  # it can drop names only, no patterns (docs/gateways.md)
        forged.append(("X-Mkt-Anything", "forged"))
    forged += [
        ("X-Mkt-Mock", "true"),
        ("X-Mkt-Degraded", "forged"),
        ("X-Mkt-Assertion", "forged"),
        ("X-Mkt-Decision-Id", "forged"),
        ("X-Mkt-Pep-Token", "forged"),
        ("x-mKt-tEnAnT", "forged"),
    ]
    seen = gateway.seen(gateway.call(good.text, headers=forged))
    assert seen.target == "/v1/charges"
    assert not [header for header in seen.headers if "forged" in header[1]]
    assert seen.all("x-mkt-tenant") == [str(gateway.world.tenant_id)]
    assert [header for header in seen.headers if header == ["x-mkt-mock", "true"]] == []


@pytest.mark.parametrize("allowed", [True, False])
def test_h14_forged_paths_and_methods_are_ignored(
    gateway: Gateway, good: Issued, allowed: bool
) -> None:
    there, other = "/payments/charges", "/payments/admin"
    path, claimed = (there, other) if allowed else (other, there)
    forged = {
        "X-Forwarded-Uri": claimed,
        "X-Original-Uri": claimed,
        "X-Original-URL": claimed,
        "X-Rewrite-URL": claimed,
        "X-Envoy-Original-Path": claimed,
        "X-Mkt-Original-Uri": claimed,
        "X-Forwarded-Method": "GET",
        "X-Mkt-Original-Method": "GET",
    }
    assert gateway.call(good.text, path=path, headers=forged).status == (200 if allowed else 403)


@pytest.mark.parametrize(
    "target",
    [
        b"/payments/charges/..",
        b"/payments/charges/../charges",
        b"/payments/../payments/charges",
        b"/accounts/ledger/../../payments/charges",
        b"/payments/charges/%2e%2e/charges",
        b"/payments/charges/..%2fcharges",
        b"/payments/charges/a%2Fb",
        b"/payments/charges/a%5cb",
        b"/payments//charges",
        b"//payments/charges",
        b"/payments/charges;x",
        b"/payments/charges/1;x=y",
        b"/Payments/charges",
        b"/payments/CHARGES",
        b"/payments/%63harges",
        b"/paymentscharges",
        b"/payments/charges/a%00b",
        b"/payments/charges/a\\b",
        b"/%70ayments/charges",
    ],
)
def test_h15_odd_paths_never_reach_the_upstream(
    gateway: Gateway, good: Issued, target: bytes
) -> None:
    request = (
        b"GET " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        b"Authorization: Bearer " + good.text.encode() + b"\r\n\r\n"
    )
    assert raw(gateway, request) in {400, 403, 404}


@pytest.mark.parametrize("method", ["DELETE", "OPTIONS", "TRACE", "PUT"])
def test_h16_an_override_changes_nothing(gateway: Gateway, good: Issued, method: str) -> None:
    names = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
    assert gateway.call(good.text, method, headers=dict.fromkeys(names, "GET")).status in {403, 405}
    seen = gateway.seen(gateway.call(good.text, headers=dict.fromkeys(names, method)))
    assert seen.method == "GET"
    assert all(seen.all(name) == [] for name in names)


@pytest.mark.parametrize(
    ("forged", "fence", "status"),
    [
        ("10.1.2.3", "10.0.0.0/8", 403),
        ("::ffff:10.1.2.3", "10.0.0.0/8", 403),
        ("10.1.2.3", "127.0.0.0/8", 200),
    ],
)
def test_h17_a_forged_client_address_is_not_believed(
    gateway: Gateway, forged: str, fence: str, status: int
) -> None:
    issued = gateway.world.key(gateway.payments, guardrails={"cidrs": [fence]})
    names = ("X-Forwarded-For", "X-Real-IP", "X-Mkt-Client-Address", "Forwarded")
    answer = gateway.call(issued.text, headers=dict.fromkeys(names, forged))
    assert answer.status == status
    if status == 403:
        assert problem(answer) == "address"


def test_a_forged_country_is_not_believed(gateway: Gateway) -> None:
    issued = gateway.world.key(gateway.payments, guardrails={"countries": ["DE"]})
    answer = gateway.call(issued.text, headers={"X-Mkt-Client-Country": "DE"})
    assert (answer.status, problem(answer)) == (403, "geography")


def test_h01_no_key_and_two_keys_are_refused(gateway: Gateway, good: Issued) -> None:
    answer = gateway.call(None)
    assert (answer.status, problem(answer)) == (401, "key-missing")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    twice = [("Authorization", f"Bearer {good.text}")] * 2
    assert gateway.call(None, headers=twice).status in {400, 401}
    other = [("Authorization", "Basic eDp5"), ("Authorization", f"Bearer {good.text}")]
    assert gateway.call(None, headers=other).status in {400, 401}


def test_h02_a_key_in_the_query_is_refused_and_not_logged(gateway: Gateway, good: Issued) -> None:
    answer = gateway.call(None, path=f"/payments/charges?key={good.text}")
    assert (answer.status, problem(answer)) == (401, "key-in-query")
    assert good.key.secret not in gateway.logs
    assert good.key.secret not in gateway.edge.log


@pytest.mark.parametrize(
    ("fields", "status", "type"),
    [
        ({"state": "revoked"}, 401, "key-revoked"),
        ({"state": "disabled"}, 401, "key-disabled"),
        ({"grant": {"state": "denied"}}, 403, "grant-inactive"),
        ({"scopes": ["refund"]}, 403, "scope"),
    ],
)
def test_each_refusal_reaches_the_client_as_a_problem(
    gateway: Gateway, fields: dict[str, Any], status: int, type: str
) -> None:
    answer = gateway.call(gateway.world.key(gateway.payments, **fields).text)
    assert (answer.status, problem(answer)) == (status, type)
    assert answer.headers["x-mkt-decision-id"]


def test_an_unknown_key_is_refused(gateway: Gateway) -> None:
    answer = gateway.call(generate().text)
    assert (answer.status, problem(answer)) == (401, "key-unknown")


def test_limits_are_told_and_429_comes_with_its_headers(gateway: Gateway) -> None:
    limits = {"rate": {"per_second": 0.2, "burst": 2}}
    issued = gateway.world.key(gateway.payments, limits=limits)
    answers = [gateway.call(issued.text) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert [answer.headers["ratelimit"].split(";")[1] for answer in answers] == [
        "r=1",
        "r=0",
        "r=0",
    ]
    assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"rate";q=2;w=10'}
    assert problem(answers[2]) == "rate-limited"
    assert 1 <= int(answers[2].headers["retry-after"]) <= 5


def test_a_waiting_grant_is_answered_by_the_mock_and_never_by_the_upstream(
    gateway: Gateway,
) -> None:
    issued = gateway.world.key(gateway.payments, grant={"state": "pending"})
    answer = gateway.call(issued.text)
    assert answer.headers["x-mkt-mock"] == "true"
    assert b'"target"' not in answer.body
    gateway.world.change(
        "UPDATE keys_grant SET state = 'active' WHERE id = %s",
        issued.grant_id,
        kind="grant",
        subject=issued.grant_id,
    )
    until(lambda: b'"target":"/v1/charges"' in gateway.call(issued.text).body, 2)


def test_what_the_upstream_refuses_stays_the_upstreams(gateway: Gateway) -> None:
    api = gateway.world.value("SELECT id FROM catalog_api WHERE slug = 'payments'")
    issued = gateway.world.key(api)
    answer = gateway.call(issued.text, path="/payments/charges/upstream-refuses")
    assert answer.status == 403
    assert orjson.loads(answer.body)["target"] == "/v1/charges/upstream-refuses"


def test_a_revoked_key_is_refused_through_the_gateway_within_two_seconds(gateway: Gateway) -> None:
    issued = gateway.world.key(gateway.payments)
    assert gateway.call(issued.text).status == 200
    gateway.world.revoke(issued)
    until(lambda: gateway.call(issued.text).status == 401, 2)


@pytest.mark.parametrize(
    "request_lines",
    [
        b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"X-Long: " + b"a" * 65_536 + b"\r\n\r\n",
        b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_h57_smuggling_and_giant_headers_are_refused(
    gateway: Gateway, good: Issued, request_lines: bytes
) -> None:
    request = (
        b"POST /payments/charges HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
        + good.text.encode()
        + b"\r\n"
        + request_lines
    )
    assert raw(gateway, request) in {0, 400, 413, 414, 431}


def test_h57_a_request_smuggled_in_a_body_is_a_request_of_its_own(
    gateway: Gateway, good: Issued
) -> None:
    request = (
        b"POST /payments/charges HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
        + good.text.encode()
        + b"\r\nContent-Length: 100\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        + b"GET /payments/charges/smuggled HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    answers = b""
    with socket.create_connection(("127.0.0.1", gateway.port), 1.5) as line, suppress(TimeoutError):
        line.sendall(request)
        while part := line.recv(65536):
            answers += part
    assert answers.startswith(b"HTTP/1.1 ")
    assert b"/v1/charges/smuggled" not in answers
    assert answers.count(b" 200 OK") <= 1
