"""The demo's gateway: a real Envoy before every demo API, and the small upstream behind it."""

import hashlib
import sys
from pathlib import Path

from django.conf import settings

from catalog.models import Api
from keys.gateways import DIALECTS
from keys.gateways.dialect import Route, Setup
from keys.models import EnforcementPoint, EnforcementPointApi
from marketplace import env
from marketplace.processes.home import kept_secret
from marketplace.processes.parts import GRANIAN, Part

NAME = "demo"
UPSTREAM_PORT = env.number("UPSTREAM_PORT", settings.GATEWAY_PORT + 1, high=65535)
UPSTREAM_URL = f"http://127.0.0.1:{UPSTREAM_PORT}"
ASKED_WITHOUT_A_KEY = (401, 404)


def demo_parts(home: Path, *, host: str) -> list[Part]:
    """The upstream and Envoy, which reads the configuration that `write_configuration` left."""
    return [
        Part(
            "upstream",
            [
                *GRANIAN,
                "--interface=asginl",
                "--host=127.0.0.1",
                f"--port={UPSTREAM_PORT}",
                "--workers=1",
                "marketplace.demo.upstream:app",
            ],
            health=UPSTREAM_URL,
        ),
        Part(
            "gateway",
            [
                str(Path(sys.executable).parent / "envoy"),
                "--config-path",
                str(configuration(home)),
                "--use-dynamic-base-id",
                "--concurrency",
                "1",
                "--log-level",
                "warning",
            ],
            health=f"http://127.0.0.1:{settings.GATEWAY_PORT}/",
            well=ASKED_WITHOUT_A_KEY,
        ),
    ]


def configuration(home: Path) -> Path:
    """Where the gateway's configuration is."""
    return home / "run" / "envoy.yaml"


def seed_gateway(home: Path) -> None:
    """Register the gateway with every API that is called over HTTP."""
    apis = list(Api.objects.select_related("tenant").order_by("slug"))
    gateway = EnforcementPoint.across.create(
        tenant=apis[0].tenant,
        name=NAME,
        dialect=EnforcementPoint.Dialect.ENVOY,
        token_digest=hashlib.sha256(_token(home).encode()).digest(),
    )
    EnforcementPointApi.across.bulk_create(
        EnforcementPointApi(
            tenant=gateway.tenant,
            enforcementpoint=gateway,
            api=api,
            prefix=f"/{api.slug}",
            upstream=f"{UPSTREAM_URL}/{api.slug}",
        )
        for api in apis
    )


def write_configuration(home: Path) -> None:
    """Write Envoy's configuration for today's ports and routes."""
    behind = EnforcementPointApi.across.filter(enforcementpoint__name=NAME).order_by("prefix")
    setup = Setup(
        pep=NAME,
        token=_token(home),
        edge_url=f"http://127.0.0.1:{settings.EDGE_PORT}",
        routes=tuple(
            Route(api=slug, prefix=prefix, upstream=f"{UPSTREAM_URL}{prefix}")
            for slug, prefix in behind.values_list("api__slug", "prefix")
        ),
        listen=settings.GATEWAY_PORT,
    )
    path = configuration(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(DIALECTS["envoy"].render(setup))


def _token(home: Path) -> str:
    return kept_secret(home / "secrets" / "demo-gateway")
