"""Coupons at the till: checked, set aside for a basket, used.

The offer's row is locked first, so all tills stand in one line for it; then one conditional update
counts the use and one takes the code. Whoever comes second finds it taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from customers.models import Customer
from loyalty.exceptions import KeyUsedOtherwise
from loyalty.models import Coupon, CouponUse, Offer
from loyalty.queries.coupons import (
    Basket,
    Found,
    as_one,
    find_code,
    likely_same,
    n_uses_of,
    refuse_unusable,
    terms_of,
)
from loyalty.refusals import CouponRefused
from loyalty.services.coupon_reservations import let_go_of_overdue, tell_use
from loyalty.stacking import Applied, Combination, Left, apply_all, best_combination, objection
from tenancy.clock import local_day
from tenancy.models import Branch, Clinic, Membership
from tenancy.scope import current_clinic_id
from tenancy.turns import wait_for_turn

HELD_FOR = timedelta(minutes=15)
State = CouponUse.State


@dataclass(frozen=True)
class Till:
    """Where and when a coupon is shown, whose basket it is, what lies in it."""

    at: datetime
    customer: Customer | None = None
    branch: Branch | None = None
    actor: Membership | None = None
    basket: Basket = field(default_factory=Basket)

    @property
    def on(self) -> date:
        return local_day(Clinic.objects.get(pk=current_clinic_id()).zone, self.at)


def check(text: str, till: Till) -> tuple[Found, Applied]:
    """What this code would take off the basket now; changes nothing.

    Raises CodeMistyped, CodeUnknown, CouponRefused.
    """
    found = find_code(text)
    refuse_unusable(
        found,
        customer=till.customer,
        at=till.at,
        on=till.on,
        branch=till.branch,
        basket=till.basket,
    )
    _refuse_beyond_limits(found.offer, till)
    return found, _applied(found, till.basket)


def combine(texts: Sequence[str], till: Till) -> tuple[Combination, dict[str, CouponRefused]]:
    """The best lawful use of these codes on the basket, and the refusal of each that is out."""
    usable: list[Found] = []
    refused: dict[str, CouponRefused] = {}
    for text in dict.fromkeys(texts):
        try:
            usable.append(check_alone(text, till))
        except CouponRefused as refusal:
            refused[text] = refusal
    terms = [terms_of(one) for one in as_one(usable)]
    return best_combination(terms, till.basket.items), refused


def check_alone(text: str, till: Till) -> Found:
    """As `check`, without the basket's own rules."""
    found = find_code(text)
    refuse_unusable(
        found,
        customer=till.customer,
        at=till.at,
        on=till.on,
        branch=till.branch,
        basket=till.basket,
    )
    _refuse_beyond_limits(found.offer, till)
    return found


def reserve(text: str, till: Till, *, key: str, discount_minor: int | None = None) -> CouponUse:
    """Set it aside for a basket for 15 minutes; a repeated key returns the first."""
    return _take(text, till, key=key, discount_minor=discount_minor, until=till.at + HELD_FOR)


def use(text: str, till: Till, *, key: str, discount_minor: int | None = None) -> CouponUse:
    """Use it now; a repeated key returns the first use.

    discount_minor: what the basket's combination gave it; None: what it gives alone.
    Raises CodeMistyped, CodeUnknown, CouponRefused, KeyUsedOtherwise.
    """
    return _take(text, till, key=key, discount_minor=discount_minor, until=None)


