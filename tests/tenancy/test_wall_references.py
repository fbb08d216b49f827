"""What the triggers in place of composite keys refuse, one row at a time and in bulk."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, transaction

from customers.models import Sale, SaleLine
from customers.services.bulk_rows import insert_rows
from tenancy.scope import clinic_scope
from tenancy.wall_references import FEW
from tenancy.walls import wall_name
from tests.factories.customers import CustomerFactory, SaleFactory
from tests.factories.tenancy import ClinicFactory

OF_SALE = wall_name("customers_saleline", "sale_id")
NOWHERE = 999_999_999


def line(sale_id: int, number: int = 1) -> dict:
    return {"sale_id": sale_id, "line_no": number, "item_code": "", "item_name": "x",
            "quantity": 1, "net_minor": 0}  # fmt: skip


def lines(n: int, *sale_ids: int) -> list[dict]:
    return [line(sale_ids[i % len(sale_ids)], i) for i in range(n)]


def refused_by(work) -> str:
    """The constraint that refused it."""
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        work()
    return refusal.value.__cause__.diag.constraint_name


@pytest.mark.parametrize("n", [1, 3, FEW + 10])
def test_a_row_that_points_nowhere_is_refused_among_any_number(clinic, n):
    sale = SaleFactory()
    rows = [*lines(n - 1, sale.pk), line(NOWHERE)]
    assert refused_by(lambda: insert_rows(SaleLine, rows)) == OF_SALE
    insert_rows(SaleLine, lines(n, sale.pk))
    assert SaleLine.objects.count() == n


@pytest.mark.parametrize("n", [1, FEW + 10])
def test_another_clinics_row_is_nowhere(clinic, other_clinic, in_clinic, n):
    with in_clinic(other_clinic):
        theirs = SaleFactory()
    own = SaleFactory()
    rows = [*lines(n - 1, own.pk), line(theirs.pk)]
    assert refused_by(lambda: insert_rows(SaleLine, rows)) == OF_SALE


def test_blank_references_are_no_matter(clinic):
    insert_rows(SaleLine, lines(2, SaleFactory().pk))
    assert list(SaleLine.objects.values_list("treatment_id", flat=True)) == [None, None]


def test_rows_of_one_statement_may_point_at_each_other(clinic):
    sale = SaleFactory()
    Sale.objects.filter(pk=sale.pk).update(external_id="first")
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH made AS (INSERT INTO customers_sale (clinic_id, source, external_id, kind,"
            " customer_id, occurred_at, occurred_on, counts_on, gross_minor, discount_minor,"
            " net_minor, currency, created_at, updated_at) SELECT clinic_id, source, 'second',"
            " kind, customer_id, occurred_at, occurred_on, counts_on, gross_minor,"
            " discount_minor, net_minor, currency, created_at, updated_at FROM customers_sale"
            " RETURNING id, clinic_id)"
            " INSERT INTO customers_saleline (clinic_id, sale_id, line_no, item_code, item_name,"
            " quantity, net_minor) SELECT clinic_id, id, 1, '', '', 1, 0 FROM made"
        )
    assert SaleLine.objects.get().sale.external_id == "second"


def test_a_row_cannot_be_pointed_nowhere_later(clinic):
    insert_rows(SaleLine, lines(1, SaleFactory().pk))
    assert refused_by(lambda: SaleLine.objects.update(sale_id=NOWHERE)) == OF_SALE
    other = SaleFactory()
    assert SaleLine.objects.update(sale_id=other.pk) == 1


def _delete(table: str, pk: int) -> None:
    """In SQL: Django would take the rows that hang on it along."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE id = %s", [pk])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_target_stays_while_somebody_points_at_it(clinic):
    sale = SaleFactory()
    insert_rows(SaleLine, lines(1, sale.pk))
    assert refused_by(lambda: _delete("customers_sale", sale.pk)) == OF_SALE
    SaleLine.objects.all().delete()
    _delete("customers_sale", sale.pk)
    assert not Sale.objects.exists()


def test_a_target_may_go_before_its_rows_in_one_transaction(clinic):
    sale = SaleFactory()
    insert_rows(SaleLine, lines(1, sale.pk))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM customers_sale")
    SaleLine.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_target_does_not_change_its_number(clinic):
    sale = SaleFactory()
    insert_rows(SaleLine, lines(1, sale.pk))

    def renumber() -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE customers_sale SET id = id + 1000")
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    assert refused_by(renumber) == OF_SALE


@pytest.mark.parametrize("n", [1, FEW + 10])
def test_a_target_that_goes_meanwhile_is_waited_for(transactional_db, n):
    """Lines are written while their sale is deleted: one of the two is refused, never both."""
    clinic = ClinicFactory()
    with clinic_scope(clinic.pk):
        sale = SaleFactory(customer=CustomerFactory())

    def delete() -> str:
        try:
            with clinic_scope(clinic.pk):
                Sale.objects.get(pk=sale.pk)
                _delete("customers_sale", sale.pk)
            return "deleted"
        except IntegrityError:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with clinic_scope(clinic.pk):
            insert_rows(SaleLine, lines(n, sale.pk))
            deleting = pool.submit(delete)
            with pytest.raises(TimeoutError):
                deleting.result(timeout=1)
        assert deleting.result(timeout=20) == "refused"
    with clinic_scope(clinic.pk):
        assert SaleLine.objects.filter(sale=sale).count() == n


@pytest.mark.parametrize("n", [1, FEW + 10])
def test_rows_wait_for_a_target_that_is_going(transactional_db, n):
    """The sale's end is at its commit already: lines that come then find nothing to point at."""
    clinic = ClinicFactory()
    with clinic_scope(clinic.pk):
        sale = SaleFactory(customer=CustomerFactory())

    def write() -> str:
        try:
            with clinic_scope(clinic.pk):
                insert_rows(SaleLine, lines(n, sale.pk))
            return "written"
        except IntegrityError:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with clinic_scope(clinic.pk):
            _delete("customers_sale", sale.pk)
            writing = pool.submit(write)
            with pytest.raises(TimeoutError):
                writing.result(timeout=1)
        assert writing.result(timeout=20) == "refused"
