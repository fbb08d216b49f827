"""Many rows in one statement, under row security.

COPY refuses tables with row security, and a query a row is a thousand times too slow; so rows
travel as one JSON text and Postgres takes them apart by the column types of the model.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, models

from tenancy.scope import current_clinic_id

Row = Mapping[str, Any]  # column name → value; every row of one call has the same columns


def new_ids(model: type[models.Model], n: int) -> list[int]:
    """n fresh primary keys, so that rows may refer to each other before they are written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(%s) FROM generate_series(1, %s)", [f"{model._meta.db_table}_id_seq", n]
        )
        return [pk for (pk,) in cursor.fetchall()]


def insert_rows(model: type[models.Model], rows: Sequence[Row], *, on_conflict: str = "") -> int:
    """Insert all rows for the current clinic; the number written.

    on_conflict: what follows ON CONFLICT, such as "DO NOTHING"; our own text, never a user's.
    """
    if not rows:
        return 0
    columns = list(rows[0])
    names = ", ".join(map(_quoted, columns))
    statement = (
        f"INSERT INTO {_quoted(model._meta.db_table)} (clinic_id, {names})"  # noqa: S608 names of the model only
        f" SELECT %s, {names} FROM {_recordset(model, columns)}"
    )
    if on_conflict:
        statement += f" ON CONFLICT {on_conflict}"
    with connection.cursor() as cursor:
        cursor.execute(statement, [current_clinic_id(), as_json(rows)])
        return cursor.rowcount


def update_rows(model: type[models.Model], rows: Sequence[Row]) -> int:
    """Write the columns of each row to the row with its `id`; the number written.

    Rows are locked in the order of their ids, so that two batches cannot wait for each other.
    """
    if not rows:
        return 0
    columns = list(rows[0])
    table = _quoted(model._meta.db_table)
    changes = ", ".join(f"{_quoted(c)} = r.{_quoted(c)}" for c in columns if c != "id")
    statement = (
        f"WITH r AS MATERIALIZED (SELECT * FROM {_recordset(model, columns)}),"  # noqa: S608
        f" locked AS (SELECT t.id FROM {table} t WHERE t.clinic_id = %s"
        f" AND t.id IN (SELECT id FROM r) ORDER BY t.id FOR NO KEY UPDATE)"
        f" UPDATE {table} t SET {changes} FROM r JOIN locked USING (id)"
        f" WHERE t.clinic_id = %s AND t.id = r.id"
    )
    clinic_id = current_clinic_id()
    with connection.cursor() as cursor:
        cursor.execute(statement, [as_json(rows), clinic_id, clinic_id])
        return cursor.rowcount


def as_json(rows: Sequence[Row]) -> str:
    return json.dumps(rows, default=_plain, ensure_ascii=False)


def _plain(value: object) -> str:
    if isinstance(value, date):  # and datetime
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no value of a column.")


def _recordset(model: type[models.Model], columns: Sequence[str]) -> str:
    fields = {field.column: field for field in model._meta.concrete_fields}
    types = ", ".join(f"{_quoted(c)} {_type(fields[c])}" for c in columns)
    return f"json_to_recordset(%s) AS r({types})"


def _type(field: models.Field) -> str:
    if field.primary_key:
        return "bigint"
    text = field.db_type(connection)
    return text.partition(" COLLATE")[0] if text else "text"


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
