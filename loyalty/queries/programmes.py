from datetime import date
from decimal import Decimal

from django.db.models import OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Greatest

from loyalty.models import EarnRule, Programme, Tier


def default_programme() -> Programme | None:
    """The clinic's default programme, or None before one is made."""
    return Programme.objects.filter(is_default=True).first()


def default_programme_with_rate(on: date) -> Programme | None:
    """The default programme with `rate_now`, the plain points a major unit that a sale of the day
    earns (of its first day before it starts); None before the first rule. One query."""
    rates = _plain_rates(EarnRule.objects.filter(programme=OuterRef("pk"))).filter(
        effective_on__lte=Greatest(OuterRef("starts_on"), Value(on))
    )
    newest = rates.order_by("-effective_on", "-pk").values("points_per_unit")[:1]
    programmes = Programme.objects.filter(is_default=True)
    return programmes.annotate(rate_now=Subquery(newest)).first()


def open_programmes(on: date) -> list[Programme]:
    """Those that take part on that day, the default one first."""
    still_open = Q(closed_on__isnull=True) | Q(closed_on__gt=on)
    return list(Programme.objects.filter(still_open).order_by("-is_default", "pk"))


def plain_rate(programme: Programme) -> EarnRule | None:
    """The newest version of the rate that asks nothing of a sale."""
    rates = _plain_rates(programme.earn_rules.all())
    return rates.filter(successors__isnull=True).order_by("-pk").first()


def rate_on(programme: Programme, day: date) -> Decimal | None:
    """Plain points a major unit that a sale of this day earns; None before the first rule."""
    rules = _plain_rates(programme.earn_rules.all()).filter(effective_on__lte=day)
    newest = rules.order_by("-effective_on", "-pk")
    return newest.values_list("points_per_unit", flat=True).first()


def _plain_rates(rules: QuerySet[EarnRule]) -> QuerySet[EarnRule]:
    return rules.filter(
        kind=EarnRule.Kind.RATE, conditions={}, until_on__isnull=True, is_stop=False
    )


def tiers_of_ladder(programme: Programme) -> QuerySet[Tier]:
    """The tiers in force, from the lowest up; retired ones are left out."""
    return Tier.objects.on_ladder().filter(programme=programme)
