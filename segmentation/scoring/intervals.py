"""The interval between purchase days that we expect of each customer, and how sure we are.

Gaps of one customer are gamma distributed around the own mean with one regularity k for the clinic
(1 for purchases at random), so k = 1 / cv², where cv is the coefficient of variation of gaps around
each customer's own mean, pooled over the clinic. The own means are inverse gamma distributed, the
conjugate of that (Gelman et al. 2013, *Bayesian Data Analysis*, §2.4 and appendix A). What is
expected, the inverse of the mean rate, is then a weighted mean of days: (a × start + k × days from
first to last purchase) ÷ (a + k × number of gaps). So two purchases a day apart say little, as they
should, while many gaps speak for themselves. A gap may always be one visit paid for on two days, so
no more than k = 4 is read from it.

The start, before any gap is seen, comes from two pieces of evidence about its log, weighted by
precision (1 / variance; ibid. §2.5; by moments, Efron & Morris 1975, *JASA* 70, 311–319):

- catalogue: log of the interval of the treatments bought, variance = how far customers' own means
  lie from it in this clinic;
- clinic: log of the median of the customers' mean gaps, variance = how far customers lie from it.

The means are arithmetic, because the interval is compared with days waited. Gaps still open are not
counted, so a clinic whose slow customers have yet to return reads a little too short.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import betaincinv, psi, zeta

from segmentation.scoring.purchases import Standing

SMALLEST_GAP_CV = 0.05
SMALLEST_LOG_SD = 0.2  # nobody's interval is known better before they have shown it
MOST_REGULAR = 4.0  # what a gap tells of its customer, however regular the others: see above
N_ROUNDS = 8  # of Newton; four are enough
FURTHEST = 2.0
NORMAL_PER_MEDIAN = 1.4826  # standard deviations of a normal in its median distance


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

    @property
    def told_by_gap(self) -> float:
        """What one gap adds to the shape of its customer's inverse gamma."""
        return min(1 / self.gap_variance, MOST_REGULAR)


@dataclass(frozen=True)
class ExpectedIntervals:
    """days, log_sd: arrays of n_customers, nan without a purchase day.

    log_sd is the standard deviation of the log of the interval: about two times in three the true
    interval lies within days × exp(± log_sd). pool: what the customers were drawn towards.
    """

    days: np.ndarray
    log_sd: np.ndarray
    pool: IntervalPool
    _shapes: "_Shapes"

    @property
    def gap_log_sd(self) -> np.ndarray:
        """Standard deviation of the log of the next gap."""
        return np.sqrt(self.log_sd**2 + zeta(2.0, 1 / self.pool.gap_variance))

    def gap_days(self, share: float) -> np.ndarray:
        """Days within which so large a share (0–1) of next gaps ends.

        A gamma gap around an inverse gamma mean is beta prime distributed.
        """
        regularity, shapes = 1 / self.pool.gap_variance, self._shapes
        inside = betaincinv(regularity, shapes.table, share)
        of_days = shapes.table / regularity * inside / (1 - inside)
        return self.days * shapes.pick(of_days)


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
    catalogue_log, listed = _catalogue_logs(catalogue_days, len(n_gaps))
    if pool is None:
        pool = _pool(standing, n_gaps, catalogue_log, listed, rules or IntervalRules())

    by_catalogue, by_clinic = listed / pool.catalogue_variance, 1 / pool.clinic_variance
    start_log = by_catalogue * catalogue_log + by_clinic * pool.clinic_log
    start = np.exp(start_log / (by_catalogue + by_clinic))
    span = standing.last_day - standing.first_day
    told = pool.told_by_gap
    shapes = _shapes(pool, n_gaps, listed)
    silent, speaking = shapes.table[:, 0]
    prior = np.where(listed, speaking, silent)
    days = (prior * start + told * span) / (prior + told * n_gaps)
    log_sd = shapes.pick(np.sqrt(zeta(2.0, shapes.table)))
    return ExpectedIntervals(
        np.where(known, days, np.nan), np.where(known, log_sd, np.nan), pool, shapes
    )


