"""What a purchase day of each customer brings: the gamma–gamma model.

Amounts of one customer are Gamma(p, ν), ν ~ Gamma(q, v) over customers; so the mean of few amounts
is drawn towards everybody's. Fader & Hardie 2013, "The Gamma-Gamma Model of Monetary Value";
Fader, Hardie & Lee 2005, "RFM and CLV", J. Marketing Research 42.

    ln L = ln Γ(pn+q) − ln Γ(pn) − ln Γ(q) + q ln v + (pn−1) ln m + pn ln n − (pn+q) ln(nm+v)

for a customer with n amounts of mean m.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln, psi

from segmentation.scoring.lifetime.climbing import climb_by_chords, curvature_at, spread
from segmentation.scoring.lifetime.repeats import blocks

START = np.log([2.0, 1.5, 1.0])
FLATTEST_LOG = 14.0
SAMPLE = 20_000  # a first climb on so many leaves a few steps for the rest


@dataclass(frozen=True)
class SpendFit:
    """p: evenness of a customer's amounts. q (> 1), v: how customers differ; v in money."""

    p: float
    q: float
    v: float
    log_likelihood: float
    n_customers: int

    @property
    def mean(self) -> float:
        """Expected amount of somebody of whom nothing is known."""
        return self.p * self.v / (self.q - 1)


def fit_spend(n_amounts: np.ndarray, mean: np.ndarray) -> SpendFit:
    """n_amounts ≥ 1 and mean > 0 of every customer. Raises ValueError for anything else."""
    n_amounts, mean = np.asarray(n_amounts, float), np.asarray(mean, float)
    wrong = np.flatnonzero(~((n_amounts >= 1) & (mean > 0) & np.isfinite(mean)))
    if wrong.size or not len(mean):
        raise ValueError("Amounts must be above zero, and there must be some.")
    unit = float(mean.mean())
    likelihood = few = _Likelihood(n_amounts, mean / unit)
    if len(mean) > 2 * SAMPLE:
        some = spread(len(mean), SAMPLE)
        few = _Likelihood(n_amounts[some], mean[some] / unit)
    logs = _climb(few, START)
    if few is not likelihood:
        curvature = curvature_at(few.value_and_slope, logs) * (len(mean) / SAMPLE)
        found = climb_by_chords(likelihood.value_and_slope, logs, curvature)
        if found is None or (np.abs(found) >= FLATTEST_LOG).any():
            found = _climb(likelihood, logs)
        logs = found
    p, beyond_one, v = np.exp(logs)
    # A density of money: in the caller's unit it is thinner by that unit.
    value = likelihood.value_and_slope(logs)[0] - len(mean) * np.log(unit)
    return SpendFit(float(p), float(1 + beyond_one), float(v * unit), float(value), len(mean))


def _climb(likelihood: "_Likelihood", logs: np.ndarray) -> np.ndarray:
    scale = 1 / likelihood.n_customers

    def descent(at: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = likelihood.value_and_slope(at)
        return -value * scale, -slope * scale

    found = minimize(
        descent,
        logs,
        jac=True,
        method="L-BFGS-B",
        bounds=[(-FLATTEST_LOG, FLATTEST_LOG)] * 3,
        options={"ftol": 1e-15, "gtol": 1e-9, "maxiter": 500},
    )
    return np.array(found.x)


def expected_spend(n_amounts: np.ndarray, mean: np.ndarray, fit: SpendFit) -> np.ndarray:
    """Expected amount of a purchase day; `mean` does not matter where n_amounts is 0."""
    n_amounts = np.asarray(n_amounts, float)
    spent = np.where(n_amounts > 0, n_amounts * np.asarray(mean, float), 0.0)
    return fit.p * (fit.v + spent) / (fit.p * n_amounts + fit.q - 1)


class _Likelihood:
    """As a function of the logs of p, q − 1 and v."""

    def __init__(self, n_amounts: np.ndarray, mean: np.ndarray) -> None:
        order = np.argsort(n_amounts, kind="stable")  # so that those with as many stand together
        n_amounts, mean = n_amounts[order], mean[order]
        self.n_customers = len(mean)
        self._total = n_amounts * mean
        self._n, self._start, self._n_with = np.unique(
            n_amounts, return_index=True, return_counts=True
        )
        log_mean = np.log(mean)
        self._log_mean = np.add.reduceat(log_mean, self._start)
        self._constant = -float(log_mean.sum())

    def value_and_slope(self, logs: np.ndarray) -> tuple[float, np.ndarray]:
        p, beyond_one, v = np.exp(logs)
        q = 1 + beyond_one
        n, n_with, n_customers = self._n, self._n_with, self.n_customers
        log_n = np.log(n)
        log_sums, shares = self._sums(v)
        weight = p * n + q
        value = self._constant + n_with @ (
            gammaln(weight) - gammaln(p * n) - gammaln(q) + q * np.log(v) + p * n * log_n
        )
        value += (p * n) @ self._log_mean - weight @ log_sums
        by_p = n_with @ (n * (psi(weight) - psi(p * n) + log_n))
        by_p += n @ (self._log_mean - log_sums)
        by_q = n_with @ (psi(weight)) + n_customers * (np.log(v) - psi(q)) - log_sums.sum()
        by_v = n_customers * q / v - weight @ shares
        return float(value), np.array([by_p * p, by_q * beyond_one, by_v * v])

    def _sums(self, v: float) -> tuple[np.ndarray, np.ndarray]:
        """Σ ln(nm + v) and Σ 1 / (nm + v) over the customers with each n."""
        logs, shares = np.empty(self.n_customers), np.empty(self.n_customers)
        for rows in blocks(self.n_customers):
            sums = self._total[rows] + v
            logs[rows], shares[rows] = np.log(sums), 1 / sums
        return np.add.reduceat(logs, self._start), np.add.reduceat(shares, self._start)
