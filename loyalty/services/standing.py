"""Points and tiers together, as the tasks ask for them."""

from datetime import date, datetime

from django.db import transaction

from loyalty.services.accrual import accrue
from loyalty.services.expiry import expire_points
from loyalty.services.tiers import judge


@transaction.atomic
def catch_up(*, on: date, changed_since: datetime | None = None) -> int:
    """Post what new sales earned and judge the customers concerned; the number of entries.

    changed_since: look only at sales touched since this instant; None: at every sale.
    """
    accrued = accrue(changed_since=changed_since)
    if accrued.customer_ids:
        judge(on, customers=accrued.customer_ids)
    return accrued.n_entries


@transaction.atomic
def close_night(*, on: date) -> None:
    """The nightly work: what sales earned, what expires by `on`, everybody's tier."""
    accrue()
    expire_points(on=on)
    judge(on)
