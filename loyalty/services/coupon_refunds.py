"""What refunds mean to coupons: their share of the discount goes back, a full one frees them."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q, Sum

from customers.models import Sale, SaleLine
from customers.services.timeline import Event, record_events
from loyalty.models import Coupon, CouponUse, Offer
from loyalty.queries.coupons import Found, terms_of
from loyalty.stacking import discount_back

State = CouponUse.State


def back_of(use: CouponUse, *, kept_minor: int) -> int:
    """The part of a use's discount that goes back when items worth this much are kept."""
    return discount_back(
        terms_of(Found(use.offer, use.coupon)),
        discount_minor=use.discount_minor,
        gross_minor=use.gross_minor,
        kept_minor=kept_minor,
        keeps_threshold=use.offer.refund_rule == Offer.RefundRule.THRESHOLD,
    )


@transaction.atomic
def settle_refunds(*, changed_since: datetime | None, at: datetime) -> int:
    """Bring uses up to their sales and refunds; the number that changed. Safe to repeat."""
    _find_sales()
    uses = CouponUse.objects.filter(state=State.USED, sale__isnull=False)
    if changed_since:
        touched = Sale.objects.filter(updated_at__gte=changed_since).order_by()
        ids = Q(sale__in=touched.values("pk")) | Q(
            sale__in=touched.filter(refund_of__isnull=False).values("refund_of")
        )
        uses = uses.filter(ids)
    rows = uses.select_related("offer__treatment", "coupon", "customer", "sale").order_by("pk")
    return sum(_settle(use, at) for use in list(rows))


def _find_sales() -> None:
    """A use named its sale before it came in."""
    waiting = CouponUse.objects.filter(sale__isnull=True, state=State.USED).exclude(
        sale_external_id=""
    )
    for use in waiting.order_by("pk"):
        named = Sale.objects.filter(source=use.sale_source, external_id=use.sale_external_id)
        if sale_id := named.values_list("pk", flat=True).first():
            CouponUse.objects.filter(pk=use.pk).update(sale=sale_id)


def _settle(use: CouponUse, at: datetime) -> bool:
    refunds = list(Sale.objects.filter(refund_of=use.sale_id).order_by("pk"))
    if not refunds or use.sale is None:
        return False
    left_net = use.sale.net_minor + sum(refund.net_minor for refund in refunds)
    if left_net <= 0:
        return _restore(use, at)
    back = back_of(use, kept_minor=max(use.gross_minor - _returned(use, refunds), 0))
    if back == use.discount_back_minor:
        return False
    CouponUse.objects.filter(pk=use.pk).update(discount_back_minor=back)
    return True


def _returned(use: CouponUse, refunds: Sequence[Sale]) -> int:
    """Full price of the returned items that the offer was for, as far as the refunds say."""
    offer = use.offer
    if not (offer.treatment_id or offer.category):
        return -sum(refund.gross_minor for refund in refunds)
    lines = SaleLine.objects.filter(sale__in=[refund.pk for refund in refunds])
    if offer.treatment_id:
        lines = lines.filter(treatment=offer.treatment_id)
    if offer.category:
        lines = lines.filter(treatment__category=offer.category)
    return abs(lines.aggregate(net=Sum("net_minor", default=0))["net"])


def _restore(use: CouponUse, at: datetime) -> bool:
    """Everything came back: so does the discount, and where the offer says so the coupon."""
    Offer.objects.select_for_update(no_key=True).get(pk=use.offer_id)
    CouponUse.objects.filter(pk=use.pk).update(discount_back_minor=use.discount_minor)
    if not use.offer.restores_on_full_refund:
        return use.discount_back_minor != use.discount_minor
    given_back = CouponUse.objects.filter(pk=use.pk, state=State.USED).update(
        state=State.RESTORED, ended_at=at
    )
    if not given_back:
        return False
    Coupon.objects.filter(pk=use.coupon_id).update(state=Coupon.State.READY)
    Offer.objects.filter(pk=use.offer_id).update(n_used=F("n_used") - 1)
    if use.customer_id:
        told = Event(
            "coupon.restored",
            use.customer_id,
            at,
            f"coupon_use:{use.pk}",
            payload={"items": [use.offer.name]},
        )
        record_events([told], at=at)
    return True
