"""What a campaign's read-out says, ready to be put into one sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from math import ceil
from typing import Any

from analytics.measure.rates import Verdict, minimum_detectable_difference, verdict
from analytics.models import ReadOut
from analytics.queries.read_outs import last_day, read_outs_of
from campaigns.models import Campaign


class Says(StrEnum):
    """Which sentence the result is: see templates/analytics/_sentence.html."""

    NOBODY = "nobody"  # nobody was treated
    NO_HOLDOUT = "no_holdout"
    MORE = "more"
    FEWER = "fewer"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class Result:
    """One campaign at the end of `on`, a local day of the clinic."""

    campaign: Campaign
    read_out: ReadOut
    on: date

    @cached_property
    def verdict(self) -> Verdict:
        return verdict(
            n_treated_returns=self.read_out.n_treated_returned,
            n_treated=self.read_out.n_treated,
            n_holdout_returns=self.read_out.n_holdout_returned,
            n_holdout=self.read_out.n_holdout,
        )

    @property
    def says(self) -> Says:
        if not self.read_out.n_treated:
            return Says.NOBODY
        if not self.read_out.n_holdout:
            return Says.NO_HOLDOUT
        if not self.verdict.tells:
            return Says.UNCLEAR
        return Says.MORE if (self.verdict.uplift or 0) > 0 else Says.FEWER

    @property
    def closes_on(self) -> date:
        """The last day on which a return counts."""
        return last_day(self.campaign) or self.on

    @property
    def has_open_end(self) -> bool:
        """An always-on flow: nobody knows when the last customer joins."""
        return self.campaign.launched_on is not None and last_day(self.campaign) is None

    @property
    def is_open(self) -> bool:
        return self.on <= self.closes_on

    @property
    def days_left(self) -> int:
        """Days after today on which a return still counts."""
        return max((self.closes_on - self.on).days, 0)

    @property
    def n_enrolled(self) -> int:
        return self.read_out.n_treated + self.read_out.n_holdout

    @property
    def extra(self) -> tuple[float, float, float]:
        """Customers more (or, where it says FEWER, fewer) than would have come: value, low, high.

        Only where there is a holdout.
        """
        seen = self.verdict
        value, low, high = (
            seen.extra_returns or 0.0,
            seen.extra_returns_low or 0.0,
            seen.extra_returns_high or 0.0,
        )
        return (-value, -high, -low) if self.says == Says.FEWER else (value, low, high)

    @property
    def n_extra(self) -> int:
        """Whole customers, at least one: chooses singular or plural."""
        return max(1, round(self.extra[0]))

    @property
    def money(self) -> Mapping[str, Any]:
        """Net a head, treated − held out, minor units: value, low, high (or None), tells."""
        return self.read_out.detail["money"]

    @property
    def treated_head_minor(self) -> int | None:
        """Net a treated customer in the window, those who bought nothing included."""
        n = self.read_out.n_treated
        return round(self.read_out.treated_net_minor / n) if n else None

    @property
    def holdout_head_minor(self) -> int | None:
        n = self.read_out.n_holdout
        return round(self.read_out.holdout_net_minor / n) if n else None

    @property
    def extra_net_minor(self) -> tuple[int, int, int] | None:
        """What all treated customers spent more than would have come anyway: value, low, high."""
        if not self.verdict.holdout.n or self.money["low"] is None:
            return None
        n = self.read_out.n_treated
        return (
            round(self.money["value"] * n),
            round(self.money["low"] * n),
            round(self.money["high"] * n),
        )

    @property
    def cost_each_minor(self) -> int | None:
        """Cost of each customer brought back; None where it cost nothing or brought nobody."""
        if self.says != Says.MORE or not self.read_out.cost_minor:
            return None
        return round(self.read_out.cost_minor / self.extra[0])

    @property
    def points(self) -> tuple[float, float, float] | None:
        """Uplift, low, high in percentage points; None without a holdout."""
        seen = self.verdict
        if seen.uplift is None or seen.low is None or seen.high is None:
            return None
        return 100 * seen.uplift, 100 * seen.low, 100 * seen.high

    @property
    def decimals(self) -> tuple[int, int, int]:
        """Of the figures of `extra`: parts of a customer are shown only below one."""
        value, low, high = (1 if 0 < abs(figure) < 1 else 0 for figure in self.extra)
        return value, low, high

    @property
    def detectable_points(self) -> float | None:
        """The smallest uplift that arms of this size would show, in percentage points, rounded up
        to a tenth; None where none would."""
        base_rate = self.verdict.holdout.rate
        if base_rate is None:
            return None
        seen = minimum_detectable_difference(
            self.read_out.n_treated, self.read_out.n_holdout, base_rate
        )
        return None if seen is None else ceil(seen * 1000 - 1e-9) / 10


def results_of(campaigns: Sequence[Campaign], *, on: date) -> list[Result]:
    """Results of the launched ones among these campaigns, in their order."""
    read_outs = read_outs_of(campaigns, on=on)
    return [Result(c, read_outs[c.pk], on) for c in campaigns if c.pk in read_outs]


@dataclass(frozen=True)
class Recall:
    """Recall rate of several campaigns beside the natural return rate; rates 0–1 or None.

    natural_rate: the holdouts' rates, each weighted by the treated customers of its campaign, so
    that both rates speak of the same mix of campaigns. Campaigns without holdout are left out.
    """

    n_campaigns: int
    recall_rate: float | None
    natural_rate: float | None

    @property
    def uplift(self) -> float | None:
        if self.recall_rate is None or self.natural_rate is None:
            return None
        return self.recall_rate - self.natural_rate


def recall_of(results: Sequence[Result]) -> Recall:
    """Over campaigns whose window is closed."""
    counted = [
        result.read_out
        for result in results
        if not result.is_open and result.read_out.n_treated and result.read_out.n_holdout
    ]
    n_treated = sum(row.n_treated for row in counted)
    if not n_treated:
        return Recall(0, None, None)
    n_returned = sum(row.n_treated_returned for row in counted)
    natural = sum(row.n_treated * row.n_holdout_returned / row.n_holdout for row in counted)
    return Recall(len(counted), n_returned / n_treated, natural / n_treated)
