"""Tables filled with COPY, as a restore of a backup would, in a benchmark's own database.

COPY refuses tables with row security, so the owner lets it go for the while of the load; indexes
and constraints are taken down before and built once after, which takes a tenth of the time.
"""

import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice

from django.db import connections, models

AT_ONCE = 100_000  # rows a COPY
_NULL = r"\N"


@contextmanager
def bare_tables(*loaded: type[models.Model]) -> Iterator["Copier"]:
    """The tables without indexes, references and row security; all of it is back afterwards."""
    tables = [model._meta.db_table for model in loaded]
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '512MB'")
        rebuild = [*_indexes(cursor, tables), *_constraints(cursor, tables)]
        walled = _walled_tables(cursor)  # all: a reference is checked as the owner sees its target
        for table in walled:
            cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for drop, _build in reversed(rebuild):
            cursor.execute(drop)
        yield Copier(cursor)
        for _drop, build in rebuild:
            cursor.execute(build)
        for table in walled:
            cursor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            cursor.execute(f"VACUUM ANALYZE {table}")


class Copier:
    def __init__(self, cursor) -> None:
        self._cursor = cursor

    def copy(
        self, model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence]
    ) -> None:
        """Write rows as they come. Values are plain: no tabs, line ends or backslashes."""
        names = ", ".join(columns)
        command = f"COPY {model._meta.db_table} ({names}) FROM STDIN"
        lines = iter(rows)
        while part := list(islice(lines, AT_ONCE)):
            text = "\n".join("\t".join(map(_cell, row)) for row in part)
            self._cursor.copy_expert(command, io.StringIO(text + "\n"))

    def run(self, statement: str, values: Sequence = ()) -> None:
        """A statement of the owner, for rows that follow from others."""
        self._cursor.execute(statement, values)


def _cell(value: object) -> str:
    return _NULL if value is None else str(value)


def _walled_tables(cursor) -> list[str]:
    cursor.execute("SELECT oid::regclass::text FROM pg_class WHERE relforcerowsecurity")
    return [name for (name,) in cursor.fetchall()]


def _indexes(cursor, tables: list[str]) -> list[tuple[str, str]]:
    """(drop, build) of every index that no constraint stands on."""
    cursor.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i"
        " WHERE i.indrelid = ANY(%s::regclass[]) AND NOT EXISTS"
        " (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)",
        [tables],
    )
    return [(f"DROP INDEX {name}", build) for name, build in cursor.fetchall()]


def _constraints(cursor, tables: list[str]) -> list[tuple[str, str]]:
    """(drop, build) of keys and references, those of other tables to these included; keys first."""
    cursor.execute(
        "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)"
        " FROM pg_constraint WHERE contype IN ('p', 'u', 'f')"
        " AND (conrelid = ANY(%s::regclass[]) OR confrelid = ANY(%s::regclass[]))"
        " ORDER BY contype = 'f', contype = 'u'",
        [tables, tables],
    )
    return [
        (
            f"ALTER TABLE {table} DROP CONSTRAINT {name}",
            f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}",
        )
        for table, name, definition in cursor.fetchall()
    ]
