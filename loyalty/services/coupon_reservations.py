"""Coupons that were set aside for a basket: used, let go, or over by themselves.

The offer's row is locked first, as in `coupon_uses`.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from customers.services.timeline import record_event
from loyalty.models import Coupon, CouponUse, Offer
from loyalty.queries.coupons import Basket
from loyalty.refusals import CouponRefused


@transaction.atomic
def settle(use_: CouponUse, *, at: datetime, basket: Basket | None = None) -> CouponUse:
    """What was set aside is used. Raises CouponRefused when it was let go or has run out."""
    _lock(use_)
    named = {}
    if basket and basket.sale_external_id:
        named = {
            "sale_source": basket.sale_source,
            "sale_external_id": basket.sale_external_id,
        }
    held = CouponUse.objects.filter(
        pk=use_.pk, state=CouponUse.State.RESERVED, reserved_until_at__gt=at
    ).update(state=CouponUse.State.USED, used_at=at, **named)
    use_.refresh_from_db()
    if not held:
        if use_.state == CouponUse.State.USED:
            return use_  # said twice
        raise CouponRefused("not_reserved", _("The reservation has ended. Reserve it again."))
    Coupon.objects.filter(pk=use_.coupon_id).update(state=Coupon.State.USED)
    tell_use(use_, "coupon.used", at)
    return use_


@transaction.atomic
def release(use_: CouponUse, *, at: datetime) -> CouponUse:
    """What was set aside goes back; said twice it is gone once. Raises CouponRefused if used."""
    _lock(use_)
    _let_go(CouponUse.objects.filter(pk=use_.pk, state=CouponUse.State.RESERVED), use_.offer_id, at)
    use_.refresh_from_db()
    if use_.state == CouponUse.State.USED:
        raise CouponRefused("used", _("It was used already."))
    return use_


def let_go_of_overdue(offer: Offer, *, at: datetime) -> int:
    """Reservations that ran out end; the number. The caller holds the offer's row."""
    overdue = CouponUse.objects.filter(
        offer=offer, state=CouponUse.State.RESERVED, reserved_until_at__lte=at
    )
    return _let_go(overdue, offer.pk, at)


@transaction.atomic
def sweep_overdue(*, at: datetime) -> int:
    """End every reservation that ran out, offer by offer; the number."""
    overdue = CouponUse.objects.filter(state=CouponUse.State.RESERVED, reserved_until_at__lte=at)
    offers = Offer.objects.filter(pk__in=overdue.values("offer")).order_by("pk")
    return sum(let_go_of_overdue(offer, at=at) for offer in offers.select_for_update(no_key=True))


def _let_go(uses: QuerySet[CouponUse], offer_id: int, at: datetime) -> int:
    rows = list(uses.values_list("pk", "coupon_id"))
    if not rows:
        return 0
    CouponUse.objects.filter(pk__in=[pk for pk, _coupon in rows]).update(
        state=CouponUse.State.RELEASED, ended_at=at
    )
    coupons = [coupon for _pk, coupon in rows if coupon]
    Coupon.objects.filter(pk__in=coupons, state=Coupon.State.RESERVED).update(
        state=Coupon.State.READY
    )
    Offer.objects.filter(pk=offer_id).update(n_used=F("n_used") - len(rows))
    return len(rows)


def _lock(use_: CouponUse) -> None:
    Offer.objects.select_for_update(no_key=True).get(pk=use_.offer_id)


def tell_use(use_: CouponUse, kind: str, at: datetime) -> None:
    if use_.customer is None:
        return
    record_event(
        kind=kind,
        customer=use_.customer,
        occurred_at=at,
        source_key=f"coupon_use:{use_.pk}",
        at=at,
        payload={"items": [use_.offer.name]},
    )
