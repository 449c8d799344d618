import os
import shutil
import socketserver
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from keys.gateways import DIALECTS
from keys.gateways.dialect import Route, Setup
from tests.edge_process import Answer, EdgeProcess, Process, call, free_port, until
from tests.edge_world import World, migrated_url

PATH = f"{Path(sys.executable).parent}:{os.environ['PATH']}:/usr/sbin:/sbin"
ENVOY, NGINX, CADDY = (shutil.which(name, path=PATH) for name in ("envoy", "nginx", "caddy"))


class Echo(socketserver.StreamRequestHandler):
    """Answers with the request's own first line and headers, as they came, as JSON."""

    def handle(self) -> None:
        while line := self.rfile.readline():
            method, target, _ = line.decode("latin-1").split(" ", 2)
            headers: list[list[str]] = []
            while (raw := self.rfile.readline().decode("latin-1").rstrip("\r\n")) != "":
                name, _, value = raw.partition(":")
                headers.append([name.lower(), value.strip()])
            lengths = [value for name, value in headers if name == "content-length"]
            self.rfile.read(int(lengths[0]) if lengths else 0)
            if ["transfer-encoding", "chunked"] in headers:
                while size := int(self.rfile.readline(), 16):
                    self.rfile.read(size + 2)
                self.rfile.readline()
            seen = {"method": method, "target": target, "headers": headers}
            body = orjson.dumps(seen) if method != "HEAD" else b""
            status = "403 Forbidden" if "/upstream-refuses" in target else "200 OK"
            self.wfile.write(
                f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n".encode()
                + body
            )


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@dataclass
class Gateway:
    """A running gateway before a running edge and an echoing upstream."""

    dialect: str
    port: int
    edge: EdgeProcess
    world: World
    process: Process
    payments: UUID
    folder: Path = Path()

    @property
    def logs(self) -> str:
        """All that it has written."""
        files = [path.read_text() for path in self.folder.glob("*.log")]
        return "\n".join([self.process.log, *files])

    def call(
        self,
        key: str | None,
        method: str = "GET",
        path: str = "/payments/charges",
        headers: dict[str, str] | list[tuple[str, str]] | None = None,
    ) -> Answer:
        given = list(headers.items() if isinstance(headers, dict) else headers or [])
        if key is not None:
            given.append(("Authorization", f"Bearer {key}"))
        return call(self.port, method, path, given)

    def seen(self, answer: Answer) -> "Seen":
        """What the upstream saw of an allowed call."""
        assert answer.status == 200, (answer, self.process.log[-2000:])
        return Seen(**orjson.loads(answer.body))


@dataclass
class Seen:
    method: str
    target: str
    headers: list[list[str]]

    def all(self, name: str) -> list[str]:
        return [value for header, value in self.headers if header == name.lower()]


def start_envoy(config: str, folder: Path, port: int) -> list[str]:
    path = folder / "envoy.yaml"
    path.write_text(config)
    return [
        str(ENVOY), "-c", str(path), "--use-dynamic-base-id", "--concurrency", "1", "--log-level",
        "warning",
    ]  # fmt: skip


def start_nginx(config: str, folder: Path, port: int) -> list[str]:
    """Our file included in the smallest nginx.conf around it, all under one folder."""
    (folder / "marketplace.conf").write_text(config)
    paths = " ".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log stderr warn; {user} events {{}}\n"
        f"http {{ {paths} include {folder}/marketplace.conf; }}\n"
    )
    return [str(NGINX), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]


def start_caddy(config: str, folder: Path, port: int) -> list[str]:
    (folder / "Caddyfile").write_text(config)
    return [str(CADDY), "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


STARTERS: dict[str, Any] = {"caddy": start_caddy, "envoy": start_envoy, "nginx": start_nginx}
BINARIES = {"caddy": CADDY, "envoy": ENVOY, "nginx": NGINX}


@pytest.fixture(scope="session")
def upstream() -> Iterator[str]:
    with Server(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(scope="session")
def setting(
    django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EdgeProcess]:
    """The world with two APIs, and one edge for all gateways."""
    with World.copied_from(migrated_url(), tmp_path_factory.mktemp("home")) as world:
        payments, ledger = world.api(), world.api("ledger", risk="high")
        for name in STARTERS:
            world.point(f"front-{name}", {"/payments": payments, "/accounts/ledger": ledger})
        with EdgeProcess(world) as edge:
            yield edge.ready()


@pytest.fixture(scope="session", params=sorted(STARTERS))
def gateway(
    request: pytest.FixtureRequest,
    setting: EdgeProcess,
    upstream: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Gateway]:
    """Each gateway that can run here, with the configuration that its dialect writes."""
    name, world, port = request.param, setting.world, free_port()
    if BINARIES[name] is None:
        pytest.skip(f"{name} is not installed")
    folder = tmp_path_factory.mktemp(name)
    setup = Setup(
        pep=f"front-{name}",
        token=world.points[f"front-{name}"],
        edge_url=f"http://127.0.0.1:{setting.port}",
        routes=(
            Route("payments", "/payments", f"{upstream}/v1"),
            Route("ledger", "/accounts/ledger", upstream),
        ),
        listen=port,
        logs=str(folder),
    )
    command = STARTERS[name](DIALECTS[name].render(setup), folder, port)
    with Process(command) as process:
        payments = world.value("SELECT id FROM catalog_api WHERE slug = 'payments'")
        running = Gateway(name, port, setting, world, process, payments)
        until(lambda: _answers(running), 15)
        running.folder = folder
        yield running


def _answers(gateway: Gateway) -> bool:
    assert gateway.process.process.poll() is None, gateway.process.log
    try:
        return gateway.call(None).status == 401
    except OSError:
        return False
