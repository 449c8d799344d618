"""APISIX: the `forward-auth` plugin, as routes of a standalone configuration (apisix.yaml).

The plugin sends `extra_headers` of ours and of the client's headers only those it names, and
removes from the call to the upstream what the answer lacks. $real_request_uri is the request line's
own bytes (APISIX normalises $request_uri). The plugin copies the verifier's headers to the client
only with a refusal, and the upstream is chosen before: no limits told, no turn to the mock.
"""

import re
from typing import Any
from urllib.parse import urlsplit

import yaml

from keys.gateways.dialect import (
    IDENTITY_HEADERS,
    OVERRIDE_HEADERS,
    QUESTION_HEADERS,
    Dialect,
    Route,
    Setup,
    read_headers,
)

REFUSAL_HEADERS = [
    "Content-Type",
    "WWW-Authenticate",
    "Retry-After",
    "RateLimit",
    "RateLimit-Policy",
    "X-Mkt-Decision-Id",
    "X-Mkt-Status",
]
HIDE = """return function(conf, ctx)
  ngx.req.clear_header("Authorization")
  ngx.req.clear_header("DPoP")
end"""


def render(setup: Setup) -> str:
    """apisix.yaml of the standalone mode (deployment.role data_plane, config_provider yaml)."""
    routes = [_route(setup, route) for route in setup.longest_first()]
    head = f"# Written by: manage.py gateway apisix --pep {setup.pep}\n"
    return head + yaml.safe_dump({"routes": routes}, sort_keys=False, width=100) + "#END\n"


def _route(setup: Setup, route: Route) -> dict[str, Any]:
    upstream = urlsplit(route.upstream)
    secure = upstream.scheme == "https"
    host = f"{upstream.hostname}:{upstream.port or (443 if secure else 80)}"
    return {
        "id": f"mkt-{route.api}",
        "uris": [route.prefix, f"{route.prefix}/*"],
        "priority": len(route.prefix),
        "plugins": {
            "forward-auth": {
                "uri": f"{setup.edge_url}/edge/v1/authz/apisix/{setup.pep}",
                "request_method": "GET",
                "request_headers": ["Authorization", "DPoP"],
                "extra_headers": {
                    "X-Mkt-Pep-Token": setup.token,
                    "X-Mkt-Original-Method": "$request_method",
                    "X-Mkt-Original-Uri": "$real_request_uri",
                    "X-Mkt-Original-Host": "$http_host",
                    "X-Mkt-Client-Address": "$remote_addr",
                },
                "upstream_headers": list(IDENTITY_HEADERS),
                "client_headers": REFUSAL_HEADERS,
                "timeout": 3000,
                "allow_degradation": False,
                "status_on_error": 503,
            },
            "proxy-rewrite": {
                "regex_uri": [
                    f"^{re.escape(route.prefix)}/?(.*)$",
                    f"{upstream.path.rstrip('/')}/$1",
                ],
                "headers": {"remove": [*QUESTION_HEADERS, *OVERRIDE_HEADERS]},
            },
            # The upstream is told who calls; the caller's secret is not its business.
            "serverless-post-function": {"phase": "before_proxy", "functions": [HIDE]},
        },
        "upstream": {
            "type": "roundrobin",
            "scheme": upstream.scheme,
            "pass_host": "node",
            "nodes": {host: 1},
        },
    }


DIALECT = Dialect(
    "apisix", "APISIX", render, read_headers, tested="structure, APISIX 3.13", mocks=False
)
