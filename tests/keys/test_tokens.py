"""The token endpoint: short JWTs for long credentials, never more than came in."""

import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from keys.consents import give_consent
from keys.grants import AccessDecision
from keys.issue import IssuedKey, issue_key
from keys.lifecycle import revoke_key
from keys.models import Key, SigningKey, WorkloadIdentity
from keys.tokens.jose import BadToken, header_of, public_keys, sign, verify
from keys.tokens.scopes import as_claim, covered, narrowed, operation_keys
from keys.tokens.signing import active_key, jwks, turn_keys, verifying_keys
from keys.tokens.subjects import ACCESS_TOKEN, ID_TOKEN, KEY, SESSION, matches
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.tenants.models import ServiceAccount
from marketplace.tenants.tokens import issue_token
from tests.company import Company
from tests.keys.makers import ask, make_api, make_application

pytestmark = pytest.mark.django_db
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ISSUER = "http://localhost:8000"


def post(
    client: Client | None = None, headers: dict[str, str] | None = None, /, **form: str
) -> Any:
    return (client or Client()).post(
        "/oauth/token", {"grant_type": EXCHANGE, **form}, headers=headers or {}
    )


def claims_of(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.content
    return verify(answer.json()["access_token"], verifying_keys(), now=clock.now(), issuer=ISSUER)


@pytest.fixture
def issued(company: Company) -> IssuedKey:
    given: AccessDecision = ask(company, make_api(company.owners), scopes=["op0", "op2"])
    assert given.key is not None
    return given.key


def personal(company: Company, who: str = "developer", scopes: list[str] | None = None) -> str:
    user = getattr(company, who)
    return issue_token(
        actor=company.actor(user), holder=user, name="t", ttl=timedelta(days=1), scopes=scopes
    ).secret


def service(company: Company, kind: str = "service") -> tuple[ServiceAccount, str]:
    account = ServiceAccount.across.create(
        tenant=company.tenant, team=company.builders, slug=kind, name=kind, kind=kind
    )
    actor = company.actor(company.admin)
    made = issue_token(actor=actor, holder=account, name="t", ttl=timedelta(days=1))
    return account, made.secret


def test_a_key_becomes_a_token_for_its_api_with_its_scopes_and_its_id(issued: IssuedKey) -> None:
    answer = post(subject_token=issued.secret, subject_token_type=KEY)
    body, claims = answer.json(), claims_of(answer)
    assert answer["Cache-Control"] == "no-store"
    assert (body["token_type"], body["issued_token_type"]) == ("Bearer", ACCESS_TOKEN)
    assert 60 <= body["expires_in"] <= 300
    assert header_of(body["access_token"])["typ"] == "at+jwt"
    assert claims["aud"] == "orders"
    assert claims["key"] == issued.key.public_id
    assert claims["sub"] == f"application:{issued.key.application_id}"
    assert claims["scope"] == "orders:get%20/orders orders:get%20/orders/{}"
    assert operation_keys("orders", claims["scope"].split()) == ["get /orders", "get /orders/{}"]
    entry = AuditEntry.objects.get(action="token.exchanged")
    assert entry.details["key"] == issued.key.public_id
    assert issued.secret not in json.dumps(entry.details)


def test_client_credentials_take_the_key_in_basic_or_in_the_body(issued: IssuedKey) -> None:
    basic = base64.b64encode(f"shop:{issued.secret}".encode()).decode()
    for answer in (
        Client().post(
            "/oauth/token",
            {"grant_type": "client_credentials"},
            headers={"Authorization": f"Basic {basic}"},
        ),
        Client().post(
            "/oauth/token",
            {"grant_type": "client_credentials", "client_secret": issued.secret},
        ),
    ):
        assert claims_of(answer)["aud"] == "orders"
    refused = Client().post(
        "/oauth/token", {"grant_type": "client_credentials", "client_secret": "mk_l_x"}
    )
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({}, "invalid_request"),
        ({"subject_token": "x", "subject_token_type": "urn:x"}, "invalid_request"),
        ({"subject_token": "mk_l_x", "subject_token_type": KEY}, "invalid_request"),
        ({"subject_token": "mpat_x", "subject_token_type": ACCESS_TOKEN}, "invalid_request"),
        ({"subject_token": "a.b.c", "subject_token_type": ACCESS_TOKEN}, "invalid_request"),
        ({"approved": "true"}, "invalid_request"),
        ({"subject_token_type": SESSION}, "invalid_request"),
    ],
)
def test_what_is_not_good_is_refused_in_the_words_of_the_rfc(
    form: dict[str, str], error: str
) -> None:
    answer = post(**form)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_h21_an_exchange_only_attenuates(company: Company, issued: IssuedKey) -> None:
    asks = {"subject_token": issued.secret, "subject_token_type": KEY}
    narrow = claims_of(post(**asks, scope="orders:get%20/orders"))
    assert narrow["scope"] == "orders:get%20/orders"
    for wider in ("orders:*", "orders:post%20/orders", "orders:get%20/orders keys:write", "*"):
        refused = post(**asks, scope=wider)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")
    token = post(**asks, scope="orders:get%20/orders").json()["access_token"]
    again = {"subject_token": token, "subject_token_type": ACCESS_TOKEN}
    assert claims_of(post(**again))["scope"] == "orders:get%20/orders"
    assert post(**again, scope="orders:get%20/orders/{}").json()["error"] == "invalid_scope"
    assert post(**again, audience="refunds").json()["error"] == "invalid_target"
    assert post(**asks, audience=f"{ISSUER}/api/v1").json()["error"] == "invalid_target"


