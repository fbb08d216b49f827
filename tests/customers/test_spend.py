"""What a customer spent follows the sales, whoever writes them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from customers.invariants import violations
from customers.models import Customer, Sale
from customers.services.bulk_rows import insert_rows
from tenancy.scope import clinic_scope
from tests.factories.customers import NOON, CustomerFactory, SaleFactory, VisitFactory
from tests.factories.tenancy import ClinicFactory


def spent(customer: Customer) -> int:
    return Customer.objects.get(pk=customer.pk).spent_minor


def test_spend_follows_sales_refunds_corrections_and_deletions(clinic):
    anna = CustomerFactory()
    sale = SaleFactory(customer=anna, net_minor=10_000)
    SaleFactory(customer=anna, net_minor=-4_000, kind="refund", refund_of=None)
    assert spent(anna) == 6_000

    Sale.objects.filter(pk=sale.pk).update(gross_minor=12_000, net_minor=12_000)
    assert spent(anna) == 8_000

    Sale.objects.filter(pk=sale.pk).delete()
    assert spent(anna) == -4_000


def test_spend_moves_with_a_sale_to_another_customer(clinic):
    anna, berta = CustomerFactory(), CustomerFactory()
    sale = SaleFactory(customer=anna, net_minor=10_000)

    Sale.objects.filter(pk=sale.pk).update(customer=berta)

    assert (spent(anna), spent(berta)) == (0, 10_000)


def test_spend_of_a_batch_is_added_once_a_customer(clinic):
    anna, berta = CustomerFactory(), CustomerFactory()
    row = {
        "source": "booking", "kind": "sale", "occurred_at": NOON, "occurred_on": NOON.date(),
        "counts_on": NOON.date(), "gross_minor": 100, "discount_minor": 0, "net_minor": 100,
        "currency": "CNY", "created_at": NOON, "updated_at": NOON,
    }  # fmt: skip
    buyers = [anna.pk, berta.pk, anna.pk]
    insert_rows(
        Sale, [row | {"external_id": f"B{i}", "customer_id": pk} for i, pk in enumerate(buyers)]
    )

    assert (spent(anna), spent(berta)) == (200, 100)


def test_spend_is_another_clinics_own_affair(clinic, other_clinic, in_clinic):
    with in_clinic(other_clinic):
        theirs = CustomerFactory()
        SaleFactory(customer=theirs, net_minor=700)
    SaleFactory(customer=CustomerFactory(), net_minor=100)

    with in_clinic(other_clinic):
        assert spent(theirs) == 700
        assert violations() == []


def test_spend_that_left_its_sales_is_found(clinic):
    anna = CustomerFactory()
    SaleFactory(customer=anna, net_minor=100)
    assert violations() == []

    Customer.objects.filter(pk=anna.pk).update(spent_minor=1)

    assert violations() == [f"customer {anna.pk}: spent_minor is not the sum of the sales"]


@pytest.mark.django_db(transaction=True)
def test_two_at_once_lose_no_sale(transactional_db):
    """The second waits for the first one's row and adds to what it left."""
    clinic = ClinicFactory()
    with clinic_scope(clinic.pk):
        anna = CustomerFactory()
    start = Barrier(4)

    def sell(_number: int) -> None:
        try:
            start.wait(timeout=30)
            for _i in range(5):
                with clinic_scope(clinic.pk):
                    SaleFactory(customer=anna, net_minor=100)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(sell, range(4)))

    with clinic_scope(clinic.pk):
        assert spent(anna) == 2_000


def test_sales_bring_the_last_visit_along_and_never_back(clinic):
    anna = CustomerFactory(last_visit_on=None, updated_at=NOON - timedelta(days=30))
    VisitFactory(customer=anna, visited_on=NOON.date())
    SaleFactory(customer=anna, net_minor=100)
    came = Customer.objects.get(pk=anna.pk)
    Customer.objects.filter(pk=anna.pk).update(last_visit_on=NOON.date() + timedelta(days=9))
    SaleFactory(customer=anna, net_minor=100)

    assert (came.last_visit_on, came.spent_minor) == (NOON.date(), 100)
    assert came.updated_at == Sale.objects.earliest("pk").updated_at
    assert Customer.objects.get(pk=anna.pk).last_visit_on == NOON.date() + timedelta(days=9)