@transaction.atomic
def _take(
    text: str, till: Till, *, key: str, discount_minor: int | None, until: datetime | None
) -> CouponUse:
    found = find_code(text)
    if till.basket.sale_external_id:  # two coupons of one basket: one after the other
        wait_for_turn(f"loyalty.basket:{till.basket.sale_source}:{till.basket.sale_external_id}")
    Offer.objects.select_for_update(no_key=True, of=("self",)).get(pk=found.offer.pk)
    if earlier := CouponUse.objects.filter(idempotency_key=key).first():
        return _same(earlier, found, till)
    let_go_of_overdue(found.offer, at=till.at)
    found, applied = check(text, till)  # again, now that nobody else is at it
    _refuse_beside_others(found.offer, till.basket)
    _count(found.offer)
    if found.coupon:
        _claim(found.coupon, Coupon.State.RESERVED if until else Coupon.State.USED)
    off = applied.discount_minor if discount_minor is None else discount_minor
    made = CouponUse.objects.create(
        offer=found.offer,
        coupon=found.coupon,
        customer=till.customer,
        state=State.RESERVED if until else State.USED,
        gross_minor=applied.gross_minor,
        discount_minor=min(max(off, 0), applied.discount_minor),
        sale_source=till.basket.sale_source,
        sale_external_id=till.basket.sale_external_id,
        idempotency_key=key,
        branch=till.branch,
        actor=till.actor,
        reserved_until_at=until,
        begun_at=till.at,
        used_at=None if until else till.at,
    )
    if not until:
        tell_use(made, "coupon.used", till.at)
    return made


def _same(earlier: CouponUse, found: Found, till: Till) -> CouponUse:
    coupon_id = found.coupon.pk if found.coupon else None
    customer_id = till.customer.pk if till.customer else None
    said = (earlier.offer_id, earlier.coupon_id, earlier.customer_id)
    if said != (found.offer.pk, coupon_id, customer_id):
        raise KeyUsedOtherwise
    return earlier


def _count(offer: Offer) -> None:
    within = Q(max_uses__isnull=True) | Q(n_used__lt=F("max_uses"))
    if not Offer.objects.filter(within, pk=offer.pk).update(n_used=F("n_used") + 1):
        raise CouponRefused("used_up", _("«%(name)s» is used up.") % {"name": offer.name})


def _claim(coupon: Coupon, state: Coupon.State) -> None:
    if not Coupon.objects.filter(pk=coupon.pk, state=Coupon.State.READY).update(state=state):
        raise CouponRefused("used", _("It was used already."))


def _refuse_beyond_limits(offer: Offer, till: Till) -> None:
    if offer.max_uses is not None and offer.n_used >= offer.max_uses:
        is_stale = CouponUse.objects.filter(
            offer=offer, state=State.RESERVED, reserved_until_at__lte=till.at
        ).exists()
        if not is_stale:
            raise CouponRefused("used_up", _("«%(name)s» is used up.") % {"name": offer.name})
    if offer.max_uses_per_person and till.customer:
        people = [till.customer.pk, *likely_same(till.customer)]
        if n_uses_of(offer, people) >= offer.max_uses_per_person:
            raise CouponRefused("person_limit", _("They have used this offer already."))


def _refuse_beside_others(offer: Offer, basket: Basket) -> None:
    """What other coupons of the same basket allow."""
    if not basket.sale_external_id:
        return
    beside = Offer.objects.filter(
        uses__state__in=[State.RESERVED, State.USED],
        uses__sale_source=basket.sale_source,
        uses__sale_external_id=basket.sale_external_id,
    )
    others = list(beside.distinct().order_by("pk"))
    alone = Offer.Stacking.ALONE
    if any(other.pk == offer.pk for other in others):
        raise CouponRefused("same_offer", _("Only one coupon of an offer counts."))
    if others and (offer.stacking == alone or any(one.stacking == alone for one in others)):
        raise CouponRefused(
            "stands_alone", _("It does not go together with the coupon used for this basket.")
        )


def _applied(found: Found, basket: Basket) -> Applied:
    terms = terms_of(found)
    if not basket.items:  # a code is shown before anything is rung up
        return Applied(terms.key, 0, 0, ())
    if why := objection(terms, basket.items):
        raise CouponRefused(why.why, words_of(why))
    return apply_all([terms], basket.items)[0]


def words_of(left: Left) -> str:
    """Why a coupon stays in the pocket. Money is said by whoever knows the currency."""
    return {
        "out_of_scope": _("Nothing in this basket is what it is for."),
        "below_minimum": _("The basket does not reach the amount from which it counts."),
        "same_offer": _("Only one coupon of an offer counts."),
        "stands_alone": _("It does not go together with the others, which take more off."),
    }[left.why]
