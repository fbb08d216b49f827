"""The interval between purchase days that we expect of each customer, and how sure we are.

Three pieces of evidence about one customer's log interval, weighted by precision (1 / variance; the
normal model with known variances, Gelman et al. 2013, *Bayesian Data Analysis*, §2.5 and §5.4;
variances by moments, Efron & Morris 1975, *JASA* 70, 311–319):

- own gaps: log of the mean gap, variance cv² / number of gaps (delta method), where cv² is the
  squared coefficient of variation of gaps around each customer's own mean, pooled over the clinic
  (1 for purchases at random, 1 / k for gamma gaps of regularity k);
- catalogue: log of the interval of the treatments bought, variance = how far customers' own means
  lie from it in this clinic;
- clinic: log of the median of the customers' mean gaps, variance = how far customers lie from it.

Many own gaps outweigh the rest; with none, the catalogue leads; with neither, the clinic's median.
The means are arithmetic, because the interval is compared with days waited. Gaps still open are not
counted, so a clinic whose slow customers have yet to return reads a little too short.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from segmentation.scoring.purchases import Standing

SMALLEST_LOG_SD = 0.05


@dataclass(frozen=True)
class IntervalRules:
    """What is assumed before a clinic has shown its own habits.

    default_days: the median where nobody has come twice and the catalogue is silent.
    gap_cv: spread of a customer's gaps around the own mean, as a share of it.
    catalogue_log_sd, clinic_log_sd: spread of customers around the catalogue, around the clinic.
    prior_strength: how many customers these assumptions are worth.
    """

    default_days: float = 120.0
    gap_cv: float = 0.6
    catalogue_log_sd: float = 0.35
    clinic_log_sd: float = 0.7
    prior_strength: float = 20.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value > 0:
                raise ValueError(f"{name}: must be above 0, got {value}.")


@dataclass(frozen=True)
class IntervalPool:
    """What a clinic's customers have in common.

    gap_variance: squared coefficient of variation of gaps around the own mean. clinic_log: log of
    the clinic's median interval, days. catalogue_variance, clinic_variance: of the log of
    customers' own means around the catalogue's, around the clinic's.
    """

    gap_variance: float
    clinic_log: float
    catalogue_variance: float
    clinic_variance: float


@dataclass(frozen=True)
class ExpectedIntervals:
    """days, log_sd: arrays of n_customers, nan without a purchase day.

    log_sd is the standard deviation of the log of the interval: about two times in three the true
    interval lies within days × exp(± log_sd). pool: what the customers were drawn towards.
    """

    days: np.ndarray
    log_sd: np.ndarray
    pool: IntervalPool

    @property
    def gap_cv(self) -> float:
        """Spread of single gaps around a customer's own mean, as a share of it."""
        return float(np.sqrt(self.pool.gap_variance))


def expect_intervals(
    standing: Standing,
    *,
    catalogue_days: np.ndarray | None = None,
    rules: IntervalRules | None = None,
    pool: IntervalPool | None = None,
) -> ExpectedIntervals:
    """catalogue_days: n_customers, mean interval of the treatments bought, days; nan if unknown.

    pool: of the whole clinic, where these customers are only some of it; else they make their own.
    """
    known = standing.n_days > 0
    n_gaps = np.maximum(standing.n_days - 1, 0)
    own_log, own = _own_log_means(standing, n_gaps)
    catalogue_log, listed = _catalogue_logs(catalogue_days, len(n_gaps))
    if pool is None:
        gap_variance = _gap_variance(standing, n_gaps, rules or IntervalRules())
        logs = _Logs(own_log, own, catalogue_log, listed, known)
        pool = _pool(logs, gap_variance / np.maximum(n_gaps, 1), gap_variance, rules)

    own_precision = n_gaps / pool.gap_variance
    catalogue_precision = listed / pool.catalogue_variance
    precision = own_precision + catalogue_precision + 1 / pool.clinic_variance
    log_days = (
        own_precision * own_log
        + catalogue_precision * catalogue_log
        + pool.clinic_log / pool.clinic_variance
    ) / precision
    return ExpectedIntervals(
        days=np.where(known, np.exp(log_days), np.nan),
        log_sd=np.where(known, 1 / np.sqrt(precision), np.nan),
        pool=pool,
    )


