"""Keeping the order of changes right when the database that numbers them is another one."""

from django.db import connection, transaction

from tenancy.scope import current_clinic_id

# A row that is seen was written by a transaction that ended: its number is below this one's.
_OF_ANOTHER = "change_no >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
_RENUMBER = f"""
UPDATE customers_feedmark SET
    change_no = pg_current_xact_id()::text::bigint,
    settled_below = pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
    changed_at = clock_timestamp()
WHERE clinic_id = %s AND {_OF_ANOTHER} AND change_no <> pg_current_xact_id()::text::bigint
"""  # noqa: S608 our own words only


@transaction.atomic
def renumber() -> int:
    """Give marks with numbers of another database, from which this one was restored, new ones.

    Until then the lists of the API keep their records back. Returns how many there were.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RENUMBER, [current_clinic_id()])
        return cursor.rowcount
