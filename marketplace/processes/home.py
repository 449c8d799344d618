"""What the settings need of the data folder: the database to use, the broker, the secret."""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from marketplace import env

SOCKET_NOTE = "postgres.url"


def embedded_url(home: Path) -> str:
    """The address that the embedded PostgreSQL left when it was started, or an empty string."""
    note = home / SOCKET_NOTE
    return note.read_text().strip() if note.is_file() else ""


def database_url(home: Path) -> str:
    """`DATABASE_URL`, or the embedded PostgreSQL's address."""
    return env.text("DATABASE_URL") or embedded_url(home)


def database_settings(home: Path) -> dict[str, Any]:
    """Django's settings for the database.

    Raises EnvironmentProblem where `DATABASE_URL` is not the address of a PostgreSQL server.
    """
    url = database_url(home) or "postgresql://postgres@localhost/marketplace"
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise env.EnvironmentProblem(
            "DATABASE_URL must read postgresql://user:password@host:5432/name"
            f" (it begins with {parts.scheme or 'nothing'!r})."
        )
    query = dict(parse_qsl(parts.query))
    try:
        port = parts.port
    except ValueError:
        raise env.EnvironmentProblem("DATABASE_URL has a port that is not a number.") from None
    options = {key: value for key, value in query.items() if key != "host"}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/") or "postgres",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host", parts.hostname or ""),
        "PORT": str(port or ""),
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options | {"application_name": env.text("PROCESS", "marketplace")},
    }


def broker_url(home: Path) -> tuple[str, dict[str, Any]]:
    """Celery's broker and its transport options: `CELERY_BROKER_URL`, or folders under home."""
    url = env.text("CELERY_BROKER_URL")
    if url:
        return url, {}
    queue = home / "queue"
    return "filesystem://", {
        "data_folder_in": str(queue / "messages"),
        "data_folder_out": str(queue / "messages"),
        "control_folder": str(queue / "control"),
        "store_processed": False,
    }


def kept_secret(path: Path, length: int = 48) -> str:
    """The secret in the file at `path`, made on first use, readable by its owner alone.

    Two processes that make it at once agree: the first to create the file wins.
    """
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text().strip()
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(length))
    return path.read_text().strip()


def django_secret(home: Path) -> str:
    """`DJANGO_SECRET_KEY`, or one made on first use and kept in the data folder.

    Raises EnvironmentProblem where the folder cannot be written.
    """
    given = env.text("DJANGO_SECRET_KEY")
    if given:
        return given
    try:
        return kept_secret(home / "secrets" / "django")
    except OSError as error:
        raise env.EnvironmentProblem(
            f"{home} cannot be written ({error.strerror}). Set MARKETPLACE_HOME to a folder"
            " that can, or free this one."
        ) from None
