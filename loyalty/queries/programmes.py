from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from loyalty.models import Programme, Tier


def default_programme() -> Programme | None:
    """The clinic's default programme, or None before one is made."""
    return Programme.objects.filter(is_default=True).first()


def rate_on(programme: Programme, day: date) -> Decimal | None:
    """Points a major unit that a sale of this day earns; None before the first rule."""
    rules = programme.earn_rules.filter(effective_on__lte=day).order_by("-effective_on")
    return rules.values_list("points_per_unit", flat=True).first()


def tiers_of_ladder(programme: Programme) -> QuerySet[Tier]:
    """The tiers in force, from the lowest up; retired ones are left out."""
    return Tier.objects.on_ladder().filter(programme=programme)