class _Logs(NamedTuple):
    """Arrays of n_customers: log of the own mean gap and of the catalogue's, and who has one."""

    own: np.ndarray
    has_own: np.ndarray
    catalogue: np.ndarray
    is_listed: np.ndarray
    has_bought: np.ndarray


def _pool(
    logs: _Logs, noise: np.ndarray, gap_variance: float, rules: IntervalRules | None
) -> IntervalPool:
    """noise: variance of the log of the own mean that comes of so few gaps alone."""
    rules = rules or IntervalRules()
    own, both = logs.has_own, logs.has_own & logs.is_listed
    clinic_log = _clinic_log_median(
        logs.own[own], logs.catalogue[logs.is_listed & logs.has_bought], rules
    )
    off_catalogue, off_clinic = logs.own[both] - logs.catalogue[both], logs.own[own] - clinic_log
    return IntervalPool(
        gap_variance,
        clinic_log,
        _spread(off_catalogue, noise[both], rules.catalogue_log_sd, rules),
        _spread(off_clinic, noise[own], rules.clinic_log_sd, rules),
    )


def _own_log_means(standing: Standing, n_gaps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log of the own mean gap (0 where there is none), and who has one."""
    own = n_gaps > 0
    logs = np.zeros(len(n_gaps))
    span = standing.last_day[own] - standing.first_day[own]
    logs[own] = np.log(span / n_gaps[own])
    return logs, own


def _gap_variance(standing: Standing, n_gaps: np.ndarray, rules: IntervalRules) -> float:
    """Squared coefficient of variation of gaps around the own mean, pooled, with the prior."""
    several = n_gaps > 1
    gaps = n_gaps[several]
    mean = (standing.last_day[several] - standing.first_day[several]) / gaps
    squares = np.maximum(standing.gap_square_sum[several] / mean**2 - gaps, 0)
    prior = rules.prior_strength
    pooled = (prior * rules.gap_cv**2 + squares.sum()) / (prior + (gaps - 1).sum())
    return max(float(pooled), SMALLEST_LOG_SD**2)


def _catalogue_logs(days: np.ndarray | None, n_customers: int) -> tuple[np.ndarray, np.ndarray]:
    """Log of the catalogue interval (0 where unknown), and who has one."""
    if days is None:
        return np.zeros(n_customers), np.zeros(n_customers, bool)
    days = np.asarray(days, float)
    if days.shape != (n_customers,):
        raise ValueError(f"catalogue_days: needs {n_customers} numbers, got shape {days.shape}.")
    listed = ~np.isnan(days)
    wrong = np.flatnonzero(listed & ~((days > 0) & np.isfinite(days)))
    if wrong.size:
        raise ValueError(f"catalogue_days: row {wrong[0]} is {days[wrong[0]]}, must be above 0.")
    return np.log(np.where(listed, days, 1.0)), listed


def _clinic_log_median(
    own_logs: np.ndarray, catalogue_logs: np.ndarray, rules: IntervalRules
) -> float:
    """Median of those who came back; else of what was bought; else the default."""
    for logs in (own_logs, catalogue_logs):
        if len(logs):
            return float(np.median(logs))
    return float(np.log(rules.default_days))


def _spread(
    distance: np.ndarray, noise: np.ndarray, prior_sd: float, rules: IntervalRules
) -> float:
    """Variance of true customer means around a target: what is left above the noise of the gaps."""
    left = float((distance**2 - noise).sum())
    prior = rules.prior_strength
    variance = (prior * prior_sd**2 + left) / (prior + len(distance))
    return max(variance, SMALLEST_LOG_SD**2)
