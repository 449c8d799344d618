"""Kong: JWT mode. Kong itself verifies the tokens of /oauth/token and asks nobody.

The open-source plugins can do no more, and what is missing is said in docs/gateways.md: a token's
audience and end hold, its single operations, limits, revocation within its few minutes and usage do
not. One consumer an API stands for its audience; the `acl` plugin lets only that one in. The file
holds the one public key that signs now and is written again when it turns.
"""

from typing import Any
from urllib.parse import urlsplit

import yaml
from cryptography.hazmat.primitives import serialization
from joserfc.jwk import ECKey

from keys.gateways.dialect import (
    IDENTITY_HEADERS,
    OVERRIDE_HEADERS,
    QUESTION_HEADERS,
    Dialect,
    Route,
    Setup,
)

LONGEST_LIFE = 300


def render(setup: Setup) -> str:
    """A declarative file: `kong.yml` of the DB-less mode.

    Raises ValueError where the setup names no public key.
    """
    if setup.jwk is None:
        raise ValueError("Kong verifies tokens by itself and needs the key that signs them.")
    pem = ECKey.import_key(dict(setup.jwk)).as_pem(private=False).decode()
    serialization.load_pem_public_key(pem.encode())
    routes = setup.longest_first()
    document = {
        "_format_version": "3.0",
        "services": [_service(route) for route in routes],
        "consumers": [_consumer(route, pem) for route in routes],
    }
    head = f"# Written by: manage.py gateway kong --pep {setup.pep}\n"
    return head + yaml.safe_dump(document, sort_keys=False, width=100)


def _service(route: Route) -> dict[str, Any]:
    upstream = urlsplit(route.upstream)
    secure = upstream.scheme == "https"
    return {
        "name": f"mkt-{route.api}",
        "protocol": upstream.scheme,
        "host": upstream.hostname,
        "port": upstream.port or (443 if secure else 80),
        "path": upstream.path or "/",
        "routes": [
            {
                "name": f"mkt-{route.api}",
                "paths": [route.prefix],
                "strip_path": True,
                "path_handling": "v0",
                "preserve_host": False,
            }
        ],
        "plugins": [
            {
                "name": "jwt",
                "config": {
                    "key_claim_name": "aud",
                    "claims_to_verify": ["exp"],
                    "maximum_expiration": LONGEST_LIFE,
                    "uri_param_names": [],
                    "cookie_names": [],
                    "run_on_preflight": True,
                },
            },
            {"name": "acl", "config": {"allow": [f"mkt-{route.api}"], "hide_groups_header": True}},
            {
                "name": "request-transformer",
                "config": {
                    "remove": {"headers": [*IDENTITY_HEADERS, *QUESTION_HEADERS, *OVERRIDE_HEADERS]}
                },
            },
        ],
    }


def _consumer(route: Route, pem: str) -> dict[str, Any]:
    return {
        "username": f"mkt-{route.api}",
        "acls": [{"group": f"mkt-{route.api}"}],
        "jwt_secrets": [{"key": route.api, "algorithm": "ES256", "rsa_public_key": pem}],
    }


DIALECT = Dialect("kong", "Kong (JWT mode)", render, None, tested="structure, Kong 3", mocks=False)
