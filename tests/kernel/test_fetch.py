"""Fetching never reaches inside, whatever the address says (HOSTILE 44)."""

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from marketplace.errors import Invalid, Problem, TooLarge, Unavailable
from marketplace.fetch import fetch, is_public

Respond = Callable[[BaseHTTPRequestHandler], None]
INSIDE = frozenset({"127.0.0.1", "spec.example"})


class Site:
    """A web server of this test; `respond` says what it answers, `seen` what it was asked."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []
        self.respond: Respond = lambda handler: answer(handler, b"openapi: 3.1.0\n")
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.seen.append((self.headers["Host"], self.path))
                site.respond(self)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def answer(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    headers.setdefault("Content_Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.8",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_h44_inner_addresses_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8"]
)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::]",
        "0",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "[::ffff:127.0.0.1]",
        "169.254.169.254",
    ],
)
def test_h44_an_inner_host_is_refused_before_anything_is_sent(host: str, site: Site) -> None:
    with pytest.raises(Invalid) as caught:
        fetch(f"http://{host}:{site.port}/spec.yaml")
    assert caught.value.errors[0].pointer == "/url"
    assert site.seen == []


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.com/x",
        "gopher://example.com/x",
        "//example.com/x",
        "http:///x",
        "http://user:pass@example.com/",
        "http://example.com:22/",
        "http://example.com:99999/",
        "http://exa mple.com/",
        "http://example.com/\r\nX-Injected: 1",
        "javascript:alert(1)",
        "",
    ],
)
def test_h44_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(Invalid):
        fetch(url)


def test_what_a_named_inner_host_serves_is_fetched(site: Site) -> None:
    found = fetch(f"http://127.0.0.1:{site.port}/a%20b?v=1", inside=INSIDE)
    assert found.content == b"openapi: 3.1.0\n"
    assert site.seen == [(f"127.0.0.1:{site.port}", "/a%20b?v=1")]


def test_h44_the_connection_goes_to_the_address_that_was_checked(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that resolves once to a public address and then to ours reaches the first only."""
    answers = iter(["203.0.114.1", "127.0.0.1"])
    dialled: list[str] = []

    def resolve(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    def dial(address: tuple[str, int], *args: Any) -> socket.socket:
        dialled.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", dial)
    with pytest.raises(Unavailable, match="refused"):
        fetch(f"http://rebinding.example:{site.port}/")
    assert dialled == ["203.0.114.1"]


def test_h44_a_name_with_one_inner_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port))
            for ip in ("1.1.1.1", "10.0.0.1")
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(Invalid, match=r"10\.0\.0\.1"):
        fetch("http://mixed.example/")


def test_h44_a_redirect_inside_is_refused(site: Site) -> None:
    site.respond = lambda handler: answer(
        handler, b"", 302, Location=f"http://localhost:{site.port}/secret"
    )
    with pytest.raises(Invalid, match="not a public address"):
        fetch(f"http://127.0.0.1:{site.port}/", inside=frozenset({"127.0.0.1"}))
    assert [path for _, path in site.seen] == ["/"]


def test_a_redirect_to_another_place_is_followed(site: Site) -> None:
    def respond(handler: BaseHTTPRequestHandler) -> None:
        if handler.path == "/new":
            answer(handler, b"moved", Content_Type="application/yaml; charset=utf-8")
        else:
            answer(handler, b"", 301, Location="/new")

    site.respond = respond
    found = fetch(f"http://127.0.0.1:{site.port}/old", inside=INSIDE)
    assert (found.content, found.media) == (b"moved", "application/yaml")
    assert found.url.endswith("/new")


def test_redirects_end(site: Site) -> None:
    site.respond = lambda handler: answer(handler, b"", 302, Location="/again")
    with pytest.raises(Invalid, match="redirects"):
        fetch(f"http://127.0.0.1:{site.port}/", inside=INSIDE)
    assert len(site.seen) == 6


def test_a_large_answer_is_refused_by_what_it_says_and_by_what_it_sends(site: Site) -> None:
    site.respond = lambda handler: answer(handler, b"x", Content_Length="999999")
    with pytest.raises(TooLarge):
        fetch(f"http://127.0.0.1:{site.port}/", largest=1000, inside=INSIDE)

    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b"y" * 5000)

    site.respond = endless
    with pytest.raises(TooLarge):
        fetch(f"http://127.0.0.1:{site.port}/", largest=1000, inside=INSIDE)


@pytest.mark.parametrize("part", ["headers", "body"])
def test_a_dripping_answer_is_cut_at_the_deadline(site: Site, part: str) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        head = b"HTTP/1.0 200 OK\r\nContent-Length: 1000\r\n\r\n" if part == "body" else b""
        try:
            handler.wfile.write(head)
            for _ in range(50):
                handler.wfile.write(b"a")
                time.sleep(0.1)
        except OSError:
            pass

    site.respond = drip
    started = time.monotonic()
    with pytest.raises(Unavailable):
        fetch(f"http://127.0.0.1:{site.port}/", seconds=0.5, inside=INSIDE)
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 404), ({}, 500), ({"Content_Encoding": "gzip"}, 200)],
)
def test_only_a_plain_200_is_taken(site: Site, headers: dict[str, str], status: int) -> None:
    site.respond = lambda handler: answer(handler, b"{}", status, **headers)
    with pytest.raises(Problem):
        fetch(f"http://127.0.0.1:{site.port}/", inside=INSIDE)


def test_an_answer_cut_short_is_not_taken(site: Site) -> None:
    site.respond = lambda handler: answer(handler, b"half", Content_Length="100")
    with pytest.raises(Unavailable):
        fetch(f"http://127.0.0.1:{site.port}/", seconds=2, inside=INSIDE)


def test_an_unknown_host_is_named() -> None:
    with pytest.raises(Invalid, match="cannot be found"):
        fetch("http://no-such-host.invalid/")
