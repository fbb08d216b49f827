"""Many rows in one statement, under row security.

COPY refuses tables with row security, and a query a row is a thousand times too slow; so rows
travel as one array a column, and Postgres puts them together again by the types of the model.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from django.db import connection, models

from customers.services.array_texts import Written, arrays
from tenancy.scope import current_clinic_id
from tenancy.writing_behind import write

Row = Mapping[str, Any]  # column name → value; every row of one call has the same columns
Columns = Mapping[str, Sequence[Any]]  # column name → its values, all of one length, or Written


def new_ids(model: type[models.Model], n: int) -> list[int]:
    """n fresh primary keys, so that rows may refer to each other before they are written."""
    if n == 0:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(%s) FROM generate_series(1, %s)", [f"{model._meta.db_table}_id_seq", n]
        )
        return [pk for (pk,) in cursor.fetchall()]


def insert_rows(model: type[models.Model], rows: Sequence[Row], *, on_conflict: str = "") -> None:
    """Insert all rows for the current clinic.

    on_conflict: what follows ON CONFLICT, such as "DO NOTHING"; our own text, never a user's.
    """
    if rows:
        insert_columns(model, _columns(rows), on_conflict=on_conflict)


def insert_rows_returning(
    model: type[models.Model], rows: Sequence[Row], *, on_conflict: str, returning: Sequence[str]
) -> list[tuple]:
    """The same, and these columns of the rows that were really written or changed."""
    if not rows:
        return []
    statement, parameters = _insertion(model, _columns(rows), on_conflict)
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} RETURNING {', '.join(returning)}", parameters)
        return cursor.fetchall()


def insert_columns(model: type[models.Model], columns: Columns, *, on_conflict: str = "") -> None:
    """Insert rows given column by column, which is quicker for very many."""
    write(*_insertion(model, columns, on_conflict))


def _insertion(
    model: type[models.Model], columns: Columns, on_conflict: str
) -> tuple[str, list[Any]]:
    """(statement, parameters). What all rows have in common is sent once, and nothing not at all:
    half the columns of a file are blank, and an array of NULLs is read like any other."""
    types = _types(model)
    alike = {name: values[:1] for name, values in columns.items() if _are_alike(values)}
    if len(alike) == len(columns):
        alike.popitem()
    differing = {name: values for name, values in columns.items() if name not in alike}
    once = {
        name: value
        for name, value in alike.items()
        if value[0] is not None or _fills_in(model, name)
    }
    given = [f"(%s::{types[name]}[])[1]" for name in once]
    given += [f"unnest(%s::{types[name]}[])" for name in differing]  # here they need no table
    statement = (
        f"INSERT INTO {_quoted(model._meta.db_table)}"
        f" (clinic_id, {', '.join(map(_quoted, [*once, *differing]))})"
        f" SELECT %s, {', '.join(given)}"
    )
    parameters = [current_clinic_id(), *arrays(once), *arrays(differing)]
    return f"{statement} ON CONFLICT {on_conflict}" if on_conflict else statement, parameters


def _are_alike(values: Sequence[Any]) -> bool:
    """Whether one plain value stands in every row. Of JSON we cannot say: 1 equals True there."""
    if isinstance(values, Written):
        return False
    first = values[0] if values else {}
    if isinstance(first, (dict, list)) or first != values[-1]:
        return False
    return all(value == first for value in values)


def _fills_in(model: type[models.Model], column: str) -> bool:
    """Whether the database would put something else where a column is not named."""
    field = next(field for field in model._meta.concrete_fields if field.column == column)
    return field.has_db_default()


def update_rows(model: type[models.Model], rows: Sequence[Row]) -> None:
    """Write the columns of each row to the row with its `id`.

    Rows are locked in the order of their ids, so that two batches cannot wait for each other.
    The clinic comes in by row security alone: told its number, the planner takes a clinic that it
    has not counted yet for an empty one, and compares all rows with all.
    """
    if not rows:
        return
    columns = _columns(rows)
    table = _quoted(model._meta.db_table)
    changes = ", ".join(f"{_quoted(c)} = r.{_quoted(c)}" for c in columns if c != "id")
    statement = (
        f"WITH r AS MATERIALIZED (SELECT * FROM {_recordset(model, columns)}),"  # noqa: S608
        f" locked AS (SELECT r.* FROM {table} t JOIN r USING (id) ORDER BY t.id"
        f" FOR NO KEY UPDATE OF t)"
        f" UPDATE {table} t SET {changes} FROM locked r WHERE t.id = r.id"
    )
    write(statement, arrays(columns))


def _columns(rows: Sequence[Row]) -> Columns:
    return {name: [row[name] for row in rows] for name in rows[0]}


def _recordset(model: type[models.Model], columns: Columns) -> str:
    known = _types(model)
    types = ", ".join(f"%s::{known[c]}[]" for c in columns)
    return f"unnest({types}) AS r({', '.join(map(_quoted, columns))})"


@cache
def _types(model: type[models.Model]) -> dict[str, str]:
    """column → its type in Postgres."""
    return {str(field.column): _type(field) for field in model._meta.concrete_fields}


def _type(field: models.Field) -> str:
    if field.primary_key:
        return "bigint"
    text = field.db_type(connection)
    return text.partition(" COLLATE")[0] if text else "text"


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
