"""Offers, and the coupons that promise them: printed, given to one person, or to a segment."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from customers.models import Customer
from loyalty.codes import clean, is_ours
from loyalty.models import Coupon, Offer, OfferHoldback
from loyalty.refusals import CouponRefused, FieldRefused
from loyalty.services.coupon_rows import coupon_row, refuse_issuing, tell_issued, today_at
from segmentation.models import Segment
from segmentation.queries import segment_customers
from tenancy.models import Membership
from tenancy.scope import current_clinic_id
from tenancy.services.audit import record
from tenancy.turns import wait_for_turn

MOST_CODES = 10_000  # of one printing
MOST_HOLDBACK_RATE = 0.5
MOST_DAYS_BEFORE = 60
SHORTEST_WORD, LONGEST_WORD = 4, 20
Kind = Offer.Kind


@transaction.atomic
def save_offer(
    *, terms: Mapping[str, Any], by: Membership | None, offer: Offer | None = None
) -> Offer:
    """Make an offer or change it. terms: columns of Offer. Raises FieldRefused."""
    terms = dict(terms) | {"code": clean(terms.get("code", ""))}
    offer = offer or Offer()
    for name, value in terms.items():
        setattr(offer, name, value)
    _forget_what_its_kind_does_not_use(offer)
    _refuse_odd(offer)
    try:
        with transaction.atomic():
            offer.save()
    except IntegrityError as broken:
        if "offer_code_once" not in str(broken):
            raise
        raise FieldRefused("code", _("Another offer has this word already.")) from None
    record(action="offer.saved", by=by, subject=offer)
    return offer


def _forget_what_its_kind_does_not_use(offer: Offer) -> None:
    if offer.kind != Kind.AMOUNT:
        offer.amount_minor, offer.is_per_step = 0, False
    if offer.kind != Kind.PERCENT:
        offer.off_rate = 0
    if offer.kind != Kind.GIFT:
        offer.gift = ""
    if offer.occasion != Offer.Occasion.BIRTHDAY:
        offer.days_before = 0
    if offer.occasion not in (Offer.Occasion.BIRTHDAY, Offer.Occasion.TIER):
        offer.occasion_tier = None


def _refuse_odd(offer: Offer) -> None:
    if not offer.name.strip():
        raise FieldRefused("name", _("Give it a name that customers understand."))
    if offer.kind == Kind.AMOUNT and offer.amount_minor < 1:
        raise FieldRefused("amount_minor", _("Say how much comes off: an amount above zero."))
    if offer.kind == Kind.PERCENT and not 0 < offer.off_rate <= 1:
        raise FieldRefused("off_rate", _("The share off is above 0 and at most 100 %."))
    if offer.kind == Kind.GIFT and not offer.gift.strip():
        raise FieldRefused("gift", _("Say what the gift is."))
    if offer.is_per_step and offer.min_spend_minor < 1:
        raise FieldRefused("min_spend_minor", _("«For every full amount» needs that amount."))
    if offer.is_per_step and offer.amount_minor > offer.min_spend_minor:
        raise FieldRefused("amount_minor", _("More comes off each step than the step itself."))
    if offer.ends_on and offer.ends_on < offer.starts_on:
        raise FieldRefused("ends_on", _("The last day lies before the first."))
    if offer.max_uses is not None and offer.max_uses < offer.n_used:
        raise FieldRefused("max_uses", _("It was used %(n)s times already.") % {"n": offer.n_used})
    _refuse_odd_occasion(offer)
    if offer.code and (
        not SHORTEST_WORD <= len(offer.code) <= LONGEST_WORD
        or not offer.code.isascii()
        or is_ours(offer.code)
    ):
        raise FieldRefused("code", _("A word for everybody has 4 to 20 Latin letters and digits."))


def _refuse_odd_occasion(offer: Offer) -> None:
    if offer.occasion and offer.code:
        message = _("What is given by itself has single codes: leave the word for everybody empty.")
        raise FieldRefused("occasion", message)
    if offer.occasion == Offer.Occasion.BIRTHDAY and not offer.valid_days and not offer.ends_on:
        message = _("Say for how many days a birthday coupon is good.")
        raise FieldRefused("valid_days", message)
    if not 0 <= offer.days_before <= MOST_DAYS_BEFORE:
        message = _("At most %(n)s days before.") % {"n": MOST_DAYS_BEFORE}
        raise FieldRefused("days_before", message)


@transaction.atomic
def issue_coupon(
    *,
    customer: Customer,
    offer: Offer,
    cause: str,
    key: str,
    at: datetime,
    reason: str = "",
    by: Membership | None = None,
) -> Coupon:
    """Promise an offer to a customer; a repeated key returns the first coupon.

    cause: Coupon.Cause. key: what it is for, such as "birthday:12:2026". reason: told to the
    customer. Raises CouponRefused when the offer is over, FieldRefused for one that has a word.
    """
    if earlier := Coupon.objects.filter(issue_key=key).first():
        return earlier
    on = today_at(at)
    refuse_issuing(offer, on)
    made = coupon_row(offer, key, at, on, customer=customer, cause=cause, reason=reason, by=by)
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError as broken:
        if "coupon_issued_once" not in str(broken):
            raise
        return Coupon.objects.get(issue_key=key)
    tell_issued([made], at)
    return made


@transaction.atomic
def print_codes(
    *, offer: Offer, n: int, key: str, at: datetime, by: Membership | None
) -> list[Coupon]:
    """Single codes for whoever brings them; a repeated key returns the first printing."""
    if not 1 <= n <= MOST_CODES:
        raise FieldRefused("n", _("Between 1 and %(most)s codes at once.") % {"most": MOST_CODES})
    wait_for_turn(f"loyalty.print:{key}")
    printed = Coupon.objects.filter(issue_key__startswith=f"print:{key}:").order_by("pk")
    if printed.exists():
        return list(printed)
    on = today_at(at)
    refuse_issuing(offer, on)
    cause = Coupon.Cause.BATCH
    made = [coupon_row(offer, f"print:{key}:{i}", at, on, cause=cause, by=by) for i in range(n)]
    Coupon.objects.bulk_create(made)
    record(action="coupons.printed", by=by, subject=offer, detail={"n": n})
    return made


@transaction.atomic
def issue_to_segment(
    *,
    offer: Offer,
    segment: Segment,
    at: datetime,
    by: Membership | None,
    holdback_rate: float = 0.0,
    reason: str = "",
) -> tuple[int, int]:
    """Promise the offer to everybody in the segment but a share drawn by lot: (given, held back).

    Who was given it or held back before stays so; repeating it reaches only newcomers.
    """
    if not 0 <= holdback_rate <= MOST_HOLDBACK_RATE:
        raise FieldRefused("holdback_rate", _("Hold back at most half."))
    wait_for_turn(f"loyalty.offer:{offer.pk}")
    on = today_at(at)
    refuse_issuing(offer, on)
    had = set(offer.coupons.filter(customer__isnull=False).values_list("customer_id", flat=True))
    held = set(offer.holdbacks.values_list("customer_id", flat=True))
    members = segment_customers(segment, on=on).order_by("pk").values_list("pk", flat=True)
    newcomers = [pk for pk in members.iterator() if pk not in had and pk not in held]
    unlucky = [pk for pk in newcomers if lot(offer.pk, pk) < holdback_rate]
    lucky = sorted(set(newcomers) - set(unlucky))
    OfferHoldback.objects.bulk_create(
        [OfferHoldback(offer=offer, customer_id=pk, held_at=at) for pk in unlucky]
    )
    cause, key = Coupon.Cause.SEGMENT, f"segment:{offer.pk}"
    made = [
        coupon_row(offer, f"{key}:{pk}", at, on, customer_id=pk, cause=cause, reason=reason, by=by)
        for pk in lucky
    ]
    Coupon.objects.bulk_create(made, batch_size=5_000)
    tell_issued(made, at)
    record(action="coupons.issued", by=by, subject=offer, detail={"n": len(made)})
    return len(made), len(unlucky)


def lot(offer_id: int, customer_id: int) -> float:
    """A number in [0, 1) that is always the same for the two, and even over customers."""
    digest = hashlib.sha256(f"{current_clinic_id()}:{offer_id}:{customer_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


@transaction.atomic
def revoke(*, coupon: Coupon, by: Membership | None) -> None:
    """A coupon that is not used yet counts no more. Raises CouponRefused."""
    ready = Coupon.objects.filter(pk=coupon.pk, state=Coupon.State.READY)
    if not ready.update(state=Coupon.State.REVOKED):
        raise CouponRefused("not_ready", _("Only a coupon that nobody has used can be revoked."))
    record(action="coupon.revoked", by=by, subject=coupon)
