"""Coupons that are given by themselves: for a birthday, for reaching a tier, for a survey.

Looked for every night and whenever tiers were judged or feedback came in. A look reaches a few
days back, so that a night without workers loses nobody; the key of the coupon makes it once.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import override

from customers.models import Customer, CustomerEvent
from loyalty.models import Account, ActivityClaim, Coupon, EarnRule, Offer, TierChange
from loyalty.queries.birthdays import born_on
from loyalty.services.coupon_rows import coupon_row, tell_issued
from segmentation.queries import segment_customers
from tenancy.models import Clinic
from tenancy.scope import current_clinic_id
from tenancy.turns import wait_for_turn

LOOK_BACK = timedelta(days=3)
Occasion = Offer.Occasion
Keys = Mapping[str, int]  # what it is given for → customer


@transaction.atomic
def give_for_occasions(*, on: date, at: datetime, only: str = "") -> int:
    """Give what is due on this day; the number of coupons. only: of one Offer.Occasion."""
    offers = Offer.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=on), is_active=True, starts_on__lte=on
    ).exclude(occasion="")
    offers = offers.filter(occasion=only) if only else offers
    due = list(offers.select_related("occasion_tier", "segment").order_by("pk"))
    if not due:
        return 0
    wait_for_turn("loyalty.occasions")
    with override(Clinic.objects.get(pk=current_clinic_id()).language):
        return sum(_give(offer, _DUE[offer.occasion](offer, on), on, at) for offer in due)


def _give(offer: Offer, keys: Keys, on: date, at: datetime) -> int:
    given = set(Coupon.objects.filter(issue_key__in=keys).values_list("issue_key", flat=True))
    people = _allowed(offer, set(keys.values()), on)
    made = [
        coupon_row(
            offer, key, at, on, customer_id=customer, cause=offer.occasion, reason=_reason(offer),
            by=None,
        )
        for key, customer in sorted(keys.items())
        if key not in given and customer in people
    ]  # fmt: skip
    Coupon.objects.bulk_create(made, batch_size=5_000)
    tell_issued(made, at)
    return len(made)


def _allowed(offer: Offer, ids: set[int], on: date) -> set[int]:
    """Of these customers, who is still here and in the offer's segment."""
    people = segment_customers(offer.segment, on=on) if offer.segment else Customer.objects.all()
    people = people.filter(pk__in=ids, merged_into__isnull=True, erased_at__isnull=True)
    return set(people.values_list("pk", flat=True))


def _reason(offer: Offer) -> str:
    if offer.occasion == Occasion.BIRTHDAY:
        return _("For your birthday.")
    if offer.occasion == Occasion.SURVEY:
        return _("Thank you for your answers.")
    if offer.occasion_tier:
        return _("Welcome to %(tier)s.") % {"tier": offer.occasion_tier.name}
    return _("For reaching a higher tier.")


def _days(on: date) -> list[date]:
    return [on - timedelta(days=back) for back in range(LOOK_BACK.days + 1)]


def _birthdays(offer: Offer, on: date) -> Keys:
    found: dict[str, int] = {}
    for day in _days(on + timedelta(days=offer.days_before)):
        people = Customer.objects.filter(born_on(day), birth_on__lt=day)
        if offer.occasion_tier_id:
            standing = Account.objects.filter(tier=offer.occasion_tier_id)
            people = people.filter(pk__in=standing.values("customer"))
        for pk in people.values_list("pk", flat=True):
            found[f"birthday:{offer.pk}:{pk}:{day.year}"] = pk
    return found


def _tiers(offer: Offer, on: date) -> Keys:
    """Once a person and tier: who falls and comes back is not welcomed again."""
    risen = Q(new_tier__rank__gt=F("old_tier__rank")) | Q(old_tier=None, new_tier__rank__gt=0)
    changes = TierChange.objects.filter(
        risen, changed_on__gt=on - LOOK_BACK, changed_on__lte=on, changed_on__gte=offer.starts_on
    )
    if offer.occasion_tier_id:
        changes = changes.filter(new_tier=offer.occasion_tier_id)
    rows = changes.order_by().values_list("account__customer", "new_tier")
    return {f"tier:{offer.pk}:{customer}:{tier}": customer for customer, tier in rows}


def _surveys(offer: Offer, on: date) -> Keys:
    """Answers told as events, and surveys that earned points."""
    since = max(on - LOOK_BACK, offer.starts_on)
    told = CustomerEvent.objects.filter(kind="feedback.given", occurred_at__date__gte=since)
    found = {
        f"survey:{offer.pk}:event:{pk}": customer
        for pk, customer in told.values_list("pk", "customer")
    }
    claims = ActivityClaim.objects.filter(
        rule__activity=EarnRule.Activity.SURVEY,
        state=ActivityClaim.State.APPROVED,
        did_on__gte=since,
    ).exclude(key__startswith="feedback:")  # fmt: skip  its event was told already
    rows = claims.order_by().values_list("pk", "account__customer")
    return found | {f"survey:{offer.pk}:claim:{pk}": customer for pk, customer in rows}


_DUE: Mapping[str, Callable[[Offer, date], Keys]] = {
    Occasion.BIRTHDAY: _birthdays,
    Occasion.TIER: _tiers,
    Occasion.SURVEY: _surveys,
}
