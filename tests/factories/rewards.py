from datetime import date

import factory
from factory.django import DjangoModelFactory

from customers.models import Customer
from loyalty.models import Account, Offer, Programme, Reward
from loyalty.services.adjustment import adjust
from tests.factories.customers import CustomerFactory

JAN_1 = date(2026, 1, 1)
MAY_1 = date(2026, 5, 1)


class RewardFactory(DjangoModelFactory):
    """A repair mask for 100 points, without limit."""

    class Meta:
        model = Reward

    programme = factory.LazyFunction(lambda: Programme.objects.get(is_default=True))
    name = factory.Sequence(lambda n: f"Repair mask {n}")
    points = 100
    starts_on = JAN_1


class OfferFactory(DjangoModelFactory):
    """50.00 off, once a person."""

    class Meta:
        model = Offer

    name = factory.Sequence(lambda n: f"Fifty off {n}")
    amount_minor = 5_000
    starts_on = JAN_1


def member_with(points: int, **customer: object) -> Customer:
    """A customer whose account holds so many points since 1 May 2026."""
    made = CustomerFactory(**customer)
    account = Account.objects.create(
        programme=Programme.objects.get(is_default=True), customer=made
    )
    if points:
        adjust(account=account, points=points, on=MAY_1, reason="welcome",
               idempotency_key=f"welcome-{made.pk}")  # fmt: skip
    return made
