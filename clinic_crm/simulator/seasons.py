"""Days of the clinic, and how busy each is: calendar time ↔ operational time.

Operational time runs fast on busy days and stands still on closed ones:
Λ(d) = Σ weight(day ≤ d), scaled so that a day counts 1 on average. Gaps between visits are drawn
in operational time, so seasons shift visits without changing how often a person comes.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from clinic_crm.simulator.config import ClinicConfig, Season

FORECAST_DAYS = 400  # how far beyond the last day the future is known
# First day of the lunar year: astronomy, not announcement.
_SPRING_FESTIVAL_DAYS = """
2012-01-23 2013-02-10 2014-01-31 2015-02-19 2016-02-08 2017-01-28 2018-02-16 2019-02-05 2020-01-25
2021-02-12 2022-02-01 2023-01-22 2024-02-10 2025-01-29 2026-02-17 2027-02-06 2028-01-26 2029-02-13
2030-02-03 2031-01-23 2032-02-11 2033-01-31 2034-02-19 2035-02-08 2036-01-28 2037-02-15 2038-02-04
2039-01-24 2040-02-12
"""
SPRING_FESTIVALS = np.array(_SPRING_FESTIVAL_DAYS.split(), dtype="datetime64[D]")


@dataclass(frozen=True, eq=False)
class Clock:
    """Day numbers count from the first day of the history.

    op_end: operational time at the end of each day, one value a day, beyond the last day too.
    """

    start_on: np.datetime64
    until_day: int
    op_end: np.ndarray
    is_promotion: np.ndarray

    def date_of(self, day: np.ndarray | int) -> np.ndarray:
        return self.start_on + np.asarray(day).astype("timedelta64[D]")

    def day_of(self, on: np.ndarray | date) -> np.ndarray:
        return (np.asarray(on, dtype="datetime64[D]") - self.start_on).astype(np.int64)

    def day_at(self, op: np.ndarray) -> np.ndarray:
        """The day in which operational time reaches op; len(op_end) when beyond the horizon."""
        return np.searchsorted(self.op_end, op, side="left")

    def op_after(self, day: np.ndarray) -> np.ndarray:
        """Operational time at the end of these days (day −1 is the start)."""
        day = np.minimum(day, len(self.op_end) - 1)
        return np.where(day < 0, 0.0, self.op_end[np.maximum(day, 0)])


def clock_for(config: ClinicConfig, until: date) -> Clock:
    """Raises ValueError when the history would leave the years whose festivals are listed."""
    until_on = np.datetime64(until, "D")
    start_on = until_on - np.timedelta64(round(config.years * 365.25) - 1, "D")
    longest_floor = max(
        max(spec.min_clinical_interval_days, spec.rest_days) for spec in config.treatments
    )
    last_on = until_on + np.timedelta64(FORECAST_DAYS + longest_floor, "D")
    days = np.arange(start_on, last_on + 1)
    weights = np.asarray(config.weekday_weights)[(days.astype(np.int64) + 3) % 7]
    is_promotion = np.zeros(len(days), dtype=bool)
    for season in config.seasons:
        inside = _days_inside(season, days)
        weights = np.where(inside, weights * season.factor, weights)
        is_promotion |= inside & season.is_promotion
    until_day = int((until_on - start_on).astype(int))
    op_end = np.cumsum(weights / weights[: until_day + 1].mean())
    return Clock(start_on, until_day, op_end, is_promotion)


def _days_inside(season: Season, days: np.ndarray) -> np.ndarray:
    inside = np.zeros(len(days), dtype=bool)
    for anchor in _anchors(season.anchor, days):
        offset = (days - anchor).astype(int)
        inside |= (offset >= season.first_day) & (offset <= season.last_day)
    return inside


def _anchors(anchor: str, days: np.ndarray) -> np.ndarray:
    first, last = (int(str(day)[:4]) for day in (days[0], days[-1]))
    if anchor != "spring_festival":
        years = range(first - 1, last + 2)
        return np.array([f"{year}-{anchor}" for year in years], dtype="datetime64[D]")
    if first < int(str(SPRING_FESTIVALS[0])[:4]) or last > int(str(SPRING_FESTIVALS[-1])[:4]):
        raise ValueError(
            f"Spring Festival is listed for {SPRING_FESTIVALS[0]} to {SPRING_FESTIVALS[-1]}; "
            f"the days asked for run from {days[0]} to {days[-1]}. Choose another last day."
        )
    return SPRING_FESTIVALS
