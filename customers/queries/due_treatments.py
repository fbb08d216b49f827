"""Treatments that wear off: when each is due again, by what was bought and what was had."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Max

from customers.models import Appointment, Sale, SaleLine
from customers.queries.gathering import THIS_CUSTOMER, gathered
from tenancy.clock import local_day
from tenancy.models import Clinic


@dataclass(frozen=True)
class DueTreatment:
    """A treatment that wears off, and when it is due again by the catalogue's interval.

    last_on: when it was last bought, or had with an attended appointment.
    from_on, until_on: the catalogue's range around due_on; from_on is never before the medical
    minimum has passed.
    """

    name: str
    last_on: date
    due_on: date
    from_on: date
    until_on: date


_DUE_FIELDS = {
    "name": "treatment__name",
    "interval": "treatment__interval_days",
    "first": "treatment__interval_min_days",
    "last": "treatment__interval_max_days",
    "least": "treatment__min_clinical_interval_days",
}
_RECURS = {"treatment__interval_days__isnull": False, "treatment__is_active": True}


def gathered_purchases(until: date) -> ArraySubquery:
    """The last day of every treatment bought that the catalogue says is to be repeated."""
    lines = SaleLine.objects.filter(
        sale__customer=THIS_CUSTOMER,
        sale__kind=Sale.Kind.SALE,
        sale__occurred_on__lte=until,
        **_RECURS,
    ).order_by()
    bought = lines.values("treatment", *_DUE_FIELDS.values())
    return gathered(
        bought.annotate(on=Max("sale__occurred_on")), treatment="treatment", on="on", **_DUE_FIELDS
    )


def gathered_attended() -> ArraySubquery:
    """The same for appointments: a session of a package is had without being bought again."""
    attended = Appointment.objects.filter(
        customer=THIS_CUSTOMER, status=Appointment.Status.ATTENDED, **_RECURS
    ).order_by()
    had = attended.values("treatment", *_DUE_FIELDS.values())
    return gathered(
        had.annotate(at=Max("starts_at")), treatment="treatment", at="at", **_DUE_FIELDS
    )


def read_due(
    bought: list[dict[str, Any]], had: list[dict[str, Any]], *, clinic: Clinic, until: date
) -> list[DueTreatment]:
    last: dict[int, tuple[date, dict[str, Any]]] = {}
    days = [(date.fromisoformat(row["on"]), row) for row in bought]
    days += [(local_day(clinic.zone, datetime.fromisoformat(row["at"])), row) for row in had]
    for day, row in days:
        known = last.get(row["treatment"])
        if day <= until and (known is None or day > known[0]):
            last[row["treatment"]] = day, row
    due = [_due(row, day) for day, row in last.values()]
    return sorted(due, key=lambda treatment: (treatment.due_on, treatment.name))


def _due(row: dict[str, Any], last_on: date) -> DueTreatment:
    usual = max(row["interval"], row["least"])
    first = max(row["first"] or usual, row["least"])
    return DueTreatment(
        name=row["name"],
        last_on=last_on,
        due_on=last_on + timedelta(days=usual),
        from_on=last_on + timedelta(days=first),
        until_on=last_on + timedelta(days=max(row["last"] or usual, usual)),
    )
