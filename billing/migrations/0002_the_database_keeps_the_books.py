"""What Django's models can't say: partitions, uniqueness for ever, balance, sealed months."""

from django.db import migrations

from marketplace.tenants.rls import AppendOnly, TenantPolicy

EVENTS = """
CREATE TABLE billing_usageevent (
  batch_id bigint NOT NULL,
  position integer NOT NULL,
  time timestamptz NOT NULL,
  tenant_id uuid NOT NULL,
  series_id bigint NOT NULL,
  quantity numeric(20, 6) NOT NULL,
  source text NOT NULL,
  event_id text NOT NULL,
  data jsonb,
  PRIMARY KEY (batch_id, position, time)
) PARTITION BY RANGE (time);
CREATE INDEX usage_event_by_series ON billing_usageevent (series_id, time);

CREATE TABLE billing_usageseen (key uuid PRIMARY KEY) PARTITION BY HASH (key);
DO $$ BEGIN
  FOR n IN 0..7 LOOP
    EXECUTE format('CREATE TABLE billing_usageseen_%s PARTITION OF billing_usageseen'
      ' FOR VALUES WITH (MODULUS 8, REMAINDER %s)', n, n);
    EXECUTE format('REVOKE ALL ON billing_usageseen_%s FROM marketplace_web', n);
  END LOOP;
END $$;

CREATE FUNCTION billing_event_key(sender uuid, source text, event_id text) RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT encode(substring(sha256(convert_to(
    coalesce(sender::text, '') || length(source) || ':' || source || event_id, 'UTF8'
  )) FOR 16), 'hex')::uuid
$$;

CREATE FUNCTION billing_ensure_month(day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  name text := 'billing_usageevent_' || to_char(day, 'YYYYMM');
  first date := date_trunc('month', day)::date;
BEGIN
  IF to_regclass(name) IS NOT NULL THEN RETURN; END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended(name, 13));
  IF to_regclass(name) IS NOT NULL THEN RETURN; END IF;
  -- Attaching does not lock out the readers and writers of the other months; creating in place does.
  EXECUTE format('CREATE TABLE %I (LIKE billing_usageevent INCLUDING DEFAULTS)', name);
  EXECUTE format('REVOKE ALL ON %I FROM marketplace_web', name);
  EXECUTE format('ALTER TABLE billing_usageevent ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
    name, first || ' 00:00+00', (first + interval '1 month')::date || ' 00:00+00');
END $$;
"""

NO_EVENTS = """
DROP FUNCTION billing_ensure_month(date);
DROP FUNCTION billing_event_key(uuid, text, text);
DROP TABLE billing_usageseen;
DROP TABLE billing_usageevent;
"""

BOOKS = """
CREATE FUNCTION billing_closed_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF OLD.state = 'closed' THEN
    RAISE EXCEPTION 'a closed period is never changed or deleted'
      USING ERRCODE = 'restrict_violation', CONSTRAINT = 'closed_period_stays';
  END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER period_closed_stays BEFORE UPDATE OR DELETE ON billing_period
  FOR EACH ROW EXECUTE FUNCTION billing_closed_stays();
CREATE TRIGGER period_no_truncate BEFORE TRUNCATE ON billing_period
  FOR EACH STATEMENT EXECUTE FUNCTION mkt_refuse_change();

CREATE FUNCTION billing_only_in_open_period() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE found record;
BEGIN
  SELECT state, tenant_id INTO found FROM billing_period WHERE id = NEW.period_id FOR SHARE;
  IF found.state = 'closed' OR found.tenant_id <> NEW.tenant_id THEN
    RAISE EXCEPTION 'nothing is added to a closed period'
      USING ERRCODE = 'restrict_violation', CONSTRAINT = 'closed_period_takes_nothing';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER entry_in_open_period BEFORE INSERT ON billing_ledgerentry
  FOR EACH ROW EXECUTE FUNCTION billing_only_in_open_period();
CREATE TRIGGER statement_line_in_open_period BEFORE INSERT ON billing_statementline
  FOR EACH ROW EXECUTE FUNCTION billing_only_in_open_period();

CREATE FUNCTION billing_line_fits_entry() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE found record;
BEGIN
  SELECT p.state, e.tenant_id, e.currency INTO found
    FROM billing_ledgerentry e JOIN billing_period p ON p.id = e.period_id
    WHERE e.id = NEW.entry_id;
  IF found.state = 'closed' THEN
    RAISE EXCEPTION 'nothing is added to a closed period'
      USING ERRCODE = 'restrict_violation', CONSTRAINT = 'closed_period_takes_nothing';
  END IF;
  IF found.tenant_id <> NEW.tenant_id OR found.currency <> NEW.currency THEN
    RAISE EXCEPTION 'a ledger line has its entry''s tenant and currency'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_line_fits_its_entry';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER line_fits_entry BEFORE INSERT ON billing_ledgerline
  FOR EACH ROW EXECUTE FUNCTION billing_line_fits_entry();

CREATE FUNCTION billing_entry_balances() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  entry uuid := CASE TG_TABLE_NAME WHEN 'billing_ledgerline'
    THEN (to_jsonb(NEW) ->> 'entry_id')::uuid ELSE NEW.id END;
  balance numeric;
  sides integer;
BEGIN
  SELECT coalesce(sum(amount_micros), 0), count(*) INTO balance, sides
    FROM billing_ledgerline WHERE entry_id = entry;
  IF balance <> 0 OR sides < 2 THEN
    RAISE EXCEPTION 'entry % does not balance: % micro-units over % lines', entry, balance, sides
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entry_balances';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER entry_balances AFTER INSERT ON billing_ledgerentry
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_entry_balances();
CREATE CONSTRAINT TRIGGER line_balances AFTER INSERT ON billing_ledgerline
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_entry_balances();
"""

