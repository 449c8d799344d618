"""Envoy: `ext_authz` over HTTP, which repeats method and path of the call in its own question.

A client's X-Mkt-*, X_Mkt_* and method overrides are removed before any filter runs; ext_authz then
sets ours. Paths are neither normalised nor unescaped, so that Envoy, the verifier and the upstream
see the same bytes. A call that the mock answers is routed again once ext_authz has said so.
"""

import ipaddress
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import yaml

from keys.gateways.dialect import (
    ADDRESS,
    CLIENT_HEADERS,
    COUNTRY,
    IDENTITY_HEADERS,
    OVERRIDE_HEADERS,
    Dialect,
    Original,
    Route,
    Setup,
)

TYPE = "type.googleapis.com/envoy"
REFUSAL_HEADERS = ("Content-Type", "WWW-Authenticate", "Retry-After", "Cache-Control")
SYSTEM_ROOTS = "/etc/ssl/certs/ca-certificates.crt"


def read(
    method: str, suffix: bytes, query: bytes, headers: Mapping[bytes, bytes]
) -> Original | None:
    """The question's own method and path; `headers_to_add` has set the address."""
    return method, suffix, query, headers.get(ADDRESS, b""), headers.get(COUNTRY, b"")


def render(setup: Setup) -> str:
    """A bootstrap with one listener; run it as `envoy -c FILE`."""
    clusters = [_cluster("marketplace_edge", setup.edge_url)]
    clusters += [_cluster(_name(route), route.upstream) for route in setup.routes]
    listener = {
        "name": "marketplace",
        "address": _address("0.0.0.0", setup.listen),
        "filter_chains": [
            {"filters": [_typed("envoy.filters.network.http_connection_manager", _hcm(setup))]}
        ],
    }
    bootstrap = {"static_resources": {"listeners": [listener], "clusters": clusters}}
    head = f"# Written by: manage.py gateway envoy --pep {setup.pep}\n"
    return head + yaml.safe_dump(bootstrap, sort_keys=False, width=100)


def _hcm(setup: Setup) -> dict[str, Any]:
    return {
        "@type": f"{TYPE}.extensions.filters.network.http_connection_manager.v3"
        ".HttpConnectionManager",
        "stat_prefix": "marketplace",
        **_client_address(setup),
        "normalize_path": False,
        "merge_slashes": False,
        "path_with_escaped_slashes_action": "KEEP_UNCHANGED",
        "request_headers_timeout": "10s",
        "stream_idle_timeout": "300s",
        "max_request_headers_kb": 32,
        "early_header_mutation_extensions": [_strip()],
        "access_log": [_access_log()],
        "route_config": {
            "name": "marketplace",
            "virtual_hosts": [
                {
                    "name": "marketplace",
                    "domains": ["*"],
                    "routes": [one for r in setup.longest_first() for one in _routes(r)],
                    # The upstream is told who calls; the caller's secret is not its business.
                    "request_headers_to_remove": ["authorization", "dpop"],
                }
            ],
        },
        "http_filters": [
            _typed("envoy.filters.http.ext_authz", _ext_authz(setup)),
            _typed(
                "envoy.filters.http.router",
                {"@type": f"{TYPE}.extensions.filters.http.router.v3.Router"},
            ),
        ],
    }


def _client_address(setup: Setup) -> dict[str, Any]:
    """Whose word on the client's address is taken."""
    if not setup.trusted_proxies:
        return {"use_remote_address": True}
    ranges = [ipaddress.ip_network(text) for text in setup.trusted_proxies]
    xff = {
        "@type": f"{TYPE}.extensions.http.original_ip_detection.xff.v3.XffConfig",
        "xff_trusted_cidrs": {
            "cidrs": [
                {"address_prefix": str(net.network_address), "prefix_len": net.prefixlen}
                for net in ranges
            ]
        },
        "skip_xff_append": False,
    }
    return {
        "use_remote_address": False,
        "original_ip_detection_extensions": [_typed("envoy.http.original_ip_detection.xff", xff)],
    }


