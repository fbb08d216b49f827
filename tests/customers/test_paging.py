"""Pages of the list: every customer once, forward and back, in every order."""

from datetime import date, timedelta

import pytest

from customers.models import Customer
from customers.queries import paging
from customers.queries.paging import SORTS, page_of, read_cursor
from tests.factories.customers import CustomerFactory, SaleFactory


@pytest.fixture
def crowd(clinic, monkeypatch) -> list[int]:
    """Many ties in every key, some who never came, one who got back more than they paid."""
    monkeypatch.setattr(paging, "PAGE_SIZE", 4)
    for i in range(17):
        customer = CustomerFactory(
            name=f"王{i % 3}~小",
            last_visit_on=None if i % 4 == 0 else date(2026, 1, 1) + timedelta(days=i % 3),
        )
        if i % 5:
            SaleFactory(customer=customer, net_minor=(i % 3) * 100)
    SaleFactory(customer=customer, net_minor=-5_000, kind="refund")
    return list(Customer.objects.values_list("pk", flat=True))


def ids(found) -> list[int]:
    return [customer.pk for customer in found.customers]


@pytest.mark.parametrize("sort", SORTS)
def test_pages_show_everybody_once_and_the_way_back_is_the_way_there(crowd, sort):
    there = [page_of(Customer.objects.all(), sort=sort, at="")]
    while there[-1].next:
        there.append(page_of(Customer.objects.all(), sort=sort, at=there[-1].next))
    back = [there[-1]]
    while back[-1].previous:
        back.append(page_of(Customer.objects.all(), sort=sort, at=back[-1].previous))

    seen = [pk for page in there for pk in ids(page)]
    key = SORTS[sort].of
    customers = sorted(
        Customer.objects.all(),
        key=lambda customer: (key(customer), customer.pk),
        reverse=SORTS[sort].is_descending,
    )
    assert seen == [customer.pk for customer in customers]
    assert [page.first_index for page in there] == [1, 5, 9, 13, 17]
    assert [ids(page) for page in reversed(back)] == [ids(page) for page in there]
    assert [page.first_index for page in reversed(back)] == [1, 5, 9, 13, 17]


def test_page_after_people_who_are_gone_is_the_first_one(crowd):
    second = page_of(Customer.objects.all(), sort="name", at="").next
    nobody_left = Customer.objects.filter(name__lt=read_cursor(second, SORTS["name"]).key)

    assert ids(page_of(nobody_left, sort="name", at="a17~99999999~王9")) == ids(
        page_of(nobody_left, sort="name", at="")
    )


def test_somebody_new_on_the_first_page_repeats_nobody_on_the_second(crowd):
    first = page_of(Customer.objects.all(), sort="-last_visit", at="")
    CustomerFactory(last_visit_on=date(2026, 6, 1))

    second = page_of(Customer.objects.all(), sort="-last_visit", at=first.next)

    assert set(ids(first)).isdisjoint(ids(second))
