"""What tiers give: added and taken away, with what one time costs."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from customers.models import Treatment
from loyalty.exceptions import RuleRefused
from loyalty.models import Benefit, Programme, Tier
from segmentation.models import Segment

Kind = Benefit.Kind
MOST_COST_MINOR = 10**12


@dataclass(frozen=True)
class AskedBenefit:
    """tier: None for every member. segment: None for everybody of the tier. discount_rate: 0–1."""

    kind: str
    name: str = ""
    tier: Tier | None = None
    segment: Segment | None = None
    discount_rate: Decimal | None = None
    treatment: Treatment | None = None
    times_a_year: int = 1
    cost_minor: int = 0


@transaction.atomic
def add_benefit(*, programme: Programme, asked: AskedBenefit) -> Benefit:
    """Give this from today on. Raises RuleRefused."""
    if asked.kind == Kind.DISCOUNT and not (asked.discount_rate and 0 < asked.discount_rate <= 1):
        raise RuleRefused("discount_percent", _("Enter a discount above 0 and up to 100 percent."))
    if asked.kind == Kind.TREATMENT and asked.treatment is None:
        raise RuleRefused("treatment", _("Choose the treatment that is free."))
    if asked.kind == Kind.OTHER and not asked.name.strip():
        raise RuleRefused("name", _("Say what it is."))
    if not 0 <= asked.cost_minor <= MOST_COST_MINOR:
        raise RuleRefused("cost", _("Enter a cost from 0 up. Check the number."))
    if not 1 <= asked.times_a_year <= 366:
        raise RuleRefused("times_a_year", _("Enter a number from 1 to 366."))
    if asked.tier and asked.tier.programme_id != programme.pk:
        raise RuleRefused("tier", _("This tier belongs to another programme."))
    cost = asked.cost_minor
    if asked.kind == Kind.TREATMENT and not cost and asked.treatment:
        cost = asked.treatment.cost_minor or 0
    made = Benefit.objects.create(
        programme=programme, kind=asked.kind, name=asked.name.strip(), tier=asked.tier,
        segment=asked.segment,
        discount_rate=asked.discount_rate if asked.kind == Kind.DISCOUNT else None,
        treatment=asked.treatment if asked.kind == Kind.TREATMENT else None,
        times_a_year=asked.times_a_year, cost_minor=cost,
    )  # fmt: skip
    if asked.kind == Kind.PRIORITY and asked.tier and asked.segment is None:
        Tier.objects.filter(pk=asked.tier.pk).update(has_priority_booking=True)
    return made


@transaction.atomic
def retire_benefit(*, benefit: Benefit, on: date) -> Benefit:
    """Give it no more; the history keeps it."""
    benefit.retired_on = on
    benefit.save(update_fields=["retired_on"])
    if benefit.kind == Kind.PRIORITY and benefit.tier_id:
        Tier.objects.filter(pk=benefit.tier_id).update(has_priority_booking=False)
    return benefit
