"""One call tells a booking screen what it needs, for a fixed number of queries."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from customers.models import Appointment, Customer, CustomerHealth
from loyalty.models import Account, Programme, Tier
from tests.factories.customers import (
    AppointmentFactory,
    ConsentFactory,
    IdentityFactory,
    SaleFactory,
    TreatmentFactory,
)

CARD = "/api/v1/booking-cards/booking/C-1007/"
NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)


@pytest.fixture
def customer(clinic) -> Customer:
    return IdentityFactory(external_id="C-1007").customer


def member(customer: Customer, *, has_priority: bool = True) -> None:
    programme = Programme.objects.create(name="P", starts_on="2020-01-01")
    tier = Tier.objects.create(
        programme=programme, name="Gold", rank=0, has_priority_booking=has_priority
    )
    Account.objects.create(
        programme=programme, customer=customer, tier=tier, tier_since_on="2026-01-01", balance=30
    )


def bought(customer: Customer, n: int) -> None:
    for number in range(n):
        sale = SaleFactory(customer=customer, occurred_at=NOON, occurred_on=NOON.date())
        treatment = TreatmentFactory(name=f"Laser {number}", interval_days=100 + number)
        sale.lines.create(line_no=1, net_minor=sale.net_minor, treatment=treatment)


def test_somebody_of_whom_little_is_known(api, customer):
    card = api("customers.read").get(CARD).json()

    assert card == {
        "id": customer.pk, "name": customer.name, "balance": 0, "tier": None,
        "has_priority_booking": False,
        "warnings": {"has_allergy": False, "has_contraindication": False},
        "reminders": {"email": False, "sms": False, "phone": False, "wechat": False},
        "next_appointment": None, "due": [],
    }  # fmt: skip


def test_a_member_with_all_there_is_to_tell(api, customer):
    member(customer)
    bought(customer, 2)
    ConsentFactory(customer=customer, purpose="care", channel="sms")
    ConsentFactory(customer=customer, purpose="marketing", channel="phone")
    CustomerHealth.objects.create(
        customer=customer, allergies="latex", has_allergy=True, updated_at=NOON
    )
    coming = AppointmentFactory(
        customer=customer, starts_at=timezone.now() + timedelta(days=3),
        status=Appointment.Status.CONFIRMED,
    )  # fmt: skip

    answer = api().get(f"/api/v1/booking-cards/{customer.pk}/")

    card = answer.json()
    assert (card["balance"], card["tier"]["name"], card["has_priority_booking"]) == (
        30, "Gold", True
    )  # fmt: skip
    assert card["reminders"] == {"email": False, "sms": True, "phone": False, "wechat": False}
    assert card["warnings"] == {"has_allergy": True, "has_contraindication": False}
    assert "latex" not in answer.content.decode()
    assert card["next_appointment"]["id"] == coming.pk
    assert [(due["name"], due["last_on"], due["due_on"]) for due in card["due"]] == [
        ("Laser 0", "2026-05-01", "2026-08-09"), ("Laser 1", "2026-05-01", "2026-08-10")
    ]  # fmt: skip


def test_a_tier_without_the_benefit_has_no_priority(api, customer):
    member(customer, has_priority=False)

    assert api().get(CARD).json()["has_priority_booking"] is False


def test_a_merged_customers_card_is_the_survivors(api, customer):
    merged = IdentityFactory(external_id="old").customer
    Customer.with_merged.filter(pk=merged.pk).update(merged_into=customer)

    assert api().get(f"/api/v1/booking-cards/{merged.pk}/").json()["id"] == customer.pk


@pytest.mark.parametrize("n", [1, 3])
def test_the_card_costs_the_same_whatever_there_is(api, customer, n, django_assert_num_queries):
    member(customer)
    bought(customer, n)
    for number in range(n):
        AppointmentFactory(customer=customer, starts_at=timezone.now() + timedelta(days=number + 1))
    client = api()
    client.get(CARD)  # remembers the use of the key

    with django_assert_num_queries(15):
        client.get(CARD)


@pytest.mark.parametrize("path", ["booking/nobody/", "900001/", "%00/x/"])
def test_who_is_not_there_is_a_404(api, path):
    assert api().get(f"/api/v1/booking-cards/{path}").status_code == 404


def test_another_clinics_customer_is_a_404(api, other_clinic, in_clinic):
    with in_clinic(other_clinic):
        theirs = IdentityFactory(external_id="THEIRS").customer

    assert api().get(f"/api/v1/booking-cards/{theirs.pk}/").status_code == 404
    assert api().get("/api/v1/booking-cards/booking/THEIRS/").status_code == 404
