"""However common a word is, and whichever way it is looked for, the same customers are found."""

import sys
from datetime import date, timedelta

import pytest

from customers.models import Customer
from customers.queries import read_search, search, visible_customers
from customers.queries.listing import list_page
from customers.queries.paging import SORTS
from customers.services import search_tokens
from tests.factories.customers import ContactPointFactory, CustomerFactory
from tests.factories.tenancy import BranchFactory

WAYS = {"rare": (2_000, 30_000, 3_000), "common": (-1, 30_000, 3_000), "huge": (-1, -1, 3_000),
        "huge, far away": (-1, -1, 5)}  # fmt: skip


@pytest.fixture
def crowd(clinic) -> None:
    for i in range(60):
        customer = CustomerFactory(
            name=("王小明", "王芳", "李小红")[i % 3],
            last_visit_on=date(2026, 1, 1) + timedelta(days=i % 7) if i % 5 else None,
        )
        ContactPointFactory(customer=customer, kind="phone", value=f"+86138001{i:05d}")
    search_tokens.rebuild([*Customer.objects.values_list("pk", flat=True)])


def go(monkeypatch, way: str) -> None:
    for name, value in zip(("RARE", "COMMON", "REACH"), WAYS[way], strict=True):
        monkeypatch.setattr(sys.modules["customers.queries.search"], name, value)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("sort", ["-last_visit", "name", "spend"])
@pytest.mark.parametrize(
    ("typed", "fits"),
    [
        ("王", lambda row, i: row.name.startswith("王")),
        ("xiao", lambda row, i: "小" in row.name),
        ("王 小明 13800100", lambda row, i: row.name == "王小明"),
        ("00007", lambda row, i: i == 7),
        ("王 李", lambda row, i: False),
    ],
)
def test_every_way_finds_the_same_in_the_same_order(crowd, monkeypatch, way, sort, typed, fits):
    everybody = list(Customer.objects.order_by("pk"))
    wanted = [row for i, row in enumerate(everybody) if fits(row, i)]
    order = SORTS[sort]
    wanted.sort(key=lambda row: (order.of(row), row.pk), reverse=order.is_descending)
    go(monkeypatch, way)
    monkeypatch.setattr("customers.queries.listing.PAGE_SIZE", 7)

    text, seen, at = read_search(typed), [], ""
    while True:
        page = list_page(visible_customers(None), sort=sort, at=at, text=text)
        seen += [row.pk for row in page.customers]
        at = page.next
        if not at:
            break

    assert seen == [row.pk for row in wanted]
    assert set(search(typed).values_list("pk", flat=True)) == set(seen)


@pytest.mark.parametrize("way", WAYS)
def test_every_way_stays_inside_branch_and_filter(crowd, monkeypatch, way):
    east = BranchFactory(name="East")
    ours = Customer.objects.filter(name="王芳").order_by("pk")[:9]
    Customer.objects.filter(pk__in=[row.pk for row in ours]).update(home_branch=east, gender="male")
    go(monkeypatch, way)

    for customers in (visible_customers(east), Customer.objects.filter(gender="male")):
        page = list_page(customers, sort="name", at="", text=read_search("王"), is_filtered=True)
        assert {row.pk for row in page.customers} == {row.pk for row in ours}
