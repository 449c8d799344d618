"""A wrong set-up is said in a sentence, before anything starts."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from marketplace import env
from marketplace.env import EnvironmentProblem
from marketplace.processes import checks
from marketplace.processes.home import database_settings, kept_secret

ROOT = Path(__file__).resolve().parents[2]


def test_a_taken_port_names_its_holder_and_the_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(EnvironmentProblem, match=f"Port {port} is taken.*PORT={port + 10}"):
            checks.check_port(port, "PORT", "127.0.0.1")


def test_a_folder_that_cannot_be_written_says_what_to_set(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentProblem, match="MARKETPLACE_HOME"):
        checks.check_folder(tmp_path / "file" / "home")


def test_a_database_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(EnvironmentProblem) as said:
        checks.check_database("postgresql://me:hunter2@127.0.0.1:9/shop")
    assert "127.0.0.1:9/shop" in str(said.value)
    assert "hunter2" not in str(said.value)


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", "postgresql://h:port/x"])
def test_an_address_of_something_else_is_refused(
    url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(EnvironmentProblem, match="DATABASE_URL"):
        database_settings(tmp_path)


def test_the_command_says_it_and_shows_no_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", "up"],
        cwd=ROOT,
        env=os.environ
        | {
            "DATABASE_URL": "postgresql://me:hunter2@127.0.0.1:9/shop",
            "MARKETPLACE_HOME": str(tmp_path),
            "PORT": "18473",
            "EDGE_PORT": "18474",
            "DEMO": "0",
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "cannot be used" in said
    assert "Traceback" not in said
    assert "hunter2" not in said


def test_settings_of_the_wrong_kind_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "eighty")
    with pytest.raises(EnvironmentProblem, match="PORT='eighty'"):
        env.number("PORT", 1)
    monkeypatch.setenv("DEMO", "maybe")
    with pytest.raises(EnvironmentProblem, match="DEMO"):
        env.flag("DEMO", True)


def test_a_kept_secret_stays_and_is_ours_alone(tmp_path: Path) -> None:
    first = kept_secret(tmp_path / "secrets" / "a")
    assert kept_secret(tmp_path / "secrets" / "a") == first
    assert (tmp_path / "secrets" / "a").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "url", ["redis://:hunter2@127.0.0.1:9/0", "amqp://me:hunter2@127.0.0.1:9//", "mqtt://x/y"]
)
def test_a_broker_that_does_not_answer_is_named_without_its_password(url: str) -> None:
    with pytest.raises(EnvironmentProblem, match="CELERY_BROKER_URL points at") as said:
        checks.check_broker(url)
    assert "hunter2" not in str(said.value)
