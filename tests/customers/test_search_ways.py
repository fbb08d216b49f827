"""However common a word is, and whichever way it is looked for, the same customers are found."""

import sys
from datetime import date, timedelta
from itertools import product

import pytest
from django.db import connection

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
        module = "ahead" if name == "REACH" else "search"
        monkeypatch.setattr(sys.modules[f"customers.queries.{module}"], name, value)


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
def test_every_way_finds_the_same_in_the_same_order(crowd, monkeypatch, typed, fits):
    everybody = list(Customer.objects.order_by("pk"))
    wanted = [row for i, row in enumerate(everybody) if fits(row, i)]
    monkeypatch.setattr("customers.queries.listing.PAGE_SIZE", 7)

    for way, sort in product(WAYS, ["-last_visit", "name", "spend"]):
        order = SORTS[sort]
        wanted.sort(key=lambda row, order=order: (order.of(row), row.pk))
        expected = [row.pk for row in (reversed(wanted) if order.is_descending else wanted)]
        go(monkeypatch, way)

        seen = [
            row.pk for page in _pages(visible_customers(None), sort, read_search(typed))
            for row in page.customers
        ]  # fmt: skip

        assert seen == expected, (way, sort)
        assert set(search(typed).values_list("pk", flat=True)) == set(seen), (way, sort)


def _pages(customers, sort: str, text=None, **asked) -> list:
    """Every page from the first to the last."""
    pages = [list_page(customers, sort=sort, at="", text=text, **asked)]
    while at := pages[-1].next:
        pages.append(list_page(customers, sort=sort, at=at, text=text, **asked))
    return pages


@pytest.mark.parametrize("way", WAYS)
def test_every_way_stays_inside_branch_and_filter(crowd, monkeypatch, way):
    east = BranchFactory(name="East")
    ours = Customer.objects.filter(name="王芳").order_by("pk")[:9]
    Customer.objects.filter(pk__in=[row.pk for row in ours]).update(home_branch=east, gender="male")
    go(monkeypatch, way)

    for customers in (visible_customers(east), Customer.objects.filter(gender="male")):
        page = list_page(customers, sort="name", at="", text=read_search("王"), is_filtered=True)
        assert {row.pk for row in page.customers} == {row.pk for row in ours}


@pytest.mark.parametrize("reach", [3_000, 9, 1])
def test_who_fits_a_filter_is_found_wherever_they_stand(crowd, monkeypatch, reach):
    monkeypatch.setattr(sys.modules["customers.queries.ahead"], "REACH", reach)
    monkeypatch.setattr("customers.queries.paging.PAGE_SIZE", 7)
    fitting = Customer.objects.filter(last_visit_on__isnull=True, name="王芳") | (
        Customer.objects.filter(last_visit_on=date(2026, 1, 3))
    )
    for sort, order in SORTS.items():
        wanted = sorted(fitting, key=lambda row, order=order: (order.of(row), row.pk))
        expected = [row.pk for row in (reversed(wanted) if order.is_descending else wanted)]
        assert len(expected) > 7

        pages = _pages(fitting, sort, is_filtered=True)
        seen = [row.pk for page in pages for row in page.customers]
        back = list_page(fitting, sort=sort, at=pages[-1].previous, is_filtered=True)

        assert seen == expected, sort
        n_last = len(pages[-1].customers)
        assert [row.pk for row in back.customers] == seen[-n_last - 7 : -n_last], sort


def test_the_planner_does_not_see_through_the_gathering(crowd, monkeypatch):
    """If it did, it would walk the index of the order past everybody."""
    order = SORTS["-last_visit"]
    walked, gathered = (
        Customer.objects.order_by(*order.by(hidden=hidden)).values("pk") for hidden in (False, True)
    )
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute("SET LOCAL enable_seqscan = off")

        assert "Sort" not in walked.explain()
        assert "Sort" in gathered.explain()