def test_a_token_ends_with_its_key_and_is_never_made_of_an_ended_one(
    company: Company, issued: IssuedKey
) -> None:
    token = post(subject_token=issued.secret, subject_token_type=KEY).json()["access_token"]
    asker = {"Authorization": f"Bearer {personal(company)}"}
    seen = Client().post("/oauth/introspect", {"token": token}, headers=asker).json()
    assert seen["active"] is True
    assert seen["key"] == issued.key.public_id
    revoke_key(actor=company.actor(company.developer), key=issued.key, why="x")
    for secret, kind in ((issued.secret, KEY), (token, ACCESS_TOKEN)):
        assert post(subject_token=secret, subject_token_type=kind).status_code == 400
        after = Client().post("/oauth/introspect", {"token": secret}, headers=asker).json()
        assert after == {"active": False}


def test_introspection_tells_its_own_tenant_and_the_apis_and_nobody_else(
    company: Company, issued: IssuedKey
) -> None:
    def ask_as(secret: str) -> Any:
        return Client().post(
            "/oauth/introspect",
            {"token": issued.secret},
            headers={"Authorization": f"Bearer {secret}"},
        )

    assert ask_as(personal(company, "owner")).json()["active"] is True
    assert ask_as(personal(company, "outsider")).json() == {"active": False}
    assert ask_as("nobody").status_code == 401


def test_a_life_is_one_to_five_minutes_and_not_beyond_the_key(
    company: Company, issued: IssuedKey
) -> None:
    asks = {"subject_token": issued.secret, "subject_token_type": KEY}
    assert post(**asks, lifetime="60").json()["expires_in"] == 60
    for wrong in ("59", "301", "-1", "1e9", "x"):
        assert post(**asks, lifetime=wrong).status_code == 400
    Key.across.update(expires_at=clock.now() + timedelta(seconds=100))
    assert post(**asks).json()["expires_in"] <= 100


def test_a_session_becomes_a_token_for_rest_only_from_our_own_page(company: Company) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(company.developer)
    assert post(client, subject_token_type=SESSION).status_code == 400
    client.get("/accounts/login/")
    client.get("/access")
    page = client.get("/access").content.decode()
    crsf = page.split('"X-CSRFToken": "')[1].split('"')[0]
    answer = post(client, {"X-CSRFToken": crsf}, subject_token_type=SESSION, scope="keys:read")
    assert claims_of(answer)["sub"] == f"user:{company.developer.id}"
    bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert Client().get("/api/v1/keys", headers=bearer).status_code == 200
    refused = Client().post("/api/v1/applications", headers=bearer)
    assert refused.json()["type"] == "/problems/scope-missing"


def test_a_person_gets_a_token_for_an_api_his_application_may_call(
    company: Company, issued: IssuedKey
) -> None:
    secret = personal(company)
    asks = {"subject_token": secret, "subject_token_type": ACCESS_TOKEN, "audience": "orders"}
    claims = claims_of(post(**asks))
    assert (claims["sub"], claims["key"]) == (
        f"user:{company.developer.id}",
        issued.key.public_id,
    )
    asks["subject_token"] = personal(company, "owner")
    assert (post(**asks).status_code, post(**asks).json()["error"]) == (403, "access_denied")
    asks["subject_token"] = personal(company, scopes=["keys:read"])
    assert post(**asks).json()["error"] == "invalid_scope"
    assert post(**{**asks, "audience": "nothing"}).json()["error"] == "invalid_target"


