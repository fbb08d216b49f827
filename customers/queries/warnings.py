"""What everybody at the desk is warned of: health, complaints, adverse events, a death."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery

from customers.models import AdverseEvent, CustomerHealth, Interaction
from customers.queries.gathering import THIS_CUSTOMER, gathered
from customers.queries.purchase_days import days_of
from tenancy.clock import local_day
from tenancy.models import Clinic


@dataclass(frozen=True)
class OpenEvent:
    """An adverse event that is not over. treatment, follower: names, "" where not known."""

    on: date
    treatment: str
    follower: str


@dataclass(frozen=True)
class Warnings:
    """What everybody at the desk is warned of, without the text behind it."""

    has_allergy: bool = False
    has_contraindication: bool = False
    complained_on: date | None = None  # and nothing bought on a later day
    died_on: date | None = None
    adverse: tuple[OpenEvent, ...] = ()  # oldest first


def gathered_warnings() -> dict[str, ArraySubquery]:
    """Annotations that `read_warnings` needs."""
    customer = {"customer": THIS_CUSTOMER}
    adverse = AdverseEvent.objects.filter(**customer).still_open().order_by("happened_on", "pk")
    complaints = Interaction.objects.filter(kind=Interaction.Kind.COMPLAINT, **customer)
    return {
        "health_rows": gathered(
            CustomerHealth.objects.filter(**customer),
            has_allergy="has_allergy",
            has_contraindication="has_contraindication",
        ),
        "adverse_rows": gathered(
            adverse,
            on="happened_on",
            treatment="treatment__name",
            follower="follower__display_name",
            follower_user="follower__user__name",
        ),
        "complaint_rows": gathered(complaints.order_by("-occurred_at")[:1], at="occurred_at"),
    }


def read_warnings(customer: Any, clinic: Clinic) -> Warnings:
    """customer: a row with `gathered_warnings` and `spend_rows`."""
    health = customer.health_rows[0] if customer.health_rows else {}
    complained_on = None
    for row in customer.complaint_rows:
        on = local_day(clinic.zone, datetime.fromisoformat(row["at"]))
        if not any(day > on for day, _net in days_of(customer.spend_rows)):
            complained_on = on
    adverse = tuple(
        OpenEvent(
            date.fromisoformat(row["on"]),
            row["treatment"] or "",
            row["follower"] or row["follower_user"],
        )
        for row in customer.adverse_rows
    )
    return Warnings(
        **health, complained_on=complained_on, died_on=customer.died_on, adverse=adverse
    )
