"""Who is in the clinic-wide holdout: the stable hash of `campaigns.arms`, in SQL and in Python."""

import numpy as np
from django.db.models import Exists, F, FloatField, Func, OuterRef, QuerySet, TextField, Value
from django.db.models.functions import MD5, Cast, Concat, Substr

from campaigns.arms import HASH_SPAN, assign
from campaigns.models import ClinicHoldout
from customers.models import Customer

KEY = "clinic-holdout:"


def current_clinic_holdout() -> ClinicHoldout | None:
    """The one that is held now; None where there is none."""
    return ClinicHoldout.objects.filter(ended_on__isnull=True).first()


def holdout_key(holdout: ClinicHoldout) -> str:
    return f"{KEY}{holdout.pk}"


def is_in_clinic_holdout(customer_ids: np.ndarray, holdout: ClinicHoldout | None) -> np.ndarray:
    """True where no recall may reach the customer, one bool an id, in the order given."""
    if holdout is None:
        return np.zeros(len(customer_ids), bool)
    return assign(holdout_key(holdout), customer_ids, holdout.rate)


def outside_clinic_holdout(customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """Without those held out now; no query of its own, so it may stand inside another."""
    return customers.exclude(Exists(_reaching(OuterRef("pk"))))


def _reaching(customer: OuterRef) -> QuerySet[ClinicHoldout]:
    """Running holdouts that the customer is in: exactly `campaigns.arms.assign`."""
    text = Concat(
        Value(KEY), Cast("pk", TextField()), Value(":"), Cast(customer, TextField()),
        output_field=TextField(),
    )  # fmt: skip
    place = Func(
        Substr(MD5(text), 1, 8),
        template="('x' || %(expressions)s)::bit(32)::bigint::float8",
        output_field=FloatField(),
    )
    running = ClinicHoldout.objects.filter(ended_on__isnull=True)
    return running.alias(place=place).filter(place__lt=F("rate") * float(HASH_SPAN))
