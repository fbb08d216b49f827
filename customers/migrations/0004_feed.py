from django.db import migrations

# ruff: noqa: S608 every word of these statements is our own

# A child changes its customer's mark and never says that the customer is there or gone.
FUNCTION = """
CREATE FUNCTION customers_mark_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO customers_feedmark AS mark
            (clinic_id, kind, record_id, is_deleted, change_no, settled_below, changed_at)
        SELECT clinic_id, '{kind}', record_id, is_gone,
               pg_current_xact_id()::text::bigint,
               pg_snapshot_xmin(pg_current_snapshot())::text::bigint, clock_timestamp()
        FROM (SELECT DISTINCT clinic_id, record_id, is_gone FROM ({rows}) AS rows) AS changed
        ORDER BY clinic_id, record_id
        ON CONFLICT (clinic_id, kind, record_id) DO UPDATE SET
            is_deleted = {is_deleted_after}, change_no = EXCLUDED.change_no,
            settled_below = EXCLUDED.settled_below, changed_at = EXCLUDED.changed_at
        WHERE mark.change_no <> EXCLUDED.change_no {or_else};
        RETURN NULL;
    END $$;
CREATE TRIGGER customers_mark_{name} AFTER {event} ON {table}
    REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION customers_mark_{name}();
"""
TABLES = {
    "INSERT": "NEW TABLE AS rows_after",
    "UPDATE": "OLD TABLE AS rows_before NEW TABLE AS rows_after",
    "DELETE": "OLD TABLE AS rows_before",
}
RECORDS = {
    "customers_customer": "customer",
    "customers_appointment": "appointment",
    "customers_sale": "sale",
    "customers_treatment": "treatment",
    "customers_interaction": "interaction",
}
PARTS_OF_CUSTOMER = (
    "customers_identity", "customers_contactpoint", "customers_consent", "customers_customertag",
)  # fmt: skip


def mark(table: str, event: str, *, kind: str, column: str, is_part: bool) -> migrations.RunSQL:
    """Mark the records that a statement changed, all at once, in the order of their ids."""
    name = f"{table.removeprefix('customers_')}_{event.lower()}"
    is_gone = "merged_into_id IS NOT NULL" if table == "customers_customer" else "false"
    after = f"SELECT clinic_id, {column} AS record_id, {is_gone} AS is_gone FROM rows_after"
    before = f"SELECT clinic_id, {column} AS record_id, {not is_part} AS is_gone FROM rows_before"
    rows = {"INSERT": after, "DELETE": before, "UPDATE": after}[event]
    if is_part and event == "UPDATE":
        rows = f"{after} UNION ALL {before}"  # it may have moved from one customer to another
    statement = FUNCTION.format(
        name=name, kind=kind, table=table, event=event, tables=TABLES[event], rows=rows,
        is_deleted_after="mark.is_deleted" if is_part else "EXCLUDED.is_deleted",
        or_else="" if is_part else "OR mark.is_deleted <> EXCLUDED.is_deleted",
    )  # fmt: skip
    undo = f"DROP TRIGGER customers_mark_{name} ON {table}; DROP FUNCTION customers_mark_{name}();"
    return migrations.RunSQL(statement, undo)


class Migration(migrations.Migration):
    dependencies = [("customers", "0003_change_trail")]

    operations = [
        *[
            mark(table, event, kind=kind, column="id", is_part=False)
            for table, kind in RECORDS.items()
            for event in TABLES
        ],
        *[
            mark(table, event, kind="customer", column="customer_id", is_part=True)
            for table in PARTS_OF_CUSTOMER
            for event in TABLES
        ],
    ]
