"""What the verifier reads and writes in Postgres: the contract between the edge and the portal.

The portal's models give at least these columns. Read only:

    keys_key(id uuid, tenant_id uuid, public_id text UNIQUE, environment text 'live'|'sandbox',
        digest bytea, pepper_version int, state text 'active'|'revoked'|'expired'|'disabled',
        mock bool, not_before timestamptz NULL, expires_at timestamptz, grant_id uuid,
        application_id uuid, parent_id uuid NULL, scopes jsonb NULL, last_used_at timestamptz NULL)
      digest: keys.secrets.digest() under pepper_version; last_used_at is written by the edge;
      scopes: operation keys this key was narrowed to, NULL for all that the grant gives.
    keys_grant(id uuid, tenant_id uuid, application_id uuid, api_id uuid, plan_id uuid NULL,
        state text 'pending'|'active'|'revoked'|'denied'|'expired', risk text 'low'|'medium'|'high',
        data_class text, expires_at timestamptz NULL, limits jsonb, guardrails jsonb)
      limits: {"rate": {"per_second": number, "burst": int}, "reserve_micros": int}; each optional.
        reserve_micros is the dearest that a single call may cost; it is reserved in the budgets.
      guardrails: {"cidrs": [text], "countries": [ISO 3166 alpha-2]}; empty or absent: no limit.
      A pending grant, a sandbox key and a key with `mock` are answered by the mock (X-Mkt-Mock).
    keys_grantscope(grant_id uuid, operation_key text; '*' is every operation)
    keys_application(id uuid, team_id uuid, cost_center text), tenants_team(id uuid, cost_center
        text): an application's own cost center, else its team's.
    keys_enforcementpoint(id uuid, name text UNIQUE, token_digest bytea, state text 'active'|…)
      token_digest: SHA-256 of the token that the gateway sends in X-Mkt-Pep-Token.
    keys_enforcementpoint_apis(enforcementpoint_id uuid, api_id uuid, prefix text, upstream text)
      prefix: raw path prefix at the gateway, '/payments', without a slash at its end; what follows
      it is matched against the API's path templates. Unique in one enforcement point.
    keys_revocation(seq bigserial PRIMARY KEY, kind text DEFAULT 'key', key_id uuid NULL,
        subject_id uuid NULL, at timestamptz DEFAULT now())
      One row in the transaction of every change that the edge must see within a second, with
      NOTIFY mkt_revocations in the same transaction. kind 'key' (key_id is set): issued, revoked,
      disabled, rotated, narrowed. kind 'grant', 'application', 'team', 'tenant', 'api', 'pep',
      'quota', 'budget': subject_id. kind 'all': everything is read anew.
      Old rows may be deleted, the newest never: a lower top means a lagging server.
    catalog_api(id uuid, tenant_id uuid, slug text, risk text, data_class text, lifecycle text,
        deprecation_at timestamptz NULL, sunset_at timestamptz NULL)
    catalog_operation(id uuid, api_id uuid, version_id uuid, key text, kind text 'http'|'event',
        method text, path text, served bool)
    catalog_version(id uuid, state text 'published'|'withdrawn')
    billing_quota(id uuid, tenant_id uuid, subject_kind text
        'key'|'application'|'team'|'tenant'|'api'|'grant', subject_id uuid, meter text,
        limit_ bigint, window text 'minute'|'hour'|'day'|'month', sliding bool, hard bool)
      The edge enforces hard quotas of the meter 'requests'.
    billing_budget(id uuid, tenant_id uuid, subject_kind text
        'key'|'application'|'team'|'tenant'|'cost_center', subject_id uuid NULL, subject_name text
        (the cost center), amount_micros bigint, window text 'day'|'month', hard bool)

    keys_signingkey(kid text, public_jwk jsonb): all of them verify tokens, whatever their state.

Written as well:

    keys_usedtokenid(issuer text, jti text, expires_at timestamptz, UNIQUE (issuer, jti))
      DPoP proofs that were used, under the issuer 'dpop:<thumbprint>'.

    billing_quotacounter(id uuid, quota_id uuid, window_start timestamptz, used bigint,
        leased bigint, UNIQUE (quota_id, window_start))
    billing_lease(id uuid, counter_id uuid, verifier_id text, amount bigint, used bigint,
        expires_at timestamptz)
    billing_budgetcounter(id uuid, budget_id uuid, window_start timestamptz, spent_micros bigint,
        reserved_micros bigint, UNIQUE (budget_id, window_start))
    billing_reservation(id uuid, decision_id text, counter_id uuid, amount_micros bigint,
        settled_micros bigint NULL, state text 'open'|'settled'|'expired', key_public_id text,
        created_at timestamptz, expires_at timestamptz, UNIQUE (decision_id, counter_id))
    billing_usage_intake(source text, event_id text, time timestamptz, meter text,
        quantity numeric(20,6), tenant_id uuid, key_public_id text, application_id uuid,
        api_id uuid, operation_key text, data jsonb)
      Whoever drains it counts (source, event_id) once: after a broken connection rows come again.

Never more than the limit: a statement adds to `leased` (or `reserved_micros`) only what still
fits beside `used`, under the counter's row lock. See leases.py and spend.py.
"""

