"""Tokens in the place of keys, as a hostile and an honest caller send them."""

import base64
import hashlib
import hmac
import time
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from keys.tokens.jose import sign
from tests.edge_process import ISSUER, Answer, EdgeProcess, until
from tests.edge_world import Issued, World

pytestmark = pytest.mark.django_db  # so that pytest-django migrates a database

KEY = ECKey.generate_key("P-256", private=True)
HOST = "gateway.example"


def publish(world: World, key: ECKey, kid: str, state: str = "active") -> None:
    public = {**key.as_dict(private=False), "kid": kid, "alg": "ES256", "use": "sig"}
    world.insert("keys_signingkey", kid=kid, public_jwk=public, state=state)


@pytest.fixture(scope="module")
def payments(world: World) -> UUID:
    publish(world, KEY, "k1")
    return UUID(str(world.value("SELECT id FROM catalog_api WHERE slug = 'payments'")))


@pytest.fixture(scope="module")
def good(world: World, payments: UUID) -> Issued:
    return world.key(payments)


@pytest.fixture(scope="module")
def restricted(world: World) -> Issued:
    api = world.api("vault", data_class="restricted")
    world.point("vault-door", {"/vault": api})
    world.change("SELECT 1", kind="pep", subject=api)
    return world.key(api, grant={"data_class": "restricted"})


def claims(issued: Issued, **fields: Any) -> dict[str, Any]:
    now = int(time.time())
    return {
        "iss": ISSUER,
        "aud": "payments",
        "sub": f"application:{issued.application_id}",
        "client_id": str(issued.application_id),
        "iat": now,
        "exp": now + 300,
        "jti": str(uuid4()),
        "scope": "payments:*",
        "tenant": str(issued.tenant_id),
        "key": issued.key.public_id,
    } | fields


def token(issued: Issued, *, kid: str = "k1", typ: str = "at+jwt", **fields: Any) -> str:
    return sign(claims(issued, **fields), KEY, kid=kid, typ=typ)


def ask(
    edge: EdgeProcess,
    text: str,
    *,
    scheme: str = "Bearer",
    path: str = "/payments/charges",
    **more: Any,
) -> Answer:
    headers = {"Authorization": f"{scheme} {text}", **more.pop("headers", {})}
    return edge.ask(None, path=path, headers=headers, **more)


def problem(answer: Answer) -> tuple[int, str]:
    return answer.status, str(orjson.loads(answer.body)["type"]).removeprefix("/problems/")


def segment(value: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).rstrip(b"=").decode()


def test_a_token_passes_in_its_keys_stead(edge: EdgeProcess, good: Issued) -> None:
    act = {"sub": "service:agent", "act": {"sub": "model:small"}}
    answer = ask(edge, token(good, sub="user:ada", act=act))
    assert answer.status == 200
    assert answer.headers["x-mkt-subject"] == "user:ada"
    assert answer.headers["x-mkt-key-id"] == good.key.public_id
    body = answer.headers["x-mkt-assertion"].split(".")[1]
    said = orjson.loads(base64.urlsafe_b64decode(body + "=="))
    assert said["sub"] == "user:ada"
    assert said["act"] == act


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none", "typ": "at+jwt", "kid": "k1"},
        {"alg": "None", "typ": "at+jwt", "kid": "k1"},
        {"alg": "", "typ": "at+jwt", "kid": "k1"},
        {"typ": "at+jwt", "kid": "k1"},
    ],
)
def test_h07_an_unsigned_token_is_refused(
    edge: EdgeProcess, good: Issued, header: dict[str, str]
) -> None:
    for signature in ("", "AAAA"):
        text = f"{segment(header)}.{segment(claims(good))}.{signature}"
        assert problem(ask(edge, text)) == (401, "token-invalid")


def test_h07_the_public_key_is_no_hmac_secret(edge: EdgeProcess, good: Issued) -> None:
    for secret in (KEY.as_pem(private=False), orjson.dumps(KEY.as_dict(private=False))):
        head = f"{segment({'alg': 'HS256', 'typ': 'at+jwt', 'kid': 'k1'})}.{segment(claims(good))}"
        mac = hmac.digest(secret, head.encode(), "sha256")
        text = f"{head}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
        assert problem(ask(edge, text)) == (401, "token-invalid")


@pytest.mark.parametrize(
    "fields",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"exp": None},
        {"key": None},
        {"key": 7},
        {"sub": None},
        {"cnf": "x"},
        {"cnf": {"kid": "unknown"}},
        {"typ": "JWT"},
        {"typ": "dpop+jwt"},
        {"kid": "nobody"},
    ],
)
def test_h07_wrong_claims_and_types_are_refused(
    edge: EdgeProcess, good: Issued, fields: dict[str, Any]
) -> None:
    assert problem(ask(edge, token(good, **fields))) == (401, "token-invalid")


