"""The planner's statistics after a bulk load.

Autovacuum looks once a minute; a table that was empty before a large load is planned as if it still
were, and a query over it can take minutes instead of milliseconds until then.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, models

GROWTH = 0.2  # share of new rows from which the old statistics mislead
SAMPLE = 20  # of 100 as usual: sizes and orders are enough while a table still grows
FOR_MANY = {"work_mem": "64MB", "enable_nestloop": "off"}
MIN_PAGES = 16  # what is smaller is read in a moment by any plan


def refresh_statistics(*models_loaded: type[models.Model], n_rows: int) -> list[str]:
    """Analyse those tables for which n_rows new rows are many; the tables analysed.

    Needs Postgres 17 (the MAINTAIN privilege); older servers skip it with a warning of their own,
    and wait for autovacuum.
    """
    tables = [model._meta.db_table for model in models_loaded]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relname = ANY(%s) AND %s > %s * greatest(reltuples, 0)",
            [tables, n_rows, GROWTH],
        )
        return _analyse(cursor)


def refresh_grown(*models_loaded: type[models.Model]) -> list[str]:
    """Analyse those tables that grew to twice what the planner knows of; the tables analysed.

    For loads that last: asked after every step, it comes to one look a doubling.
    """
    tables = [model._meta.db_table for model in models_loaded]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relname = ANY(%s) AND pg_relation_size(oid) / current_setting('block_size')::int"
            " > greatest(2 * relpages, %s)",
            [tables, MIN_PAGES],
        )
        return _analyse(cursor, sample=SAMPLE)


def _analyse(cursor: Any, *, sample: int | None = None) -> list[str]:
    """The tables the cursor stands on. sample: a coarser look, at 300 rows a unit."""
    outdated = sorted(name for (name,) in cursor.fetchall())
    if outdated and sample:
        cursor.execute("SELECT set_config('default_statistics_target', %s, true)", [str(sample)])
    for table in outdated:
        cursor.execute(f"ANALYZE {connection.ops.quote_name(table)}")
    if outdated and sample:
        cursor.execute("RESET default_statistics_target")
    return outdated


@contextmanager
def planned_for_many() -> Iterator[None]:
    """Statements with memory to sort in, and no step laid row by row beside another.

    How many rows a step makes the planner cannot know; taken for few they are compared all with
    all, and a million take for ever. For statements that read most of their tables.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, setting || coalesce(unit, '') FROM pg_settings WHERE name = ANY(%s)",
            [list(FOR_MANY)],
        )
        usual = dict(cursor.fetchall())
        _set(cursor, FOR_MANY)
        yield
        _set(cursor, usual)


def _set(cursor: Any, settings: dict[str, str]) -> None:
    """Until the end of the transaction at most."""
    for name, value in settings.items():
        cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
