"""The whole product as processes: started, killed, started again, stopped without a trace."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.ports import free_port, until

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0


class Product:
    """`manage.py up` in a data folder of its own, without the demo."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port, self.edge_port = free_port(), free_port()
        self.environment = {
            key: value
            for key, value in os.environ.items()
            if key not in {"DATABASE_URL", "PYTEST_XDIST_WORKER"}
        } | {
            "MARKETPLACE_HOME": str(home),
            "PORT": str(self.port),
            "EDGE_PORT": str(self.edge_port),
            "DEMO": "0",
            "LOG_LEVEL": "WARNING",
        }

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-W", "ignore", "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    def up(self) -> None:
        done = self.command("up", "--detach")
        assert done.returncode == 0, done.stdout + done.stderr

    def pids(self) -> dict[str, int]:
        note = json.loads((self.home / "run" / "pids.json").read_text())
        return {"supervisor": note["supervisor"], **note["parts"]}

    def is_well(self) -> bool:
        try:
            return all(
                httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=2).status_code == 200
                for port in (self.port, self.edge_port)
            )
        except httpx.HTTPError:
            return False

    def processes(self) -> list[psutil.Process]:
        """Every process that has to do with this data folder."""
        found = []
        for process in psutil.process_iter():
            try:
                if (
                    str(self.home) in " ".join(process.cmdline())
                    or process.environ().get("MARKETPLACE_HOME") == str(self.home)
                ) and process.pid != os.getpid():
                    found.append(process)
            except psutil.Error:
                continue
        return [process for process in found if process.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    product = Product(tmp_path / "home")
    product.up()
    yield product
    product.command("down")
    for process in product.processes():
        process.kill()


def test_it_starts_recovers_from_kills_and_leaves_nothing(product: Product) -> None:
    assert product.is_well()
    assert until(lambda: product.command("status").returncode == 0)

    # HOSTILE 66, the processes' part: each is killed in turn and comes back by itself.
    for name, pid in product.pids().items():
        if name == "supervisor":
            continue
        os.kill(pid, signal.SIGKILL)
        assert until(lambda name=name, pid=pid: product.pids().get(name) not in {None, pid})  # type: ignore[misc]
        assert until(product.is_well), f"{name} did not come back"

    # A second one says that it runs already.
    second = product.command("up")
    assert second.returncode != 0
    assert "runs already" in second.stdout + second.stderr

    # kill -9 of the supervisor: the next start picks up, data included.
    os.kill(product.pids()["supervisor"], signal.SIGKILL)
    product.up()
    assert product.is_well()

    # SIGINT, as Ctrl-C sends it: nothing is left, the database included.
    os.kill(product.pids()["supervisor"], signal.SIGINT)
    assert until(lambda: not product.processes()), [p.cmdline() for p in product.processes()]
    assert product.command("status").returncode == 3
