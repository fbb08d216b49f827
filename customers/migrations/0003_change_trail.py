"""The change trail is kept by the database, so that no door, service or command can forget it.

Statement triggers: one INSERT for a whole batch. Who acts travels as the transaction-local setting
`clinic_crm.actor` ("member:7|Anna Berg"), see tenancy/acting.py; "untracked" writes no trail.
What a customer is created with is no change: their first event says where that came from.
"""

# ruff: noqa: S608 every word of these statements is our own

from django.db import migrations

BEGIN = """
    DECLARE
        who text := coalesce(current_setting('clinic_crm.actor', true), '');
        actor text := split_part(who, '|', 1);
        actor_label text := substr(who, length(split_part(who, '|', 1)) + 2);
    BEGIN
        IF who = 'untracked' THEN RETURN NULL; END IF;
"""
INSERT = """
        INSERT INTO customers_customerchange
            (clinic_id, customer_id, field, item, old, new, actor, actor_label, changed_at)
"""

# Derived, or told by the row's own life; `custom` is compared key by key.
NOT_TOLD = ("id", "clinic_id", "created_at", "updated_at", "last_visit_on", "spent_minor", "custom")


def _told(row: str) -> str:
    """A customer's row as {field: value}, the clinic's own fields as custom.<key>."""
    own = f"jsonb_each({row}.custom) AS own(key, value)"
    return (
        f"(to_jsonb({row}) - '{{{','.join(NOT_TOLD)}}}'::text[]) || coalesce("
        f"(SELECT jsonb_object_agg('custom.' || own.key, own.value) FROM {own}), '{{}}')"
    )


CUSTOMER = f"""
CREATE FUNCTION customers_trail_of_customer() RETURNS trigger LANGUAGE plpgsql AS $$
    {BEGIN}
        {INSERT}
        SELECT clinic_id, id, regexp_replace(told.field, '_id$', ''), '',
               coalesce(was ->> told.field, ''), coalesce(now_is ->> told.field, ''),
               actor, actor_label, now()
        FROM (
            SELECT n.clinic_id, n.id, {_told("o")} AS was, {_told("n")} AS now_is
            FROM rows_after n JOIN rows_before o ON o.id = n.id AND o.clinic_id = n.clinic_id
        ) AS pairs
        CROSS JOIN LATERAL jsonb_object_keys(was || now_is) AS told(field)
        WHERE was <> now_is
          AND coalesce(was ->> told.field, '') <> coalesce(now_is ->> told.field, '');
        RETURN NULL;
    END $$;
CREATE TRIGGER customers_trail_of_customer AFTER UPDATE ON customers_customer
    REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_after
    FOR EACH STATEMENT EXECUTE FUNCTION customers_trail_of_customer();

CREATE FUNCTION customers_trail_ends() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        DELETE FROM customers_customerchange c USING rows_before o
        WHERE c.clinic_id = o.clinic_id AND c.customer_id = o.id;
        RETURN NULL;
    END $$;
CREATE TRIGGER customers_trail_ends AFTER DELETE ON customers_customer
    REFERENCING OLD TABLE AS rows_before
    FOR EACH STATEMENT EXECUTE FUNCTION customers_trail_ends();
"""


def _part(table: str, *, name: str, born: str, value: str, joined: str = "") -> str:
    """Trail of rows that come to and go from a customer. value: SQL over the row `r`.

    A row as old as its customer came with them.
    """

    def told(rows: str, old: str, new: str, more: str = "") -> str:
        return f"""
            {INSERT}
            SELECT r.clinic_id, r.customer_id, {name}, '', {old}, {new},
                   actor, actor_label, now()
            FROM {rows} r
            JOIN customers_customer c ON c.clinic_id = r.clinic_id AND c.id = r.customer_id
            {joined} {more};
        """

    function = f"customers_trail_of_{table}"
    came = told("rows_after", "''", value, f"WHERE r.{born} > c.created_at")
    went = told("rows_before", value, "''")
    return f"""
CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
    {BEGIN}
        IF TG_OP = 'INSERT' THEN {came}
        ELSE {went}
        END IF;
        RETURN NULL;
    END $$;
CREATE TRIGGER {function}_came AFTER INSERT ON customers_{table}
    REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION {function}();
CREATE TRIGGER {function}_went AFTER DELETE ON customers_{table}
    REFERENCING OLD TABLE AS rows_before FOR EACH STATEMENT EXECUTE FUNCTION {function}();
"""


CONTACTS = f"""
CREATE FUNCTION customers_trail_of_contact_marks() RETURNS trigger LANGUAGE plpgsql AS $$
    {BEGIN}
        {INSERT}
        SELECT n.clinic_id, n.customer_id, n.kind || told.mark, told.item, told.was, told.now_is,
               actor, actor_label, now()
        FROM rows_after n JOIN rows_before o ON o.id = n.id AND o.clinic_id = n.clinic_id
        CROSS JOIN LATERAL (VALUES
            ('', '', o.value::text, n.value::text),
            ('.is_primary', n.value, o.is_primary::text, n.is_primary::text),
            ('.is_valid', n.value, o.is_valid::text, n.is_valid::text),
            ('.label', n.value, o.label::text, n.label::text)
        ) AS told(mark, item, was, now_is)
        WHERE told.was <> told.now_is;
        RETURN NULL;
    END $$;
CREATE TRIGGER customers_trail_of_contact_marks AFTER UPDATE ON customers_contactpoint
    REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_after
    FOR EACH STATEMENT EXECUTE FUNCTION customers_trail_of_contact_marks();
"""

PARTS = {
    "contactpoint": _part("contactpoint", name="r.kind", born="created_at", value="r.value"),
    "identity": _part(
        "identity",
        name="'identity'",
        born="created_at",
        value="r.source || ':' || r.external_id",
    ),
    "customertag": _part(
        "customertag",
        name="'tag'",
        born="added_at",
        value="t.name",
        joined="JOIN customers_tag t ON t.clinic_id = r.clinic_id AND t.id = r.tag_id",
    ),
}

TAKE_BACK = """
DROP TRIGGER customers_trail_of_customer ON customers_customer;
DROP TRIGGER customers_trail_ends ON customers_customer;
DROP TRIGGER customers_trail_of_contact_marks ON customers_contactpoint;
DROP FUNCTION customers_trail_of_customer(), customers_trail_ends(),
    customers_trail_of_contact_marks();
""" + "".join(
    f"""
DROP TRIGGER customers_trail_of_{table}_came ON customers_{table};
DROP TRIGGER customers_trail_of_{table}_went ON customers_{table};
DROP FUNCTION customers_trail_of_{table}();
"""
    for table in PARTS
)


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_spend")]

    operations = [migrations.RunSQL(CUSTOMER + CONTACTS + "".join(PARTS.values()), TAKE_BACK)]
