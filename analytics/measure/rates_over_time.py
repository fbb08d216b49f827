"""Repurchase and retention rate of a period, from purchase days. Meanings: docs/glossary.md."""

from datetime import date, timedelta

import numpy as np

from analytics.measure.rates import Rate, rate_with_interval
from segmentation.scoring.purchases import History, PurchaseDays, order_history


def repurchase_rate(
    purchases: PurchaseDays, *, n_customers: int, first_on: date, last_on: date
) -> Rate:
    """Of customers with a purchase day from first_on to last_on (both included): share with two."""
    _check_period(first_on, last_on)
    history = order_history(purchases, n_customers=n_customers, as_of=last_on)
    n_days = _n_days_between(history, first_on, last_on)
    return rate_with_interval(int((n_days >= 2).sum()), int((n_days >= 1).sum()))


def retention_rate(
    purchases: PurchaseDays, *, n_customers: int, first_on: date, last_on: date
) -> Rate:
    """Of customers of the period of the same length just before: share who bought in this one.

    The churn rate is 1 − this.
    """
    _check_period(first_on, last_on)
    history = order_history(purchases, n_customers=n_customers, as_of=last_on)
    length = last_on - first_on + timedelta(days=1)
    before = _n_days_between(history, first_on - length, first_on - timedelta(days=1)) > 0
    stayed = before & (_n_days_between(history, first_on, last_on) > 0)
    return rate_with_interval(int(stayed.sum()), int(before.sum()))


def _n_days_between(history: History, first_on: date, last_on: date) -> np.ndarray:
    first, last = np.array([first_on, last_on], "datetime64[D]").astype(np.int64).tolist()
    return history.n_days_until(last) - history.n_days_until(first - 1)


def _check_period(first_on: date, last_on: date) -> None:
    if last_on < first_on:
        raise ValueError(f"The period ends ({last_on}) before it begins ({first_on}).")
