"""What the profile's menu offers, and to whom."""

import pytest

from customers.models import ContactPoint
from tests.factories.customers import ContactPointFactory, CustomerFactory

pytestmark = pytest.mark.django_db
OUTWARD = {
    "dial": "tel:+8613800134321",
    "sms": "sms:+8613800134321",
    "email": "mailto:anna%3Fcc%3Dall@mail.example",
}


def offered(client, customer) -> dict[str, str]:
    """Key of each action → where it leads."""
    page = client.get(f"/customers/{customer.pk}/")
    assert page.status_code == 200
    for _action, address in page.context["actions"]:
        assert f'href="{address}"' in page.content.decode()
    return {action.key: address for action, address in page.context["actions"]}


@pytest.fixture
def anna(clinic):
    customer = CustomerFactory(name="Anna Berg")
    ContactPointFactory(customer=customer, kind="phone", value="+8613800134321")
    ContactPointFactory(customer=customer, kind="email", value="anna?cc=all@mail.example")
    return customer


def test_the_desk_calls_writes_notes_books_and_merges(client_as, clinic, anna):
    clinic.booking_url = "https://book.example/?who={id}"
    clinic.save()
    actions = offered(client_as("staff"), anna)
    assert actions.items() >= OUTWARD.items()
    assert actions.keys() >= {"call", "message", "plan-call", "book", "package", "edit", "merge"}
    assert "rights" not in actions
    assert "rights" in offered(client_as("owner"), anna)


def test_nothing_leads_to_a_contact_that_does_not_work(client_as, anna):
    ContactPoint.objects.filter(customer=anna).update(is_valid=False)
    assert not OUTWARD.keys() & offered(client_as("staff"), anna).keys()


def test_who_sees_contacts_masked_is_not_led_to_them(client_as, anna):
    assert not OUTWARD.keys() & offered(client_as("analyst"), anna).keys()
