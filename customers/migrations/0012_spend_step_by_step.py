from django.db import migrations

AFTER = "SELECT clinic_id, customer_id, net_minor AS net FROM sales_after"
BEFORE = "SELECT clinic_id, customer_id, -net_minor AS net FROM sales_before"
EVENTS = {"insert": AFTER, "update": f"{AFTER} UNION ALL {BEFORE}", "delete": BEFORE}


def follow(event: str, rows: str) -> migrations.RunSQL:
    """Keep customers' spent_minor with the sales, as before, but each customer found once.

    Two steps joined with each other were compared all with all: a chunk of a big import took
    seconds. The sum is no change that the trail tells of, so it is not looked through for one.
    """
    statement = f"""
        CREATE OR REPLACE FUNCTION customers_spend_on_{event}() RETURNS trigger
        LANGUAGE plpgsql AS $$
        DECLARE who text := coalesce(current_setting('clinic_crm.actor', true), '');
        BEGIN
            PERFORM set_config('clinic_crm.actor', 'untracked', true);
            WITH moved AS MATERIALIZED (
                SELECT clinic_id, customer_id, sum(net) AS net FROM ({rows}) AS rows
                GROUP BY clinic_id, customer_id HAVING sum(net) <> 0
            ), locked AS MATERIALIZED (
                SELECT c.clinic_id, c.id, moved.net FROM customers_customer c
                JOIN moved ON moved.clinic_id = c.clinic_id AND moved.customer_id = c.id
                ORDER BY c.id FOR NO KEY UPDATE OF c
            )
            UPDATE customers_customer c SET spent_minor = c.spent_minor + locked.net
            FROM locked WHERE c.clinic_id = locked.clinic_id AND c.id = locked.id;
            PERFORM set_config('clinic_crm.actor', who, true);
            RETURN NULL;
        END $$;
        """  # noqa: S608 our own words only
    return migrations.RunSQL(statement, migrations.RunSQL.noop)


class Migration(migrations.Migration):
    dependencies = [("customers", "0011_one_person_once")]

    operations = [follow(event, rows) for event, rows in EVENTS.items()]
