"""Caddy: `reverse_proxy` to the verifier, as its `forward_auth` does, said in full.

In full because `copy_headers` leaves a client's own header standing where the answer's is empty.
{http.request.orig_uri} is the request line's own bytes. Caddy matches paths without regard to
case; the verifier does not, and refuses.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from keys.gateways.dialect import (
    CLIENT_HEADERS,
    IDENTITY_HEADERS,
    OVERRIDE_HEADERS,
    Dialect,
    Route,
    Setup,
    read_headers,
)


def render(setup: Setup) -> str:
    """A Caddyfile; run it as `caddy run --config FILE --adapter caddyfile`."""
    return "\n".join(_lines(setup)) + "\n"


def _lines(setup: Setup) -> Iterator[str]:
    yield f"# Written by: manage.py gateway caddy --pep {setup.pep}"
    yield "{"
    yield "\tadmin off"
    yield "\tservers {"
    if setup.trusted_proxies:
        yield f"\t\ttrusted_proxies static {' '.join(setup.trusted_proxies)}"
    yield "\t\tmax_header_size 32KB"
    yield "\t\ttimeouts {"
    yield "\t\t\tread_header 10s"
    yield "\t\t}"
    yield "\t}"
    yield "}"
    yield f":{setup.listen} {{"
    yield "\t# A key might have been put in a query, so none is logged."
    yield "\tlog {"
    yield "\t\tformat filter {"
    yield "\t\t\twrap json"
    yield "\t\t\tfields {"
    yield '\t\t\t\trequest>uri regexp "\\?.*$" ""'
    yield "\t\t\t\trequest>headers delete"
    yield "\t\t\t}"
    yield "\t\t}"
    yield "\t}"
    for number, route in enumerate(setup.longest_first()):
        yield from _route(setup, number, route)
    yield "\thandle {"
    yield "\t\trespond 404"
    yield "\t}"
    yield "}"


def _route(setup: Setup, number: int, route: Route) -> Iterator[str]:
    upstream = urlsplit(route.upstream)
    edge = _origin(setup.edge_url)
    address = "{client_ip}" if setup.trusted_proxies else "{http.request.remote.host}"
    yield f"\t@api_{number} path {route.prefix} {route.prefix}/*"
    yield f"\thandle @api_{number} {{"
    yield "\t\troute {"
    yield "\t\t\trequest_header -X-Mkt-*"
    yield "\t\t\trequest_header -X_Mkt_*"
    yield "\t\t\trequest_header -X-Mkt_*"
    yield "\t\t\trequest_header -X_Mkt-*"
    yield from (f"\t\t\trequest_header -{name}" for name in OVERRIDE_HEADERS)
    yield f"\t\t\treverse_proxy {edge} {{"
    yield "\t\t\t\tmethod GET"
    yield f"\t\t\t\trewrite /edge/v1/authz/caddy/{setup.pep}"
    yield f'\t\t\t\theader_up X-Mkt-Pep-Token "{setup.token}"'
    yield "\t\t\t\theader_up X-Mkt-Original-Method {http.request.orig_method}"
    yield "\t\t\t\theader_up X-Mkt-Original-Uri {http.request.orig_uri}"
    yield f"\t\t\t\theader_up X-Mkt-Client-Address {address}"
    yield "\t\t\t\theader_up X-Mkt-Original-Host {http.request.hostport}"
    yield "\t\t\t\theader_up X-Mkt-Client-Cert-Sha256 {http.request.tls.client.fingerprint}"
    yield "\t\t\t\t@allowed status 200"
    yield "\t\t\t\thandle_response @allowed {"
    for name in IDENTITY_HEADERS:
        yield f"\t\t\t\t\trequest_header {name} {_answered(name)}"
    for name in CLIENT_HEADERS:
        yield f"\t\t\t\t\theader {name} {_answered(name)}"
    yield "\t\t\t\t}"
    yield "\t\t\t}"
    yield "\t\t\t# The upstream is told who calls; the caller's secret is not its business."
    yield "\t\t\trequest_header -Authorization"
    yield "\t\t\trequest_header -DPoP"
    yield f"\t\t\turi strip_prefix {route.prefix}"
    yield f"\t\t\t@mocked_{number} header X-Mkt-Mock true"
    yield f"\t\t\thandle @mocked_{number} {{"
    yield f"\t\t\t\trewrite * /mock/{route.api}{{http.request.uri}}"
    yield f"\t\t\t\treverse_proxy {edge}"
    yield "\t\t\t}"
    yield "\t\t\thandle {"
    if base := upstream.path.rstrip("/"):
        yield f"\t\t\t\trewrite * {base}{{http.request.uri}}"
    yield f"\t\t\t\treverse_proxy {_origin(route.upstream)} {{"
    yield f"\t\t\t\t\theader_up Host {upstream.netloc}"
    yield "\t\t\t\t}"
    yield "\t\t\t}"
    yield "\t\t}"
    yield "\t}"


def _answered(header: str) -> str:
    """The verifier's header; Caddy knows it by Go's spelling of it alone."""
    return f"{{http.reverse_proxy.header.{header.title()}}}"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


DIALECT = Dialect("caddy", "Caddy", render, read_headers, tested="run, Caddy 2.6")
