from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from keys.secrets import checksum, generate
from tests.edge_process import Answer, EdgeProcess, call, until
from tests.edge_world import Issued, World

pytestmark = pytest.mark.django_db  # so that pytest-django migrates a database

PAYMENTS = "SELECT id FROM catalog_api WHERE slug = 'payments'"
FULL_SET = {
    "x-mkt-tenant",
    "x-mkt-key-id",
    "x-mkt-subject",
    "x-mkt-scopes",
    "x-mkt-api",
    "x-mkt-operation",
    "x-mkt-decision-id",
    "x-mkt-assertion",
    "x-mkt-mock",
    "ratelimit",
    "ratelimit-policy",
}


@pytest.fixture(scope="module")
def payments(world: World) -> UUID:
    return UUID(str(world.value(PAYMENTS)))


@pytest.fixture(scope="module")
def good(world: World, payments: UUID) -> Issued:
    return world.key(payments)


def problem(answer: Answer) -> str:
    assert answer.headers["content-type"] == "application/problem+json"
    document = orjson.loads(answer.body)
    assert document["status"] == answer.status
    assert document["decision"] == answer.headers["x-mkt-decision-id"]
    return str(document["type"]).removeprefix("/problems/")


def test_a_good_key_passes_with_the_full_set_of_headers(
    edge: EdgeProcess, world: World, good: Issued
) -> None:
    answer = edge.ask(good.text)
    assert answer.status == 200
    assert answer.headers.keys() >= FULL_SET
    assert answer.headers["x-mkt-tenant"] == str(world.tenant_id)
    assert answer.headers["x-mkt-key-id"] == good.key.public_id
    assert answer.headers["x-mkt-subject"] == f"application:{good.application_id}"
    assert answer.headers["x-mkt-api"] == "payments"
    assert answer.headers["x-mkt-operation"] == "listCharges"
    assert answer.headers["x-mkt-scopes"] == "payments:*"
    assert answer.headers["x-mkt-mock"] == ""
    assert answer.body == b""


def test_every_allowed_call_becomes_one_usage_event(
    edge: EdgeProcess, world: World, payments: UUID
) -> None:
    issued = world.key(payments)
    answers = [edge.ask(issued.text, path="/payments/charges/7") for _ in range(5)]
    decisions = {answer.headers["x-mkt-decision-id"] for answer in answers}
    assert len(decisions) == 5
    rows = until(
        lambda: (
            len(
                found := world.rows(
                    "SELECT event_id, meter, quantity, tenant_id, application_id, api_id,"
                    " operation_key, source, now() - time < interval '10 s'"
                    " FROM billing_usage_intake WHERE key_public_id = %s",
                    issued.key.public_id,
                )
            )
            >= 5
            and found
        ),
        2,
    )
    assert {row[0] for row in rows} == decisions
    assert {row[1:7] for row in rows} == {
        ("requests", 1, world.tenant_id, issued.application_id, payments, "getCharge")
    }
    assert all(row[7].startswith("edge/") and row[8] for row in rows)


def test_h01_no_key_or_two_keys_are_refused(edge: EdgeProcess, good: Issued) -> None:
    none = edge.ask()
    assert (none.status, problem(none)) == (401, "key-missing")
    assert none.headers["www-authenticate"].startswith("Bearer")
    two = edge.ask(good.text, headers=[("Authorization", f"Bearer {good.text}")])
    assert (two.status, problem(two)) == (401, "key-malformed")


def test_h02_a_key_in_the_query_is_refused_and_not_logged(edge: EdgeProcess, good: Issued) -> None:
    for key in (None, good.text):
        answer = edge.ask(key, path=f"/payments/charges?api_key={good.text}")
        assert (answer.status, problem(answer)) == (401, "key-in-query")
    assert good.key.secret not in edge.log


