"""Rows as JSON, column by column, as the table holds them; and rows put back as they were.

Tables, columns and ids are our own, never a user's.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

from tenancy.models import TenantModel
from tenancy.scope import current_clinic_id
from tenancy.walls import tenant_references

Values = Mapping[str, Any]


def raw_rows(model: type[TenantModel], ids: Iterable[int]) -> list[dict[str, Any]]:
    """In the order of their ids; sealed texts stay sealed."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT to_jsonb(t)::text FROM {quoted(model._meta.db_table)} t"  # noqa: S608 ours
            " WHERE clinic_id = %s AND id = ANY(%s) ORDER BY id",
            [current_clinic_id(), list(ids)],
        )
        return [json.loads(text) for (text,) in cursor.fetchall()]


def write_columns(model: type[TenantModel], columns: Sequence[str], rows: Sequence[Values]) -> None:
    """Write these columns of each row, given as JSON with its id, past `auto_now` and `save`."""
    table = quoted(model._meta.db_table)
    changes = ", ".join(f"{quoted(name)} = r.{quoted(name)}" for name in columns)
    run(
        f"UPDATE {table} t SET {changes}"  # noqa: S608 our own names
        f" FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb) r"
        " WHERE t.clinic_id = %s AND t.id = r.id",
        [json.dumps(list(rows)), current_clinic_id()],
    )


def put_back(model: type[TenantModel], rows: Sequence[dict[str, Any]]) -> int:
    """Insert rows with their ids, but for those whose other references are gone; how many."""
    standing = _that_refer_to_what_stands(model, rows)
    table = quoted(model._meta.db_table)
    return run(
        f"INSERT INTO {table} SELECT * FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb)"  # noqa: S608
        " ON CONFLICT DO NOTHING",
        [json.dumps(standing)],
    )


def _that_refer_to_what_stands(
    model: type[TenantModel], rows: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    for field in tenant_references(model):
        named = {row[field.column] for row in rows} - {None}
        targets = field.related_model._base_manager.filter(pk__among=named)
        there = {None, *(targets.values_list("pk", flat=True) if named else ())}
        rows = [row for row in rows if row[field.column] in there]
    return list(rows)


def run(statement: str, params: list[Any]) -> int:
    """The number of rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.rowcount


def quoted(name: str) -> str:
    return connection.ops.quote_name(name)
