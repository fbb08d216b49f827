from datetime import UTC, date, datetime

import factory
from factory.django import DjangoModelFactory

from customers.models import (
    Appointment,
    Consent,
    ContactPoint,
    Customer,
    CustomerEvent,
    Identity,
    Sale,
    Tag,
    Treatment,
    Visit,
)

NOON = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)  # noon of 1 May in Shanghai


class CustomerFactory(DjangoModelFactory):
    class Meta:
        model = Customer

    name = factory.Sequence(lambda n: f"Customer {n}")
    known_since_on = date(2024, 1, 1)


class IdentityFactory(DjangoModelFactory):
    class Meta:
        model = Identity

    customer = factory.SubFactory(CustomerFactory)
    source = "booking"
    external_id = factory.Sequence(lambda n: f"C{n}")


class ContactPointFactory(DjangoModelFactory):
    class Meta:
        model = ContactPoint

    customer = factory.SubFactory(CustomerFactory)
    kind = "email"
    value = factory.Sequence(lambda n: f"customer{n}@mail.example")


class ConsentFactory(DjangoModelFactory):
    class Meta:
        model = Consent

    customer = factory.SubFactory(CustomerFactory)
    purpose = "marketing"
    channel = "email"
    given_at = NOON
    source = "desk"


class TagFactory(DjangoModelFactory):
    class Meta:
        model = Tag

    name = factory.Sequence(lambda n: f"tag {n}")


class TreatmentFactory(DjangoModelFactory):
    class Meta:
        model = Treatment

    code = factory.Sequence(lambda n: f"T{n}")
    name = factory.Sequence(lambda n: f"Treatment {n}")
    interval_days = 105


class AppointmentFactory(DjangoModelFactory):
    class Meta:
        model = Appointment

    source = "booking"
    external_id = factory.Sequence(lambda n: f"A{n}")
    customer = factory.SubFactory(CustomerFactory)
    starts_at = NOON


class SaleFactory(DjangoModelFactory):
    """A sale of 100.00; give `net_minor`, and `on` for its day."""

    class Meta:
        model = Sale

    class Params:
        on = date(2026, 5, 1)

    source = "booking"
    external_id = factory.Sequence(lambda n: f"S{n}")
    customer = factory.SubFactory(CustomerFactory)
    occurred_on = factory.LazyAttribute(lambda sale: sale.on)
    counts_on = factory.LazyAttribute(lambda sale: sale.on)
    occurred_at = factory.LazyAttribute(
        lambda sale: datetime(sale.on.year, sale.on.month, sale.on.day, 4, tzinfo=UTC)
    )
    net_minor = 10_000
    gross_minor = factory.LazyAttribute(lambda sale: sale.net_minor)
    currency = "CNY"


class VisitFactory(DjangoModelFactory):
    class Meta:
        model = Visit

    customer = factory.SubFactory(CustomerFactory)
    visited_on = date(2026, 5, 1)


class CustomerEventFactory(DjangoModelFactory):
    class Meta:
        model = CustomerEvent

    kind = "sale.recorded"
    customer = factory.SubFactory(CustomerFactory)
    occurred_at = NOON
    source_key = factory.Sequence(lambda n: f"sale:{n}")
