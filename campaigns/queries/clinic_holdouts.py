"""Who is in the clinic-wide holdout: the stable hash of `campaigns.arms`, in SQL and in Python."""

import numpy as np
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from campaigns.arms import assign
from campaigns.models import ClinicHoldout
from customers.models import Customer

# Exactly `campaigns.arms.assign`; asked of rows of customers_customer.
HELD_OUT = """('x' || substr(md5(%s || ':' || customers_customer.id), 1, 8))::bit(32)::bigint
    < %s::float8 * 4294967296"""


def current_clinic_holdout() -> ClinicHoldout | None:
    """The one that is held now; None where there is none."""
    return ClinicHoldout.objects.filter(ended_on__isnull=True).first()


def holdout_key(holdout: ClinicHoldout) -> str:
    return f"clinic-holdout:{holdout.pk}"


def is_in_clinic_holdout(customer_ids: np.ndarray, holdout: ClinicHoldout | None) -> np.ndarray:
    """True where no recall may reach the customer, one bool an id, in the order given."""
    if holdout is None:
        return np.zeros(len(customer_ids), bool)
    return assign(holdout_key(holdout), customer_ids, holdout.rate)


def outside_clinic_holdout(customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """Without those held out now; one query to know whether anybody is."""
    holdout = current_clinic_holdout()
    if holdout is None:
        return customers
    held = RawSQL(  # noqa: S611 -- a literal of this module; values are parameters
        HELD_OUT, [holdout_key(holdout), holdout.rate], output_field=BooleanField()
    )
    return customers.exclude(held)