def test_the_chain_user_service_model_only_narrows_and_names_each(
    company: Company, issued: IssuedKey
) -> None:
    _, gateway = service(company)
    agent, model = service(company, "agent")
    first = post(
        subject_token=personal(company),
        subject_token_type=ACCESS_TOKEN,
        audience="orders",
        actor_token=gateway,
    ).json()["access_token"]
    asks = {
        "subject_token": first,
        "subject_token_type": ACCESS_TOKEN,
        "actor_token": model,
        "scope": "orders:get%20/orders",
    }
    assert post(**asks).json()["error"] == "access_denied"
    give_consent(
        actor=company.actor(company.developer),
        agent=agent,
        scopes=["orders:op0"],
        life=timedelta(days=1),
    )
    claims = claims_of(post(**asks))
    assert claims["sub"] == f"user:{company.developer.id}"
    assert claims["act"]["sub"] == f"service:{agent.id}"
    assert claims["act"]["act"]["sub"].startswith("service:")
    assert "act" not in claims["act"]["act"]
    assert post(**{**asks, "scope": ""}).json()["error"] == "access_denied"
    stranger = personal(company, "outsider")
    assert post(**{**asks, "actor_token": stranger}).json()["error"] == "access_denied"


def b64(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def forged(claims: dict[str, Any], key: Any, **header: Any) -> str:
    return jwt.encode(header, claims, key, algorithms=[header["alg"]])


def test_h07_none_hmac_with_the_public_key_and_wrong_type_audience_or_issuer_are_refused(
    company: Company, issued: IssuedKey
) -> None:
    kid, key = active_key()
    good = claims_of(post(subject_token=issued.secret, subject_token_type=KEY))
    none, hmacs = (
        b".".join(b64(json.dumps(part).encode()) for part in (header, good))
        for header in (
            {"alg": "none", "kid": kid, "typ": "at+jwt"},
            {"alg": "HS256", "kid": kid, "typ": "at+jwt"},
        )
    )
    tag = hmac.digest(key.as_pem(private=False), hmacs, "sha256")
    for text in (
        f"{none.decode()}.",
        f"{hmacs.decode()}.{b64(tag).decode()}",
        forged(good, key, alg="ES256", kid=kid, typ="JWT"),
        forged({**good, "iss": "https://other.example"}, key, alg="ES256", kid=kid, typ="at+jwt"),
        forged(good, ECKey.generate_key("P-256"), alg="ES256", kid=kid, typ="at+jwt"),
        "x" * 20_000,
    ):
        assert post(subject_token=text, subject_token_type=ACCESS_TOKEN).status_code == 400
        bearer = {"Authorization": f"Bearer {text}"}
        assert Client().get("/api/v1/keys", headers=bearer).status_code == 401
    other = sign({**good, "aud": "refunds"}, key, kid=kid)
    with pytest.raises(BadToken, match="audience"):
        verify(other, verifying_keys(), now=clock.now(), issuer=ISSUER, audience="orders")


def test_h08_nothing_in_the_header_is_followed(issued: IssuedKey) -> None:
    good = claims_of(post(subject_token=issued.secret, subject_token_type=KEY))
    mine = ECKey.generate_key("P-256")
    hostile = {
        "jku": "https://evil.example/jwks",
        "x5u": "https://evil.example/x",
        "jwk": mine.as_dict(private=False),
    }
    for kid in ("../../etc/passwd", "' OR 1=1 --", "", mine.thumbprint(), active_key()[0]):
        text = jwt.encode({"alg": "ES256", "kid": kid, "typ": "at+jwt", **hostile}, good, mine)
        with pytest.raises(BadToken):
            verify(text, verifying_keys(), now=clock.now(), issuer=ISSUER)


@pytest.mark.parametrize(
    ("seconds", "good"), [(-30, True), (30, True), (-300, False), (300, False)]
)
def test_h12_a_clock_half_a_minute_off_is_borne_and_five_minutes_are_not(
    seconds: int, good: bool
) -> None:
    key = ECKey.generate_key("P-256")
    now = clock.now().timestamp()
    claims = {"iss": ISSUER, "aud": "a", "iat": now, "nbf": now, "exp": now}
    text = sign(claims, key, kid="k")
    at = datetime.fromtimestamp(now + seconds, UTC)
    if good:
        assert verify(text, {"k": key}, now=at, issuer=ISSUER, audience="a")["aud"] == "a"
    else:
        with pytest.raises(BadToken):
            verify(text, {"k": key}, now=at, issuer=ISSUER, audience="a")


def workload(company: Company, key: RSAKey, pattern: str) -> WorkloadIdentity:
    account, _ = service(company)
    return WorkloadIdentity.across.create(
        tenant=company.tenant,
        service_account=account,
        application=make_application(company),
        name="CI",
        issuer="https://ci.example",
        audience="marketplace",
        subject_pattern=pattern,
        jwks={"keys": [{**key.as_dict(private=False), "kid": "ci"}]},
    )


def ci_token(key: RSAKey, jti: str, sub: str = "repo:shop/web:ref:main", **more: Any) -> str:
    now = time.time()
    claims = {
        "iss": "https://ci.example",
        "aud": "marketplace",
        "sub": sub,
        "jti": jti,
        "iat": now,
        "exp": now + 300,
        **more,
    }
    return forged(claims, key, alg="RS256", kid="ci", typ="JWT")


def test_h09_a_ci_workload_is_pinned_to_issuer_subject_and_used_once(company: Company) -> None:
    key, other = RSAKey.generate_key(2048), RSAKey.generate_key(2048)
    workload(company, key, "repo:shop/web:ref:*")
    answer = post(subject_token=ci_token(key, "1"), subject_token_type=ID_TOKEN)
    assert claims_of(answer)["sub"].startswith("service:")
    bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert Client().get("/api/v1/keys", headers=bearer).status_code == 200
    for token in (
        ci_token(key, "1"),
        ci_token(key, "2", sub="repo:shop/other:ref:main"),
        ci_token(key, "3", sub="repo:shop/web-evil:ref:main"),
        ci_token(key, "4", sub="repo:shop/web:ref:main/evil"),
        ci_token(key, "5", sub="xrepo:shop/web:ref:main"),
        ci_token(key, "6", iss="https://ci.example.evil"),
        ci_token(key, "7", aud="other"),
        ci_token(key, "8", exp=time.time() - 300),
        ci_token(key, ""),
        ci_token(other, "9"),
    ):
        refused = post(subject_token=token, subject_token_type=ID_TOKEN)
        assert (refused.status_code, refused.json()["error"]) == (403, "access_denied")


@given(st.text(alphabet="ab:/*", max_size=12), st.text(alphabet="ab:/", max_size=12))
def test_a_subject_pattern_has_no_other_wildcard_than_one_segment(
    pattern: str, subject: str
) -> None:
    if matches(pattern, subject):
        assert pattern.count(":") + pattern.count("/") == subject.count(":") + subject.count("/")
        if "*" not in pattern:
            assert sorted(pattern) == sorted(subject)


def proof(key: ECKey, jti: str, **more: Any) -> str:
    header = {"alg": "ES256", "typ": "dpop+jwt", "jwk": key.as_dict(private=False)}
    header |= more.pop("header", {})
    claims = {"htm": "POST", "htu": f"{ISSUER}/oauth/token", "iat": time.time(), "jti": jti}
    return jwt.encode(header, claims | more, key)


def test_h10_a_dpop_proof_binds_the_token_and_is_good_once_for_this_request(
    issued: IssuedKey,
) -> None:
    key = ECKey.generate_key("P-256")
    asks = {"subject_token": issued.secret, "subject_token_type": KEY}
    answer = post(None, {"DPoP": proof(key, "1")}, **asks)
    assert answer.json()["token_type"] == "DPoP"
    assert claims_of(answer)["cnf"] == {"jkt": key.thumbprint()}
    for wrong in (
        proof(key, "1"),
        proof(key, "2", htu="https://other.example/oauth/token"),
        proof(key, "3", htm="GET"),
        proof(key, "4", iat=time.time() - 600),
        proof(key, "5", header={"typ": "JWT"}),
        proof(key, "6", header={"jwk": ECKey.generate_key("P-256").as_dict(private=False)}),
        proof(key, "7", header={"jwk": key.as_dict(private=True)}),
        "x",
    ):
        refused = post(None, {"DPoP": wrong}, **asks)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_dpop_proof")
    bound = {"subject_token": answer.json()["access_token"], "subject_token_type": ACCESS_TOKEN}
    assert post(**bound).json()["error"] == "access_denied"
    assert post(None, {"DPoP": proof(key, "8")}, **bound).status_code == 200


def test_h11_a_token_of_one_certificate_is_not_good_with_another(
    issued: IssuedKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    def certificate(der: bytes) -> dict[str, str]:
        return {"Client-Cert": f":{base64.b64encode(der).decode()}:"}

    asks = {"subject_token": issued.secret, "subject_token_type": KEY}
    assert "cnf" not in claims_of(post(None, certificate(b"one"), **asks))
    monkeypatch.setenv("BEHIND_PROXY", "1")
    answer = post(None, certificate(b"one"), **asks)
    thumbprint = base64.urlsafe_b64encode(hashlib.sha256(b"one").digest()).rstrip(b"=").decode()
    assert claims_of(answer)["cnf"] == {"x5t#S256": thumbprint}
    bound = {"subject_token": answer.json()["access_token"], "subject_token_type": ACCESS_TOKEN}
    assert post(None, certificate(b"two"), **bound).status_code == 403
    assert post(None, certificate(b"one"), **bound).status_code == 200


def test_h52_a_client_that_keeps_the_jwks_for_a_day_never_meets_an_unknown_key() -> None:
    start = clock.now()
    with clock.frozen(start):
        kept, read_at = jwks(), start
    seen: set[str] = set()
    for hour in range(0, 24 * 70, 6):
        at = start + timedelta(hours=hour)
        with clock.frozen(at):
            turn_keys()
            kid, key = active_key()
            seen.add(kid)
            if at - read_at >= timedelta(hours=24):
                kept, read_at = jwks(), at
            now = at.timestamp()
            text = sign({"iss": ISSUER, "aud": "a", "iat": now, "exp": now + 300}, key, kid=kid)
            assert verify(text, public_keys(kept), now=at, issuer=ISSUER)
            before = jwks()
        later = at + timedelta(seconds=300)
        with clock.frozen(later):
            turn_keys()
            assert verify(text, verifying_keys(), now=later, issuer=ISSUER)
        assert before
    assert len(seen) >= 3
    assert SigningKey.objects.count() <= 3


def test_private_keys_are_sealed_at_rest_and_the_jwks_shows_public_halves_alone() -> None:
    _, key = active_key()
    row = SigningKey.objects.get()
    secret = key.as_dict(private=True)["d"]
    assert b"PRIVATE KEY" not in bytes(row.private)
    answer = Client().get("/.well-known/jwks.json")
    assert answer["Content-Type"] == "application/jwk-set+json"
    assert str(secret) not in answer.content.decode()
    assert set(answer.json()["keys"][0]) == {"kty", "crv", "x", "y", "kid", "alg", "use"}


def test_the_server_describes_itself() -> None:
    found = Client().get("/.well-known/oauth-authorization-server").json()
    assert found["issuer"] == settings.PUBLIC_URL
    assert EXCHANGE in found["grant_types_supported"]


def test_the_vectors_of_rfc_7515_a3_and_rfc_7638_hold() -> None:
    key = {
        "kty": "EC",
        "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        "kid": "a3",
    }
    text = (
        "eyJhbGciOiJFUzI1NiJ9"
        ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"
        "cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6"
        "NU1Q"
    )
    with pytest.raises(BadToken, match="no known key"):
        verify(text, public_keys({"keys": [key]}), now=clock.now(), issuer="joe")
    decoded = jwt.decode(text, public_keys({"keys": [key]})["a3"], algorithms=["ES256"])
    assert decoded.claims["iss"] == "joe"
    rsa = RSAKey.import_key(
        {
            "kty": "RSA",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1"
            "L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4"
            "QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbO"
            "pbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csF"
            "Cur-kEgU8awapJzKnqDKgw",
            "e": "AQAB",
        }
    )
    assert rsa.thumbprint() == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


SCOPES = st.sampled_from(["a:x", "a:y", "a:*", "b:x", "keys:read", "keys:write", "*"])


@given(held=st.lists(SCOPES, max_size=4), asked=st.lists(SCOPES, max_size=4))
def test_h21_what_is_narrowed_is_covered_by_what_was_held(
    held: list[str], asked: list[str]
) -> None:
    found = narrowed(held, " ".join(asked))
    if found is not None:
        assert all(covered(held, scope) for scope in found) or found == held


@given(st.lists(st.text(min_size=1, max_size=30), max_size=4))
def test_operation_keys_of_any_kind_travel_through_a_scope_claim(keys: list[str]) -> None:
    claims = as_claim("orders", keys)
    assert all(not set(claim) & set(' "\\') and claim.isascii() for claim in claims)
    assert operation_keys("orders", " ".join(claims).split()) == sorted(keys)


def test_a_child_keys_token_holds_only_what_the_child_holds(
    company: Company, issued: IssuedKey
) -> None:
    child = issue_key(
        grant=issued.key.grant,
        by=company.actor(company.developer),
        expires_at=issued.key.expires_at,
        parent=issued.key,
        scopes=["get /orders"],
    )
    claims = claims_of(post(subject_token=child.secret, subject_token_type=KEY))
    assert claims["scope"] == "orders:get%20/orders"
