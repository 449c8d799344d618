from django.db import migrations

# A limit is billing's row, and billing does not know the edge's feed: the database tells it, in the
# transaction of the change, as everything else in the feed is told. The quota of an access comes
# with its key, which the feed names already.
TELL = """
CREATE FUNCTION keys_limit_changed() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = public, pg_temp AS
$$ BEGIN
  INSERT INTO keys_revocation (kind, subject_id) VALUES (TG_ARGV[0], coalesce(NEW.id, OLD.id));
  PERFORM pg_notify('mkt_revocations', '');
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION keys_limit_changed() FROM PUBLIC;
CREATE TRIGGER edges_hear_of_a_quota AFTER UPDATE ON billing_quota
  FOR EACH ROW EXECUTE FUNCTION keys_limit_changed('quota');
CREATE TRIGGER edges_hear_of_a_new_quota AFTER INSERT ON billing_quota
  FOR EACH ROW WHEN (NEW.subject_kind <> 'grant') EXECUTE FUNCTION keys_limit_changed('quota');
CREATE TRIGGER edges_hear_of_a_lifted_quota AFTER DELETE ON billing_quota
  FOR EACH ROW EXECUTE FUNCTION keys_limit_changed('quota');
CREATE TRIGGER edges_hear_of_a_budget AFTER INSERT OR UPDATE OR DELETE ON billing_budget
  FOR EACH ROW EXECUTE FUNCTION keys_limit_changed('budget');
"""
FORGET = """
DROP TRIGGER edges_hear_of_a_budget ON billing_budget;
DROP TRIGGER edges_hear_of_a_lifted_quota ON billing_quota;
DROP TRIGGER edges_hear_of_a_new_quota ON billing_quota;
DROP TRIGGER edges_hear_of_a_quota ON billing_quota;
DROP FUNCTION keys_limit_changed();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0007_quotas_of_an_access"),
        ("keys", "0002_consent_application"),
    ]

    operations = [migrations.RunSQL(TELL, FORGET)]
