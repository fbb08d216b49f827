"""The lint bites: take one wall away at a time and see it named."""

from contextlib import contextmanager

import pytest
from django.db import connection

from tenancy.wall_lint import find_holes
from tenancy.walls import wall_name
from tests.databases import as_owner_here

WALLS_TAKEN_AWAY = [
    ("DROP POLICY wall ON customers_customer", "customers_customer: the wall policy is missing"),
    (
        "ALTER TABLE customers_sale DISABLE ROW LEVEL SECURITY",
        "customers_sale: row security is off",
    ),
    (
        "ALTER TABLE customers_sale NO FORCE ROW LEVEL SECURITY",
        "customers_sale: row security is not forced on the owner",
    ),
    (
        "ALTER POLICY wall ON customers_tag USING (true)",
        "customers_tag: the wall policy is not",
    ),
    (
        "CREATE POLICY open ON customers_tag USING (true)",
        "customers_tag: policy open lets rows through",
    ),
    (
        "CREATE UNIQUE INDEX loud ON customers_contactpoint (value)",
        "customers_contactpoint: unique index loud does not start with the clinic",
    ),
    (
        "ALTER TABLE customers_sale ADD CONSTRAINT plain FOREIGN KEY (customer_id)"
        " REFERENCES customers_customer (id)",
        "customers_sale: foreign key plain could cross clinics",
    ),
    ("CREATE TABLE stray (clinic_id bigint)", "stray: a table no model of ours stands for"),
    (
        "CREATE VIEW names AS SELECT name FROM customers_customer",
        "names: a view without security_invoker reads as its owner",
    ),
    (
        "CREATE MATERIALIZED VIEW kept AS SELECT 1 AS one",
        "kept: a materialised view keeps rows of all clinics",
    ),
    (
        "CREATE FUNCTION peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER"
        " AS 'SELECT count(*) FROM customers_customer'",
        "peek: a SECURITY DEFINER function reads as its owner",
    ),
    (
        "GRANT TRUNCATE ON customers_customer TO PUBLIC",
        "customers_customer: the application's role may TRUNCATE",
    ),
    (
        "GRANT UPDATE ON loyalty_ledgerentry TO PUBLIC",
        "loyalty_ledgerentry: the application's role may UPDATE",
    ),
]


@contextmanager
def changed(statement: str):
    """The database with one statement applied by the owner, and rolled back afterwards."""
    with as_owner_here() as owner:
        with owner.cursor() as cursor:
            cursor.execute(statement)
        yield owner


def test_the_walls_stand(transactional_db):
    assert [str(hole) for hole in find_holes(connection)] == []


@pytest.mark.parametrize(("statement", "expected"), WALLS_TAKEN_AWAY)
def test_a_missing_wall_is_named(transactional_db, statement, expected):
    with changed(statement) as owner:
        found = [str(hole) for hole in find_holes(owner)]
    assert any(text.startswith(expected) for text in found), found
    assert not any(str(hole).startswith(expected) for hole in find_holes(connection))


def test_a_dropped_composite_key_is_named(transactional_db):
    name = wall_name("customers_contactpoint", "customer_id")
    with changed(f'ALTER TABLE customers_contactpoint DROP CONSTRAINT "{name}"') as owner:
        found = [str(hole) for hole in find_holes(owner)]
    assert found == ["customers_contactpoint.customer_id: the composite foreign key is missing"]


GUARD = wall_name("customers_saleline", "points")


@pytest.mark.parametrize(
    "statement",
    [
        f"DROP TRIGGER {GUARD} ON customers_saleline",
        f"ALTER TABLE customers_saleline DISABLE TRIGGER {GUARD}",
        f"CREATE OR REPLACE FUNCTION {GUARD}() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN RETURN NULL; END'",
    ],
)
def test_a_guard_that_is_gone_off_or_another_is_named(transactional_db, statement):
    with changed(statement) as owner:
        found = [str(hole) for hole in find_holes(owner)]
    assert found == [f"customers_saleline: the trigger {GUARD} is missing, off or another"]
