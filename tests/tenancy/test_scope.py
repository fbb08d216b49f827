from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, transaction

from customers.models import Customer, Identity
from tenancy.exceptions import ClinicScopeConflict, NoClinicScope, OutsideTransaction
from tenancy.scope import clinic_scope
from tests.conftest import outside_scope
from tests.factories.customers import CustomerFactory


def rows_in_database(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return cursor.fetchone()[0]


def test_reading_outside_a_scope_is_loud(clinic):
    with outside_scope(), pytest.raises(NoClinicScope):
        Customer.objects.count()


def test_raw_sql_outside_a_scope_sees_nothing(clinic):
    CustomerFactory()
    with outside_scope():
        assert rows_in_database("customers_customer") == 0
    assert rows_in_database("customers_customer") == 1


def test_other_clinics_rows_are_invisible_and_the_scope_comes_back(clinic, other_clinic, in_clinic):
    CustomerFactory(name="Mine")
    with in_clinic(other_clinic):
        CustomerFactory(name="Theirs")
        assert list(Customer.objects.values_list("name", flat=True)) == ["Theirs"]
    assert list(Customer.objects.values_list("name", flat=True)) == ["Mine"]


def test_a_second_clinic_cannot_be_opened_inside_the_first(clinic, other_clinic):
    with pytest.raises(ClinicScopeConflict), clinic_scope(other_clinic.pk):
        pass


def test_writing_another_clinics_row_is_refused(clinic, other_clinic):
    with pytest.raises(ClinicScopeConflict):
        CustomerFactory(clinic=other_clinic)


def test_inner_scope_does_not_outlive_its_savepoint(clinic, other_clinic):
    with outside_scope(), transaction.atomic():
        with clinic_scope(other_clinic.pk):
            CustomerFactory(name="Theirs")
        assert rows_in_database("customers_customer") == 0


@pytest.mark.django_db(transaction=True)
def test_steps_of_a_long_task_are_bound_one_by_one():
    from tests.factories.tenancy import ClinicFactory

    clinic = ClinicFactory()
    with clinic_scope(clinic.pk, atomic=False):
        with transaction.atomic():
            CustomerFactory()
        with transaction.atomic():
            assert Customer.objects.count() == 1
        with pytest.raises(OutsideTransaction):
            Customer.objects.count()
    assert rows_in_database("customers_customer") == 0


def test_a_reference_cannot_cross_clinics(clinic, other_clinic, in_clinic):
    mine = CustomerFactory()
    with (
        pytest.raises(IntegrityError, match="wall_customers_identity"),
        in_clinic(other_clinic),
    ):
        Identity.objects.create(customer_id=mine.pk, source="x", external_id="1")
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.django_db(transaction=True)
def test_first_connection_of_a_process_may_be_made_inside_a_scope(monkeypatch):
    """As a worker does whose first task is a scoped one: Django asks for the server's version."""
    monkeypatch.setattr("django.db.backends.base.base.RAN_DB_VERSION_CHECK", set())

    def first_task() -> int:
        try:
            with clinic_scope(1):
                return Customer.objects.count()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as fresh_thread:  # with a connection of its own
        assert fresh_thread.submit(first_task).result() == 0
