from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet

from loyalty.models import EarnRule, Programme, Tier


def default_programme() -> Programme | None:
    """The clinic's default programme, or None before one is made."""
    return Programme.objects.filter(is_default=True).first()


def open_programmes(on: date) -> list[Programme]:
    """Those that take part on that day, the default one first."""
    still_open = Q(closed_on__isnull=True) | Q(closed_on__gt=on)
    return list(Programme.objects.filter(still_open).order_by("-is_default", "pk"))


def plain_rate(programme: Programme) -> EarnRule | None:
    """The newest version of the rate that asks nothing of a sale."""
    return _plain_rates(programme).filter(successors__isnull=True).order_by("-pk").first()


def rate_on(programme: Programme, day: date) -> Decimal | None:
    """Plain points a major unit that a sale of this day earns; None before the first rule."""
    rules = _plain_rates(programme).filter(effective_on__lte=day).order_by("-effective_on", "-pk")
    return rules.values_list("points_per_unit", flat=True).first()


def _plain_rates(programme: Programme) -> QuerySet[EarnRule]:
    return programme.earn_rules.filter(
        kind=EarnRule.Kind.RATE, conditions={}, until_on__isnull=True, is_stop=False
    )


def tiers_of_ladder(programme: Programme) -> QuerySet[Tier]:
    """The tiers in force, from the lowest up; retired ones are left out."""
    return Tier.objects.on_ladder().filter(programme=programme)
