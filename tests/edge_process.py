"""Real processes that serve the verifier's world, and how they are asked."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.edge_world import World

ROOT = Path(__file__).resolve().parent.parent
ISSUER = "https://market.example"


@dataclass
class Answer:
    """An HTTP answer; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def call(
    port: int,
    method: str = "GET",
    path: str = "/",
    headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
    *,
    body: bytes = b"",
    timeout: float = 5.0,
) -> Answer:
    """One request, its path sent as it stands and headers as often as given."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in pairs:
            connection.putheader(name, value)
        if body:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body or None)
        response = connection.getresponse()
        content = response.read()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, content)
    finally:
        connection.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(condition: Any, seconds: float = 5.0, pause: float = 0.02) -> Any:
    """Wait for `condition()` to hold; its value. Fails with AssertionError."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {condition}")
        time.sleep(pause)


class Process:
    """A child process with its output in a file; `stop` ends it and all it started."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> None:
        self.output = tempfile.NamedTemporaryFile(prefix="edge-test-", suffix=".log")  # noqa: SIM115
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdout=self.output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    @property
    def log(self) -> str:
        return Path(self.output.name).read_text(errors="replace")

    def kill(self) -> None:
        """As a crash would: SIGKILL to all of it."""
        self.stop(signal.SIGKILL)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process.poll() is None:
            # granian's workers are told by their parent; after a kill nobody tells them.
            group = how is signal.SIGKILL
            (os.killpg if group else os.kill)(self.process.pid, how)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(10)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.output.close()


class EdgeProcess(Process):
    """The real edge under granian on a free port."""

    def __init__(
        self,
        world: World,
        *,
        workers: int = 1,
        url: str | None = None,
        prefix: Sequence[str] = (),
        **extra: str,
    ) -> None:
        self.port = free_port()
        self.world = world
        super().__init__(
            [
                *prefix, sys.executable, "-m", "granian", "--interface", "asgi",
                "--host", "127.0.0.1", "--port", str(self.port), "--workers", str(workers),
                "--no-ws", "--log-level", "warning", "keys.edge.app:app",
            ],
            {
                "DATABASE_URL": url or world.url,
                "MARKETPLACE_HOME": str(world.home),
                "LOG_LEVEL": "INFO",
                "PUBLIC_URL": ISSUER,
                **extra,
            },
        )  # fmt: skip

    def ready(self) -> "EdgeProcess":
        until(self._is_ready, 20)
        return self

    def _is_ready(self) -> bool:
        assert self.process.poll() is None, self.log
        try:
            return call(self.port, path="/readyz").status == 200
        except OSError:
            return False

    def ask(
        self,
        key: str | None = None,
        method: str = "GET",
        path: str = "/payments/charges",
        *,
        dialect: str = "envoy",
        pep: str = "front",
        token: str | None = None,
        headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
    ) -> Answer:
        """The question that a gateway of `dialect` would put about a call."""
        given = list(headers.items() if isinstance(headers, Mapping) else headers)
        given.append(
            ("X-Mkt-Pep-Token", self.world.points.get(pep, "") if token is None else token)
        )
        if key is not None:
            given.append(("Authorization", f"Bearer {key}"))
        return call(self.port, method, f"/edge/v1/authz/{dialect}/{pep}{path}", given)

    def metric(self, name: str) -> float:
        text = call(self.port, path="/metrics").body.decode()
        lines = [line for line in text.splitlines() if line.startswith(f"mkt_edge_{name}{{")]
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines)
