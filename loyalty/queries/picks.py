"""Which offer suits one customer, and the sentence that says why (the first rule that fits wins).

1. A treatment is due within 30 days, and an offer is for it or its category.
2. One category is bought again and again, and an offer is for it.
3. The value layer: an offer for anything, with words for that layer.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from babel.dates import format_date
from django.db.models import Count, Q, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from customers.models import Customer, SaleLine
from loyalty.models import Offer
from loyalty.queries.rewards import segments_with
from segmentation.models import CustomerScore
from tenancy.models import Branch

DUE_WITHIN = timedelta(days=30)
LOOK_BACK = timedelta(days=730)
OFTEN = 2  # purchases of a category


@dataclass(frozen=True)
class Pick:
    """reason: one sentence, said to the customer."""

    offer: Offer
    reason: str


def pick_for(customer: Customer, *, on: date, branch: Branch | None = None) -> Pick | None:
    """The offer to give this customer today, or None."""
    open_ones = list(_open_offers(customer, on, branch))
    segments = segments_with(customer.pk, [one.segment for one in open_ones], on=on)
    offers = [one for one in open_ones if one.segment_id is None or one.segment_id in segments]
    if not offers:
        return None
    scores = CustomerScore.objects.select_related("next_due_treatment")
    score = scores.filter(run__is_current=True, customer=customer).first()
    return _by_due(offers, score, on) or _by_taste(offers, customer, on) or _by_layer(offers, score)


def _open_offers(customer: Customer, on: date, branch: Branch | None) -> QuerySet[Offer]:
    offers = Offer.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=on),
        is_pick=True,
        is_active=True,
        code="",
        starts_on__lte=on,
    ).exclude(coupons__customer=customer)
    if branch:
        offers = offers.filter(Q(branch__isnull=True) | Q(branch=branch))
    return offers.select_related("treatment", "segment").order_by("pk")


def _by_due(offers: list[Offer], score: CustomerScore | None, on: date) -> Pick | None:
    due = score and score.next_due_treatment
    if not score or not due or not score.next_due_on or score.next_due_on > on + DUE_WITHIN:
        return None
    fitting = [one for one in offers if one.treatment_id == due.pk]
    fitting += [one for one in offers if one.category and one.category == due.category]
    if not fitting:
        return None
    words = {"treatment": due.name, "day": _day(score.next_due_on)}
    if score.next_due_on < on:
        return Pick(fitting[0], _("%(treatment)s has been due since %(day)s.") % words)
    return Pick(fitting[0], _("%(treatment)s is due again around %(day)s.") % words)


def _by_taste(offers: list[Offer], customer: Customer, on: date) -> Pick | None:
    wanted = {one.category for one in offers if one.category}
    if not wanted:
        return None
    lines = SaleLine.objects.filter(
        sale__customer=customer,
        sale__kind="sale",
        sale__counts_on__gt=on - LOOK_BACK,
        treatment__category__in=wanted,
    )
    found = lines.order_by().values_list("treatment__category").annotate(n=Count("sale"))
    best = found.filter(n__gte=OFTEN).order_by("-n", "treatment__category").first()
    if best is None:
        return None
    offer = next(one for one in offers if one.category == best[0])
    return Pick(offer, _("Because you have chosen %(category)s again and again.") % {
        "category": best[0]})  # fmt: skip


def _by_layer(offers: list[Offer], score: CustomerScore | None) -> Pick | None:
    words = {
        "high": _("A thank-you to the guests who trust us most."),
        "potential_high": _("Because we would like to show you more of what we do well."),
        "at_risk": _("We have missed you, and this is to welcome you back."),
        "lost": _("We have missed you, and this is to welcome you back."),
    }
    layer = score.layer if score else ""
    anything = [one for one in offers if not one.treatment_id and not one.category]
    return Pick(anything[0], words[layer]) if anything and layer in words else None


def _day(day: date) -> str:
    is_chinese = (get_language() or "").startswith("zh")
    return format_date(
        day, "d MMMM" if not is_chinese else "M月d日", locale="zh" if is_chinese else "en"
    )