KEYS = """
SELECT k.public_id, k.id, k.tenant_id, k.environment = 'sandbox' OR k.mock, k.digest,
  k.pepper_version, k.state,
  extract(epoch FROM k.not_before)::float8, extract(epoch FROM k.expires_at)::float8,
  coalesce(p.state, 'active'), k.scopes,
  g.id, g.state, extract(epoch FROM g.expires_at)::float8, g.api_id, g.risk, g.data_class,
  g.limits, g.guardrails, k.application_id, app.team_id,
  ARRAY(SELECT s.operation_key::text FROM keys_grantscope s WHERE s.grant_id = g.id),
  (SELECT coalesce(json_agg(json_build_object('id', q.id, 'subject', q.subject_kind,
      'limit', q.limit_, 'window', q."window", 'sliding', q.sliding)), '[]')
    FROM billing_quota q WHERE q.hard AND q.meter = 'requests' AND (q.subject_kind, q.subject_id) IN
      (('key', k.id), ('application', k.application_id), ('team', app.team_id),
       ('tenant', k.tenant_id), ('api', g.api_id), ('grant', g.id))),
  (SELECT coalesce(json_agg(json_build_object('id', b.id, 'subject', b.subject_kind,
      'window', b."window")), '[]')
    FROM billing_budget b WHERE b.hard AND ((b.subject_kind, b.subject_id) IN
      (('key', k.id), ('application', k.application_id), ('team', app.team_id),
       ('tenant', k.tenant_id))
      OR b.subject_kind = 'cost_center' AND b.tenant_id = k.tenant_id
        AND b.subject_name = coalesce(nullif(app.cost_center, ''), team.cost_center))),
  (SELECT coalesce(max(seq), 0) FROM keys_revocation)
FROM keys_key k
JOIN keys_grant g ON g.id = k.grant_id
LEFT JOIN keys_application app ON app.id = k.application_id
LEFT JOIN tenants_team team ON team.id = app.team_id
LEFT JOIN keys_key p ON p.id = k.parent_id
WHERE k.public_id = ANY(%s)
"""

ENFORCEMENT_POINTS = """
SELECT e.id, e.name, e.token_digest,
  coalesce(json_agg(json_build_array(x.prefix, x.api_id) ORDER BY x.prefix)
  FILTER (WHERE x.api_id IS NOT NULL), '[]')
FROM keys_enforcementpoint e
LEFT JOIN keys_enforcementpoint_apis x ON x.enforcementpoint_id = e.id
WHERE e.state = 'active'
GROUP BY e.id, e.name, e.token_digest ORDER BY e.id
"""

# A withdrawn version is offered no more, whatever is still marked as served.
OPERATIONS = """
SELECT o.key, o.method, o.path FROM catalog_operation o
WHERE o.api_id = %s AND o.served AND NOT EXISTS (SELECT FROM catalog_version v
    WHERE v.id = o.version_id AND v.state = 'withdrawn')
  AND o.kind = 'http' AND starts_with(o.path, '/')
"""

APIS = """
SELECT a.id, a.slug, a.risk, a.data_class, a.lifecycle,
  extract(epoch FROM a.deprecation_at)::float8, extract(epoch FROM a.sunset_at)::float8,
  coalesce((SELECT string_agg(DISTINCT o.version_id::text, ',' ORDER BY o.version_id::text)
    FROM catalog_operation o WHERE o.api_id = a.id AND o.served AND NOT EXISTS
      (SELECT FROM catalog_version v WHERE v.id = o.version_id AND v.state = 'withdrawn')), '')
FROM catalog_api a
WHERE a.id IN (SELECT api_id FROM keys_enforcementpoint_apis) ORDER BY a.id
"""

FEED_START = "SELECT coalesce(max(seq), 0) FROM keys_revocation"
FEED_LIMIT = 10_000
FEED = f"""
SELECT seq, kind, coalesce(key_id, subject_id) FROM keys_revocation
WHERE seq > %s ORDER BY seq LIMIT {FEED_LIMIT}
"""  # noqa: S608
FEED_CHANNEL = "mkt_revocations"
LEASE_CHANNEL = "mkt_leases"

SIGNING_KEYS = "SELECT public_jwk FROM keys_signingkey"
SPEND_PROOF = """
INSERT INTO keys_usedtokenid (issuer, jti, expires_at) VALUES (%s, %s, to_timestamp(%s))
ON CONFLICT (issuer, jti) DO NOTHING RETURNING 1
"""

LAST_USED = """
UPDATE keys_key k SET last_used_at = greatest(k.last_used_at, v.at)
FROM unnest(%s::uuid[], %s::timestamptz[]) AS v(id, at) WHERE k.id = v.id
"""

INTAKE = """
COPY billing_usage_intake (source, event_id, time, meter, quantity, tenant_id, key_public_id,
  application_id, api_id, operation_key, data) FROM STDIN
"""
