-- What keys/edge/store.py states, as plain tables: for tests of the edge alone.
CREATE TABLE keys_application (id uuid PRIMARY KEY, tenant_id uuid NOT NULL, team_id uuid);
CREATE TABLE keys_grant (
  id uuid PRIMARY KEY, tenant_id uuid NOT NULL, application_id uuid NOT NULL, api_id uuid NOT NULL,
  plan_id uuid, state text NOT NULL, risk text NOT NULL, data_class text NOT NULL,
  limits jsonb NOT NULL DEFAULT '{}', guardrails jsonb NOT NULL DEFAULT '{}',
  expires_at timestamptz);
CREATE TABLE keys_grantscope (grant_id uuid NOT NULL, operation_key text NOT NULL);
CREATE TABLE keys_key (
  id uuid PRIMARY KEY, tenant_id uuid NOT NULL, public_id text NOT NULL UNIQUE,
  environment text NOT NULL, digest bytea NOT NULL, pepper_version int NOT NULL,
  state text NOT NULL, not_before timestamptz, expires_at timestamptz NOT NULL,
  grant_id uuid NOT NULL, application_id uuid NOT NULL, parent_id uuid, scopes jsonb,
  last_used_at timestamptz);
CREATE TABLE keys_enforcementpoint (
  id uuid PRIMARY KEY, tenant_id uuid NOT NULL, name text NOT NULL UNIQUE,
  token_digest bytea NOT NULL);
CREATE TABLE keys_enforcementpoint_apis (
  enforcementpoint_id uuid NOT NULL, api_id uuid NOT NULL, prefix text NOT NULL,
  upstream text NOT NULL);
CREATE TABLE keys_revocation (
  seq bigserial PRIMARY KEY, kind text NOT NULL DEFAULT 'key', key_id uuid, subject_id uuid,
  at timestamptz NOT NULL DEFAULT now());
CREATE TABLE catalog_api (
  id uuid PRIMARY KEY, tenant_id uuid NOT NULL, slug text NOT NULL UNIQUE, risk text NOT NULL,
  data_class text NOT NULL, lifecycle text NOT NULL, deprecation_at timestamptz,
  sunset_at timestamptz);
CREATE TABLE catalog_operation (
  id uuid PRIMARY KEY, api_id uuid NOT NULL, version_id uuid NOT NULL, key text NOT NULL,
  kind text NOT NULL, method text NOT NULL, path text NOT NULL);
CREATE TABLE billing_quota (
  id uuid PRIMARY KEY, tenant_id uuid NOT NULL, subject_kind text NOT NULL,
  subject_id uuid NOT NULL, meter text NOT NULL, limit_ bigint NOT NULL, "window" text NOT NULL,
  sliding boolean NOT NULL DEFAULT false, hard boolean NOT NULL);
CREATE TABLE billing_quotacounter (
  id uuid PRIMARY KEY, quota_id uuid NOT NULL, window_start timestamptz NOT NULL,
  used bigint NOT NULL DEFAULT 0, leased bigint NOT NULL DEFAULT 0, UNIQUE (quota_id, window_start));
CREATE TABLE billing_lease (
  id uuid PRIMARY KEY, counter_id uuid NOT NULL, verifier_id text NOT NULL, amount bigint NOT NULL,
  used bigint NOT NULL DEFAULT 0, expires_at timestamptz NOT NULL);
CREATE TABLE billing_budget (
  id uuid PRIMARY KEY, tenant_id uuid NOT NULL, subject_kind text NOT NULL,
  subject_id uuid NOT NULL, amount_micros bigint NOT NULL, "window" text NOT NULL,
  hard boolean NOT NULL);
CREATE TABLE billing_budgetcounter (
  id uuid PRIMARY KEY, budget_id uuid NOT NULL, window_start timestamptz NOT NULL,
  spent_micros bigint NOT NULL DEFAULT 0, reserved_micros bigint NOT NULL DEFAULT 0,
  UNIQUE (budget_id, window_start));
CREATE TABLE billing_reservation (
  id uuid PRIMARY KEY, decision_id text NOT NULL, counter_id uuid NOT NULL,
  amount_micros bigint NOT NULL, settled_micros bigint, state text NOT NULL DEFAULT 'open',
  key_public_id text NOT NULL, created_at timestamptz NOT NULL, expires_at timestamptz NOT NULL,
  UNIQUE (decision_id, counter_id));
CREATE TABLE billing_usage_intake (
  source text NOT NULL, event_id text NOT NULL, "time" timestamptz NOT NULL, meter text NOT NULL,
  quantity numeric(20,6) NOT NULL, tenant_id uuid NOT NULL, key_public_id text NOT NULL,
  application_id uuid, api_id uuid, operation_key text, data jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (source, event_id));
