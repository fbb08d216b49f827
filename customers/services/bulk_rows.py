"""Many rows in one statement, under row security.

COPY refuses tables with row security, and a query a row is a thousand times too slow; so rows
travel as one array a column, and Postgres puts them together again by the types of the model.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, models

from tenancy.scope import current_clinic_id

Row = Mapping[str, Any]  # column name → value; every row of one call has the same columns
Columns = Mapping[str, Sequence[Any]]  # column name → its values, all of one length


def new_ids(model: type[models.Model], n: int) -> list[int]:
    """n fresh primary keys, so that rows may refer to each other before they are written."""
    if n == 0:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(%s) FROM generate_series(1, %s)", [f"{model._meta.db_table}_id_seq", n]
        )
        return [pk for (pk,) in cursor.fetchall()]


def insert_rows(model: type[models.Model], rows: Sequence[Row], *, on_conflict: str = "") -> int:
    """Insert all rows for the current clinic; the number written.

    on_conflict: what follows ON CONFLICT, such as "DO NOTHING"; our own text, never a user's.
    """
    return insert_columns(model, _columns(rows), on_conflict=on_conflict) if rows else 0


def insert_rows_returning(
    model: type[models.Model], rows: Sequence[Row], *, on_conflict: str, returning: Sequence[str]
) -> list[tuple]:
    """The same, and these columns of the rows that were really written or changed."""
    if not rows:
        return []
    columns = _columns(rows)
    statement = f"{_insertion(model, columns, on_conflict)} RETURNING {', '.join(returning)}"
    with connection.cursor() as cursor:
        cursor.execute(statement, [current_clinic_id(), *arrays(columns)])
        return cursor.fetchall()


def insert_columns(model: type[models.Model], columns: Columns, *, on_conflict: str = "") -> int:
    """The same for rows given column by column, which is quicker for very many."""
    statement = _insertion(model, columns, on_conflict)
    with connection.cursor() as cursor:
        cursor.execute(statement, [current_clinic_id(), *arrays(columns)])
        return cursor.rowcount


def _insertion(model: type[models.Model], columns: Columns, on_conflict: str) -> str:
    names = ", ".join(map(_quoted, columns))
    statement = (
        f"INSERT INTO {_quoted(model._meta.db_table)} (clinic_id, {names})"  # noqa: S608 our names
        f" SELECT %s, {names} FROM {_recordset(model, columns)}"
    )
    return f"{statement} ON CONFLICT {on_conflict}" if on_conflict else statement


def update_rows(model: type[models.Model], rows: Sequence[Row]) -> int:
    """Write the columns of each row to the row with its `id`; the number written.

    Rows are locked in the order of their ids, so that two batches cannot wait for each other.
    The clinic comes in by row security alone: told its number, the planner takes a clinic that it
    has not counted yet for an empty one, and compares all rows with all.
    """
    if not rows:
        return 0
    columns = _columns(rows)
    table = _quoted(model._meta.db_table)
    changes = ", ".join(f"{_quoted(c)} = r.{_quoted(c)}" for c in columns if c != "id")
    statement = (
        f"WITH r AS MATERIALIZED (SELECT * FROM {_recordset(model, columns)}),"  # noqa: S608
        f" locked AS (SELECT r.* FROM {table} t JOIN r USING (id) ORDER BY t.id"
        f" FOR NO KEY UPDATE OF t)"
        f" UPDATE {table} t SET {changes} FROM locked r WHERE t.id = r.id"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, arrays(columns))
        return cursor.rowcount


def arrays(columns: Columns) -> list[str]:
    """Each column as the text of a Postgres array, for `unnest(%s::type[], …)`."""
    return [_array(values) for values in columns.values()]


def _array(values: Sequence[Any]) -> str:
    kinds = set(map(type, values))
    if kinds <= _REPEATING and len(values) > FEW:
        written = {value: _element(value) for value in set(values)}
        return "{" + ",".join([written[value] for value in values]) + "}"
    write = _WRITERS.get(kinds.pop(), _element) if len(kinds) == 1 else _element
    return "{" + ",".join(map(write, values)) + "}"


def _columns(rows: Sequence[Row]) -> Columns:
    return {name: [row[name] for row in rows] for name in rows[0]}


def _in_quotes(value: object) -> str:
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _as_json(value: object) -> str:
    return _in_quotes(json.dumps(value, ensure_ascii=False))


_WRITERS: dict[type, Callable[[Any], str]] = {
    int: str,
    str: _in_quotes,
    type(None): lambda _: "NULL",
    bool: lambda value: "t" if value else "f",
    float: str,
    Decimal: str,
    date: str,
    datetime: _in_quotes,
    dict: _as_json,
    list: _as_json,
}


# Texts, days and quantities stand in many rows of a large load, and each is written once.
_REPEATING = {str, Decimal, date, datetime, type(None)}
FEW = 1_000


def _element(value: object) -> str:
    writer = _WRITERS.get(type(value))
    if writer is None and isinstance(value, str):  # a member of TextChoices
        writer = _in_quotes
    if writer is None:
        raise TypeError(f"{type(value).__name__} is no value of a column.")
    return writer(value)


def _recordset(model: type[models.Model], columns: Columns) -> str:
    fields = {field.column: field for field in model._meta.concrete_fields}
    types = ", ".join(f"%s::{_type(fields[c])}[]" for c in columns)
    return f"unnest({types}) AS r({', '.join(map(_quoted, columns))})"


def _type(field: models.Field) -> str:
    if field.primary_key:
        return "bigint"
    text = field.db_type(connection)
    return text.partition(" COLLATE")[0] if text else "text"


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
