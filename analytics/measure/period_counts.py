"""The counts behind repurchase, retention and visit rate, for every group of customers at once."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from segmentation.scoring.purchases import History, day_number


@dataclass(frozen=True)
class PeriodCounts:
    """Customers of each group, arrays of n_groups; meanings in docs/glossary.md.

    n_buyers: with a purchase day in the period; n_repeat: with two. n_before: with one in the
    period of the same length before; n_stayed: of those, with one in this period.
    n_known: known before the period began; n_visitors: of those, with a visit in it.
    """

    n_buyers: np.ndarray
    n_repeat: np.ndarray
    n_before: np.ndarray
    n_stayed: np.ndarray
    n_known: np.ndarray
    n_visitors: np.ndarray


def period_counts(
    purchases: History,
    visits: History,
    *,
    known_since: np.ndarray,
    group: np.ndarray,
    n_groups: int,
    first_on: date,
    last_on: date,
) -> PeriodCounts:
    """Count one period, both days included.

    visits: visit days in the shape of purchase days. known_since: day numbers, group: 0 …
    n_groups − 1, one a customer. Raises ValueError when the period ends before it begins.
    """
    if last_on < first_on:
        raise ValueError(f"The period ends ({last_on}) before it begins ({first_on}).")
    length = last_on - first_on + timedelta(days=1)
    n_bought = _n_days(purchases, first_on, last_on)
    before = _n_days(purchases, first_on - length, first_on - timedelta(days=1)) > 0
    known = known_since < day_number(first_on)
    came = _n_days(visits, first_on, last_on) > 0

    def count(is_counted: np.ndarray) -> np.ndarray:
        return np.bincount(group[is_counted], minlength=n_groups)

    return PeriodCounts(
        n_buyers=count(n_bought >= 1),
        n_repeat=count(n_bought >= 2),
        n_before=count(before),
        n_stayed=count(before & (n_bought >= 1)),
        n_known=count(known),
        n_visitors=count(known & came),
    )


def _n_days(history: History, first_on: date, last_on: date) -> np.ndarray:
    first, last = day_number(first_on), day_number(last_on)
    return history.n_days_until(last) - history.n_days_until(first - 1)
