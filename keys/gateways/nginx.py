"""nginx: `auth_request`, to a named internal location that sets every header of the question.

nginx turns any auth status but 401 and 403 into a 500. The verifier therefore answers this dialect
403 with the true status in X-Mkt-Status and the problem in X-Mkt-Problem, and the configuration
maps it back. $request_uri is the request line's own bytes; locations match the normalised path,
so a path that means another one is refused by the verifier whatever location it lands in. nginx
drops headers with underscores by itself (underscores_in_headers off, its default).
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from keys.gateways.dialect import (
    CLIENT_HEADERS,
    IDENTITY_HEADERS,
    OVERRIDE_HEADERS,
    QUESTION_HEADERS,
    Dialect,
    Route,
    Setup,
    read_headers,
)

REFUSALS = (401, 402, 403, 429, 503)
UNDECIDABLE = (
    '{"type":"/problems/undecidable","title":"Cannot be decided just now","status":503,'
    '"detail":"The verifier does not answer."}'
)
SYSTEM_ROOTS = "/etc/ssl/certs/ca-certificates.crt"


def render(setup: Setup) -> str:
    """A file to include in the `http` block, such as /etc/nginx/conf.d/marketplace.conf."""
    return "\n".join(_lines(setup)) + "\n"


def _lines(setup: Setup) -> Iterator[str]:
    edge = urlsplit(setup.edge_url)
    routes = setup.longest_first()
    yield f"# Written by: manage.py gateway nginx --pep {setup.pep}"
    yield "# Neither log holds a query or a request line: a key might have been put there."
    yield "log_format marketplace escape=json"
    yield """  '{"time":"$time_iso8601","method":"$request_method","path":"$mkt_path",'"""
    yield """  '"status":$status,"decision":"$mkt_x_mkt_decision_id","seconds":$request_time}';"""
    yield 'map $request_uri $mkt_path { "~^(?<mkt_p>[^?]*)" $mkt_p; default ""; }'
    yield f"upstream mkt_edge {{ server {_server(setup.edge_url)}; keepalive 64; }}"
    for number, route in enumerate(routes):
        yield from _maps(number, route, edge.scheme)
    yield "server {"
    yield f"  listen {setup.listen};"
    yield f"  access_log {setup.logs}/marketplace.log marketplace;"
    yield f"  error_log {setup.logs}/marketplace.error.log crit;"
    yield "  client_header_timeout 10s;"
    yield "  client_body_timeout 30s;"
    yield "  large_client_header_buffers 4 16k;"
    if setup.trusted_proxies:
        yield "  real_ip_header X-Forwarded-For;"
        yield "  real_ip_recursive on;"
        yield from (f"  set_real_ip_from {network};" for network in setup.trusted_proxies)
    yield ""
    yield from _question(setup, edge.scheme)
    yield from _refused()
    for number, route in enumerate(routes):
        yield from _location(number, route)
    yield "  location / { return 404; }"
    yield "}"


def _maps(number: int, route: Route, edge_scheme: str) -> Iterator[str]:
    """Where a call goes: the raw rest of its path, to the upstream or to the mock."""
    upstream = urlsplit(route.upstream)
    base = f"{upstream.scheme}://mkt_api_{number}{upstream.path.rstrip('/')}"
    prefix = re.escape(route.prefix)
    yield f"# {route.api}"
    yield f"upstream mkt_api_{number} {{ server {_server(route.upstream)}; keepalive 64; }}"
    yield f'map $request_uri $mkt_rest_{number} {{ "~^{prefix}(?<mkt_r{number}>/.*)$"'
    yield f'  $mkt_r{number}; default "/"; }}'
    yield f"map $mkt_x_mkt_mock $mkt_target_{number} {{"
    yield f'  "true" "{edge_scheme}://mkt_edge/mock/{route.api}$mkt_rest_{number}";'
    yield f'  default "{base}$mkt_rest_{number}"; }}'


def _question(setup: Setup, edge_scheme: str) -> Iterator[str]:
    yield "  location = /_mkt/authz {"
    yield "    internal;"
    yield f"    proxy_pass {edge_scheme}://mkt_edge/edge/v1/authz/nginx/{setup.pep};"
    yield "    proxy_http_version 1.1;"
    yield "    proxy_connect_timeout 1s;"
    yield "    proxy_read_timeout 3s;"
    yield "    proxy_buffer_size 16k;"
    yield "    proxy_buffers 4 16k;"
    yield "    # Of the client's headers only these reach the verifier."
    yield "    proxy_pass_request_headers off;"
    yield "    proxy_pass_request_body off;"
    yield f"    proxy_set_header Host {urlsplit(setup.edge_url).netloc};"
    yield '    proxy_set_header Connection "";'
    yield '    proxy_set_header Content-Length "";'
    yield "    proxy_set_header Authorization $http_authorization;"
    yield "    proxy_set_header DPoP $http_dpop;"
    yield f'    proxy_set_header X-Mkt-Pep-Token "{setup.token}";'
    yield "    proxy_set_header X-Mkt-Original-Method $request_method;"
    yield "    proxy_set_header X-Mkt-Original-Uri $request_uri;"
    yield "    proxy_set_header X-Mkt-Client-Address $remote_addr;"
    yield "    proxy_set_header X-Mkt-Original-Host $http_host;"
    yield "    proxy_set_header X-Mkt-Client-Cert $ssl_client_escaped_cert;"
    yield "    # With the geoip2 module: proxy_set_header X-Mkt-Client-Country $geoip2_country;"
    yield "  }"


def _refused() -> Iterator[str]:
    yield "  location @mkt_refused {"
    yield "    internal;"
    yield "    default_type application/problem+json;"
    yield "    add_header Cache-Control no-store always;"
    for name in ("Retry-After", "RateLimit", "RateLimit-Policy", "X-Mkt-Decision-Id"):
        yield f"    add_header {name} {_variable(name)} always;"
    for status in REFUSALS:
        yield f'    if ($mkt_x_mkt_status = "{status}") {{ return {status} $mkt_x_mkt_problem; }}'
    yield f"    return 503 '{UNDECIDABLE}';"
    yield "  }"
    yield "  location @mkt_undecidable {"
    yield "    internal;"
    yield "    default_type application/problem+json;"
    yield "    add_header Retry-After 1 always;"
    yield f"    return 503 '{UNDECIDABLE}';"
    yield "  }"


def _location(number: int, route: Route) -> Iterator[str]:
    upstream = urlsplit(route.upstream)
    yield f"  location ~ ^{re.escape(route.prefix)}(/|$) {{"
    yield "    auth_request /_mkt/authz;"
    told = dict.fromkeys(
        (*IDENTITY_HEADERS, *CLIENT_HEADERS, "Retry-After", "X-Mkt-Status", "X-Mkt-Problem")
    )
    for name in told:
        source = f"$upstream_http_{name.lower().replace('-', '_')}"
        yield f"    auth_request_set {_variable(name)} {source};"
    yield "    error_page 401 403 = @mkt_refused;"
    yield "    error_page 500 = @mkt_undecidable;"
    for name in CLIENT_HEADERS:
        yield f"    add_header {name} {_variable(name)} always;"
    yield f"    proxy_pass $mkt_target_{number};"
    yield "    proxy_http_version 1.1;"
    yield f"    proxy_set_header Host {upstream.netloc};"
    yield '    proxy_set_header Connection "";'
    if upstream.scheme == "https":
        yield "    proxy_ssl_server_name on;"
        yield f"    proxy_ssl_name {upstream.hostname};"
        yield "    proxy_ssl_verify on;"
        yield "    proxy_ssl_verify_depth 3;"
        yield f"    proxy_ssl_trusted_certificate {SYSTEM_ROOTS};"
    yield "    # The upstream is told who calls; the caller's secret is not its business."
    for name in ("Authorization", "DPoP", *OVERRIDE_HEADERS, *QUESTION_HEADERS):
        yield f'    proxy_set_header {name} "";'
    for name in IDENTITY_HEADERS:
        yield f"    proxy_set_header {name} {_variable(name)};"
    yield "  }"


def _variable(header: str) -> str:
    return f"$mkt_{header.lower().replace('-', '_')}"


def _server(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


DIALECT = Dialect(
    "nginx", "nginx", render, read_headers, tested="run, nginx 1.22", only_401_and_403=True
)
