"""Every tenant model: read, write, reference across, unique across; with each wall alone."""

import pytest
from django.db import connection

from tenancy.scope import clinic_scope
from tenancy.walls import tenant_models, wall_name
from tests.databases import committed_as_owner
from tests.walls.conftest import standing
from tests.walls.models_harness import leaks_in_models
from tests.walls.rows import make_rows


def test_nothing_leaks_between_clinics(walls, two_clinics):
    assert leaks_in_models(two_clinics) == []


def test_both_clinics_may_have_the_very_same_values(two_clinics):
    """A unique constraint that forgot the clinic would refuse the second one, or tell of it."""
    from tests.factories.tenancy import ClinicFactory, UserFactory

    prefixes = []
    for slug in ("first", "second"):
        clinic = ClinicFactory(slug=slug)
        with clinic_scope(clinic.pk):
            rows = make_rows(clinic, text="same", pk=None, user=UserFactory())
            prefixes.append(rows["tenancy.apikey"].prefix)
            rows["tenancy.apikey"].delete()  # its prefix is the one thing unique over all
    assert prefixes[0] == prefixes[1]


@pytest.fixture
def taken_away():
    """Apply a statement as the owner for one test, and undo it with a second one."""
    undo = []

    def apply(statement: str, back: str) -> None:
        connection.close()
        with committed_as_owner() as cursor:
            cursor.execute(statement)
        undo.append(back)

    yield apply
    connection.close()
    with committed_as_owner() as cursor:
        for statement in undo:
            cursor.execute(statement)


def test_the_harness_bites_when_a_policy_is_gone(two_clinics, taken_away):
    taken_away(
        "ALTER POLICY wall ON customers_customer USING (true) WITH CHECK (true)",
        "ALTER POLICY wall ON customers_customer USING (clinic_id = (SELECT tenancy_clinic_id()))"
        " WITH CHECK (clinic_id = (SELECT tenancy_clinic_id()))",
    )
    with standing("row security alone"):
        found = leaks_in_models(two_clinics)
    assert "customers.Customer: is read" in found
    assert all("customers.Customer" in leak for leak in found)


def test_the_harness_bites_when_a_composite_key_is_gone(two_clinics, taken_away):
    name = wall_name("customers_contactpoint", "customer_id")
    taken_away(
        f'ALTER TABLE customers_contactpoint DROP CONSTRAINT "{name}"',
        f'ALTER TABLE customers_contactpoint ADD CONSTRAINT "{name}" FOREIGN KEY'
        " (clinic_id, customer_id)"
        " REFERENCES customers_customer (clinic_id, id) DEFERRABLE INITIALLY DEFERRED",
    )
    assert leaks_in_models(two_clinics) == [
        "customers.ContactPoint.customer: points at another clinic's row"
    ]


def test_the_harness_bites_when_the_clinic_is_set_for_the_session(two_clinics):
    """A session-level SET survives into the next transaction, where no scope is open."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('clinic_crm.clinic_id', %s, false)", [str(two_clinics.foreign.pk)]
        )
        cursor.execute("SELECT count(*) FROM customers_visit")
        assert cursor.fetchone() == (1,)
        cursor.execute("RESET clinic_crm.clinic_id")


def test_a_request_leaves_no_clinic_on_the_connection(two_clinics):
    with clinic_scope(two_clinics.home.pk), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM customers_visit")
        assert cursor.fetchone() == (1,)
    for model in tenant_models():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {model._meta.db_table}")
            assert cursor.fetchone() == (0,), model
