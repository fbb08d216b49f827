"""Yes and no, in whatever order they are reported."""

from datetime import UTC, datetime, timedelta

import pytest

from customers.models import Consent, CustomerEvent
from customers.services import consent
from customers.services.consent import ConsentChange
from tests.factories.customers import CustomerFactory

DAY = timedelta(days=1)
AT = datetime(2026, 6, 10, 4, tzinfo=UTC)


@pytest.fixture
def customer(clinic):
    return CustomerFactory()


def say(customer, is_given, said_at=None, at=AT):
    change = ConsentChange(customer.pk, "marketing", "email", is_given, said_at)
    return consent.apply_changes([change], at=at, source="booking")


def is_open() -> bool:
    return Consent.objects.filter(withdrawn_at__isnull=True).exists()


def test_yes_then_no(customer):
    asked = {"customer": customer, "purpose": "marketing", "channel": "email", "source": "desk"}

    assert consent.give(**asked, at=AT)
    assert not consent.give(**asked, at=AT)
    assert is_open()
    assert consent.withdraw(**asked, at=AT + DAY)
    assert not consent.withdraw(**asked, at=AT + DAY)

    row = Consent.objects.get()
    assert (row.given_at, row.withdrawn_at, row.source) == (AT, AT + DAY, "desk")
    kinds = CustomerEvent.objects.order_by("occurred_at").values_list("kind", "source_key")
    assert list(kinds) == [
        ("consent.given", f"consent:{row.pk}"),
        ("consent.withdrawn", f"consent:{row.pk}"),
    ]


def test_a_yes_without_its_time_never_returns_after_a_no(customer):
    say(customer, True)
    say(customer, False)

    assert say(customer, True, at=AT + DAY) == ["outdated"]
    assert not is_open()


def test_a_yes_said_before_the_no_stays_withdrawn(customer):
    say(customer, True, AT - 5 * DAY)
    say(customer, False, AT - DAY)

    assert say(customer, True, AT - 2 * DAY) == ["outdated"]
    assert not is_open()


def test_a_yes_said_after_the_no_counts(customer):
    say(customer, True, AT - 5 * DAY)
    say(customer, False, AT - 2 * DAY)

    assert say(customer, True, AT - DAY) == ["changed"]
    assert is_open()


def test_a_no_said_before_the_yes_is_old_news(customer):
    say(customer, True, AT - DAY)

    assert say(customer, False, AT - 2 * DAY) == ["unchanged"]
    assert is_open()


def test_a_yes_from_the_future_is_said_now(customer):
    say(customer, True, AT + 30 * DAY)

    assert Consent.objects.get().given_at == AT
    assert say(customer, False) == ["changed"]


def test_yes_and_no_in_one_batch(customer):
    changes = [
        ConsentChange(customer.pk, "marketing", "email", True),
        ConsentChange(customer.pk, "marketing", "sms", True),
        ConsentChange(customer.pk, "marketing", "email", False),
    ]

    effects = consent.apply_changes(changes, at=AT, source="booking")

    assert effects == ["changed"] * 3
    assert Consent.objects.get(withdrawn_at__isnull=True).channel == "sms"
