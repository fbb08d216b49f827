import secrets
from contextlib import closing

import psycopg2
import pytest

from devstack import outside
from devstack.errors import DevError
from devstack.state import State


def execute(url: str, *statements: str):
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        return cursor.fetchall() if cursor.description else None


@pytest.fixture
def database(bootstrap_url):
    """A fresh database of a server that is not ours; its superuser's address."""
    name = f"salon_{secrets.token_hex(3)}"
    execute(bootstrap_url, f"CREATE DATABASE {name}")
    yield outside.of_database(bootstrap_url, name)
    execute(
        bootstrap_url,
        f"DROP DATABASE {name} WITH (FORCE)",
        f"DROP ROLE IF EXISTS clinic_app_{name}",
    )


@pytest.fixture
def home(tmp_path):
    return State(tmp_path)


def test_superuser_becomes_the_owner_and_row_security_holds_for_the_derived_role(database, home):
    owner_url, app_url = outside.database_urls({"DATABASE_URL": database}, home)

    assert owner_url == database
    execute(
        owner_url,
        "CREATE TABLE visit (clinic int)",
        "INSERT INTO visit VALUES (1), (2)",
        "ALTER TABLE visit ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE visit FORCE ROW LEVEL SECURITY",
        "CREATE POLICY own ON visit USING (clinic = 1)",
        f"GRANT SELECT ON visit TO {outside.probe(app_url, 'DATABASE_URL').name}",
    )
    assert execute(app_url, "SELECT clinic FROM visit") == [(1,)]
    role = outside.probe(app_url, "DATABASE_URL")
    assert (role.is_superuser, role.can_create_roles) == (False, False)


def test_derived_role_is_the_same_the_next_time(database, home):
    first = outside.database_urls({"DATABASE_URL": database}, home)

    assert outside.database_urls({"DATABASE_URL": database}, State(home.folder)) == first


def test_role_that_may_create_roles_is_enough(database, bootstrap_url, home):
    execute(bootstrap_url, "CREATE ROLE salon_owner LOGIN CREATEROLE CREATEDB PASSWORD 'pw'")
    url = outside._with_login(database, "salon_owner", "pw")
    try:
        _, app_url = outside.database_urls({"DATABASE_URL": url}, home)
        assert execute(app_url, "SELECT 1") == [(1,)]
        execute(bootstrap_url, f"DROP ROLE {outside.probe(app_url, 'DATABASE_URL').name}")
    finally:
        execute(bootstrap_url, "DROP ROLE salon_owner")


def test_restricted_role_alone_is_refused(server, home):
    with pytest.raises(DevError) as refusal:
        outside.database_urls({"DATABASE_URL": server.app_url}, home)

    assert refusal.value.message == "The role «clinic_app» of DATABASE_URL may not create roles."
    assert "DATABASE_OWNER_URL" in refusal.value.mend


def test_both_addresses_given_are_used_as_they_are(server, home):
    given = {"DATABASE_URL": server.app_url, "DATABASE_OWNER_URL": server.owner_url}

    assert outside.database_urls(given, home) == (server.owner_url, server.app_url)


def test_unreachable_server_is_named_without_its_password(home):
    url = "postgres://salon:secret-word@127.0.0.1:1/crm"

    with pytest.raises(DevError) as failure:
        outside.database_urls({"DATABASE_URL": url}, home)

    assert failure.value.message == ("DATABASE_URL (salon@127.0.0.1:1/crm) cannot be used.")
    assert "secret-word" not in failure.value.output + failure.value.mend


def test_unreachable_redis_is_named_without_its_password():
    with pytest.raises(DevError) as failure:
        outside.redis_url({"REDIS_URL": "redis://:secret-word@127.0.0.1:1/0"})

    assert failure.value.message == "REDIS_URL (127.0.0.1:1/0) cannot be used."
    assert "secret-word" not in failure.value.output + failure.value.mend


def test_long_database_names_make_different_role_names():
    one, two = (outside.app_role_name("诊所" * 12 + end) for end in ("a", "b"))

    assert one != two
    assert max(len(one.encode()), len(two.encode())) <= 63


def test_scratch_database_is_gone_afterwards(server):
    with outside.scratch_database(server.owner_url) as name:
        url = outside.of_database(server.owner_url, name)
        left_open = psycopg2.connect(url)

    left_open.close()
    with pytest.raises(psycopg2.OperationalError, match="does not exist"):
        psycopg2.connect(url)