def _ext_authz(setup: Setup) -> dict[str, Any]:
    token = [("x-mkt-pep-token", setup.token.replace("%", "%%"))]
    told = [
        ("x-mkt-client-address", "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"),
        ("x-mkt-client-cert-sha256", "%DOWNSTREAM_PEER_FINGERPRINT_256%"),
    ]
    return {
        "@type": f"{TYPE}.extensions.filters.http.ext_authz.v3.ExtAuthz",
        "transport_api_version": "V3",
        "failure_mode_allow": False,
        "status_on_error": {"code": "ServiceUnavailable"},
        "clear_route_cache": True,
        "allowed_headers": _exactly(("Authorization", "DPoP")),
        "http_service": {
            "server_uri": {
                "uri": setup.edge_url,
                "cluster": "marketplace_edge",
                "timeout": "3s",
            },
            "path_prefix": f"/edge/v1/authz/envoy/{setup.pep}",
            "authorization_request": {
                "headers_to_add": [{"key": key, "value": value} for key, value in token + told],
            },
            "authorization_response": {
                "allowed_upstream_headers": _exactly(IDENTITY_HEADERS),
                "allowed_client_headers": _exactly(
                    (*REFUSAL_HEADERS, *CLIENT_HEADERS, "X-Mkt-Status")
                ),
                "allowed_client_headers_on_success": _exactly(CLIENT_HEADERS),
            },
        },
    }


def _strip() -> dict[str, Any]:
    """Remove what a client must not say, before anything reads it."""
    prefixes = [
        {"remove_on_match": {"key_matcher": {"prefix": prefix, "ignore_case": True}}}
        for prefix in ("x-mkt-", "x_mkt_", "x-mkt_", "x_mkt-")
    ]
    return _typed(
        "envoy.http.early_header_mutation.header_mutation",
        {
            "@type": f"{TYPE}.extensions.http.early_header_mutation.header_mutation.v3"
            ".HeaderMutation",
            "mutations": [*prefixes, *({"remove": name.lower()} for name in OVERRIDE_HEADERS)],
        },
    )


def _access_log() -> dict[str, Any]:
    """One line a call, without the query, where a key might have been put."""
    return _typed(
        "envoy.access_loggers.stdout",
        {
            "@type": f"{TYPE}.extensions.access_loggers.stream.v3.StdoutAccessLog",
            "log_format": {
                "json_format": {
                    "time": "%START_TIME%",
                    "method": "%REQ(:METHOD)%",
                    "path": "%REQ_WITHOUT_QUERY(X-ENVOY-ORIGINAL-PATH?:PATH)%",
                    "status": "%RESPONSE_CODE%",
                    "flags": "%RESPONSE_FLAGS%",
                    "decision": "%REQ(X-MKT-DECISION-ID)%",
                    "milliseconds": "%DURATION%",
                },
                "formatters": [
                    _typed(
                        "envoy.formatter.req_without_query",
                        {
                            "@type": f"{TYPE}.extensions.formatter.req_without_query.v3"
                            ".ReqWithoutQuery"
                        },
                    )
                ],
            },
        },
    )


def _routes(route: Route) -> list[dict[str, Any]]:
    """The mock's route, taken where ext_authz has said so, then the upstream's."""
    match = {"path_separated_prefix": route.prefix} if route.prefix else {"prefix": "/"}
    pattern = f"^{re.escape(route.prefix)}/?"
    mocked = {"name": "x-mkt-mock", "string_match": {"exact": "true"}}
    upstream = urlsplit(route.upstream)
    return [
        {
            "match": {**match, "headers": [mocked]},
            "route": {
                "cluster": "marketplace_edge",
                "regex_rewrite": {
                    "pattern": {"regex": pattern},
                    "substitution": f"/mock/{route.api}/",
                },
            },
        },
        {
            "match": match,
            "route": {
                "cluster": _name(route),
                "host_rewrite_literal": upstream.netloc,
                "regex_rewrite": {
                    "pattern": {"regex": pattern},
                    "substitution": upstream.path.rstrip("/").replace("\\", r"\\") + "/",
                },
            },
        },
    ]


def _name(route: Route) -> str:
    return f"api_{route.api}"


def _cluster(name: str, url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if secure else 80)
    cluster: dict[str, Any] = {
        "name": name,
        "type": "STRICT_DNS",
        "dns_lookup_family": "V4_PREFERRED",
        "connect_timeout": "1s",
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": _address(host, port)}}]}],
        },
    }
    if secure:
        context = {
            "@type": f"{TYPE}.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
            "sni": host,
            "common_tls_context": {
                "validation_context": {
                    "trusted_ca": {"filename": SYSTEM_ROOTS},
                    "match_typed_subject_alt_names": [
                        {"san_type": "DNS", "matcher": {"exact": host}}
                    ],
                }
            },
        }
        cluster["transport_socket"] = _typed("envoy.transport_sockets.tls", context)
    return cluster


def _address(host: str, port: int) -> dict[str, Any]:
    return {"socket_address": {"address": host, "port_value": port}}


def _typed(name: str, config: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "typed_config": config}


def _exactly(names: tuple[str, ...]) -> dict[str, Any]:
    return {"patterns": [{"exact": name, "ignore_case": True} for name in names]}


DIALECT = Dialect("envoy", "Envoy", render, read, tested="run, Envoy 1.40", plain=True)
