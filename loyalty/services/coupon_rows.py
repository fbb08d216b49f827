"""A coupon as it is about to be written, and what is told of it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from customers.models import Customer
from customers.services.timeline import Event, record_events
from loyalty.codes import new_code
from loyalty.models import Coupon, Offer
from loyalty.refusals import CouponRefused
from tenancy.clock import local_day
from tenancy.models import Clinic, Membership
from tenancy.scope import current_clinic_id


def refuse_issuing(offer: Offer, on: date) -> None:
    if offer.code:
        raise CouponRefused("has_word", _("This offer has one word for everybody: tell them that."))
    if not offer.is_active or (offer.ends_on and offer.ends_on < on):
        raise CouponRefused("offer_over", _("«%(name)s» is over.") % {"name": offer.name})


def coupon_row(
    offer: Offer,
    key: str,
    at: datetime,
    on: date,
    *,
    cause: str,
    by: Membership | None,
    customer: Customer | None = None,
    customer_id: int | None = None,
    reason: str = "",
) -> Coupon:
    """One not saved yet. valid_days: the day of issue is the first of them."""
    starts_on = max(offer.starts_on, on)
    ends_on = offer.ends_on
    if offer.valid_days:
        own_end = starts_on + timedelta(days=offer.valid_days - 1)
        ends_on = min(own_end, ends_on) if ends_on else own_end
    return Coupon(
        offer=offer,
        customer_id=customer.pk if customer else customer_id,
        code=new_code(),
        starts_on=starts_on,
        ends_on=ends_on,
        cause=cause,
        reason=reason[:200],
        issue_key=key,
        issued_at=at,
        issued_by=by,
    )


def tell_issued(coupons: Sequence[Coupon], at: datetime) -> None:
    events = [
        Event(
            "coupon.issued",
            coupon.customer_id,
            at,
            f"coupon:{coupon.pk}",
            payload={"items": [coupon.offer.name]},
        )
        for coupon in coupons
        if coupon.customer_id
    ]
    record_events(events, at=at)


def today_at(at: datetime) -> date:
    return local_day(Clinic.objects.get(pk=current_clinic_id()).zone, at)
