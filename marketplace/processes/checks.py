"""What is looked at before anything starts, so that a wrong set-up is said in a sentence."""

import os
import socket
from pathlib import Path
from urllib.parse import unquote, urlsplit

import kombu
import psutil
import psycopg

from marketplace.env import EnvironmentProblem


def check_folder(home: Path) -> None:
    """Make the data folder. Raises EnvironmentProblem where it cannot be written."""
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o755)
        for name in ("logs", "run", "queue/messages", "queue/control", "mail", "static"):
            (home / name).mkdir(parents=True, exist_ok=True)
        probe = home / "run" / ".probe"
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        raise EnvironmentProblem(
            f"The data folder {home} cannot be written ({error.strerror}).\n"
            "Set MARKETPLACE_HOME to a folder that can, for example:"
            " MARKETPLACE_HOME=~/marketplace make run"
        ) from None


def check_port(port: int, variable: str, host: str) -> None:
    """Raises EnvironmentProblem, naming who holds the port, where it is taken."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise EnvironmentProblem(
                f"Port {port} may not be used by this user. Choose one above 1023:"
                f" {variable}=8000 make run"
            ) from None
        except OSError:
            raise EnvironmentProblem(
                f"Port {port} is taken{_holder(port)}. Stop that program, or choose another"
                f" port: {variable}={port + 10} make run"
            ) from None


def check_database(url: str) -> None:
    """Connect once. Raises EnvironmentProblem that names the server and never the password."""
    parts = urlsplit(url)
    where = f"{parts.hostname or 'local socket'}:{parts.port or 5432}{parts.path}"
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            version = connection.info.server_version
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[-1] if str(error).strip() else "no answer"
        if parts.password:
            reason = reason.replace(parts.password, "…")
        raise EnvironmentProblem(
            f"DATABASE_URL points at {where}, which cannot be used: {reason}\n"
            "Start that server or correct the address; or unset DATABASE_URL to use the"
            " embedded PostgreSQL."
        ) from None
    if version < 160000:
        raise EnvironmentProblem(
            f"The server at {where} is PostgreSQL {version // 10000}; 16 or newer is needed."
        )


def check_broker(url: str) -> None:
    """Connect once. Raises EnvironmentProblem that names the broker and never the password."""
    parts = urlsplit(url)
    where = f"{parts.hostname or 'local socket'}{parts.path}"
    try:
        if parts.port:
            where = f"{parts.hostname}:{parts.port}{parts.path}"
        with kombu.Connection(url, connect_timeout=5) as connection:
            connection.ensure_connection(max_retries=1, timeout=5)
            connection.channel()
    except Exception as error:  # noqa: BLE001 - each transport raises classes of its own
        reason = str(error).strip() or type(error).__name__
        if parts.password:
            reason = reason.replace(parts.password, "…").replace(unquote(parts.password), "…")
        raise EnvironmentProblem(
            f"CELERY_BROKER_URL points at {where}, which cannot be used: {reason}\n"
            "Start that broker or correct the address (redis://… or amqp://…); or unset"
            " CELERY_BROKER_URL to use folders on this machine."
        ) from None


def _holder(port: int) -> str:
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr[1:2] == (port,):
                if connection.pid and connection.pid != os.getpid():
                    return f" by {psutil.Process(connection.pid).name()} (pid {connection.pid})"
                break
    except (psutil.Error, OSError):
        pass
    return ""
