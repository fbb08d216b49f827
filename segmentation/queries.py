"""Who a rule means, and how many they are and what they spent."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from customers.models import Customer
from customers.queries import CountAndValue, count_and_value, count_and_value_in_time
from segmentation.compiling import compile_rule, restricted
from segmentation.models import Segment
from tenancy.clock import local_day
from tenancy.models import Clinic
from tenancy.scope import current_clinic_id

__all__ = [
    "CountAndValue",
    "clinic_today",
    "count_and_value",
    "count_and_value_in_time",
    "customers_matching",
    "segment_customers",
]


def clinic_today() -> date:
    """The open clinic's calendar day now."""
    clinic = Clinic.objects.get(pk=current_clinic_id())
    return local_day(clinic.zone, timezone.now())


def customers_matching(
    rule: Any, *, on: date | None = None, among: Sequence[int] | None = None
) -> QuerySet[Customer]:
    """Customers of the open clinic that meet the rule, each once, not yet read.

    on: the day that «90 days ago» counts from; the clinic's today when left out.
    among: ids; only of these is it asked, and only their rows are read.
    Raises RuleRefused when the rule cannot be used.
    """
    asked = compile_rule(rule, on=on or clinic_today())
    if among is None:
        return Customer.objects.filter(asked)
    return Customer.objects.filter(restricted(asked, among), pk__in=among)


def segment_customers(segment: Segment, *, on: date | None = None) -> QuerySet[Customer]:
    """Customers in a saved segment as of now. Raises RuleRefused."""
    return customers_matching(segment.rule, on=on)
