"""Points and tiers together, as the tasks ask for them."""

from datetime import date, datetime

from django.db import transaction

from loyalty.models import Offer
from loyalty.services.accrual import accrue
from loyalty.services.activities import give_birthday_points
from loyalty.services.expiry import expire_points
from loyalty.services.lapsing import lapse_holds
from loyalty.services.member_claims import pay_answers
from loyalty.services.occasions import give_for_occasions
from loyalty.services.reminders import remind_of_expiry
from loyalty.services.tiers import judge


@transaction.atomic
def catch_up(*, on: date, at: datetime, changed_since: datetime | None = None) -> int:
    """Post what new sales earned, judge the customers concerned, give coupons to who has risen;
    the number of entries.

    changed_since: look only at sales touched since this instant; None: at every sale.
    """
    accrued = accrue(on=on, changed_since=changed_since)
    if accrued.customer_ids:
        judge(on, customers=accrued.customer_ids)
        give_for_occasions(on=on, at=at, only=Offer.Occasion.TIER)
    return accrued.n_entries


@transaction.atomic
def close_night(*, on: date, at: datetime) -> None:
    """The nightly work: what sales and birthdays earned, what expires, who is reminded, tiers,
    coupons for occasions."""
    accrue(on=on)
    give_birthday_points(on=on)
    pay_answers(on=on)
    lapse_holds(at=at)
    expire_points(on=on)
    remind_of_expiry(on=on, at=at)
    judge(on)
    give_for_occasions(on=on, at=at)
