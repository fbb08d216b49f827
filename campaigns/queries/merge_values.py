"""The values of merge fields for many customers, in a fixed number of queries."""

from collections.abc import Callable, Collection
from datetime import date
from functools import lru_cache

from django.db.models import F, QuerySet
from django.utils import formats, translation

from campaigns.salutations import first_name, salutation
from customers.models import Appointment, Customer, SaleLine
from loyalty.models import Account
from tenancy.models import Clinic

Ids = Collection[int] | QuerySet  # ids, or a query of them
Values = dict[str, str | int]


def merge_values(
    customers: Ids, *, fields: Collection[str], clinic: Clinic, on: date
) -> dict[int, Values]:
    """{customer id: {field: value}}; a field without value for somebody is missing there.

    fields: only what these need is read. on: the clinic's day that days are counted to.
    """
    rows = Customer.objects.filter(pk__in=customers).values(
        "pk", "name", "gender", "language", "last_visit_on",
        branch=F("home_branch__name"), consultant_name=F("consultant__display_name"),
    )  # fmt: skip
    values = {row["pk"]: _own_values(row, clinic, on) for row in rows}
    for field, read in _READERS.items():
        if field in fields:
            for customer_id, value in read(customers).items():
                if customer_id in values:
                    values[customer_id][field] = value
    return {
        customer_id: {field: value for field, value in of_one.items() if value not in ("", None)}
        for customer_id, of_one in values.items()
    }


def _own_values(row: dict, clinic: Clinic, on: date) -> Values:
    visited_on = row["last_visit_on"]
    return {
        "customer_name": row["name"],
        "first_name": first_name(row["name"]),
        "salutation": salutation(row["name"], row["gender"]),
        "branch": row["branch"],
        "consultant": row["consultant_name"],
        "clinic_name": clinic.name,
        "last_visit": visited_on and _printed(visited_on, row["language"] or clinic.language),
        "days_since_visit": visited_on and max((on - visited_on).days, 0),
    }


@lru_cache(maxsize=4096)
def _printed(day: date, language: str) -> str:
    with translation.override(language):
        return formats.date_format(day, "DATE_FORMAT")


def _last_treatments(customers: Ids) -> dict[int, str]:
    """By the latest attended appointment or sale that names a treatment."""
    attended = (
        Appointment.objects.filter(
            customer__in=customers, status=Appointment.Status.ATTENDED, treatment__isnull=False
        )
        .order_by("customer_id", "-starts_at", "-pk")
        .distinct("customer_id")
        .values_list("customer_id", "starts_at", "treatment__name")
    )
    bought = (
        SaleLine.objects.filter(
            sale__customer__in=customers, sale__kind="sale", treatment__isnull=False
        )
        .order_by("sale__customer_id", "-sale__occurred_at", "-sale_id", "line_no")
        .distinct("sale__customer_id")
        .values_list("sale__customer_id", "sale__occurred_at", "treatment__name")
    )
    latest: dict[int, tuple] = {}
    for customer_id, at, name in [*attended, *bought]:
        if customer_id not in latest or at > latest[customer_id][0]:
            latest[customer_id] = (at, name)
    return {customer_id: name for customer_id, (_at, name) in latest.items()}


def _points(customers: Ids) -> dict[int, int]:
    accounts = Account.objects.filter(customer__in=customers, programme__is_default=True)
    return dict(accounts.values_list("customer_id", "balance"))


def _tiers(customers: Ids) -> dict[int, str]:
    accounts = Account.objects.filter(
        customer__in=customers, programme__is_default=True, tier__isnull=False
    )
    return dict(accounts.values_list("customer_id", "tier__name"))


_READERS: dict[str, Callable[[Ids], dict]] = {
    "last_treatment": _last_treatments,
    "points": _points,
    "tier": _tiers,
}
