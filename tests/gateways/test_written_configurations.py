"""What each dialect writes, and what holds for all; those that cannot run here by structure."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from joserfc.jwk import ECKey

from keys.gateways import DIALECTS
from keys.gateways.dialect import (
    IDENTITY_HEADERS,
    OVERRIDE_HEADERS,
    QUESTION_HEADERS,
    Route,
    Setup,
)
from tests.edge_process import EdgeProcess
from tests.edge_world import Issued
from tests.gateways.conftest import STARTERS

pytestmark = pytest.mark.django_db  # so that pytest-django migrates a database

KEY = ECKey.generate_key("P-256", private=True)
TOKEN = "mpep_Zm9yLXRlc3RzLW9ubHk"
SETUP = Setup(
    pep="front",
    token=TOKEN,
    edge_url="http://edge.example:8001",
    routes=(
        Route("payments", "/payments", "https://payments.example/v1"),
        Route("refunds", "/payments/refunds", "http://refunds.example:8080"),
    ),
    jwk={name: str(value) for name, value in KEY.as_dict(private=False).items()},
)
DOCS = Path(__file__).resolve().parent.parent.parent / "docs" / "gateways.md"


@pytest.mark.parametrize("name", sorted(DIALECTS))
def test_each_dialect_is_documented_with_how_it_was_tested(name: str) -> None:
    dialect = DIALECTS[name]
    text = DOCS.read_text()
    assert f"## {dialect.title}\n" in text
    section = text.split(f"## {dialect.title}\n")[1].split("\n## ")[0]
    assert dialect.tested in section
    assert dialect.tested.startswith("run," if name in STARTERS else "structure,")


@pytest.mark.parametrize("name", sorted(DIALECTS))
def test_each_dialect_writes_its_name_and_routes_longest_prefix_first(name: str) -> None:
    text = DIALECTS[name].render(SETUP)
    assert text.startswith(f"# Written by: manage.py gateway {name} --pep front\n")
    assert "payments.example" in text
    assert text.index("refunds.example") < text.index("payments.example")
    if DIALECTS[name].asks:
        assert TOKEN in text
        assert f"/edge/v1/authz/{name}/front" in text
    else:
        assert TOKEN not in text


@pytest.mark.parametrize("name", sorted(DIALECTS))
def test_each_dialect_drops_overrides_and_forged_headers(name: str) -> None:
    text = DIALECTS[name].render(SETUP).lower()
    assert all(header.lower() in text for header in OVERRIDE_HEADERS)
    if "x-mkt-*" not in text and '"x-mkt-' not in text and "prefix: x-mkt-" not in text:
        for header in (*IDENTITY_HEADERS, *QUESTION_HEADERS):
            assert header.lower() in text, header


HOSTILE = [
    'x"; return 200; #',
    "x\n}",
    "x y",
    "x{y}",
    "x;y",
    "x`y",
    "x'y",
    "",
    "x$y",
    "x%y",
]


@pytest.mark.parametrize("text", [*HOSTILE, "../x"])
def test_nothing_hostile_gets_into_a_configuration(text: str) -> None:
    """Names, prefixes and addresses come from people; in a configuration they would be code."""
    route = SETUP.routes[0]
    attempts: list[Any] = [
        lambda: replace(SETUP, pep=text),
        lambda: replace(SETUP, token=text),
        lambda: replace(SETUP, edge_url=f"http://{text}"),
        lambda: replace(SETUP, trusted_proxies=(text,)),
        lambda: replace(route, api=text),
        lambda: replace(route, prefix=f"/{text}"),
        lambda: replace(route, upstream=f"http://{text}/"),
        lambda: replace(route, upstream=f"{text}://upstream.example"),
    ]
    if text in HOSTILE:
        attempts.append(lambda: replace(SETUP, logs=text))
    for attempt in attempts:
        with pytest.raises(ValueError):
            attempt()


def test_a_prefix_stands_once() -> None:
    with pytest.raises(ValueError, match="same prefix"):
        replace(SETUP, routes=(SETUP.routes[0], SETUP.routes[0]))


def test_traefik_strips_proves_asks_and_hides_in_this_order() -> None:
    http = yaml.safe_load(DIALECTS["traefik"].render(SETUP))["http"]
    router = http["routers"]["mkt-payments"]
    steps = [http["middlewares"][name] for name in router["middlewares"]]
    strip, prove, ask, hide, cut, base = steps
    removed = strip["headers"]["customRequestHeaders"]
    assert set(removed) == {*IDENTITY_HEADERS, *QUESTION_HEADERS, *OVERRIDE_HEADERS}
    assert set(removed.values()) == {""}
    assert prove["headers"]["customRequestHeaders"] == {"X-Mkt-Pep-Token": TOKEN}
    assert ask["forwardAuth"] == {
        "address": "http://edge.example:8001/edge/v1/authz/traefik/front",
        "trustForwardHeader": False,
        "authRequestHeaders": ["Authorization", "DPoP", "X-Mkt-Pep-Token"],
        "authResponseHeaders": list(IDENTITY_HEADERS),
    }
    assert set(hide["headers"]["customRequestHeaders"]) == {
        "Authorization",
        "DPoP",
        "X-Mkt-Pep-Token",
    }
    assert (cut, base) == (
        {"stripPrefix": {"prefixes": ["/payments"]}},
        {"addPrefix": {"prefix": "/v1"}},
    )
    assert router["rule"] == "Path(`/payments`) || PathPrefix(`/payments/`)"
    assert http["routers"]["mkt-refunds"]["priority"] > router["priority"]
    servers = http["services"]["mkt-payments"]["loadBalancer"]["servers"]
    assert servers == [{"url": "https://payments.example"}]


def test_apisix_asks_with_headers_of_its_own_making() -> None:
    text = DIALECTS["apisix"].render(SETUP)
    assert text.endswith("#END\n")  # without it the standalone mode reads nothing
    routes = {route["id"]: route for route in yaml.safe_load(text)["routes"]}
    plugins = routes["mkt-payments"]["plugins"]
    ask = plugins["forward-auth"]
    # The plugin's own schema: types, and that it fails closed.
    known = {
        "uri": str, "allow_degradation": bool, "status_on_error": int, "request_method": str,
        "request_headers": list, "extra_headers": dict, "upstream_headers": list,
        "client_headers": list, "timeout": int,
    }  # fmt: skip
    assert all(isinstance(ask[name], known[name]) for name in ask)
    assert ask["allow_degradation"] is False
    assert ask["status_on_error"] == 503
    assert ask["extra_headers"]["X-Mkt-Original-Uri"] == "$real_request_uri"
    assert ask["request_headers"] == ["Authorization", "DPoP"]
    assert ask["upstream_headers"] == list(IDENTITY_HEADERS)
    assert plugins["proxy-rewrite"]["regex_uri"] == ["^/payments/?(.*)$", "/v1/$1"]
    assert 'clear_header("Authorization")' in plugins["serverless-post-function"]["functions"][0]
    assert routes["mkt-payments"]["upstream"]["nodes"] == {"payments.example:443": 1}
    assert routes["mkt-refunds"]["priority"] > routes["mkt-payments"]["priority"]


def test_kong_lets_an_apis_audience_alone_through() -> None:
    document = yaml.safe_load(DIALECTS["kong"].render(SETUP))
    assert document["_format_version"] == "3.0"
    for service in document["services"]:
        plugins = {plugin["name"]: plugin["config"] for plugin in service["plugins"]}
        assert plugins["jwt"]["key_claim_name"] == "aud"
        assert plugins["jwt"]["claims_to_verify"] == ["exp"]
        assert plugins["jwt"]["maximum_expiration"] == 300
        assert plugins["jwt"]["uri_param_names"] == []  # never in a query
        assert plugins["acl"]["allow"] == [service["name"]]
        consumer = next(c for c in document["consumers"] if c["username"] == service["name"])
        assert consumer["acls"] == [{"group": service["name"]}]
        (secret,) = consumer["jwt_secrets"]
        assert f"mkt-{secret['key']}" == service["name"]
        assert secret["algorithm"] == "ES256"
        given = ECKey.import_key(secret["rsa_public_key"])
        assert given.thumbprint() == KEY.thumbprint()
        assert not given.is_private
    with pytest.raises(ValueError, match="needs the key"):
        DIALECTS["kong"].render(replace(SETUP, jwk=None))


def asked_by_traefik(key: str, **fields: str) -> list[tuple[str, str]]:
    said = {
        "X-Forwarded-Method": "GET",
        "X-Forwarded-Uri": "/payments/charges?x=1",
        "X-Forwarded-For": "10.9.9.9",
        "X-Forwarded-Host": "gateway.example",
        "Authorization": f"Bearer {key}",
    } | fields
    return [(name, value) for name, value in said.items() if value]


def test_the_edge_reads_what_traefik_asks(setting: EdgeProcess) -> None:
    world = setting.world
    payments = world.value("SELECT id FROM catalog_api WHERE slug = 'payments'")
    fenced = world.key(payments, guardrails={"cidrs": ["10.9.9.9/32"]})
    waiting = world.key(payments, grant={"state": "pending"})

    def ask(issued: Issued, **fields: str) -> tuple[int, str]:
        answer = setting.ask(
            None,
            path="",
            dialect="traefik",
            pep="front-envoy",
            headers=asked_by_traefik(issued.text, **fields),
        )
        type = orjson.loads(answer.body)["type"] if answer.status != 200 else ""
        return answer.status, str(type).removeprefix("/problems/")

    assert ask(fenced) == (200, "")
    assert ask(fenced, **{"X-Forwarded-For": "10.9.9.9, 8.8.8.8"}) == (403, "address")
    assert ask(fenced, **{"X-Forwarded-Uri": "/payments/../x"}) == (403, "operation-unknown")
    assert ask(fenced, **{"X-Forwarded-Method": "DELETE"}) == (403, "operation-unknown")
    assert ask(fenced, **{"X-Forwarded-Uri": ""}) == (403, "enforcement-point")
    # It could not turn to the mock: an allow would reach the upstream.
    assert ask(waiting) == (403, "mock-elsewhere")
