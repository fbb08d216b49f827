"""How customers come, and what one costs."""

import pytest
from django.db import IntegrityError, transaction

from customers.models import AcquisitionSource
from customers.queries.acquisition import cost_of_sources, source_lines
from tests.customers.test_pages_customers import own_queries
from tests.factories.customers import CustomerFactory

ADDRESS = "/settings/customers/sources/"


def test_sources_with_their_customers_and_cost(clinic, client_as):
    for name in ("小红书", "小红书", "Friends", ""):
        CustomerFactory(acquisition_source=name)
    owner = client_as("owner")

    made = owner.post(
        f"{ADDRESS}new/", {"name": " 小红书 ", "cost_minor": "128.50", "is_active": "on"}
    )

    assert made.status_code == 302
    lines = [(line.name, line.n_customers, line.total_minor) for line in source_lines()]
    assert lines == [("小红书", 2, 25_700), ("Friends", 1, None)]
    assert cost_of_sources() == {"小红书": 12_850}
    page = owner.get(ADDRESS).content.decode()
    assert "¥257.00" in page
    assert "new/?name=Friends" in page
    assert (
        owner.get(f"{ADDRESS}new/", {"name": "Friends"}).context["form"]["name"].value()
        == "Friends"
    )
    form = client_as("staff").get("/customers/new/").content.decode()
    assert '<option value="小红书">' in form


@pytest.mark.parametrize(
    "typed",
    [
        {"name": ""}, {"name": "x" * 81}, {"name": "FRIENDS"}, {"name": "A", "cost_minor": "-1"},
        {"name": "A", "cost_minor": "many"}, {"name": "A", "cost_minor": "1.234"},
    ],
)  # fmt: skip
def test_bad_input_is_said(clinic, client_as, typed):
    AcquisitionSource.objects.create(name="Friends")

    assert client_as("owner").post(f"{ADDRESS}new/", typed).status_code == 422
    assert AcquisitionSource.objects.count() == 1


def test_changing_and_putting_aside(clinic, client_as):
    source = AcquisitionSource.objects.create(name="Friends", cost_minor=100)
    owner = client_as("owner")
    assert owner.get(f"{ADDRESS}{source.pk}/").context["form"]["cost_minor"].value() == "1.00"

    assert owner.post(f"{ADDRESS}{source.pk}/", {"name": "friends"}).status_code == 302

    source.refresh_from_db()
    assert (source.name, source.cost_minor, source.is_active) == ("friends", None, False)
    assert client_as("manager").post(f"{ADDRESS}{source.pk}/", {"name": "x"}).status_code == 403


def test_constraints_of_the_table(clinic):
    def make(**values):
        with transaction.atomic():
            AcquisitionSource.objects.create(**values)

    make(name="A")
    for name, values in {
        "acquisition_source_once": {"name": "A"},
        "acquisition_source_has_name": {"name": ""},
        "acquisition_cost_not_negative": {"name": "B", "cost_minor": -1},
    }.items():
        with pytest.raises(IntegrityError, match=name):
            make(**values)


@pytest.mark.parametrize("n", [1, 3])
def test_the_list_costs_the_same_for_any_number(clinic, client_as, n):
    for i in range(n):
        AcquisitionSource.objects.create(name=f"S{i}")
        CustomerFactory(acquisition_source=f"S{i}")

    assert own_queries(client_as("owner"), ADDRESS) == 2
