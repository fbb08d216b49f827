import os
import signal
import socket
import subprocess
import sys
from contextlib import closing

import psycopg2
import pytest

from devstack import postgres


def answer(url: str, query: str):
    with closing(psycopg2.connect(url)) as connection:
        cursor = connection.cursor()
        cursor.execute(query)
        return cursor.fetchone()


RIGHTS = """SELECT current_user::text, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole
    FROM pg_roles WHERE rolname = current_user"""


def test_owner_may_create_databases_and_roles_but_not_pass_row_security(server):
    assert answer(server.owner_url, RIGHTS) == ("clinic_owner", False, False, True, True)
    owner = "SELECT datdba::regrole::text FROM pg_database WHERE datname = current_database()"
    assert answer(server.owner_url, owner) == ("clinic_owner",)


def test_apps_role_may_nothing(server):
    assert answer(server.app_url, RIGHTS) == ("clinic_app", False, False, False, False)
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        answer(server.app_url, "CREATE TABLE own_table (id int)")


def test_password_is_asked_for(server):
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(server.app_url.replace("clinic_app:", "clinic_app:wrong"))


@pytest.mark.parametrize("url", ["app_url", "owner_url"])
def test_log_of_the_server_tells_no_values(server, server_state, url):
    log = server_state.logs / "postgres.log"
    n_before = len(log.read_text())
    with closing(psycopg2.connect(getattr(server, url))) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("CREATE TEMP TABLE people (name text UNIQUE)")
        cursor.execute("INSERT INTO people VALUES ('Xerxesiana')")
        with pytest.raises(psycopg2.errors.UniqueViolation, match="Xerxesiana"):
            cursor.execute("INSERT INTO people VALUES ('Xerxesiana')")
        cursor.execute("SET statement_timeout = 10")
        with pytest.raises(psycopg2.errors.QueryCanceled):
            cursor.execute("SELECT pg_sleep(9), 'Xerxesiana'")
    told = log.read_text()[n_before:]
    assert "duplicate key" in told and "timeout" in told
    assert "Xerxesiana" not in told


def test_trigrams_know_chinese(server):
    with closing(psycopg2.connect(server.owner_url)) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE EXTENSION pg_trgm")
        cursor.execute("SELECT show_trgm('王小明')")
        assert len(cursor.fetchone()[0]) == 4


def test_server_listens_on_loopback_only(bootstrap_url):
    query = "SELECT current_setting('listen_addresses'), current_setting('unix_socket_directories')"
    assert answer(bootstrap_url, query) == ("127.0.0.1", "")


@pytest.fixture
def own_state(tmp_path):
    state = postgres.State(tmp_path / "小 stack")
    yield state
    postgres.delete_data(state)


def test_data_survive_a_kill_and_a_taken_port(own_state):
    first = postgres.start(own_state)
    with closing(psycopg2.connect(first.owner_url)) as connection:
        connection.autocommit = True
        connection.cursor().execute("CREATE TABLE kept AS SELECT 7 AS seven")
    os.kill(first.child.process.pid, signal.SIGKILL)
    first.child.process.wait()
    port = own_state.section("postgres")["port"]

    with socket.socket() as intruder:
        intruder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        intruder.bind(("127.0.0.1", port))
        intruder.listen()
        second = postgres.start(own_state)
    try:
        assert own_state.section("postgres")["port"] != port
        assert answer(second.owner_url, "SELECT seven FROM kept") == (7,)
    finally:
        second.child.stop()


def test_leftover_server_of_ours_is_stopped_and_the_data_open_again(own_state):
    left = postgres.start(own_state)  # nobody stops it
    second = postgres.start(own_state)
    try:
        assert left.child.process.wait(5) == 0  # a clean shutdown, not a kill
        assert answer(second.app_url, "SELECT 1") == (1,)
    finally:
        second.child.stop()


def test_stale_pid_file_does_not_hit_the_process_that_now_has_the_number(tmp_path):
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        (tmp_path / "postmaster.pid").write_text(f"{stranger.pid}\n")

        postgres.end_leftover(tmp_path)

        assert stranger.poll() is None
        assert not (tmp_path / "postmaster.pid").exists()
    finally:
        stranger.kill()
        stranger.wait()
