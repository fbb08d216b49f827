"""One migrated template database, cloned for each worker.

Tables are made by the owner, tests run as the restricted role: the walls are up in every test.
"""

import hashlib
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg2
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg2 import sql

ROOT = Path(__file__).resolve().parent.parent
_LOCK = 7_301_955  # any number; keeps two workers from building the template at once


def template_name() -> str:
    """Named after what decides its shape, so that an old one is never taken for a new one."""
    digest = hashlib.sha256()
    for path in sorted([*ROOT.glob("*/migrations/*.py"), *ROOT.glob("tenancy/*.py")]):
        digest.update(path.read_bytes())
    return f"test_template_{digest.hexdigest()[:12]}"


@contextmanager
def _as_owner(dbname: str) -> Iterator:
    """A cursor of the owner, apart from Django's own connections."""
    connection = _connect(dbname)
    connection.autocommit = True
    with closing(connection), connection.cursor() as cursor:
        yield cursor


def _connect(dbname: str):
    owner = settings.DATABASES["owner"]
    return psycopg2.connect(
        host=owner["HOST"],
        port=owner["PORT"] or 5432,
        user=owner["USER"],
        password=owner["PASSWORD"],
        dbname=dbname,
    )


@contextmanager
def server() -> Iterator:
    """The owner outside any test database, alone in making or dropping some."""
    with _as_owner(settings.DATABASES["owner"]["MAINTENANCE_NAME"]) as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        yield cursor


def use(name: str) -> None:
    """Point both of Django's connections at this database."""
    for alias in ("owner", "default"):
        connections[alias].close()
        settings.DATABASES[alias].setdefault("MAINTENANCE_NAME", settings.DATABASES[alias]["NAME"])
        settings.DATABASES[alias]["NAME"] = name
        connections[alias].settings_dict["NAME"] = name


def make(name: str) -> None:
    """A fresh clone of the template, which is built first where it is missing."""
    use(name)
    with server() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (template_name(),))
        if cursor.fetchone() is None:
            _build_template(cursor)
        _drop(cursor, name)
        cursor.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template_name())
            )
        )
    use(name)


def _build_template(cursor) -> None:
    building = f"{template_name()}_building"
    _drop(cursor, building)
    cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(building)))
    use(building)
    call_command("migrate", database="owner", verbosity=0)
    use(template_name())
    cursor.execute(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
            sql.Identifier(building), sql.Identifier(template_name())
        )
    )


def drop(*names: str) -> None:
    for alias in ("owner", "default"):
        connections[alias].close()
    with server() as cursor:
        for name in names:
            _drop(cursor, name)


def _drop(cursor, name: str) -> None:
    """FORCE ends whoever is in it, but for autovacuum, which is not ours to end; a plain DROP has
    the server end that one."""
    plain = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name))
    for _attempt in range(120):
        try:
            return cursor.execute(plain + sql.SQL(" WITH (FORCE)"))
        except psycopg2.errors.InsufficientPrivilege:
            with suppress(psycopg2.errors.ObjectInUse):
                return cursor.execute(plain)
        time.sleep(0.5)
    return cursor.execute(plain)


_KEPT = ("django_migrations", "django_content_type", "auth_permission")


def empty() -> None:
    """Empty every table, as the owner, in one statement."""
    with _as_owner(settings.DATABASES["owner"]["NAME"]) as cursor:
        cursor.execute(
            "SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables"
            " WHERE schemaname = 'public' AND tablename <> ALL (%s)",
            (list(_KEPT),),
        )
        (tables,) = cursor.fetchone()
        cursor.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")


@contextmanager
def as_owner_here() -> Iterator:
    """The owner in the test's own database, in a transaction that is rolled back at the end."""
    with _rolled_back(settings.DATABASES["owner"]["NAME"]) as connection:
        yield connection


@contextmanager
def as_owner_elsewhere() -> Iterator:
    """The same in another database of the server."""
    with _rolled_back(settings.DATABASES["owner"]["MAINTENANCE_NAME"]) as connection:
        yield connection


@contextmanager
def _rolled_back(dbname: str) -> Iterator:
    with closing(_connect(dbname)) as connection:
        yield connection
        connection.rollback()


@contextmanager
def committed_as_owner() -> Iterator:
    """A cursor of the owner in the test's own database; what it does stays."""
    with _as_owner(settings.DATABASES["owner"]["NAME"]) as cursor:
        yield cursor
