"""Traefik: the `forwardAuth` middleware, in the file provider's dynamic configuration.

Traefik sets X-Forwarded-Method, -Uri, -Host and -For on its question over whatever a client sent
(trustForwardHeader is false). What else the question holds is what earlier middlewares put on the
request. Traefik chooses the upstream before middlewares run, so it cannot turn to the mock; and it
copies no header of the verifier's to the client's answer when a call is allowed.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import yaml

from keys.gateways.dialect import (
    IDENTITY_HEADERS,
    OVERRIDE_HEADERS,
    QUESTION_HEADERS,
    Dialect,
    Original,
    Setup,
)


def read(
    method: str, suffix: bytes, query: bytes, headers: Mapping[bytes, bytes]
) -> Original | None:
    """The call from Traefik's own X-Forwarded-* headers; the address is the last one named."""
    original, uri = headers.get(b"x-forwarded-method"), headers.get(b"x-forwarded-uri")
    if original is None or uri is None:
        return None
    path, _, asked = uri.partition(b"?")
    address = headers.get(b"x-forwarded-for", b"").rpartition(b",")[2].strip()
    return original.decode("latin-1"), path, asked, address, b""


def render(setup: Setup) -> str:
    """A file for `providers.file.filename`; the entry point `web` is the static part's."""
    middlewares: dict[str, Any] = {
        "mkt-strip": _headers(
            dict.fromkeys((*IDENTITY_HEADERS, *QUESTION_HEADERS, *OVERRIDE_HEADERS), "")
        ),
        "mkt-prove": _headers({"X-Mkt-Pep-Token": setup.token}),
        "mkt-ask": {
            "forwardAuth": {
                "address": f"{setup.edge_url}/edge/v1/authz/traefik/{setup.pep}",
                "trustForwardHeader": False,
                "authRequestHeaders": ["Authorization", "DPoP", "X-Mkt-Pep-Token"],
                "authResponseHeaders": list(IDENTITY_HEADERS),
            }
        },
        # The upstream is told who calls; neither secret is its business.
        "mkt-hide": _headers(dict.fromkeys(("Authorization", "DPoP", "X-Mkt-Pep-Token"), "")),
    }
    routers, services = {}, {}
    for number, route in enumerate(setup.longest_first()):
        upstream = urlsplit(route.upstream)
        steps = ["mkt-strip", "mkt-prove", "mkt-ask", "mkt-hide", f"mkt-cut-{number}"]
        middlewares[f"mkt-cut-{number}"] = {"stripPrefix": {"prefixes": [route.prefix]}}
        if base := upstream.path.rstrip("/"):
            middlewares[f"mkt-base-{number}"] = {"addPrefix": {"prefix": base}}
            steps.append(f"mkt-base-{number}")
        routers[f"mkt-{route.api}"] = {
            "rule": f"Path(`{route.prefix}`) || PathPrefix(`{route.prefix}/`)",
            "entryPoints": ["web"],
            "middlewares": steps,
            "service": f"mkt-{route.api}",
            "priority": 1000 + len(route.prefix),
        }
        services[f"mkt-{route.api}"] = {
            "loadBalancer": {
                "servers": [{"url": f"{upstream.scheme}://{upstream.netloc}"}],
                "passHostHeader": False,
            }
        }
    http = {"routers": routers, "middlewares": middlewares, "services": services}
    head = (
        f"# Written by: manage.py gateway traefik --pep {setup.pep}\n"
        f'# Static part: entryPoints.web.address = ":{setup.listen}"; no access log of queries:\n'
        "# accessLog.fields.names.RequestPath = drop\n"
    )
    return head + yaml.safe_dump({"http": http}, sort_keys=False, width=100)


def _headers(values: Mapping[str, str]) -> dict[str, Any]:
    """A middleware that sets request headers; an empty value removes one."""
    return {"headers": {"customRequestHeaders": dict(values)}}


DIALECT = Dialect("traefik", "Traefik", render, read, tested="structure, Traefik 3", mocks=False)
