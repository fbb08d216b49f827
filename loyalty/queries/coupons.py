"""Which coupon a code is, whether a customer may use it now, and what a customer has."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from customers.models import ContactPoint, Customer, DuplicatePair, Sale
from loyalty.codes import clean, is_mistyped, is_ours
from loyalty.models import Coupon, CouponUse, Offer
from loyalty.queries.rewards import is_in_segment
from loyalty.refusals import CodeMistyped, CodeUnknown, CouponRefused
from loyalty.stacking import Item, Terms
from tenancy.models import Branch

OPEN_USES = (CouponUse.State.RESERVED, CouponUse.State.USED)


@dataclass(frozen=True)
class Found:
    """What a code stands for: a coupon of its own, or a word for everybody (coupon None)."""

    offer: Offer
    coupon: Coupon | None

    @property
    def key(self) -> str:
        """The code as it is kept."""
        return self.coupon.code if self.coupon else self.offer.code


@dataclass(frozen=True)
class Basket:
    """What is about to be paid. sale_source, sale_external_id: how the sale will be called."""

    items: tuple[Item, ...] = ()
    sale_source: str = ""
    sale_external_id: str = ""


def find_code(text: str) -> Found:
    """Raises CodeMistyped for a slip, CodeUnknown for what is no coupon of this clinic."""
    code = clean(text)
    offers = Offer.objects.select_related("treatment", "segment", "branch")
    if offer := offers.filter(code=code).exclude(code="").first():
        return Found(offer, None)
    if is_ours(code):
        coupons = Coupon.objects.select_related(
            "offer__treatment", "offer__segment", "offer__branch", "customer"
        )
        if coupon := coupons.filter(code=code).first():
            return Found(coupon.offer, coupon)
        raise CodeUnknown
    if is_mistyped(code):
        raise CodeMistyped
    raise CodeUnknown


def terms_of(found: Found) -> Terms:
    offer = found.offer
    return Terms(
        key=found.key,
        offer=offer.pk,
        kind=offer.kind,
        amount_minor=offer.amount_minor,
        off_rate=Fraction(offer.off_rate),
        most_off_minor=offer.most_off_minor,
        min_spend_minor=offer.min_spend_minor,
        is_per_step=offer.is_per_step,
        treatment=offer.treatment.code if offer.treatment else "",
        category=offer.category,
        is_alone=offer.stacking == Offer.Stacking.ALONE,
    )


def refuse_unusable(
    found: Found,
    *,
    customer: Customer | None,
    at: datetime,
    on: date,
    branch: Branch | None,
    basket: Basket,
) -> None:
    """Raises CouponRefused with the one reason why it cannot be used now; limits are separate.

    on: the local day of `at`; the last day counts to its last second.
    """
    offer, coupon = found.offer, found.coupon
    _refuse_by_state(found, at)
    starts_on, ends_on = (coupon or offer).starts_on, (coupon or offer).ends_on
    if not offer.is_active:
        raise CouponRefused("offer_over", _("«%(name)s» is over.") % {"name": offer.name})
    if on < starts_on:
        raise CouponRefused("not_yet", _("It begins on %(day)s.") % {"day": starts_on})
    if ends_on and on > ends_on:
        raise CouponRefused("expired", _("Its last day was %(day)s.") % {"day": ends_on})
    if offer.branch_id and branch and offer.branch_id != branch.pk:
        raise CouponRefused("other_branch", _("It counts at %(name)s.") % {"name": offer.branch})
    _refuse_by_person(found, customer, on)
    if offer.is_first_purchase_only and customer:
        _refuse_second_purchase(customer, basket)


def _refuse_by_state(found: Found, at: datetime) -> None:
    coupon = found.coupon
    if coupon is None or coupon.state == Coupon.State.READY:
        return
    if coupon.state == Coupon.State.RESERVED and is_let_go(coupon, at):
        return
    words = {
        Coupon.State.USED: ("used", _("It was used already.")),
        Coupon.State.RESERVED: ("reserved", _("Another till has set it aside just now.")),
        Coupon.State.REVOKED: ("revoked", _("It was revoked.")),
    }
    raise CouponRefused(*words[Coupon.State(coupon.state)])


def is_let_go(coupon: Coupon, at: datetime) -> bool:
    """Whether nobody holds it any more: its reservation has run out."""
    held = coupon.uses.filter(state=CouponUse.State.RESERVED, reserved_until_at__gt=at)
    return not held.exists()


def _refuse_by_person(found: Found, customer: Customer | None, on: date) -> None:
    offer, owner = found.offer, found.coupon.customer_id if found.coupon else None
    if owner and (customer is None or customer.pk != owner):
        raise CouponRefused("other_customer", _("It belongs to another customer."))
    asks_who = offer.segment_id or offer.is_first_purchase_only or found.coupon is None
    if customer is None and (asks_who or offer.max_uses_per_person):
        raise CouponRefused("customer_needed", _("Say whose basket it is: this offer asks."))
    if offer.segment and not is_in_segment(offer.segment, customer.pk, on=on):
        name = offer.segment.name
        raise CouponRefused("not_for_them", _("It is for «%(segment)s».") % {"segment": name})


def _refuse_second_purchase(customer: Customer, basket: Basket) -> None:
    """Merged records are one by now; those who may be one person count as one too."""
    if has_paid([customer.pk], but=basket):
        raise CouponRefused("not_first", _("It is for the first purchase, and they have bought."))
    if has_paid(likely_same(customer), but=basket):
        raise CouponRefused(
            "not_first",
            _("It is for the first purchase, and a record that may be the same person has bought."),
        )


def has_paid(customer_ids: Sequence[int], *, but: Basket | None = None) -> bool:
    """Whether any of them has a day with a net above zero. but: a sale that is not counted."""
    sales = Sale.objects.filter(customer__in=list(customer_ids)).order_by()
    if but and but.sale_external_id:
        own = Q(source=but.sale_source, external_id=but.sale_external_id)
        sales = sales.exclude(own)
    days = sales.values("customer", "counts_on").annotate(net=Sum("net_minor"))
    return bool(customer_ids) and days.filter(net__gt=0).exists()


def likely_same(customer: Customer) -> list[int]:
    """Other records that may be this person: an open pair, or one name at one phone or e-mail."""
    pairs = DuplicatePair.objects.filter(state=DuplicatePair.State.OPEN)
    found = set(pairs.filter(first=customer).values_list("second_id", flat=True))
    found |= set(pairs.filter(second=customer).values_list("first_id", flat=True))
    own = ContactPoint.objects.filter(customer=customer).values("kind", "value")
    reached = Q(pk__in=[])
    for point in own:
        reached |= Q(kind=point["kind"], value=point["value"])
    there = ContactPoint.objects.filter(reached, customer=OuterRef("pk"))
    twins = Customer.objects.filter(Exists(there), name=customer.name).exclude(pk=customer.pk)
    different = pairs.model.objects.filter(state=DuplicatePair.State.DIFFERENT)
    told_apart = set(different.filter(first=customer).values_list("second_id", flat=True))
    told_apart |= set(different.filter(second=customer).values_list("first_id", flat=True))
    return sorted((found | set(twins.values_list("pk", flat=True))) - told_apart)


def n_uses_of(offer: Offer, customer_ids: Sequence[int]) -> int:
    uses = CouponUse.objects.filter(offer=offer, customer__in=list(customer_ids))
    return uses.filter(state__in=OPEN_USES).count()


def wallet_of(customer: Customer | int, *, on: date) -> QuerySet[Coupon]:
    """Coupons a customer can use on this day or later; what ends first stands first."""
    coupons = Coupon.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=on),
        customer=customer,
        state__in=[Coupon.State.READY, Coupon.State.RESERVED],
        offer__is_active=True,
    )
    return coupons.select_related("offer__treatment", "offer__branch").order_by("ends_on", "pk")


def as_one(found: Sequence[Found]) -> list[Found]:
    """Each code once, in order."""
    return list({one.key: replace(one) for one in found}.values())
