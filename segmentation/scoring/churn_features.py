"""What a churn model may see of a customer at the end of one day, and what came of it."""

import numpy as np

from segmentation.scoring.intervals import IntervalRules, expect_intervals
from segmentation.scoring.purchases import History

FEATURES = (
    "intercept",
    "recency",
    "recency_in_intervals",
    "frequency",
    "purchase_days_last_year",
    "tenure",
    "one_time",
    "interval",
)
YEAR_DAYS = 365
MOST_INTERVALS = 20.0


def churn_features(history: History, day: int, horizon_days: int) -> tuple[np.ndarray, np.ndarray]:
    """Features of everyone with a purchase day up to `day`; uses nothing later.

    Returns (customer rows, matrix of those customers × FEATURES). Days are counted in horizons and
    everything on a log scale, so that coefficients carry over from one horizon to another. The
    interval leans on own gaps and the clinic's median only: what the catalogue says is known as of
    today, not as of `day`.
    """
    standing = history.standing(day)
    rows = np.flatnonzero(standing.n_days > 0)
    n_days = standing.n_days[rows]
    recency = standing.recency_days[rows]
    tenure = day - standing.first_day[rows]
    last_year = n_days - history.n_days_until(day - YEAR_DAYS)[rows]
    interval = expect_intervals(standing, rules=IntervalRules()).days[rows]
    columns = (
        np.ones(len(rows)),
        np.log1p(recency / horizon_days),
        np.log1p(np.minimum(recency / interval, MOST_INTERVALS)),
        np.log(n_days),
        np.log1p(last_year),
        np.log1p(tenure / horizon_days),
        (n_days == 1).astype(float),
        np.log(interval / horizon_days),
    )
    return rows, np.column_stack(columns)


def stayed_away(history: History, rows: np.ndarray, day: int, horizon_days: int) -> np.ndarray:
    """True where a customer had no purchase day in (day, day + horizon_days]."""
    if day + horizon_days > history.as_of:
        raise ValueError("The horizon ends after as_of: nobody knows yet who stayed away.")
    later = history.n_days_until(day + horizon_days) - history.n_days_until(day)
    return later[rows] == 0
