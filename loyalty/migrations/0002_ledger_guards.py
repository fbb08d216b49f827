"""What the database itself refuses, whichever door an entry comes in by.

A transfer goes through the programme's account «transferred»; at the end of the transaction that
account must be empty again. And a redemption, or a transfer between people, never leaves less than
nothing; only refunds, corrections and merged records may.
"""

from django.db import migrations

# The check runs at the commit, when the scope may be closed already: it looks at the row's own
# clinic, and leaves the setting as it was.
TRANSFERS = """
CREATE FUNCTION loyalty_transfer_closes() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        before text := current_setting('clinic_crm.clinic_id', true);
        total bigint;
    BEGIN
        PERFORM set_config('clinic_crm.clinic_id', NEW.clinic_id::text, true);
        SELECT sum(points) INTO total FROM loyalty_ledgerentry
        WHERE clinic_id = NEW.clinic_id AND transfer_key = NEW.transfer_key;
        PERFORM set_config('clinic_crm.clinic_id', coalesce(before, ''), true);
        IF total IS DISTINCT FROM 0 THEN
            RAISE EXCEPTION 'the entries of transfer % sum to %, not to 0', NEW.transfer_key, total
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_transfer_closes';
        END IF;
        RETURN NULL;
    END $$;
CREATE CONSTRAINT TRIGGER ledger_transfer_closes AFTER INSERT ON loyalty_ledgerentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind = 'transfer')
    EXECUTE FUNCTION loyalty_transfer_closes();
"""
NO_TRANSFERS = """
DROP TRIGGER ledger_transfer_closes ON loyalty_ledgerentry;
DROP FUNCTION loyalty_transfer_closes();
"""

SPENDING = """
CREATE FUNCTION loyalty_no_spending_below_zero() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT FROM loyalty_account WHERE clinic_id = NEW.clinic_id
                   AND id = NEW.account_id AND balance < 0) THEN
            RAISE EXCEPTION 'account % would be below zero by spending', NEW.account_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_no_spending_below_zero';
        END IF;
        RETURN NULL;
    END $$;
CREATE TRIGGER ledger_no_spending_below_zero AFTER INSERT ON loyalty_ledgerentry FOR EACH ROW
    WHEN (NEW.kind = 'redemption' OR (NEW.kind = 'transfer' AND NEW.points < 0
                                      AND NEW.transfer_key NOT LIKE 'merge:%'))
    EXECUTE FUNCTION loyalty_no_spending_below_zero();
"""
NO_SPENDING = """
DROP TRIGGER ledger_no_spending_below_zero ON loyalty_ledgerentry;
DROP FUNCTION loyalty_no_spending_below_zero();
"""


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0001_initial")]

    operations = [
        migrations.RunSQL(TRANSFERS, NO_TRANSFERS),
        migrations.RunSQL(SPENDING, NO_SPENDING),
    ]