@pytest.mark.parametrize(
    "mangle",
    [
        lambda text: text[:-1] + ("a" if text[-1] != "a" else "b"),
        lambda text: text[:20] + "\0" + text[21:],
        lambda text: text[:20] + "\u0663",
        lambda text: text + " " + text,
        lambda text: text * 1000,
        lambda text: "",
        lambda text: "mk_l_",
    ],
)
def test_h03_what_is_no_key_costs_no_query(edge: EdgeProcess, good: Issued, mangle: Any) -> None:
    before = edge.metric("lookups_total")
    headers = [("Authorization", b"Bearer " + mangle(good.text).encode())]
    try:
        answer = edge.ask(headers=headers)
    except ValueError:  # the client itself refuses NUL
        return
    assert answer.status in {400, 401}
    assert edge.metric("lookups_total") == before


def test_an_unknown_key_and_a_wrong_secret_read_the_same(edge: EdgeProcess, good: Issued) -> None:
    stranger = generate()
    wrong = generate()
    forged = f"{good.key.public_id}_{wrong.secret}"
    forged += checksum(forged.encode()).decode()
    answers = [edge.ask(stranger.text), edge.ask(forged)]
    assert {(answer.status, problem(answer)) for answer in answers} == {(401, "key-unknown")}


@pytest.mark.parametrize(
    ("fields", "type"),
    [
        ({"state": "revoked"}, "key-revoked"),
        ({"state": "disabled"}, "key-disabled"),
        ({"state": "expired"}, "key-expired"),
        ({"expires_at": datetime.now(UTC) - timedelta(seconds=1)}, "key-expired"),
        ({"not_before": datetime.now(UTC) + timedelta(hours=1)}, "key-not-yet-valid"),
    ],
)
def test_h06_each_end_of_a_key_has_its_own_problem_type(
    edge: EdgeProcess, world: World, payments: UUID, fields: Any, type: str
) -> None:
    answer = edge.ask(world.key(payments, **fields).text)
    assert (answer.status, problem(answer)) == (401, type)


def test_a_child_key_dies_with_its_parent(edge: EdgeProcess, world: World, payments: UUID) -> None:
    parent = world.key(payments, state="revoked")
    child = world.key(payments, parent_id=parent.key_id)
    assert problem(edge.ask(child.text)) == "key-revoked"


@pytest.mark.parametrize("state", ["revoked", "denied", "expired"])
def test_a_grant_that_ended_refuses(
    edge: EdgeProcess, world: World, payments: UUID, state: str
) -> None:
    answer = edge.ask(world.key(payments, grant={"state": state}).text)
    assert (answer.status, problem(answer)) == (403, "grant-inactive")


def test_only_granted_operations_pass(edge: EdgeProcess, world: World, payments: UUID) -> None:
    issued = world.key(payments, scopes=["listCharges", "getCharge"])
    assert edge.ask(issued.text).status == 200
    assert (
        edge.ask(issued.text).headers["x-mkt-scopes"] == "payments:listCharges payments:getCharge"
    )
    denied = edge.ask(issued.text, "POST")
    assert (denied.status, problem(denied)) == (403, "scope")
    assert b"payments:createCharge" in denied.body


def test_a_key_narrowed_below_its_grant_stays_narrow(
    edge: EdgeProcess, world: World, payments: UUID
) -> None:
    issued = world.key(payments, scopes=["*"], key_scopes=["getCharge"])
    assert edge.ask(issued.text, path="/payments/charges/1").status == 200
    assert problem(edge.ask(issued.text)) == "scope"
    wider = world.key(payments, scopes=["getCharge"], key_scopes=["*", "listCharges"])
    assert problem(edge.ask(wider.text)) == "scope"


@pytest.mark.parametrize("path", ["/payments/nothing", "/payments", "/payments/charges/"])
def test_what_is_not_declared_is_refused(edge: EdgeProcess, good: Issued, path: str) -> None:
    answer = edge.ask(good.text, path=path)
    assert (answer.status, problem(answer)) == (403, "operation-unknown")


