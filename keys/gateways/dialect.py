"""What a dialect is: how a gateway tells the verifier about a call, and the configuration that
makes it do so."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

ADDRESS = b"x-mkt-client-address"
COUNTRY = b"x-mkt-client-country"
METHOD = b"x-mkt-original-method"
URI = b"x-mkt-original-uri"
HOST = b"x-mkt-original-host"
CERTIFICATE = b"x-mkt-client-cert"
CERTIFICATE_SHA256 = b"x-mkt-client-cert-sha256"
TOKEN = b"x-mkt-pep-token"

# What may stand unquoted in every dialect's configuration.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
PREFIX = re.compile(r"(/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)+")
SECRET = re.compile(r"[A-Za-z0-9._~-]{1,200}")
URL = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*/?")
FOLDER = re.compile(r"[A-Za-z0-9._~/-]{1,400}")

# Set on the call to the upstream; a client's own are dropped.
IDENTITY_HEADERS = (
    "X-Mkt-Tenant",
    "X-Mkt-Key-Id",
    "X-Mkt-Subject",
    "X-Mkt-Scopes",
    "X-Mkt-Api",
    "X-Mkt-Operation",
    "X-Mkt-Decision-Id",
    "X-Mkt-Assertion",
    "X-Mkt-Mock",
    "X-Mkt-Degraded",
)
# Set on the answer to the client.
CLIENT_HEADERS = (
    "RateLimit",
    "RateLimit-Policy",
    "Deprecation",
    "Sunset",
    "X-Mkt-Decision-Id",
    "X-Mkt-Mock",
)
# What the gateway tells the verifier; a client's own must reach neither it nor an upstream.
QUESTION_HEADERS = (
    "X-Mkt-Pep-Token",
    "X-Mkt-Original-Method",
    "X-Mkt-Original-Uri",
    "X-Mkt-Client-Address",
    "X-Mkt-Original-Host",
    "X-Mkt-Client-Country",
    "X-Mkt-Client-Cert",
    "X-Mkt-Client-Cert-Sha256",
    "X-Mkt-Status",
    "X-Mkt-Problem",
)
# An upstream that honours these would run another operation than the one that was checked.
OVERRIDE_HEADERS = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")


# The call as the client made it: the method, the raw path and query, the client's address and,
# where the gateway knows it, its country (ISO 3166 alpha-2).
Original = tuple[str, bytes, bytes, bytes, bytes]

# Takes method, path suffix, query and headers of the question; None where it does not say.
Reader = Callable[[str, bytes, bytes, Mapping[bytes, bytes]], Original | None]


@dataclass(frozen=True, slots=True)
class Route:
    """One API behind the gateway: the raw path prefix (no slash at its end) and where it goes.

    `upstream` is an absolute URL; its path, if any, takes the prefix's place. Raises ValueError
    for what could say more in a configuration than it should.
    """

    api: str
    prefix: str
    upstream: str

    def __post_init__(self) -> None:
        _must(NAME, self.api, "the API's name")
        _must(PREFIX, self.prefix, "the prefix")
        _must(URL, self.upstream, "the upstream")


@dataclass(frozen=True, slots=True)
class Setup:
    """What a configuration is written for. `token` is the enforcement point's secret, `jwk` the
    public key that signs tokens now (for gateways that verify by themselves).

    `trusted_proxies` are the networks (CIDR) of the proxies before this gateway whose word on the
    client's address is taken; with none, the address is the connection's own. Raises ValueError
    for what could say more in a configuration than it should.
    """

    pep: str
    token: str
    edge_url: str
    routes: tuple[Route, ...]
    listen: int = 8080
    trusted_proxies: tuple[str, ...] = ()
    logs: str = "/var/log"
    jwk: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        _must(NAME, self.pep, "the enforcement point's name")
        _must(SECRET, self.token, "the token")
        _must(URL, self.edge_url, "the edge's address")
        _must(FOLDER, self.logs, "the logs' folder")
        for network in self.trusted_proxies:
            ipaddress.ip_network(network)
        prefixes = [route.prefix for route in self.routes]
        if len(prefixes) != len(set(prefixes)):
            raise ValueError("two routes have the same prefix")

    def longest_first(self) -> list[Route]:
        """The routes, a prefix of another after it."""
        return sorted(self.routes, key=lambda route: (-len(route.prefix), route.prefix))


@dataclass(frozen=True, slots=True)
class Dialect:
    """A kind of gateway.

    `asks` is False where the gateway verifies tokens itself and puts no question to the verifier.
    `only_401_and_403` says that it turns any other refusal into a 500, so that the true status
    travels in X-Mkt-Status. `mocks` is False where it cannot send an allowed call to the mock
    instead of the upstream: then calls that the mock answers are refused. `plain` says that the
    question's own method and path are the call's, and nothing else is. `tested` says how its
    configuration is known to work.
    """

    name: str
    title: str
    render: Callable[[Setup], str]
    read: Reader | None
    tested: str
    only_401_and_403: bool = False
    mocks: bool = True
    plain: bool = False

    @property
    def asks(self) -> bool:
        """Whether it puts each call to the verifier."""
        return self.read is not None


def _must(pattern: re.Pattern[str], text: str, what: str) -> None:
    if not pattern.fullmatch(text):
        raise ValueError(f"{what} has letters that do not belong in a configuration")


def read_headers(
    method: str, suffix: bytes, query: bytes, headers: Mapping[bytes, bytes]
) -> Original | None:
    """Read a call from the headers that our configuration sets over whatever a client sent."""
    original_method, uri = headers.get(METHOD), headers.get(URI)
    if original_method is None or uri is None:
        return None
    path, _, asked = uri.partition(b"?")
    address, country = headers.get(ADDRESS, b""), headers.get(COUNTRY, b"")
    return original_method.decode("latin-1"), path, asked, address, country
