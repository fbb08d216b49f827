from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Greatest

from loyalty.models import Account, EarnRule, PointLot, Programme, Tier


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


def open_on(day: date) -> Q:
    """Of programmes: those that take part on that day, today or later."""
    return Q(closed_on__isnull=True) | Q(closed_on__gt=day)


def open_programmes(on: date) -> list[Programme]:
    """Those that take part on that day, the default one first."""
    return list(Programme.objects.filter(open_on(on)).order_by("-is_default", "pk"))


def closed_days(programme: Programme) -> str:
    """Every day on which it was, is or will be closed, as Postgres writes a datemultirange; "" for
    none."""
    spells = [f"[{one.closed_on},{one.reopened_on})" for one in programme.closures.all()]
    if programme.closed_on:
        spells.append(f"[{programme.closed_on},)")
    return f"{{{','.join(spells)}}}" if spells else ""


@dataclass(frozen=True)
class Stakes:
    """What members hold. last_on: when the last of it ends; None: some never does, or is none."""

    n_members: int
    outstanding: int
    worth_minor: int
    last_on: date | None


def stakes_of(programme: Programme) -> Stakes:
    """Two queries."""
    accounts = Account.objects.filter(programme=programme, customer__merged_into__isnull=True)
    held = accounts.aggregate(
        n=Count("pk"), points=Sum("balance", filter=Q(balance__gt=0), default=0)
    )
    lots = PointLot.objects.filter(account__programme=programme, remaining__gt=0)
    ends = lots.aggregate(last=Max("expires_on"), endless=Count("pk", filter=Q(expires_on=None)))
    return Stakes(
        n_members=held["n"],
        outstanding=held["points"],
        worth_minor=round(held["points"] * programme.point_value_minor),
        last_on=None if ends["endless"] else ends["last"],
    )


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
