"""A message as a real customer would read it."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Case, F, Q, QuerySet, When

from campaigns.merge_fields import example_values
from campaigns.queries.merge_values import merge_values
from customers.models import Customer
from customers.queries.search import visible_customers
from tenancy.models import Branch, Clinic

ABSENT_DAYS = 45  # most messages are for people who have not been here for a while
MOST_WALKED = 500  # customers a preview walks through


@dataclass(frozen=True)
class Reader:
    """customer: None where there is nobody yet; then the values are the fields' examples."""

    customer: Customer | None
    values: dict[str, str | int]


def reader_at(
    place: int, *, branch: Branch | None, fields: frozenset[str], clinic: Clinic, on: date
) -> Reader:
    """The customer at this place: first those missed for some weeks, newest visit first."""
    known = visible_customers(branch).filter(merged_into__isnull=True, erased_at__isnull=True)
    absent = Q(last_visit_on__lte=on - timedelta(days=ABSENT_DAYS))
    newest = known.order_by(
        Case(When(absent, then=0), default=1), F("last_visit_on").desc(nulls_last=True), "pk"
    )
    return _reader(newest, place, fields=fields, clinic=clinic, on=on)


def reader_among(
    audience: QuerySet[Customer],
    place: int,
    *,
    fields: frozenset[str],
    clinic: Clinic,
    on: date,
) -> Reader:
    """The customer at this place of an audience, in the order of their ids."""
    return _reader(audience.order_by("pk"), place, fields=fields, clinic=clinic, on=on)


def _reader(
    customers: QuerySet[Customer],
    place: int,
    *,
    fields: frozenset[str],
    clinic: Clinic,
    on: date,
) -> Reader:
    place %= MOST_WALKED
    customer = customers[place : place + 1].first() or (customers.first() if place else None)
    if customer is None:
        return Reader(None, example_values())
    values = merge_values([customer.pk], fields=fields, clinic=clinic, on=on)
    return Reader(customer, values[customer.pk])
