"""The clinic's rates and revenue as they were last counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from analytics.measure.rates import Rate, rate_with_interval
from analytics.models import Figures
from tenancy.models import Branch

PERIODS = (365, 180, 90, 30)  # days a rate may look back


@dataclass(frozen=True)
class PeriodRates:
    """The three rates of one period that ends on a day; meanings in docs/glossary.md."""

    ends_on: date
    repurchase: Rate
    retention: Rate
    visit: Rate


@dataclass(frozen=True)
class Month:
    """Net revenue of one month. is_whole: False for the month that as_of lies in."""

    first_on: date
    net_minor: int
    is_whole: bool


@dataclass(frozen=True)
class ClinicFigures:
    """by_period: {days: rates at the end of each of the last months, as_of being the last}."""

    as_of: date
    by_period: Mapping[int, list[PeriodRates]]
    months: list[Month]

    @property
    def is_month_over(self) -> bool:
        return self.months[-1].is_whole

    def now(self, period_days: int = PERIODS[0]) -> PeriodRates:
        """The period that ends with as_of."""
        return self.by_period[period_days][-1]

    def year_before(self, period_days: int = PERIODS[0]) -> PeriodRates:
        """The earliest one known, a year ago."""
        return self.by_period[period_days][0]


def stored_figures(branch: Branch | None) -> ClinicFigures | None:
    """Of the whole clinic, or of customers at home in a branch; None before the first counting."""
    row = Figures.objects.filter(branch=branch).first()
    return read_figures(row) if row and row.data else None


def read_figures(row: Figures) -> ClinicFigures:
    by_period = {
        int(days): [_period(point) for point in points]
        for days, points in row.data["periods"].items()
    }
    months = [Month(date.fromisoformat(day), net, whole) for day, net, whole in row.data["months"]]
    return ClinicFigures(row.as_of, by_period, months)


def _period(point: Mapping[str, Any]) -> PeriodRates:
    return PeriodRates(
        ends_on=date.fromisoformat(point["ends_on"]),
        repurchase=rate_with_interval(point["n_repeat"], point["n_buyers"]),
        retention=rate_with_interval(point["n_stayed"], point["n_before"]),
        visit=rate_with_interval(point["n_visitors"], point["n_known"]),
    )
