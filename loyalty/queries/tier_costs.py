"""What the benefits of tiers cost a year, and what the points are worth."""

from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

import numpy as np
from django.db.models import Q

from loyalty.models import Benefit, Programme
from loyalty.queries.earn_rates import rules_on
from loyalty.tiering import LadderRules
from segmentation.queries import segment_customers


@dataclass(frozen=True)
class Costs:
    """Minor units a year. points: worth of the points a year's spend earns, less breakage.

    by_tier: benefits of each tier, from the lowest up.
    """

    benefits: int
    points: int
    by_tier: list[int] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def benefits_in_force(programme: Programme, on: date) -> list[Benefit]:
    still = Q(retired_on__isnull=True) | Q(retired_on__gt=on)
    rows = Benefit.objects.filter(still, programme=programme)
    return list(rows.select_related("segment", "treatment", "tier"))


def costs_of(
    programme: Programme,
    benefits: list[Benefit],
    rules: LadderRules,
    ranks: np.ndarray,
    customers: np.ndarray,
    spend_minor: np.ndarray,
    *,
    points_per_minor: float,
    on: date,
) -> Costs:
    """ranks, customers, spend_minor (of the last 365 days): one row a member.

    A discount costs its share of what its members spent; anything else its cost times a year.
    """
    by_tier = np.zeros(len(rules.rungs))
    for benefit in benefits:
        has = ranks >= 0
        if benefit.tier_id:
            has = ranks == rules.rank_of(benefit.tier_id)
        if benefit.segment:
            ids = segment_customers(benefit.segment, on=on).values_list("pk", flat=True)
            has &= np.isin(customers, np.fromiter(ids, np.int64))
        each = np.full(len(ranks), float(benefit.cost_minor * benefit.times_a_year))
        if benefit.discount_rate:
            each = np.maximum(spend_minor, 0) * float(benefit.discount_rate)
        by_tier += np.bincount(ranks[has], weights=each[has], minlength=len(by_tier))
    times = np.ones(len(ranks))
    for rule in rules_on(programme, on):
        if rule.kind == "multiplier" and rule.tiers:
            has = np.isin(ranks, [rules.rank_of(pk) for pk in rule.tiers])
            times[has] = np.maximum(times[has], float(rule.multiplier))
    worth = float(programme.point_value_minor) * (1 - float(programme.breakage_rate))
    points = float((np.maximum(spend_minor, 0) * points_per_minor * times * worth).sum())
    rounded = [round(cost) for cost in by_tier.tolist()]
    return Costs(benefits=sum(rounded), points=round(points), by_tier=rounded)
