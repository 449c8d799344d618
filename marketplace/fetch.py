"""Fetching what a person points at, without letting him point at our inside.

Only http and https, only public addresses, and the connection goes to the very address that was
checked, so that a name which resolves differently the second time gains nothing. Redirects are
checked like the first address. Hosts named in `FETCH_INTERNAL_HOSTS` may be inside.
"""

import ipaddress
import socket
import ssl
import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import SplitResult, urljoin, urlsplit

from marketplace import env
from marketplace.errors import Invalid, TooLarge, Unavailable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
LARGEST = 50_000_000
SECONDS = 20.0
REDIRECTS = 5
CHUNK = 65_536
FIRST_OPEN_PORT = 1024
WEB_PORTS = {"http": 80, "https": 443}
MOVED = frozenset({301, 302, 303, 307, 308})
NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052
# What `is_global` of Python 3.11 still calls global, or what only leads inward.
INWARD = tuple(
    ipaddress.ip_network(block)
    for block in (
        "192.0.0.0/24",  # RFC 6890
        "192.88.99.0/24",  # RFC 7526
        "100.64.0.0/10",  # RFC 6598
        "64:ff9b:1::/48",  # RFC 8215
        "2002::/16",  # RFC 3056
        "2001::/32",  # RFC 4380
        "fec0::/10",  # RFC 3879
    )
)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came, from where in the end, and its media type without parameters."""

    url: str
    content: bytes
    media: str


def is_public(address: Address) -> bool:
    """Whether an address is out in the public network, an IPv4 address inside IPv6 included."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
    if address.is_multicast or not address.is_global:
        return False
    return not any(address in block for block in INWARD if block.version == address.version)


def public_addresses(host: str, port: int, *, inside: frozenset[str] = frozenset()) -> list[str]:
    """The addresses of `host`, all of them public, or any where `inside` names the host.

    Raises Invalid (at /url) where the name does not resolve or leads inside.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Invalid.at("/url", f"The host {host} cannot be found.") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if host.lower() not in inside:
        for text in addresses:
            if not is_public(ipaddress.ip_address(text.partition("%")[0])):
                raise Invalid.at("/url", f"{host} leads to {text}, which is not a public address.")
    return addresses


def fetch(
    url: str,
    *,
    largest: int = LARGEST,
    seconds: float = SECONDS,
    inside: frozenset[str] | None = None,
) -> Fetched:
    """The bytes behind an http or https address.

    `largest` is in bytes; `seconds` bounds the whole of it, redirects included; `inside` names
    hosts that may have inner addresses (by default those of FETCH_INTERNAL_HOSTS).
    Raises Invalid for an address we don't go to and for answers other than 200, TooLarge,
    Unavailable where no answer comes in time.
    """
    if inside is None:
        inside = frozenset(name.lower() for name in env.words("FETCH_INTERNAL_HOSTS"))
    deadline = time.monotonic() + seconds
    for _ in range(REDIRECTS + 1):
        parts = _parts(url)
        try:
            with ExitStack() as held:
                answer = _ask(parts, deadline, inside, held)
                if answer.status in MOVED and (target := answer.getheader("Location")):
                    url = _redirected(url, target)
                    continue
                return _read(url, answer, largest, deadline)
        except (TimeoutError, ssl.SSLError, HTTPException, OSError) as error:
            raise Unavailable(
                f"{parts.hostname} does not answer: {_reason(error)}.", type="fetch-failed"
            ) from None
    raise Invalid.at("/url", f"More than {REDIRECTS} redirects.")


def _parts(url: str) -> SplitResult:
    if any(ord(letter) < 0x21 or ord(letter) == 0x7F for letter in url):
        raise Invalid.at("/url", "An address has no spaces and no control characters.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Invalid.at("/url", "This is not an address.") from None
    if parts.scheme not in WEB_PORTS:
        raise Invalid.at("/url", "Only http and https addresses are fetched.")
    if not parts.hostname or parts.username is not None or parts.password is not None:
        raise Invalid.at("/url", "An address names a host, and no user or password.")
    if port is not None and port not in WEB_PORTS.values() and port < FIRST_OPEN_PORT:
        raise Invalid.at("/url", f"Port {port} is not a web server's.")
    return parts


def _redirected(url: str, target: str) -> str:
    moved = urljoin(url, target)
    if url.startswith("https:") and not moved.startswith("https:"):
        raise Invalid.at("/url", "It redirects from https to something less safe.")
    return moved


def _ask(
    parts: SplitResult, deadline: float, inside: frozenset[str], held: ExitStack
) -> HTTPResponse:
    host = parts.hostname or ""
    port = parts.port or WEB_PORTS[parts.scheme]
    address = public_addresses(host, port, inside=inside)[0]
    connection = _connection(parts.scheme, host, port)
    held.callback(connection.close)
    connection._create_connection = lambda *_args: _dial(  # type: ignore[attr-defined]
        address, port, deadline, held
    )
    target = _quoted((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
    headers = {
        "Accept": "application/json, application/yaml, text/yaml, */*",
        "Accept-Encoding": "identity",
        "User-Agent": "marketplace-publish/1",
        "Connection": "close",
    }
    connection.request("GET", target, headers=headers)
    return connection.getresponse()


def _connection(scheme: str, host: str, port: int) -> HTTPConnection:
    if scheme == "https":
        return HTTPSConnection(host, port, context=ssl.create_default_context())
    return HTTPConnection(host, port)


def _dial(address: str, port: int, deadline: float, held: ExitStack) -> socket.socket:
    """A connection to the checked address that is cut at the deadline, however slowly the other
    side drips: a timeout of the socket alone would start anew with each byte."""
    line = socket.create_connection((address, port), _left(deadline))
    spare = line.dup()

    def cut() -> None:
        with suppress(OSError):
            spare.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(_left(deadline), cut)
    timer.daemon = True
    timer.start()
    held.callback(spare.close)
    held.callback(timer.cancel)
    return line


def _quoted(target: str) -> str:
    return "".join(
        letter if letter.isascii() else "".join(f"%{byte:02X}" for byte in letter.encode())
        for letter in target
    )


def _read(url: str, answer: HTTPResponse, largest: int, deadline: float) -> Fetched:
    if answer.status != 200:
        raise Invalid.at("/url", f"It answers {answer.status} {answer.reason}.")
    if answer.getheader("Content-Encoding", "identity") != "identity":
        raise Invalid.at("/url", "It answers compressed, though asked not to.")
    length = answer.getheader("Content-Length", "")
    if length.isdigit() and int(length) > largest:
        raise TooLarge(f"It has {int(length):,} bytes; at most {largest:,} are taken.")
    parts: list[bytes] = []
    size = 0
    while chunk := answer.read1(CHUNK):
        size += len(chunk)
        if size > largest:
            raise TooLarge(f"It has more than the {largest:,} bytes that are taken.")
        parts.append(chunk)
    _left(deadline)
    if length.isdigit() and size < int(length):
        raise HTTPException("cut short")
    media = answer.getheader("Content-Type", "").partition(";")[0].strip().lower()
    return Fetched(url, b"".join(parts), media)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("too slow")
    return left


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it takes too long"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "its certificate is not good"
    if isinstance(error, ConnectionRefusedError):
        return "the connection is refused"
    return "the connection fails"