NO_BOOKS = """
DROP TRIGGER line_balances ON billing_ledgerline;
DROP TRIGGER entry_balances ON billing_ledgerentry;
DROP FUNCTION billing_entry_balances();
DROP TRIGGER line_fits_entry ON billing_ledgerline;
DROP FUNCTION billing_line_fits_entry();
DROP TRIGGER statement_line_in_open_period ON billing_statementline;
DROP TRIGGER entry_in_open_period ON billing_ledgerentry;
DROP FUNCTION billing_only_in_open_period();
DROP TRIGGER period_no_truncate ON billing_period;
DROP TRIGGER period_closed_stays ON billing_period;
DROP FUNCTION billing_closed_stays();
"""

OWN = "tenant_id = (SELECT mkt_tenant())"
EARNED = f"{OWN} OR provider_id = (SELECT mkt_tenant())"
CARD_READ = f"{OWN} OR consumer_id IS NULL OR consumer_id = (SELECT mkt_tenant())"
# These name their tenant through another row, whose own policy binds the look-up.
OF_CARD = "card_id IN (SELECT id FROM billing_ratecard)"
OF_QUOTA = "quota_id IN (SELECT id FROM billing_quota)"
OF_COUNTER = "counter_id IN (SELECT id FROM billing_quotacounter)"
OF_BUDGET = "budget_id IN (SELECT id FROM billing_budget)"
OF_BUDGET_COUNTER = "counter_id IN (SELECT id FROM billing_budgetcounter)"
SENT = "sender_id = (SELECT mkt_tenant())"


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_usage_prices_limits_ledger")]

    operations = [
        migrations.RunSQL(EVENTS, NO_EVENTS),
        migrations.RunSQL(BOOKS, NO_BOOKS),
        AppendOnly("billing_usageevent"),
        AppendOnly("billing_ledgerentry"),
        AppendOnly("billing_ledgerline"),
        AppendOnly("billing_statementline"),
        TenantPolicy("billing_usageevent"),
        TenantPolicy("billing_usageseen", read="false", write="false"),
        TenantPolicy("billing_usage_intake"),
        TenantPolicy("billing_usagebatch", read=SENT, write=SENT),
        TenantPolicy("billing_usageseries"),
        TenantPolicy("billing_usagerollup"),
        TenantPolicy("billing_usageunique"),
        TenantPolicy("billing_dirtymonth"),
        TenantPolicy("billing_consumer"),
        TenantPolicy("billing_consumerkey"),
        TenantPolicy("billing_consumerplan"),
        TenantPolicy("billing_ownmeter", read="all"),
        TenantPolicy("billing_ratecard", read=CARD_READ),
        TenantPolicy("billing_price", read=OF_CARD),
        TenantPolicy("billing_sharedcost"),
        TenantPolicy("billing_quota"),
        TenantPolicy("billing_quotacounter", read=OF_QUOTA, write=OF_QUOTA),
        TenantPolicy("billing_lease", read=OF_COUNTER, write=OF_COUNTER),
        TenantPolicy("billing_budget"),
        TenantPolicy("billing_budgetcounter", read=OF_BUDGET, write=OF_BUDGET),
        TenantPolicy("billing_reservation", read=OF_BUDGET_COUNTER, write=OF_BUDGET_COUNTER),
        TenantPolicy("billing_alert"),
        TenantPolicy("billing_charge", read=EARNED),
        TenantPolicy("billing_period"),
        TenantPolicy("billing_ledgerentry", read=EARNED),
        TenantPolicy("billing_ledgerline", read=f"{OWN} OR party_id = (SELECT mkt_tenant())"),
        TenantPolicy("billing_statementline"),
        TenantPolicy("billing_billingsettings"),
    ]
