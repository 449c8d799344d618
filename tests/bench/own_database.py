"""A benchmark in a process of its own, with Django and a Postgres that nobody else uses."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def lines_of(module: str) -> list[str]:
    """The lines that a child running `module` prints; its home is a folder that goes with it."""
    with tempfile.TemporaryDirectory(prefix="marketplace-bench-") as home:
        child = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", module],
            cwd=ROOT,
            env={**os.environ, "MARKETPLACE_HOME": home, "LOG_LEVEL": "ERROR"},
            capture_output=True,
            text=True,
            check=False,
        )
    if child.returncode:
        raise RuntimeError(child.stderr[-2000:])
    return child.stdout.splitlines()


def measure(figures: Callable[[], None]) -> None:
    """Run `figures` in the child, with its database and Django up."""
    import django  # noqa: PLC0415 - the database must stand before Django reads its settings

    from marketplace.processes import postgres  # noqa: PLC0415

    home = Path(os.environ["MARKETPLACE_HOME"])
    os.environ["DATABASE_URL"] = postgres.start(home, durable=False)
    os.environ["DJANGO_SETTINGS_MODULE"] = "marketplace.settings"
    try:
        django.setup()
        figures()
    finally:
        postgres.stop(home)
