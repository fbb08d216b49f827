"""What a body forbids for now: contraindications, and the least time between two treatments.

Of health only the plain flag is read, never a sealed text.
"""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.db.models.functions import TruncDate

from customers.models import AdverseEvent, Appointment, CustomerHealth, SaleLine, Treatment

Ids = Collection[int] | QuerySet


def with_contraindication(customers: Ids) -> set[int]:
    rows = CustomerHealth.objects.filter(customer__in=customers, has_contraindication=True)
    return set(rows.values_list("customer_id", flat=True))


def with_open_adverse_event(customers: Ids) -> set[int]:
    rows = AdverseEvent.objects.filter(customer__in=customers).still_open()
    return set(rows.values_list("customer_id", flat=True))


def in_clinical_interval(customers: Ids, on: date, zone: ZoneInfo) -> set[int]:
    """Who had a treatment so lately that its minimum interval still runs on that local day.

    zone: the clinic's; by the day there a treatment counts.
    """
    days = dict(
        Treatment.objects.filter(min_clinical_interval_days__gt=0).values_list(
            "pk", "min_clinical_interval_days"
        )
    )
    if not days:
        return set()
    since = on - timedelta(days=max(days.values()))
    attended = Appointment.objects.filter(
        customer__in=customers,
        status=Appointment.Status.ATTENDED,
        treatment__in=list(days),
        starts_at__gte=datetime.combine(since, time(), tzinfo=zone),
    ).values_list("customer_id", "treatment_id", TruncDate("starts_at", tzinfo=zone))
    bought = SaleLine.objects.filter(
        sale__customer__in=customers,
        sale__kind="sale",
        sale__counts_on__gte=since,
        treatment__in=list(days),
    ).values_list("sale__customer_id", "treatment_id", "sale__counts_on")
    return {
        customer_id
        for customer_id, treatment_id, day in [*attended, *bought]
        if day + timedelta(days=days[treatment_id]) > on
    }
