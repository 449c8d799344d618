"""Row-level security as migration operations, so that each app states its tables' policies."""

from django.db import migrations

from marketplace.tenants.scope import WEB_ROLE

OWN_TENANT = "tenant_id = (SELECT mkt_tenant())"
PLATFORM = "(SELECT mkt_platform())"

CREATE_ROLE_AND_FUNCTIONS = f"""
DO $$ BEGIN
  CREATE ROLE {WEB_ROLE} NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
DO $$ BEGIN
  EXECUTE format('GRANT {WEB_ROLE} TO %I', current_user);
EXCEPTION WHEN OTHERS THEN NULL;
END $$;
GRANT USAGE ON SCHEMA public TO {WEB_ROLE};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {WEB_ROLE};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {WEB_ROLE};
ALTER DEFAULT PRIVILEGES IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {WEB_ROLE};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {WEB_ROLE};
CREATE OR REPLACE FUNCTION mkt_tenant() RETURNS uuid LANGUAGE sql STABLE AS
  $$ SELECT nullif(current_setting('marketplace.tenant', true), '')::uuid $$;
CREATE OR REPLACE FUNCTION mkt_user() RETURNS uuid LANGUAGE sql STABLE AS
  $$ SELECT nullif(current_setting('marketplace.user', true), '')::uuid $$;
CREATE OR REPLACE FUNCTION mkt_platform() RETURNS boolean LANGUAGE sql STABLE AS
  $$ SELECT coalesce(current_setting('marketplace.platform', true), '') = 'on' $$;
CREATE OR REPLACE FUNCTION mkt_refuse_change() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
      USING ERRCODE = 'restrict_violation';
  END $$;
"""

DROP_FUNCTIONS = f"""
DROP FUNCTION IF EXISTS mkt_refuse_change() CASCADE;
DROP FUNCTION IF EXISTS mkt_platform() CASCADE;
DROP FUNCTION IF EXISTS mkt_user() CASCADE;
DROP FUNCTION IF EXISTS mkt_tenant() CASCADE;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM {WEB_ROLE};
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM {WEB_ROLE};
"""


class TenantPolicy(migrations.RunSQL):
    """Bind one table's rows to the tenant in force.

    `read` and `write` are "tenant" (the row's own `tenant_id`), "all" (anyone signed in or not),
    or an SQL condition over the row; the platform scope always passes. The web role already holds
    the table's privileges by default; the policy decides about rows.
    """

    def __init__(self, table: str, *, read: str = "tenant", write: str = "tenant") -> None:
        reads = _condition(read)
        writes = _condition(write)
        super().__init__(
            sql=f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            CREATE POLICY tenant_read ON {table} FOR SELECT TO {WEB_ROLE} USING ({reads});
            CREATE POLICY tenant_insert ON {table} FOR INSERT TO {WEB_ROLE} WITH CHECK ({writes});
            CREATE POLICY tenant_update ON {table} FOR UPDATE TO {WEB_ROLE}
              USING ({writes}) WITH CHECK ({writes});
            CREATE POLICY tenant_delete ON {table} FOR DELETE TO {WEB_ROLE} USING ({writes});
            """,
            reverse_sql=f"""
            DROP POLICY IF EXISTS tenant_read ON {table};
            DROP POLICY IF EXISTS tenant_insert ON {table};
            DROP POLICY IF EXISTS tenant_update ON {table};
            DROP POLICY IF EXISTS tenant_delete ON {table};
            ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
            """,
        )


class AppendOnly(migrations.RunSQL):
    """Refuse UPDATE, DELETE and TRUNCATE of one table to every role, the owner included."""

    def __init__(self, table: str) -> None:
        super().__init__(
            sql=f"""
            CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
              FOR EACH ROW EXECUTE FUNCTION mkt_refuse_change();
            CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
              FOR EACH STATEMENT EXECUTE FUNCTION mkt_refuse_change();
            REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {WEB_ROLE};
            """,
            reverse_sql=f"""
            DROP TRIGGER IF EXISTS {table}_append_only ON {table};
            DROP TRIGGER IF EXISTS {table}_no_truncate ON {table};
            """,
        )


def _condition(rule: str) -> str:
    if rule == "all":
        return "true"
    condition = OWN_TENANT if rule == "tenant" else rule
    return f"({condition}) OR {PLATFORM}"