@pytest.mark.parametrize(
    "path",
    [
        "/payments/charges/..",
        "/payments/../payments/charges",
        "/payments/charges/%2e%2e/x",
        "/payments/charges/a%2Fb",
        "/payments//charges",
        "//payments/charges",
        "/payments/charges;x=1",
        "/payments/charges/1;x",
        "/Payments/charges",
        "/payments/%63harges",
        "",
        "/",
    ],
)
def test_h15_odd_paths_are_refused(edge: EdgeProcess, good: Issued, path: str) -> None:
    assert edge.ask(good.text, path=path).status == 403


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "DELETE", "PUT", "BREW"])
def test_h16_the_real_method_decides(edge: EdgeProcess, good: Issued, method: str) -> None:
    override = {"X-HTTP-Method-Override": "GET"}
    answer = edge.ask(good.text, method, headers=override)
    assert (answer.status, problem(answer)) == (403, "operation-unknown")


def test_h14_headers_of_other_dialects_are_ignored(edge: EdgeProcess, good: Issued) -> None:
    forged = {
        "X-Forwarded-Uri": "/payments/charges",
        "X-Original-URI": "/payments/charges",
        "X-Forwarded-Method": "GET",
        "X-Mkt-Original-Uri": "/payments/charges",
        "X-Mkt-Original-Method": "GET",
    }
    assert edge.ask(good.text, "DELETE", "/payments/secret", headers=forged).status == 403


@pytest.mark.parametrize(
    ("pep", "token"), [("front", "wrong"), ("front", ""), ("nowhere", ""), ("front", "mpep_")]
)
def test_an_enforcement_point_must_prove_itself(
    edge: EdgeProcess, good: Issued, pep: str, token: str
) -> None:
    answer = edge.ask(good.text, pep=pep, token=token)
    assert (answer.status, problem(answer)) == (403, "enforcement-point")


def test_h19_a_gateway_may_not_ask_about_anothers_api(
    edge: EdgeProcess, world: World, good: Issued
) -> None:
    other = world.api("ledger")
    world.point("back", {"/ledger": other})
    world.change("SELECT 1", kind="pep", subject=other)
    until(lambda: edge.ask(good.text, path="/ledger/charges", pep="back").body.count(b"scope"))
    answer = edge.ask(world.key(other).text, path="/ledger/charges", pep="front")
    assert (answer.status, problem(answer)) == (403, "enforcement-point")
    assert edge.ask(world.key(other).text, path="/ledger/charges", pep="back").status == 200
    assert problem(edge.ask(good.text, path="/ledger/charges", pep="back")) == "scope"


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("10.1.2.3", 200),
        ("::ffff:10.1.2.3", 200),
        ("2001:db8::1", 200),
        ("11.0.0.1", 403),
        ("::ffff:11.0.0.1", 403),
        ("", 403),
        ("10.1.2.3, 11.0.0.1", 403),
    ],
)
def test_h17_the_address_is_the_gateways_word(
    edge: EdgeProcess, world: World, payments: UUID, address: str, status: int
) -> None:
    issued = world.key(payments, guardrails={"cidrs": ["10.0.0.0/8", "2001:db8::/32"]})
    headers = {"X-Mkt-Client-Address": address, "X-Forwarded-For": "10.1.2.3"}
    answer = edge.ask(issued.text, headers=headers)
    assert answer.status == status
    if status == 403:
        assert problem(answer) == "address"


@pytest.mark.parametrize(("country", "status"), [("de", 200), ("FR", 200), ("US", 403), ("", 403)])
def test_a_country_fence_holds(
    edge: EdgeProcess, world: World, payments: UUID, country: str, status: int
) -> None:
    issued = world.key(payments, guardrails={"countries": ["DE", "fr"]})
    assert edge.ask(issued.text, headers={"X-Mkt-Client-Country": country}).status == status


