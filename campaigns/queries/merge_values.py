"""The values of merge fields for many customers, in a fixed number of queries."""

from collections.abc import Callable, Collection
from datetime import date, timedelta
from functools import lru_cache

from django.db.models import F, QuerySet, Sum
from django.utils import formats, translation

from campaigns.salutations import first_name, salutation
from customers.models import Appointment, Customer, SaleLine
from loyalty.models import Account, PointLot
from segmentation.models import CustomerScore
from tenancy.models import Clinic

POINTS_AHEAD_DAYS = 60  # points that end later are not «about to expire»

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
    values: dict[int, Values] = {}
    languages: dict[int, str] = {}
    for row in rows:
        values[row["pk"]] = _own_values(row, clinic, on)
        languages[row["pk"]] = row["language"] or clinic.language
    for field in _READERS.keys() & set(fields):
        for customer_id, value in _READERS[field](customers, on).items():
            if customer_id in values:
                is_day = isinstance(value, date)
                said = _printed(value, languages[customer_id]) if is_day else value
                values[customer_id][field] = said
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


def _last_treatments(customers: Ids, on: date) -> dict[int, str]:
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


def _points(customers: Ids, on: date) -> dict[int, int]:
    accounts = Account.objects.filter(customer__in=customers, programme__is_default=True)
    return dict(accounts.values_list("customer_id", "balance"))


def _expiring(customers: Ids, on: date) -> dict[int, tuple[date, int]]:
    """{customer: (the next day on which points end, how many)} within POINTS_AHEAD_DAYS."""
    lots = (
        PointLot.objects.filter(
            account__customer__in=customers, account__programme__is_default=True,
            remaining__gt=0, expires_on__gt=on,
            expires_on__lte=on + timedelta(days=POINTS_AHEAD_DAYS),
        )
        .values_list("account__customer_id", "expires_on")
        .annotate(points=Sum("remaining"))
        .order_by("account__customer_id", "-expires_on")
    )  # fmt: skip
    return {customer_id: (day, points) for customer_id, day, points in lots}


def _expire_days(customers: Ids, on: date) -> dict[int, date]:
    """The last day on which they can be spent."""
    return {
        customer_id: day - timedelta(days=1)
        for customer_id, (day, _points) in _expiring(customers, on).items()
    }


def _points_expiring(customers: Ids, on: date) -> dict[int, int]:
    return {customer_id: points for customer_id, (_day, points) in _expiring(customers, on).items()}


def _due(customers: Ids) -> QuerySet:
    return CustomerScore.objects.filter(
        run__is_current=True, customer__in=customers, next_due_treatment__isnull=False
    )


def _due_treatments(customers: Ids, on: date) -> dict[int, str]:
    return dict(_due(customers).values_list("customer_id", "next_due_treatment__name"))


def _due_days(customers: Ids, on: date) -> dict[int, date]:
    """A day that has passed is no day to name: the field is empty then."""
    days = _due(customers).filter(next_due_on__gte=on)
    return dict(days.values_list("customer_id", "next_due_on"))


def _tiers(customers: Ids, on: date) -> dict[int, str]:
    accounts = Account.objects.filter(
        customer__in=customers, programme__is_default=True, tier__isnull=False
    )
    return dict(accounts.values_list("customer_id", "tier__name"))


_READERS: dict[str, Callable[[Ids, date], dict]] = {
    "last_treatment": _last_treatments,
    "due_treatment": _due_treatments,
    "due_on": _due_days,
    "points": _points,
    "points_expiring": _points_expiring,
    "points_expire_on": _expire_days,
    "tier": _tiers,
}
