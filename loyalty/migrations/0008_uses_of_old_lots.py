"""Uses of lots from before uses were kept, so that every lot can be recomputed.

What expired is known by its key. Which redemption took the rest nobody knows any more: it is noted
under the lot's own entry.
"""

from django.db import migrations

# Row security shows the owner a clinic's rows only while that clinic is named.
FILL = """
DO $$
DECLARE clinic record;
BEGIN
    FOR clinic IN SELECT id FROM tenancy_clinic LOOP
        PERFORM set_config('clinic_crm.clinic_id', clinic.id::text, true);
        INSERT INTO loyalty_lotuse (clinic_id, lot_id, entry_id, points)
        SELECT clinic.id, split_part(idempotency_key, ':', 2)::bigint, id, -points
        FROM loyalty_ledgerentry
        WHERE clinic_id = clinic.id AND kind = 'expiry' AND points <> 0;
        INSERT INTO loyalty_lotuse (clinic_id, lot_id, entry_id, points)
        SELECT clinic.id, lot.id, lot.entry_id,
            lot.points - lot.remaining - coalesce(sum(used.points), 0)
        FROM loyalty_pointlot lot
        LEFT JOIN loyalty_lotuse used ON used.clinic_id = clinic.id AND used.lot_id = lot.id
        WHERE lot.clinic_id = clinic.id
        GROUP BY lot.id HAVING lot.points - lot.remaining <> coalesce(sum(used.points), 0);
    END LOOP;
    PERFORM set_config('clinic_crm.clinic_id', '', true);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0007_ledger_guards")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
