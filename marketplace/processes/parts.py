"""The processes that make up the running product, and how each shows that it is well."""

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

import httpx

GRANIAN = [sys.executable, "-m", "granian", "--no-ws", "--log-level", "warning"]


@dataclass(frozen=True, slots=True)
class Part:
    """One process: its command, its environment's additions, and the address of its health."""

    name: str
    command: list[str]
    health: str = ""
    well: tuple[int, ...] = (200,)
    environment: dict[str, str] = field(default_factory=dict)

    def is_well(self) -> bool:
        """Whether its health address answers as it should; without one it is while it runs."""
        if not self.health:
            return True
        try:
            return httpx.get(self.health, timeout=2).status_code in self.well
        except httpx.HTTPError:
            return False


def parts_of(*, home: Path, port: int, edge_port: int, host: str) -> list[Part]:
    """Portal and REST, the edge, and the worker."""
    near = "127.0.0.1" if host in {"0.0.0.0", "::"} else host
    threads = str(min(8, 2 * (os.cpu_count() or 2)))
    return [
        Part(
            "web",
            [
                *GRANIAN,
                "--interface=wsgi",
                f"--host={host}",
                f"--port={port}",
                "--workers=2",
                f"--blocking-threads={threads}",
                "--backpressure=64",
                "--respawn-failed-workers",
                "marketplace.wsgi:application",
            ],
            health=f"http://{near}:{port}/readyz",
            environment={"PGOPTIONS": "-c role=marketplace_web", "PROCESS": "web"},
        ),
        Part(
            "edge",
            [
                *GRANIAN,
                "--interface=asgi",
                f"--host={host}",
                f"--port={edge_port}",
                "--workers=1",
                "--loop=asyncio",
                "--respawn-failed-workers",
                "marketplace.asgi:application",
            ],
            health=f"http://{near}:{edge_port}/readyz",
            environment={"PROCESS": "edge"},
        ),
        Part(
            "worker",
            [
                sys.executable,
                "-m",
                "celery",
                "--app=marketplace.celery",
                "worker",
                "--beat",
                f"--schedule={home / 'queue' / 'schedule'}",
                f"--pidfile={home / 'run' / 'worker.pid'}",
                "--concurrency=2",
                "--loglevel=WARNING",
                "--without-gossip",
                "--without-mingle",
            ],
            environment={"PROCESS": "worker"},
        ),
    ]
