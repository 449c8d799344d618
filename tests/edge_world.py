"""A small world for the verifier: its tables with a few rows."""

import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import psycopg
from django.db import connections
from psycopg.types.json import Jsonb

from keys.peppers import load_peppers, newest
from keys.secrets import ParsedKey, digest, generate
from marketplace.ids import new_id

FILL: dict[str, Any] = {
    "ARRAY": "{}",
    "bigint": 0,
    "boolean": False,
    "bytea": b"",
    "character varying": "",
    "integer": 0,
    "jsonb": {},
    "smallint": 0,
    "text": "",
    "timestamp with time zone": datetime(2026, 1, 1, tzinfo=UTC),
    "uuid": UUID(int=0),
}
OPERATIONS = (
    ("listCharges", "GET", "/charges"),
    ("createCharge", "POST", "/charges"),
    ("getCharge", "GET", "/charges/{id}"),
    ("refund", "POST", "/charges/{id}/refunds"),
    ("headCharges", "HEAD", "/charges"),
)


def migrated_url() -> str:
    """The address of the database that pytest-django has migrated."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    name = connections["default"].settings_dict["NAME"]
    return urlunsplit((parts.scheme, parts.netloc, f"/{name}", parts.query, ""))


@contextmanager
def database_like(template: str) -> Iterator[str]:
    """A database of its own, copied from the migrated and empty one at the URL `template`."""
    name = f"edge_{secrets.token_hex(6)}"
    parts = urlsplit(template)

    def at(database: str) -> str:
        return urlunsplit((parts.scheme, parts.netloc, f"/{database}", parts.query, ""))

    connections.close_all()  # a template must not be in use
    with psycopg.connect(at("postgres"), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{parts.path[1:]}"')
    try:
        yield at(name)
    finally:
        with psycopg.connect(at("postgres"), autocommit=True) as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@dataclass
class Issued:
    """A key with what belongs to it."""

    key: ParsedKey
    key_id: UUID
    grant_id: UUID
    application_id: UUID
    team_id: UUID
    tenant_id: UUID
    api_id: UUID

    @property
    def text(self) -> str:
        return self.key.text


@dataclass(eq=False)
class World:
    """Rows of the contract's tables, and what the portal does to them."""

    url: str
    home: Path
    tenant_id: UUID = field(default_factory=new_id)
    points: dict[str, str] = field(default_factory=dict)
    _columns: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    @contextmanager
    def copied_from(cls, template: str, home: Path) -> Iterator["World"]:
        """A world in a database of its own, copied from `template` (see migrated_url)."""
        with database_like(template) as url:
            world = cls(url, home)
            try:
                yield world
            finally:
                world.connection.close()

    def __post_init__(self) -> None:
        self.connection = psycopg.connect(self.url, autocommit=True)
        # Only the rows that the edge reads are made: what they refer to elsewhere is left out.
        self.connection.execute("SET session_replication_role = replica")

    def insert(self, table: str, **values: Any) -> UUID:
        """A row with `values`, and something harmless in every other column that needs it."""
        values = {"id": new_id(), "tenant_id": self.tenant_id} | values
        needed = self._needed(table)
        for name in {"id", "tenant_id"} - needed.keys():
            del values[name]
        values = {name: FILL[kind] for name, kind in needed.items()} | values
        names = ", ".join(f'"{name}"' for name in values)
        marks = ", ".join(["%s"] * len(values))
        row = [Jsonb(v) if isinstance(v, dict | list) else v for v in values.values()]
        self.connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", row)
        made: UUID = values.get("id", UUID(int=0))
        return made

    def _needed(self, table: str) -> dict[str, str]:
        """The columns without a default that take no NULL, with their types."""
        if table not in self._columns:
            self._columns[table] = dict(
                self.rows(
                    "SELECT column_name, data_type FROM information_schema.columns"
                    " WHERE table_name = %s AND is_nullable = 'NO' AND column_default IS NULL"
                    " AND is_identity = 'NO'",
                    table,
                )
            )
        return self._columns[table]

    def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        cursor = self.connection.execute(sql, parameters or None)
        return cursor.fetchall() if cursor.description else []

    def value(self, sql: str, *parameters: object) -> Any:
        return self.rows(sql, *parameters)[0][0]

    def api(
        self,
        slug: str = "payments",
        operations: Sequence[tuple[str, str, str]] = OPERATIONS,
        **fields: Any,
    ) -> UUID:
        values = {"risk": "low", "data_class": "internal", "lifecycle": "active"} | fields
        api_id = self.insert("catalog_api", tenant_id=self.tenant_id, slug=slug, **values)
        self.publish(api_id, operations)
        return api_id

    def publish(self, api_id: UUID, operations: Sequence[tuple[str, str, str]]) -> None:
        self.rows("DELETE FROM catalog_operation WHERE api_id = %s", api_id)
        version_id = new_id()
        for position, (key, method, path) in enumerate(operations):
            self.insert(
                "catalog_operation",
                api_id=api_id,
                version_id=version_id,
                position=position,
                slug=key,
                served=True,
                key=key,
                kind="http",
                method=method,
                path=path,
            )

    def point(self, name: str, apis: Mapping[str, UUID], upstream: str = "") -> str:
        """An enforcement point that guards APIs by prefix; its token."""
        token = f"mpep_{secrets.token_urlsafe(32)}"
        point_id = self.insert(
            "keys_enforcementpoint",
            tenant_id=self.tenant_id,
            name=name,
            dialect="envoy",
            token_digest=sha256(token.encode()).digest(),
            state="active",
        )
        for prefix, api_id in apis.items():
            self.insert(
                "keys_enforcementpoint_apis",
                enforcementpoint_id=point_id,
                api_id=api_id,
                prefix=prefix,
                upstream=upstream,
            )
        self.points[name] = token
        return token

    def key(
        self,
        api_id: UUID,
        *,
        scopes: Sequence[str] = ("*",),
        environment: Any = "live",
        limits: dict[str, Any] | None = None,
        guardrails: dict[str, Any] | None = None,
        grant: dict[str, Any] | None = None,
        application_id: UUID | None = None,
        grant_id: UUID | None = None,
        key_scopes: list[str] | None = None,
        **fields: Any,
    ) -> Issued:
        """A key with a grant of its own (or another of `grant_id`), issued as the portal does."""
        team_id, tenant_id, now = new_id(), self.tenant_id, datetime.now(UTC)
        if application_id is None:
            application_id = self.insert(
                "keys_application", team_id=team_id, slug=secrets.token_hex(6)
            )
        grant_values = {
            "state": "active",
            "risk": "low",
            "data_class": "internal",
            "limits": limits or {},
            "guardrails": guardrails or {},
            "environment": environment,
            "starts_at": now,
            "expires_at": now + timedelta(days=1),
        } | (grant or {})
        if grant_id is None:
            grant_id = self.insert(
                "keys_grant",
                tenant_id=tenant_id,
                application_id=application_id,
                api_id=api_id,
                **grant_values,
            )
            for scope in scopes:
                self.insert("keys_grantscope", grant_id=grant_id, operation_key=scope)
        key = generate(environment)
        version, pepper = newest(load_peppers(self.home))
        values = {
            "state": "active",
            "expires_at": now + timedelta(days=1),
            "revoked_at": now,
            "digest": digest(key, pepper),
            "pepper_version": version,
            "scopes": key_scopes,
        } | fields
        key_id = self.insert(
            "keys_key",
            tenant_id=tenant_id,
            public_id=key.public_id,
            environment=environment,
            grant_id=grant_id,
            application_id=application_id,
            **values,
        )
        return Issued(key, key_id, grant_id, application_id, team_id, tenant_id, api_id)

    def quota(self, subject_kind: str, subject_id: UUID, limit: int, **fields: Any) -> UUID:
        values = {"meter": "requests", "window": "day", "hard": True} | fields
        return self.insert(
            "billing_quota",
            tenant_id=self.tenant_id,
            subject_kind=subject_kind,
            subject_id=subject_id,
            limit_=limit,
            **values,
        )

    def change(
        self, sql: str, *parameters: object, kind: str, subject: UUID, tell: bool = True
    ) -> None:
        """A change with its row in the feed, in one transaction."""
        column = "key_id" if kind == "key" else "subject_id"
        with self.connection.transaction():
            self.rows(sql, *parameters)
            self.rows(
                f"INSERT INTO keys_revocation (kind, {column}) VALUES (%s, %s)", kind, subject
            )
            if tell:
                self.rows("NOTIFY mkt_revocations")

    def revoke(self, issued: Issued, *, tell: bool = True) -> None:
        self.change(
            "UPDATE keys_key SET state = 'revoked', revoked_at = now() WHERE id = %s",
            issued.key_id,
            kind="key",
            subject=issued.key_id,
            tell=tell,
        )
