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

START = np.log([2.0, 1.5, 1.0])
FLATTEST_LOG = 14.0


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
    likelihood = _Likelihood(n_amounts, mean / unit)
    scale = 1 / len(mean)

    def descent(logs: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = likelihood.value_and_slope(logs)
        return -value * scale, -slope * scale

    found = minimize(
        descent,
        START,
        jac=True,
        method="L-BFGS-B",
        bounds=[(-FLATTEST_LOG, FLATTEST_LOG)] * 3,
        options={"ftol": 1e-15, "gtol": 1e-9, "maxiter": 500},
    )
    p, beyond_one, v = np.exp(found.x)
    # A density of money: in the caller's unit it is thinner by that unit.
    value = -found.fun / scale - len(mean) * np.log(unit)
    return SpendFit(float(p), float(1 + beyond_one), float(v * unit), float(value), len(mean))


def expected_spend(n_amounts: np.ndarray, mean: np.ndarray, fit: SpendFit) -> np.ndarray:
    """Expected amount of a purchase day; `mean` does not matter where n_amounts is 0."""
    n_amounts = np.asarray(n_amounts, float)
    spent = np.where(n_amounts > 0, n_amounts * np.asarray(mean, float), 0.0)
    return fit.p * (fit.v + spent) / (fit.p * n_amounts + fit.q - 1)


class _Likelihood:
    """As a function of the logs of p, q − 1 and v."""

    def __init__(self, n_amounts: np.ndarray, mean: np.ndarray) -> None:
        self._total = n_amounts * mean
        self._n, place = np.unique(n_amounts, return_inverse=True)
        self._place = place
        self._n_with = np.bincount(place, minlength=len(self._n)).astype(float)
        self._log_mean = np.bincount(place, np.log(mean), len(self._n))
        self._constant = -float(np.log(mean).sum())

    def value_and_slope(self, logs: np.ndarray) -> tuple[float, np.ndarray]:
        p, beyond_one, v = np.exp(logs)
        q = 1 + beyond_one
        n, n_with, n_customers = self._n, self._n_with, self._n_with.sum()
        log_n = np.log(n)
        sums = self._total + v
        log_sums = np.bincount(self._place, np.log(sums), len(n))
        weight = p * n + q
        value = self._constant + n_with @ (
            gammaln(weight) - gammaln(p * n) - gammaln(q) + q * np.log(v) + p * n * log_n
        )
        value += (p * n) @ self._log_mean - weight @ log_sums
        by_p = n_with @ (n * (psi(weight) - psi(p * n) + log_n))
        by_p += n @ (self._log_mean - log_sums)
        by_q = n_with @ (psi(weight)) + n_customers * (np.log(v) - psi(q)) - log_sums.sum()
        by_v = n_customers * q / v - weight @ np.bincount(self._place, 1 / sums, len(n))
        return float(value), np.array([by_p * p, by_q * beyond_one, by_v * v])
