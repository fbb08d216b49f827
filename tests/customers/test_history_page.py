"""The history of a customer: changes, origins, and who looked."""

from datetime import UTC, datetime

import pytest

from customers.models import Customer
from customers.services.intake import CustomerRecord, upsert_customers
from tenancy.acting import acting
from tests.customers.test_pages_customers import own_queries
from tests.factories.customers import ContactPointFactory, CustomerEventFactory, CustomerFactory
from tests.factories.tenancy import BranchFactory, MembershipFactory

AT = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)


@pytest.fixture
def customer(clinic):
    [outcome] = upsert_customers(
        source="booking",
        records=[CustomerRecord("C1", name="Anna", city="Bern", phones=("13800134321",))],
        at=AT,
    )
    return Customer.objects.get(pk=outcome.id)


def changed(customer, by: str, label: str, **fields) -> None:
    with acting(by, label):
        Customer.objects.filter(pk=customer.pk).update(**fields)


def told(page) -> list[tuple]:
    return [(c.label, c.old, c.new, c.origin.words) for c in page.context["changes"]]


def test_changes_are_told_in_words_newest_first(client_as, customer):
    east = BranchFactory(name="East")
    changed(customer, "key:1", "booking key", city="Basel", gender="female")
    changed(customer, "import:2", "list.xlsx", home_branch=east)

    page = client_as("staff").get(f"/customers/{customer.pk}/history/")

    first, *rest = told(page)
    assert first == ("Branch", "", "East", "from the file list.xlsx")
    assert sorted(rest) == [
        ("City", "Bern", "Basel", "by the API key booking key"),
        ("Gender", "", "Female", "by the API key booking key"),
    ]


def test_every_field_says_where_it_comes_from(client_as, customer):
    changed(customer, "member:3", "Anna Berg", city="Basel")

    page = client_as("staff").get(f"/customers/{customer.pk}/history/")

    origins = {field.field: (field.value, field.origin.words) for field in page.context["fields"]}
    assert origins["city"] == ("Basel", "by Anna Berg")
    assert origins["name"] == ("Anna", "from booking")
    assert origins["phone"] == ("+86 138 0013 4321", "from booking")
    profile = client_as("staff").get(f"/customers/{customer.pk}/").content.decode()
    assert "by Anna Berg · " in profile


def test_one_fields_changes_with_its_marks(client_as, customer):
    changed(customer, "", "", city="Basel")
    customer.contact_points.update(is_valid=False)
    client = client_as("staff")

    page = client.get(f"/customers/{customer.pk}/history/", {"field": "phone"})

    assert told(page) == [("Phone: works", "Yes", "No", "by the system")]
    for odd in ("x" * 500, "\x00", "custom.none", "<script>"):
        answer = client.get(f"/customers/{customer.pk}/history/", {"field": odd, "page": "x"})
        assert answer.status_code == 200
        assert b"<script>" not in answer.content


def test_analysts_see_phones_masked(client_as, customer):
    ContactPointFactory(customer=customer, kind="phone", value="+8613900139000", is_primary=False)
    customer.contact_points.update(is_valid=False)
    customer.contact_points.filter(value="+8613900139000").delete()

    html = client_as("analyst").get(f"/customers/{customer.pk}/history/").content.decode()

    assert "13900139000" not in html
    assert "13800134321" not in html
    assert "+861****00" in html


def test_only_owners_see_who_looked(client_as, customer, staff):
    client_as(staff).get(f"/customers/{customer.pk}/")

    page = client_as("owner").get(f"/customers/{customer.pk}/history/")

    assert [(look.who, str(look.what)) for look in page.context["looks"]] == [
        (str(staff), "Opened the profile")
    ]
    assert not client_as("manager").get(f"/customers/{customer.pk}/history/").context["looks"]


def test_a_bound_member_sees_no_history_of_another_branch(client_as, clinic):
    here, there = BranchFactory(), BranchFactory()
    client = client_as(MembershipFactory(role="staff", branch=here))

    foreign = CustomerFactory(home_branch=there)

    assert client.get(f"/customers/{foreign.pk}/history/").status_code == 404


@pytest.mark.parametrize("n", [1, 3])
def test_history_costs_the_same_for_any_number(client_as, customer, n):
    CustomerEventFactory(customer=customer)
    for i in range(n):
        changed(customer, "member:1", "Anna", city=f"City {i}", home_branch=BranchFactory())

    # profile (2), changes and their number, own fields, branches by name; owners: two of looks
    assert own_queries(client_as("owner"), f"/customers/{customer.pk}/history/") == 8