def test_a_rate_limit_refuses_with_the_standards_headers(
    edge: EdgeProcess, world: World, payments: UUID
) -> None:
    issued = world.key(payments, limits={"rate": {"per_second": 0.5, "burst": 3}})
    answers = [edge.ask(issued.text) for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert [a.headers["ratelimit"].split(";")[1] for a in answers] == ["r=2", "r=1", "r=0", "r=0"]
    assert answers[0].headers["ratelimit-policy"] == '"rate";q=3;w=6'
    assert problem(answers[3]) == "rate-limited"
    assert 1 <= int(answers[3].headers["retry-after"]) <= 2


def test_a_waiting_grant_and_a_sandbox_key_are_answered_by_the_mock(
    edge: EdgeProcess, world: World, payments: UUID
) -> None:
    waiting = world.key(payments, grant={"state": "pending"})
    sandbox = world.key(payments, environment="sandbox")
    for issued in (waiting, sandbox):
        answer = edge.ask(issued.text)
        assert (answer.status, answer.headers["x-mkt-mock"]) == (200, "true")
    world.change(
        "UPDATE keys_grant SET state = 'active' WHERE id = %s",
        waiting.grant_id,
        kind="grant",
        subject=waiting.grant_id,
    )
    until(lambda: edge.ask(waiting.text).headers["x-mkt-mock"] == "", 2)
    assert not world.rows(
        "SELECT 1 FROM billing_usage_intake WHERE key_public_id = %s", sandbox.key.public_id
    )


def test_a_retiring_api_says_so(edge: EdgeProcess, world: World) -> None:
    api = world.api(
        "old",
        deprecation_at=datetime(2026, 1, 1, tzinfo=UTC),
        sunset_at=datetime(2027, 6, 30, 23, 59, 59, tzinfo=UTC),
    )
    world.point("attic", {"/old": api})
    world.change("SELECT 1", kind="pep", subject=api)
    issued = world.key(api)
    answer = until(
        lambda: (a := edge.ask(issued.text, path="/old/charges", pep="attic")).status == 200 and a
    )
    assert answer.headers["deprecation"] == "@1767225600"
    assert answer.headers["sunset"] == "Wed, 30 Jun 2027 23:59:59 GMT"
    world.change(
        "UPDATE catalog_api SET lifecycle = 'retired' WHERE id = %s", api, kind="api", subject=api
    )
    until(lambda: edge.ask(issued.text, path="/old/charges", pep="attic").status == 403, 2)


def test_a_new_version_of_the_document_is_served_within_seconds(
    edge: EdgeProcess, world: World
) -> None:
    api = world.api("young", [("one", "GET", "/one")])
    world.point("yard", {"/young": api})
    world.change("SELECT 1", kind="pep", subject=api)
    issued = world.key(api)
    until(lambda: edge.ask(issued.text, path="/young/one", pep="yard").status == 200)
    world.publish(api, [("two", "GET", "/two")])
    world.change("SELECT 1", kind="api", subject=api)
    until(lambda: edge.ask(issued.text, path="/young/two", pep="yard").status == 200, 2)
    assert edge.ask(issued.text, path="/young/one", pep="yard").status == 403


def test_what_is_not_served_or_was_withdrawn_is_no_operation(
    edge: EdgeProcess, world: World
) -> None:
    api = world.api("withdrawn", [("one", "GET", "/one")])
    version = world.value("SELECT version_id FROM catalog_operation WHERE api_id = %s", api)
    world.insert(
        "catalog_version", id=version, api_id=api, state="published", version="1.0.0",
        format="openapi", grade="A",
    )  # fmt: skip
    world.insert(
        "catalog_operation", api_id=api, version_id=version, position=7, slug="old", key="old",
        served=False, kind="http", method="GET", path="/old",
    )  # fmt: skip
    world.point("shed", {"/withdrawn": api})
    world.change("SELECT 1", kind="pep", subject=api)
    issued = world.key(api)
    until(lambda: edge.ask(issued.text, path="/withdrawn/one", pep="shed").status == 200)
    refused = edge.ask(issued.text, path="/withdrawn/old", pep="shed")
    assert problem(refused) == "operation-unknown"
    world.change(
        "UPDATE catalog_version SET state = 'withdrawn' WHERE id = %s",
        version,
        kind="api",
        subject=api,
    )
    until(lambda: edge.ask(issued.text, path="/withdrawn/one", pep="shed").status == 403, 2)
    assert problem(edge.ask(issued.text, path="/withdrawn/one", pep="shed")) == "operation-unknown"


@pytest.mark.parametrize("environment", ["live", "sandbox"])
def test_the_first_use_of_a_key_is_noted_within_two_seconds(
    edge: EdgeProcess, world: World, payments: UUID, environment: str
) -> None:
    issued = world.key(payments, environment=environment)
    assert edge.ask(issued.text).headers["x-mkt-mock"] == "true" * (environment == "sandbox")
    until(lambda: world.value("SELECT last_used_at FROM keys_key WHERE id = %s", issued.key_id), 2)


def test_what_is_remembered_of_a_key_opens_nothing_to_its_narrower_sibling_or_gateway(
    edge: EdgeProcess, world: World, payments: UUID
) -> None:
    wide = world.key(payments)
    narrow = world.key(
        payments,
        application_id=wide.application_id,
        grant_id=wide.grant_id,
        key_scopes=["listCharges"],
    )
    for _ in range(2):
        assert edge.ask(wide.text, path="/payments/charges/1").status == 200
        assert problem(edge.ask(narrow.text, path="/payments/charges/1")) == "scope"
        wrong = edge.ask(wide.text, path="/payments/charges/1", token="mpep_wrong")
        assert problem(wrong) == "enforcement-point"
        queried = edge.ask(wide.text, path=f"/payments/charges/1?key={wide.text}")
        assert problem(queried) == "key-in-query"
        assert edge.ask(wide.text, "DELETE", path="/payments/charges/1").status == 403
    world.change(
        'UPDATE keys_grant SET guardrails = \'{"cidrs": ["192.0.2.0/24"]}\' WHERE id = %s',
        wide.grant_id,
        kind="grant",
        subject=wide.grant_id,
    )
    until(lambda: edge.ask(wide.text, path="/payments/charges/1").status == 403, 2)


def test_a_revoked_key_is_refused_within_two_seconds(
    edge: EdgeProcess, world: World, payments: UUID
) -> None:
    for tell in (True, False):
        issued = world.key(payments)
        assert edge.ask(issued.text).status == 200
        world.revoke(issued, tell=tell)
        until(lambda issued=issued: edge.ask(issued.text).status == 401, 2)
        assert problem(edge.ask(issued.text)) == "key-revoked"


def test_a_question_that_names_no_call_is_refused(edge: EdgeProcess, good: Issued) -> None:
    for dialect in ("nothing", "nginx"):
        answer = edge.ask(good.text, dialect=dialect)
        assert answer.status == 403


def test_the_last_use_of_a_key_is_noted(world: World, payments: UUID) -> None:
    issued = world.key(payments)
    with EdgeProcess(world) as process:
        process.ready().ask(issued.text)
    assert world.value(
        "SELECT now() - last_used_at < interval '1 min' FROM keys_key WHERE id = %s", issued.key_id
    )


def test_health_readiness_and_metrics_answer(edge: EdgeProcess) -> None:
    assert call(edge.port, path="/healthz").status == 200
    ready = orjson.loads(call(edge.port, path="/readyz").body)
    assert ready["ready"]
    assert ready["feed"]
    metrics = call(edge.port, path="/metrics").body.decode()
    assert 'mkt_edge_decisions_total{verifier="' in metrics
    assert call(edge.port, path="/nothing").status == 404
