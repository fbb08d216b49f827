"""When each customer is due for which treatment.

The interval of a treatment is the customer's own where the gaps speak, drawn towards the catalogue
as in `intervals`. A treatment overdue by more than one whole interval counts as given up while
another one is not; the earliest of the rest is next.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from segmentation.scoring.intervals import IntervalRules

GIVEN_UP_AFTER = 2.0  # intervals since the last time


@dataclass(frozen=True)
class TreatmentDays:
    """One row a customer and treatment that wears off; columns of one length.

    customer_row: place of the customer. treatment: any whole number. first_day, last_day: days
    since 1970-01-01. n_days: days on which it was bought. interval_days: the catalogue's, > 0.
    n_lines: lines in which it was bought.
    """

    customer_row: np.ndarray
    treatment: np.ndarray
    first_day: np.ndarray
    last_day: np.ndarray
    n_days: np.ndarray
    interval_days: np.ndarray
    n_lines: np.ndarray

    @classmethod
    def none(cls) -> Self:
        return cls(*np.zeros((7, 0), np.int64))

    def only(self, wanted: np.ndarray) -> Self:
        """The rows of the wanted customers (bool a customer)."""
        kept = wanted[self.customer_row]
        return type(self)(*(column[kept] for column in vars(self).values()))

    def catalogue_days(self, n_customers: int) -> np.ndarray:
        """Mean catalogue interval over the lines of each customer; nan without any."""
        lines = np.bincount(self.customer_row, self.n_lines, n_customers)
        total = np.bincount(self.customer_row, self.n_lines * self.interval_days, n_customers)
        return np.divide(total, lines, out=np.full(n_customers, np.nan), where=lines > 0)


@dataclass(frozen=True)
class NextDue:
    """Arrays of n_customers. treatment: −1 where none wears off. day: since 1970-01-01.

    log_sd: standard deviation of the log of the interval.
    """

    treatment: np.ndarray
    day: np.ndarray
    log_sd: np.ndarray


def next_due(
    days: TreatmentDays, *, n_customers: int, as_of: int, rules: IntervalRules | None = None
) -> NextDue:
    """The next treatment of every customer who had one that wears off."""
    rules = rules or IntervalRules()
    interval, log_sd = _intervals(days, rules)
    due = np.rint(days.last_day + interval).astype(np.int64)
    given_up = as_of - days.last_day > GIVEN_UP_AFTER * interval
    # Of what was given up the latest speaks, of the rest the earliest; then the smaller number.
    order = np.lexsort((days.treatment, np.where(given_up, -due, due), given_up, days.customer_row))
    customers, first = np.unique(days.customer_row[order], return_index=True)
    chosen = order[first]
    found = NextDue(
        np.full(n_customers, -1, np.int64), np.zeros(n_customers, np.int64),
        np.full(n_customers, np.nan),
    )  # fmt: skip
    found.treatment[customers] = days.treatment[chosen]
    found.day[customers] = due[chosen]
    found.log_sd[customers] = log_sd[chosen]
    return found


def _intervals(days: TreatmentDays, rules: IntervalRules) -> tuple[np.ndarray, np.ndarray]:
    """Each row's expected interval in days and the standard deviation of its log."""
    n_gaps = np.maximum(days.n_days - 1, 0)
    span = np.maximum(days.last_day - days.first_day, 1)
    own_log = np.log(span / np.maximum(n_gaps, 1))
    own_precision = n_gaps / rules.gap_cv**2
    catalogue_precision = 1 / rules.catalogue_log_sd**2
    precision = own_precision + catalogue_precision
    log_days = (
        own_precision * own_log + catalogue_precision * np.log(days.interval_days)
    ) / precision
    return np.exp(log_days), 1 / np.sqrt(precision)