@pytest.mark.parametrize(
    "audience", ["ledger", ["ledger", "other"], None, "https://market.example"]
)
def test_h07_a_token_for_another_audience_is_refused(
    edge: EdgeProcess, good: Issued, audience: Any
) -> None:
    assert problem(ask(edge, token(good, aud=audience))) == (401, "token-audience")
    assert ask(edge, token(good, aud=["other", "payments"])).status == 200


def test_h08_what_a_header_points_to_is_never_followed(edge: EdgeProcess, good: Issued) -> None:
    mine = ECKey.generate_key("P-256", private=True)
    hostile: list[dict[str, Any]] = [
        {"jwk": mine.as_dict(private=False)},
        {"jku": f"http://127.0.0.1:{edge.port}/edge/v1/jwks.json"},
        {"x5u": "http://127.0.0.1:1/x"},
        {"kid": "../../../../etc/passwd"},
        {"kid": "k1' OR '1'='1"},
        {"kid": "\0"},
        {"crit": ["b64"], "b64": False},
    ]
    for extra in hostile:
        header = {"alg": "ES256", "typ": "at+jwt", "kid": "k1", **extra}
        text = jwt.encode(header, claims(good), mine) if "crit" not in extra else "e30.e30.e30"
        assert problem(ask(edge, text))[0] == 401
    honest = {"alg": "ES256", "typ": "at+jwt", "kid": "k1", "jku": "http://127.0.0.1:1/x"}
    assert ask(edge, jwt.encode(honest, claims(good), KEY)).status == 200


@pytest.mark.parametrize(
    "text", ["eyJ", "eyJ.", "eyJ..", "eyJ" + "a" * 20_000, "eyJé", "eyJ.e.y.J.x"]
)
def test_what_only_looks_like_a_token_is_refused(edge: EdgeProcess, text: str) -> None:
    assert ask(edge, text).status == 401


@pytest.mark.parametrize(("seconds", "status"), [(30, 200), (-30, 200), (300, 401), (-300, 401)])
def test_h12_half_a_minute_of_clock_is_taken_and_five_are_not(
    edge: EdgeProcess, good: Issued, seconds: int, status: int
) -> None:
    now = int(time.time()) + seconds
    ahead = token(good, iat=now, nbf=now, exp=now + (0 if seconds < 0 else 300))
    assert ask(edge, ahead).status == status


def test_a_token_allows_no_more_than_it_says_and_than_its_key(
    edge: EdgeProcess, world: World, payments: UUID, good: Issued
) -> None:
    narrow = token(good, scope="payments:getCharge ledger:*")
    assert ask(edge, narrow, path="/payments/charges/1").status == 200
    assert problem(ask(edge, narrow)) == (403, "scope")
    assert problem(ask(edge, token(good, scope=""))) == (403, "scope")
    held = world.key(payments, scopes=["getCharge"])
    assert problem(ask(edge, token(held))) == (403, "scope")
    assert ask(edge, token(held), path="/payments/charges/1").status == 200


def test_a_token_dies_with_its_key(edge: EdgeProcess, world: World, payments: UUID) -> None:
    issued = world.key(payments)
    text = token(issued)
    assert ask(edge, text).status == 200
    world.revoke(issued)
    until(lambda: ask(edge, text).status == 401, 2)
    assert problem(ask(edge, text)) == (401, "key-revoked")


def test_a_token_ends_when_it_says(edge: EdgeProcess, good: Issued) -> None:
    text = token(good, exp=int(time.time()) - 59)  # the leeway is a minute
    assert ask(edge, text).status == 200
    until(lambda: ask(edge, text).status == 401, 3)
    assert problem(ask(edge, text)) == (401, "token-expired")


def test_restricted_data_takes_tokens_only(
    edge: EdgeProcess, world: World, restricted: Issued
) -> None:
    where = {"path": "/vault/charges", "pep": "vault-door"}
    until(lambda: ask(edge, restricted.text, **where).status == 401)
    assert problem(ask(edge, restricted.text, **where)) == (401, "token-required")
    text = token(restricted, aud="vault", scope="vault:*")
    assert ask(edge, text, **where).status == 200


def test_h52_rotated_signing_keys_reject_no_token(
    edge: EdgeProcess, world: World, good: Issued
) -> None:
    following = ECKey.generate_key("P-256", private=True)
    old = token(good)
    assert ask(edge, old).status == 200
    publish(world, following, "k2", state="next")
    time.sleep(1.1)  # an edge reads the keys at most once a second
    new = sign(claims(good), following, kid="k2")
    assert ask(edge, new).status == 200
    world.rows("UPDATE keys_signingkey SET state = 'retired' WHERE kid = 'k1'")
    assert ask(edge, token(good)).status == 200
    assert ask(edge, new).status == 200


