from datetime import date
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from loyalty.models import Account, Programme
from loyalty.services.programme import Rung, Terms, create_programme
from tests.factories.customers import CustomerFactory

LADDER = (
    Rung("Pearl", 0, "Birthday greeting"),
    Rung("Jade", 500_000, "5 % off care"),
    Rung("Gold", 2_000_000, "Own consultant"),
)


def make_programme(
    *,
    rate: str | int = 1,
    starts_on: date = date(2026, 1, 1),
    expires_after: int | None = 730,
    window_days: int = 365,
    ladder: tuple[Rung, ...] = LADDER,
    value: str | int = 1,
    breakage: str | int = 0,
) -> Programme:
    """The clinic's default programme: a point a yuan from 2026 on, three tiers."""
    terms = Terms(
        name="Member points",
        points_per_unit=Decimal(rate),
        point_value_minor=Decimal(value),
        points_expire_after_days=expires_after,
        tier_window_days=window_days,
        breakage_rate=Decimal(breakage),
    )
    return create_programme(terms=terms, ladder=ladder, starts_on=starts_on)


class AccountFactory(DjangoModelFactory):
    """An empty account; fill it with `adjust` or a sale, so that ledger and lots agree."""

    class Meta:
        model = Account

    programme = factory.LazyFunction(lambda: Programme.objects.get(is_default=True))
    customer = factory.SubFactory(CustomerFactory)
