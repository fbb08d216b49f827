from django.db import migrations

# What moved, by event: the rows after it count, the rows before it no longer do.
AFTER = "SELECT clinic_id, customer_id, net_minor AS net FROM sales_after"
BEFORE = "SELECT clinic_id, customer_id, -net_minor AS net FROM sales_before"
EVENTS = {
    "insert": (AFTER, "NEW TABLE AS sales_after"),
    "update": (
        f"{AFTER} UNION ALL {BEFORE}",
        "OLD TABLE AS sales_before NEW TABLE AS sales_after",
    ),
    "delete": (BEFORE, "OLD TABLE AS sales_before"),
}


def follow(event: str, rows: str, tables: str) -> migrations.RunSQL:
    """Keep customers' spent_minor with the sales, once a statement, in the order of their ids.

    It adds what moved and never sums up anew: so two transactions that sell to one customer at
    the same time cannot lose each other's sale. Each customer is found once: two steps joined with
    each other were compared all with all. The sum is no change that the trail tells of.
    """
    name = f"customers_spend_on_{event}"
    statement = f"""
        CREATE FUNCTION {name}() RETURNS trigger
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
        CREATE TRIGGER {name} AFTER {event.upper()} ON customers_sale
        REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION {name}();
        """  # noqa: S608 our own words only
    return migrations.RunSQL(
        statement, f"DROP TRIGGER {name} ON customers_sale; DROP FUNCTION {name}();"
    )


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]

    operations = [follow(event, rows, tables) for event, (rows, tables) in EVENTS.items()]
