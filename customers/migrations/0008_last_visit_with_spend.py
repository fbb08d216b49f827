from importlib import import_module

from django.db import migrations

# A customer's row stands in ten indexes, and to touch it once for the spend and once more for the
# last visit was a fifth of what a large file took Postgres. So whoever writes sales writes their
# visits first, and the row is brought up to date in one go. Visits alone move the day as before.
SPEND = import_module("customers.migrations.0002_spend")
ALONE = SPEND.follow("insert", *SPEND.EVENTS["insert"])
TOGETHER = """
    CREATE FUNCTION customers_spend_on_insert() RETURNS trigger
    LANGUAGE plpgsql AS $$
    DECLARE who text := coalesce(current_setting('clinic_crm.actor', true), '');
    BEGIN
        PERFORM set_config('clinic_crm.actor', 'untracked', true);
        WITH moved AS MATERIALIZED (
            SELECT clinic_id, customer_id, sum(net_minor) AS net, max(updated_at) AS at
            FROM sales_after GROUP BY clinic_id, customer_id HAVING sum(net_minor) <> 0
        ), locked AS MATERIALIZED (
            SELECT c.clinic_id, c.id, moved.net, moved.at, (
                SELECT max(v.visited_on) FROM customers_visit v
                WHERE v.clinic_id = c.clinic_id AND v.customer_id = c.id
            ) AS visited_on
            FROM customers_customer c
            JOIN moved ON moved.clinic_id = c.clinic_id AND moved.customer_id = c.id
            ORDER BY c.id FOR NO KEY UPDATE OF c
        )
        UPDATE customers_customer c
        SET spent_minor = c.spent_minor + locked.net,
            last_visit_on = greatest(c.last_visit_on, locked.visited_on),
            updated_at = CASE
                WHEN locked.visited_on > coalesce(c.last_visit_on, '-infinity')
                THEN greatest(c.updated_at, locked.at) ELSE c.updated_at END
        FROM locked WHERE c.clinic_id = locked.clinic_id AND c.id = locked.id;
        PERFORM set_config('clinic_crm.actor', who, true);
        RETURN NULL;
    END $$;
    CREATE TRIGGER customers_spend_on_insert AFTER INSERT ON customers_sale
    REFERENCING NEW TABLE AS sales_after FOR EACH STATEMENT
    EXECUTE FUNCTION customers_spend_on_insert();
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0007_missed_appointments")]

    operations = [
        migrations.RunSQL(ALONE.reverse_sql + TOGETHER, ALONE.reverse_sql + ALONE.sql),
    ]
