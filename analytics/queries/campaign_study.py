"""What a campaign brought beyond what would have come anyway: rates, money, costs, parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from analytics.measure.adjusting import Adjusted, Moments, adjusted_difference
from analytics.measure.comparison import ArmResult, Effect, effects_against, winner
from analytics.measure.money import difference_of_means
from analytics.measure.power import detectable_amount
from analytics.measure.rates import Rate, rate_with_interval
from analytics.measure.split import SplitCheck, sample_ratio
from analytics.queries.campaign_costs import Costs, costs_of
from analytics.queries.outcomes import HOLDOUT, TREATED
from analytics.queries.read_outs import last_day
from analytics.queries.study import Side, Study, study_of
from analytics.queries.study_parts import (
    CAME_AGAIN,
    NET,
    PROFIT,
    RETURNED,
    Part,
    arm_of,
    parts_of,
)
from campaigns.models import Campaign, Variant

WORTH_ADJUSTING = 0.02  # share of the interval's width that must be saved


@dataclass(frozen=True)
class Total:
    """An amount in minor units with its interval; low, high None while it cannot be told."""

    value: float
    low: float | None
    high: float | None

    @property
    def tells(self) -> bool:
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


@dataclass(frozen=True)
class CampaignStudy:
    """One campaign at the end of `on`. Effects are treated − holdout, by intention to treat."""

    campaign: Campaign
    on: date
    study: Study
    costs: Costs
    variants: Mapping[str, str]

    @cached_property
    def treated(self) -> Side:
        return self.study.arms.get(TREATED, Side())

    @cached_property
    def holdout(self) -> Side:
        return self.study.arms.get(HOLDOUT, Side())

    @property
    def has_control(self) -> bool:
        return bool(self.treated.n and self.holdout.n)

    @property
    def nobody_came(self) -> bool:
        """Nobody of either side has bought in the window so far."""
        return not (self.treated.n_returned or self.holdout.n_returned)

    @cached_property
    def effects(self) -> dict[str, Effect]:
        """{outcome: effect}; each is judged alone: the campaign has one question a figure."""
        if not self.has_control:
            return {}
        pairs = [
            effects_against(
                arm_of(HOLDOUT, self.holdout, name), [arm_of(TREATED, self.treated, name)]
            )
            for name in (RETURNED, CAME_AGAIN, NET, PROFIT)
        ]
        return {effect.outcome: effect for (effect,) in pairs}

    @cached_property
    def adjusted(self) -> dict[str, Adjusted]:
        """Money freed from what customers spent in the year before; only where it narrows."""
        if not self.has_control:
            return {}
        sides: dict[str, tuple[Moments, Moments]] = {
            NET: (self.treated.net_moments(), self.holdout.net_moments()),
            PROFIT: (self.treated.profit_moments(), self.holdout.profit_moments()),
        }
        found = {}
        for name, (treated, holdout) in sides.items():
            seen = adjusted_difference(treated, holdout, difference_of_means(treated.y, holdout.y))
            if seen is not None and seen.narrower_by >= WORTH_ADJUSTING:
                found[name] = seen
        return found

    def total(self, name: str) -> Total | None:
        """Of all treated customers, freed from earlier spend where that narrows it."""
        effect = self.effects.get(name)
        if effect is None or effect.value is None:
            return None
        value, low, high = effect.value, effect.low, effect.high
        if name in self.adjusted:
            better = self.adjusted[name].difference
            value, low, high = better.value or 0.0, better.low, better.high
        if name in {NET, PROFIT} and self.nobody_came:
            low = high = None  # amounts that are all 0 vary by nothing, and tell nothing
        n = self.treated.n
        return Total(
            value * n, None if low is None else low * n, None if high is None else high * n
        )

    @cached_property
    def extra_net(self) -> Total | None:
        return self.total(NET)

    @cached_property
    def incremental_profit(self) -> Total | None:
        """Profit beyond what would have come anyway, less every cost of the campaign."""
        found = self.total(PROFIT)
        if found is None:
            return None
        cost = self.costs.total_minor
        return Total(
            found.value - cost,
            None if found.low is None else found.low - cost,
            None if found.high is None else found.high - cost,
        )

    @property
    def roi(self) -> float | None:
        """Incremental profit ÷ cost; None where it cost nothing or nothing can be compared."""
        if not self.costs.total_minor or self.incremental_profit is None:
            return None
        return self.incremental_profit.value / self.costs.total_minor

    @property
    def extra_customers(self) -> Total | None:
        return self.total(RETURNED)

    @property
    def cost_each(self) -> Total | None:
        """Cost of each customer brought back; only where it is told that any were."""
        extra, cost = self.extra_customers, self.costs.total_minor
        if extra is None or extra.low is None or extra.high is None or extra.low <= 0 or not cost:
            return None
        return Total(cost / extra.value, cost / extra.high, cost / extra.low)

    @cached_property
    def second_purchase(self) -> Rate:
        """Of treated customers who returned, the share who bought again within 90 days."""
        return rate_with_interval(self.treated.n_came_again, self.treated.n_returned)

    @property
    def is_second_open(self) -> bool:
        """Whether the 90 days of somebody who returned are not over."""
        return self.treated.n_followed + self.holdout.n_followed < (
            self.treated.n_returned + self.holdout.n_returned
        )

    @property
    def costed_rate(self) -> float | None:
        """Share of the net whose cost of goods is known; None where nothing was sold."""
        net = self.treated.net_minor + self.holdout.net_minor
        costed = self.treated.costed_minor + self.holdout.costed_minor
        return min(1.0, costed / net) if net > 0 else None

    @property
    def detectable_minor(self) -> float | None:
        """Smallest difference of profit a head that arms of this size would show."""
        both = [side.profit_summary.variance for side in (self.treated, self.holdout)]
        if not self.has_control or None in both:
            return None
        return detectable_amount(self.treated.n, self.holdout.n, max(v or 0.0 for v in both))

    @cached_property
    def split(self) -> SplitCheck | None:
        """Sizes of the arms against the planned holdout; None without one."""
        rate = self.campaign.holdout_rate
        if not 0 < rate < 1 or not self.treated.n + self.holdout.n:
            return None
        return sample_ratio([self.treated.n, self.holdout.n], [1 - rate, rate])

    @cached_property
    def variant_arms(self) -> list[ArmResult]:
        levels = self.study.parts["variant"]
        return [
            arm_of(self.variants.get(level, level), arms[TREATED], RETURNED, PROFIT)
            for level, arms in sorted(levels.items(), key=lambda item: item[0])
            if level and TREATED in arms
        ]

    @cached_property
    def variant_effects(self) -> list[Effect]:
        """Each variant against the holdout, corrected for there being several."""
        if not self.holdout.n or len(self.variant_arms) < 2:
            return []
        return effects_against(arm_of(HOLDOUT, self.holdout, RETURNED, PROFIT), self.variant_arms)

    @cached_property
    def best_variant(self) -> str | None:
        """The variant that beats every other in bringing people back; None: no winner."""
        return winner(self.variant_arms, RETURNED) if len(self.variant_arms) > 1 else None

    def parts(self, dimension: str, order: Sequence[str] = ()) -> list[Part]:
        """Return rates by a trait of the day of enrolment, corrected for looking at all levels."""
        return parts_of(self.study.parts[dimension], order)


def campaign_study(campaign: Campaign, *, on: date) -> CampaignStudy | None:
    """None before the launch. Four queries, whatever the size.

    A closed window is measured at its last day; second purchases go on being counted.
    """
    if campaign.launched_on is None:
        return None
    until = min(on, last_day(campaign) or on)
    study = study_of(campaign, until=until, known_by=on)
    n_taken = study.arms.get(TREATED, Side()).n_returned
    variants = Variant.objects.filter(step__campaign=campaign).values_list("pk", "name")
    return CampaignStudy(
        campaign,
        on,
        study,
        costs_of(campaign, n_taken=n_taken),
        {str(pk): name for pk, name in variants},
    )
