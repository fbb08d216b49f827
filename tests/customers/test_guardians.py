"""Minors and who answers for them."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, transaction

from campaigns import gates
from customers.models import Customer, Guardian
from customers.queries.guardians import guardian_phones, is_minor, minors, minors_without_guardian
from customers.services.guardians import add_guardian
from tenancy.exceptions import DomainError
from tests.factories.customers import ContactPointFactory, CustomerFactory
from tests.factories.tenancy import BranchFactory, MembershipFactory

AT = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
TODAY = date(2026, 5, 1)


@pytest.fixture
def minor(clinic):
    return CustomerFactory(name="Mina", birth_on=date(2015, 2, 28))


@pytest.mark.parametrize(
    ("born", "on", "expected"),
    [
        (date(2008, 5, 1), TODAY, False), (date(2008, 5, 2), TODAY, True), (None, TODAY, False),
        (date(2008, 2, 29), date(2026, 2, 28), True), (date(2008, 2, 29), date(2026, 3, 1), False),
        (date(2006, 2, 28), date(2024, 2, 29), False), (date(2006, 3, 1), date(2024, 2, 29), True),
    ],
)  # fmt: skip
def test_under_18_also_around_29_february(clinic, born, on, expected):
    customer = CustomerFactory(birth_on=born)

    assert is_minor(born, on) is expected
    assert gates.is_minor(born, on) is expected  # the campaign's gate says the same
    assert Customer.objects.filter(minors(on), pk=customer.pk).exists() is expected


def test_a_customer_or_a_name_with_a_phone(minor, clinic, staff):
    mother = CustomerFactory(name="Mona", birth_on=date(1985, 1, 1))
    ContactPointFactory(customer=mother, kind="phone", value="+8613800000001")
    assert list(Customer.objects.filter(minors_without_guardian(TODAY))) == [minor]
    said = {"minor": minor, "clinic": clinic, "by": staff, "at": AT}

    add_guardian(**said, relation="mother", guardian=mother)
    add_guardian(**said, relation="father", name="Max", phone="+8613800000002")

    assert guardian_phones([minor.pk]) == {minor.pk: ["+8613800000001", "+8613800000002"]}
    assert not Customer.objects.filter(minors_without_guardian(TODAY)).exists()


def test_who_cannot_be_a_guardian(minor, clinic, staff):
    said = {"minor": minor, "clinic": clinic, "by": staff, "at": AT, "relation": "other"}
    mother = CustomerFactory(name="Mona")
    add_guardian(**said, guardian=mother)

    for refused in (
        {"guardian": minor}, {"guardian": mother}, {}, {"name": "Max"}, {"phone": "+861"},
        {"guardian": CustomerFactory(birth_on=date(2014, 1, 1))},
    ):  # fmt: skip
        with pytest.raises(DomainError):
            add_guardian(**said, **refused)
    assert minor.guardians.count() == 1


def test_constraints_of_the_table(minor):
    def make(**values):
        with transaction.atomic():
            return Guardian.objects.create(customer=minor, relation="other", **values)

    mother = CustomerFactory()
    make(guardian=mother)
    with pytest.raises(IntegrityError, match="guardian_once"):
        make(guardian=mother)
    with pytest.raises(IntegrityError, match="guardian_is_somebody"):
        make(name="")
    with pytest.raises(IntegrityError, match="guardian_is_another"):
        make(guardian=minor)


def test_the_profile_warns_until_somebody_answers(minor, client_as):
    client = client_as("staff")
    address = f"/customers/{minor.pk}/"
    assert "no guardian is noted" in client.get(address).content.decode()
    assert "no guardian" not in client.get(f"/customers/{CustomerFactory().pk}/").content.decode()

    added = client.post(
        f"{address}guardians/add/",
        {"relation": "mother", "name": "Mona 🌸", "phone": "13800000001"},
    )

    assert added.status_code == 302
    page = client.get(address).content.decode()
    assert "no guardian is noted" not in page
    assert "Mona 🌸" in page
    assert "+8613800000001" in page
    assert "+8613800000001" not in client_as("analyst").get(address).content.decode()
    one = minor.guardians.get()
    client.post(f"{address}guardians/{one.pk}/remove/")
    assert not minor.guardians.exists()


@pytest.mark.parametrize(
    "typed",
    [
        {}, {"relation": "x"}, {"relation": "mother"}, {"relation": "mother", "name": "Mona"},
        {"relation": "mother", "name": "Mona", "phone": "12"},
        {"relation": "mother", "guardian": "x"},
        {"relation": "mother", "name": "M" * 300, "phone": "13800000001"},
    ],
)  # fmt: skip
def test_bad_input_is_said(minor, client_as, typed):
    answer = client_as("staff").post(f"/customers/{minor.pk}/guardians/add/", typed)

    assert answer.status_code == 422
    assert not minor.guardians.exists()


def test_a_guardian_of_another_branch_is_no_door_there(clinic, client_as):
    here, there = BranchFactory(), BranchFactory()
    child = CustomerFactory(birth_on=date(2015, 1, 1), home_branch=here)
    mother = CustomerFactory(name="Mona", home_branch=there)
    Guardian.objects.create(customer=child, guardian=mother, relation="mother")
    client = client_as(MembershipFactory(role="staff", branch=here))

    page = client.get(f"/customers/{child.pk}/").content.decode()

    assert f'href="/customers/{mother.pk}/"' not in page
    other = {"relation": "mother", "guardian": mother.pk}
    assert client.post(f"/customers/{child.pk}/guardians/add/", other).status_code == 422