def proof(
    key: ECKey,
    text: str,
    *,
    typ: str = "dpop+jwt",
    method: str = "GET",
    age: int = 0,
    **fields: Any,
) -> str:
    """A DPoP proof (RFC 9449), made `age` seconds ago, for a call with the token `text`."""
    said = {
        "htm": method,
        "htu": f"https://{HOST}/payments/charges",
        "iat": int(time.time()) - age,
        "jti": str(uuid4()),
        "ath": base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
        .rstrip(b"=")
        .decode(),
    } | fields
    header = {"alg": "ES256", "typ": typ, "jwk": key.as_dict(private=False)}
    return jwt.encode(header, said, key)


def bound(issued: Issued, holder: ECKey) -> str:
    return token(issued, cnf={"jkt": holder.thumbprint()})


def with_proof(edge: EdgeProcess, text: str, shown: str, scheme: str = "DPoP") -> Answer:
    headers = {"DPoP": shown, "X-Mkt-Original-Host": HOST}
    return ask(edge, text, scheme=scheme, headers=headers)


def test_a_bound_token_passes_with_its_proof(edge: EdgeProcess, good: Issued) -> None:
    holder = ECKey.generate_key("P-256", private=True)
    text = bound(good, holder)
    assert [with_proof(edge, text, proof(holder, text)).status for _ in range(3)] == [200] * 3


def test_h10_a_replayed_proof_is_refused_by_every_verifier(
    edge: EdgeProcess, world: World, good: Issued
) -> None:
    holder = ECKey.generate_key("P-256", private=True)
    text = bound(good, holder)
    once = proof(holder, text)
    assert with_proof(edge, text, once).status == 200
    assert problem(with_proof(edge, text, once)) == (401, "dpop-proof")
    with EdgeProcess(world) as other:
        assert problem(with_proof(other.ready(), text, once)) == (401, "dpop-proof")


@pytest.mark.parametrize(
    "fields",
    [
        {"htu": f"https://{HOST}/payments/other"},
        {"htu": "https://elsewhere.example/payments/charges"},
        {"htu": None},
        {"method": "POST"},
        {"ath": "AAAA"},
        {"ath": None},
        {"age": 400},
        {"age": -400},
        {"jti": ""},
        {"jti": None},
        {"typ": "JWT"},
    ],
)
def test_h10_a_proof_of_something_else_is_refused(
    edge: EdgeProcess, good: Issued, fields: dict[str, Any]
) -> None:
    holder = ECKey.generate_key("P-256", private=True)
    text = bound(good, holder)
    answer = with_proof(edge, text, proof(holder, text, **fields))
    assert problem(answer) == (401, "dpop-proof")
    assert answer.headers["www-authenticate"].startswith("DPoP")


def test_h10_anothers_proof_none_and_the_wrong_scheme_are_refused(
    edge: EdgeProcess, good: Issued
) -> None:
    holder, other = (ECKey.generate_key("P-256", private=True) for _ in range(2))
    text = bound(good, holder)
    assert problem(with_proof(edge, text, proof(other, text))) == (401, "dpop-proof")
    assert problem(with_proof(edge, text, "")) == (401, "dpop-proof")
    assert problem(with_proof(edge, text, "é")) == (401, "dpop-proof")
    shown = proof(holder, text)
    assert problem(with_proof(edge, text, shown, scheme="Bearer")) == (401, "token-binding")
    free = token(good)
    assert problem(with_proof(edge, free, proof(holder, free))) == (401, "token-binding")


def test_h11_a_token_bound_to_a_certificate_needs_that_certificate(
    edge: EdgeProcess, good: Issued
) -> None:
    der = b"a certificate in DER"
    digest = hashlib.sha256(der).digest()
    thumbprint = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    text = token(good, cnf={"x5t#S256": thumbprint})
    pem = base64.b64encode(der).decode()
    escaped = f"-----BEGIN%20CERTIFICATE-----%0A{pem}%0A-----END%20CERTIFICATE-----%0A"
    other = hashlib.sha256(b"another").digest()
    shown: list[tuple[dict[str, str], int]] = [
        ({"X-Mkt-Client-Cert-Sha256": digest.hex()}, 200),
        ({"X-Mkt-Client-Cert-Sha256": digest.hex().upper()}, 200),
        ({"X-Mkt-Client-Cert": escaped}, 200),
        ({"X-Mkt-Client-Cert-Sha256": other.hex()}, 401),
        ({"X-Mkt-Client-Cert-Sha256": "zz"}, 401),
        ({"X-Mkt-Client-Cert": "no certificate"}, 401),
        ({"X-Forwarded-Client-Cert": f"Hash={digest.hex()}"}, 401),
        ({}, 401),
    ]
    for headers, status in shown:
        answer = ask(edge, text, headers=headers)
        assert answer.status == status, headers
        if status == 401:
            assert problem(answer) == (401, "token-binding")
