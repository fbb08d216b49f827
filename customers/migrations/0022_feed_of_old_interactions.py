from django.db import migrations

# Row security shows the owner a clinic's rows only while that clinic is named.
FILL = """
DO $$
DECLARE clinic record;
BEGIN
    FOR clinic IN SELECT id FROM tenancy_clinic LOOP
        PERFORM set_config('clinic_crm.clinic_id', clinic.id::text, true);
        INSERT INTO customers_feedmark
            (clinic_id, kind, record_id, is_deleted, change_no, settled_below, changed_at)
        SELECT clinic.id, 'interaction', customers_interaction.id, false, pg_current_xact_id()::text::bigint,
               pg_snapshot_xmin(pg_current_snapshot())::text::bigint, clock_timestamp()
        FROM customers_interaction WHERE clinic_id = clinic.id
        ORDER BY customers_interaction.id
        ON CONFLICT DO NOTHING;
    END LOOP;
    PERFORM set_config('clinic_crm.clinic_id', '', true);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0021_feed_of_interactions")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
