"""Servers somebody else runs, named by DATABASE_URL, DATABASE_OWNER_URL and REDIS_URL."""

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg2
import redis
from psycopg2 import sql

from devstack.errors import DevError
from devstack.postgres import log_no_values
from devstack.state import State

MAX_NAME_BYTES = 63  # Postgres cuts longer names silently
RIGHTS = "LOGIN NOCREATEDB NOCREATEROLE NOSUPERUSER NOBYPASSRLS"


@dataclass(frozen=True)
class Role:
    """What the server says of the role we log in as."""

    name: str
    database: str
    is_superuser: bool
    can_create_roles: bool


def database_urls(environment: Mapping[str, str], home: State) -> tuple[str, str]:
    """The owner's and the restricted role's address.

    With DATABASE_URL alone its role must be able to create roles: it becomes the owner, and a
    restricted role is made beside it. Raises DevError when that cannot be.
    """
    given = environment["DATABASE_URL"]
    if owner_url := environment.get("DATABASE_OWNER_URL"):
        probe(owner_url, "DATABASE_OWNER_URL")
        probe(given, "DATABASE_URL")
        return owner_url, given
    role = probe(given, "DATABASE_URL")
    if not (role.is_superuser or role.can_create_roles):
        raise DevError(
            f"The role «{role.name}» of DATABASE_URL may not create roles.",
            mend="set DATABASE_OWNER_URL too: the role that owns the tables and migrates. "
            "DATABASE_URL stays the restricted role the app runs as.",
        )
    return given, _restricted_url(given, role, home)


def probe(url: str, variable: str) -> Role:
    """Log in and ask who we are. Raises DevError naming the variable when the server says no."""
    query = "SELECT current_user, current_database(), rolsuper, rolcreaterole FROM pg_roles"
    try:
        with closing(psycopg2.connect(url, connect_timeout=10)) as connection:
            cursor = connection.cursor()
            cursor.execute(f"{query} WHERE rolname = current_user")
            return Role(*cursor.fetchone())
    except psycopg2.Error as error:
        raise DevError(
            f"{variable} ({without_password(url)}) cannot be used.",
            output=str(error).strip(),
            mend=f"start that server, or mend or unset {variable}.",
        ) from None


def redis_url(environment: Mapping[str, str]) -> str:
    """REDIS_URL, after a look whether it answers."""
    url = environment["REDIS_URL"]
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=10) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        raise DevError(
            f"REDIS_URL ({without_password(url)}) cannot be used.",
            output=str(error),
            mend="start that server, or mend or unset REDIS_URL.",
        ) from None
    return url


@contextmanager
def scratch_database(owner_url: str) -> Iterator[str]:
    """A new, empty database on the owner's server, dropped afterwards; yields its name."""
    name = sql.Identifier(plain := f"clinic_crm_scratch_{secrets.token_hex(4)}")
    with closing(psycopg2.connect(owner_url)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        try:
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(name))
        except psycopg2.errors.InsufficientPrivilege:
            raise DevError(
                "The owner role may not create databases, and checks and benchmarks need one.",
                mend="ALTER ROLE … CREATEDB, or unset DATABASE_URL.",
            ) from None
        try:
            yield plain
        finally:
            cursor.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def of_database(url: str, name: str) -> str:
    """The same server and role, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _restricted_url(owner_url: str, role: Role, home: State) -> str:
    """Make the restricted role (its password is kept in the clone's state) and its address."""
    name = app_role_name(role.database)
    password = home.secret(f"{urlsplit(owner_url).netloc.rpartition('@')[2]}/{name}")
    with closing(psycopg2.connect(owner_url)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name])
        verb = "ALTER" if cursor.fetchone() else "CREATE"
        # Only a superuser may speak of SUPERUSER and BYPASSRLS; for others both are off anyway.
        rights = RIGHTS if role.is_superuser else "LOGIN NOCREATEDB NOCREATEROLE"
        statement = sql.SQL(f"{verb} ROLE {{}} {rights} PASSWORD {{}}")
        cursor.execute(statement.format(sql.Identifier(name), sql.Literal(password)))
        if role.is_superuser:
            log_no_values(cursor, name)
    return _with_login(owner_url, name, password)


def app_role_name(database: str) -> str:
    """`clinic_app_<database>`; a name too long for Postgres is cut and made unique by a hash."""
    name = f"clinic_app_{database}"
    if len(name.encode()) <= MAX_NAME_BYTES:
        return name
    digest = hashlib.sha256(database.encode()).hexdigest()[:8]
    kept = name.encode()[: MAX_NAME_BYTES - 9].decode(errors="ignore")
    return f"{kept}_{digest}"


def _with_login(url: str, name: str, password: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(name, safe='')}:{password}@{host}"))


def without_password(url: str) -> str:
    """The address fit for a screen."""
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    shown_user = f"{user.partition(':')[0]}@" if user.partition(":")[0] else ""
    return f"{shown_user}{host}{parts.path}"
