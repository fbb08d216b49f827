"""Points and tiers together, as the tasks ask for them."""

from datetime import date, datetime

from django.db import transaction

from loyalty.services.accrual import accrue
from loyalty.services.activities import give_birthday_points
from loyalty.services.expiry import expire_points
from loyalty.services.lapsing import lapse_holds
from loyalty.services.reminders import remind_of_expiry
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
def close_night(*, on: date, at: datetime) -> None:
    """The nightly work: what sales and birthdays earned, what expires, who is reminded, tiers."""
    accrue()
    give_birthday_points(on=on)
    lapse_holds(at=at)
    expire_points(on=on)
    remind_of_expiry(on=on, at=at)
    judge(on)
