"""What the check stands beside: a bare handler, Envoy without it, another library's check."""

import os
import subprocess
import sys
from pathlib import Path

import yaml

from keys.gateways import DIALECTS
from keys.gateways.dialect import Route, Setup
from tests.bench.edge_load import answers
from tests.edge_process import ROOT, EdgeProcess, Process, free_port, until

ENVOY = Path(sys.executable).parent / "envoy"


class Granian(Process):
    """An application under the same server and options as the edge."""

    def __init__(self, interface: str, target: str, **extra: str) -> None:
        self.port = free_port()
        super().__init__(
            [
                sys.executable, "-m", "granian", "--interface", interface, "--host", "127.0.0.1",
                "--port", str(self.port), "--workers", "1", "--no-ws", "--log-level", "warning",
                target,
            ],
            {"PYTHONPATH": str(ROOT), **extra},
        )  # fmt: skip


def hello() -> Granian:
    """The bare handler."""
    return Granian("asgi", "tests.bench.hello_asgi:app")


def drf_api_key(url: str) -> tuple[Granian, str]:
    """A view behind djangorestframework-api-key over the database at `url`, and a key for it."""
    made = subprocess.run(
        [sys.executable, "-m", "tests.bench.drf_api_key"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url},
        check=True,
        capture_output=True,
        text=True,
    )
    return Granian("wsgi", "tests.bench.drf_api_key:app", DATABASE_URL=url), made.stdout.strip()


def envoy(
    folder: Path, edge: EdgeProcess, pep: str, upstream: int, *, check: bool
) -> tuple[Process, int]:
    """The real Envoy as our dialect configures it, with the check or with nothing but that left
    out; and its port."""
    port = free_port()
    setup = Setup(
        pep=pep,
        token=edge.world.points[pep],
        edge_url=f"http://127.0.0.1:{edge.port}",
        routes=(Route("payments", "/payments", f"http://127.0.0.1:{upstream}"),),
        listen=port,
    )
    document = yaml.safe_load(DIALECTS["envoy"].render(setup))
    if not check:
        (listener,) = document["static_resources"]["listeners"]
        manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
        filters = manager["http_filters"]
        manager["http_filters"] = [one for one in filters if "ext_authz" not in one["name"]]
        assert len(manager["http_filters"]) == len(filters) - 1
    path = folder / f"envoy-{check}.yaml"
    path.write_text(yaml.safe_dump(document))
    process = Process(
        [
            str(ENVOY), "-c", str(path), "--use-dynamic-base-id", "--concurrency", "1",
            "--log-level", "error",
        ]
    )  # fmt: skip
    return process, port


def ready(server: Granian, path: str = "/", headers: dict[str, str] | None = None) -> Granian:
    """Wait until it answers 200."""
    until(lambda: answers(server.port, path, headers), 20)
    return server