class _Shapes(NamedTuple):
    """Shapes of the customers' inverse gammas: all there can be, and where each customer's stands.

    table: by whether the catalogue speaks and number of own gaps. place: in it, row by row.
    """

    table: np.ndarray
    place: np.ndarray

    def pick(self, values: np.ndarray) -> np.ndarray:
        """Of a table of the same size, the customers' own."""
        return values.ravel()[self.place]


def _shapes(pool: IntervalPool, n_gaps: np.ndarray, listed: np.ndarray) -> _Shapes:
    silent = pool.clinic_variance
    start = _shape_of(np.array([silent, 1 / (1 / silent + 1 / pool.catalogue_variance)]))
    gaps = np.arange(n_gaps.max(initial=0) + 1) * pool.told_by_gap
    return _Shapes(start[:, None] + gaps, np.where(listed, n_gaps + len(gaps), n_gaps))


def _shape_of(log_variance: np.ndarray) -> np.ndarray:
    """Shape of a gamma or inverse gamma whose log has this variance: inverse of the trigamma.

    Newton's method on 1 / trigamma, which is nearly straight (Smyth 2004, *Statistical Applications
    in Genetics and Molecular Biology* 3 (1), appendix).
    """
    shape = 0.5 + 1 / log_variance
    for _ in range(N_ROUNDS):
        trigamma = zeta(2.0, shape)
        shape += trigamma * (1 - trigamma / log_variance) / (-2 * zeta(3.0, shape))
    return shape


def _pool(
    standing: Standing,
    n_gaps: np.ndarray,
    catalogue_log: np.ndarray,
    listed: np.ndarray,
    rules: IntervalRules,
) -> IntervalPool:
    own = n_gaps > 0
    mean_log = np.log((standing.last_day[own] - standing.first_day[own]) / n_gaps[own])
    listed_log = catalogue_log[listed & (standing.n_days > 0)]
    clinic_log = _clinic_log_median(mean_log, listed_log, rules)
    gap_variance = _gap_variance(standing, n_gaps, rules)
    # The log of a mean of few gaps lies below that of the true mean, and scatters.
    shape = np.arange(1, n_gaps.max(initial=0) + 1) / gap_variance
    true_log = mean_log - (psi(shape) - np.log(shape))[n_gaps[own] - 1]
    noise = zeta(2.0, shape)[n_gaps[own] - 1]
    both = listed[own]
    off_catalogue = (true_log - catalogue_log[own])[both]
    return IntervalPool(
        gap_variance,
        clinic_log,
        _spread(off_catalogue, noise[both], rules.catalogue_log_sd, rules),
        _spread(true_log - clinic_log, noise, rules.clinic_log_sd, rules),
    )


def _gap_variance(standing: Standing, n_gaps: np.ndarray, rules: IntervalRules) -> float:
    """Squared coefficient of variation of gaps around the own mean, pooled, with the prior."""
    several = n_gaps > 1
    gaps = n_gaps[several]
    mean = (standing.last_day[several] - standing.first_day[several]) / gaps
    squares = np.maximum(standing.gap_square_sum[several] / mean**2 - gaps, 0)
    prior = rules.prior_strength
    pooled = (prior * rules.gap_cv**2 + squares.sum()) / (prior + (gaps - 1).sum())
    return max(float(pooled), SMALLEST_GAP_CV**2)


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
    """Variance of true customer means around a target: what is left above the noise of the gaps.

    What lies beyond FURTHEST deviations (by the median) counts as so many: one visit on two days is
    no rhythm (Huber 1964, *Annals of Mathematical Statistics* 35, 73–101).
    """
    reach = FURTHEST * NORMAL_PER_MEDIAN * np.median(np.abs(distance)) if len(distance) else 0.0
    left = float((np.clip(distance, -reach, reach) ** 2 - noise).sum())
    prior = rules.prior_strength
    variance = (prior * prior_sd**2 + left) / (prior + len(distance))
    return max(variance, SMALLEST_LOG_SD**2)
