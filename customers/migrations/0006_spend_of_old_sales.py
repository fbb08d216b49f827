from django.db import migrations

# Row security shows the owner a clinic's rows only while that clinic is named.
FILL = """
DO $$
DECLARE clinic record;
BEGIN
    FOR clinic IN SELECT id FROM tenancy_clinic LOOP
        PERFORM set_config('clinic_crm.clinic_id', clinic.id::text, true);
        UPDATE customers_customer c SET spent_minor = sold.net
        FROM (SELECT customer_id, sum(net_minor) AS net FROM customers_sale
              WHERE clinic_id = clinic.id GROUP BY customer_id) AS sold
        WHERE c.clinic_id = clinic.id AND c.id = sold.customer_id;
    END LOOP;
    PERFORM set_config('clinic_crm.clinic_id', '', true);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0005_spent_and_sort_order")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
