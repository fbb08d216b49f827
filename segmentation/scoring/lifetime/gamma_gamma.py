"""What a purchase day of each customer brings: the gamma–gamma model.

Amounts of one customer are Gamma(p, ν), ν ~ Gamma(q, v) over customers; so the mean of few amounts
is drawn towards everybody's. Fader & Hardie 2013, "The Gamma-Gamma Model of Monetary Value";
Fader, Hardie & Lee 2005, "RFM and CLV", J. Marketing Research 42.

    ln L = ln Γ(pn+q) − ln Γ(pn) − ln Γ(q) + q ln v + (pn−1) ln m + pn ln n − (pn+q) ln(nm+v)

for a customer with n amounts of mean m.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, psi, zeta

from segmentation.scoring.lifetime.climbing import Look, spread, start_from_few, top_of
from segmentation.scoring.lifetime.repeats import blocks, counted

LIKELY_P, LIKELY_Q = (0.2, 200.0), (1.2, 100.0)  # where a climb may begin
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
    logs = _start(n_amounts, mean / unit)
    if len(mean) > 2 * SAMPLE:
        some = spread(len(mean), SAMPLE)
        logs = start_from_few(Likelihood(n_amounts[some], mean[some] / unit), logs)
    top = top_of(Likelihood(n_amounts, mean / unit), logs)
    p, beyond_one, v = np.exp(top.at)
    # A density of money: in the caller's unit it is thinner by that unit.
    value = top.value - len(mean) * np.log(unit)
    return SpendFit(float(p), float(1 + beyond_one), float(v * unit), float(value), len(mean))


def _start(n_amounts: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Logs of p, q − 1 and v near the top. mean: about 1.

    The logs of those with n amounts vary by ψ′(pn) + ψ′(q), about 1/(pn) + 1/(q−½): a line over
    1/n, laid through the squares.
    """
    share, logs = 1 / n_amounts, np.log(mean)
    squares = (logs - logs.mean()) ** 2
    across = share - share.mean()
    rise = float(across @ squares) / max(float(across @ across), 1e-9)
    rest = float(squares.mean()) - rise * float(share.mean())
    p = float(np.clip(1 / max(rise, 1e-9), *LIKELY_P))
    q = float(np.clip(1 / max(rest, 1e-9) + 0.5, *LIKELY_Q))
    return np.log([p, q - 1, (q - 1) / p])


def expected_spend(n_amounts: np.ndarray, mean: np.ndarray, fit: SpendFit) -> np.ndarray:
    """Expected amount of a purchase day; `mean` does not matter where n_amounts is 0."""
    n_amounts = np.asarray(n_amounts, float)
    spent = np.where(n_amounts > 0, n_amounts * np.asarray(mean, float), 0.0)
    return fit.p * (fit.v + spent) / (fit.p * n_amounts + fit.q - 1)


class Likelihood:
    """As a function of the logs of p, q − 1 and v."""

    def __init__(self, n_amounts: np.ndarray, mean: np.ndarray) -> None:
        self.n_customers = len(mean)
        self._total, self._each = n_amounts * mean, np.stack([np.ones(len(mean)), n_amounts])
        self._n, self._n_with, _place = counted(n_amounts)
        self._log_n, log_mean = np.log(self._n), np.log(mean)
        self._log_mean = float(n_amounts @ log_mean)
        self._constant = -float(log_mean.sum())

    def __call__(self, logs: np.ndarray) -> Look:
        scale = np.exp(logs)
        p, beyond_one, v = scale
        q, log_v = 1 + beyond_one, logs[2]
        n, n_with, n_customers = self._n, self._n_with, self.n_customers
        # Of 1 and of n times: ln(nm+v), 1/(nm+v), 1/(nm+v)²
        (log_sums, shares, squares), (n_log_sums, n_shares, n_squares) = self._sums(v)
        of = np.concatenate([p * n + q, p * n, [q]])
        gammas, psis, bends = (
            np.split(table, (len(n), 2 * len(n))) for table in (gammaln(of), psi(of), zeta(2.0, of))
        )
        value = self._constant + n_with @ (gammas[0] - gammas[1] - gammas[2] + p * n * self._log_n)
        value += n_customers * q * log_v + p * (self._log_mean - n_log_sums) - q * log_sums
        by_p = n_with @ (n * (psis[0] - psis[1] + self._log_n)) + self._log_mean - n_log_sums
        by_q = n_with @ (psis[0] - psis[2]) + n_customers * log_v - log_sums
        by_v = n_customers * q / v - p * n_shares - q * shares
        with_weight = n_with * bends[0]
        across, q_and_v = n @ with_weight, n_customers / v - shares
        bend = np.array([
            [n**2 @ (with_weight - n_with * bends[1]), across, -n_shares],
            [across, with_weight.sum() - n_customers * bends[2][0], q_and_v],
            [-n_shares, q_and_v, p * n_squares + q * squares - n_customers * q / v**2],
        ])  # fmt: skip
        slope = np.array([by_p, by_q, by_v]) * scale
        return Look(float(value), slope, bend * np.outer(scale, scale) + np.diag(slope))

    def _sums(self, v: float) -> np.ndarray:
        total = np.zeros((2, 3))
        for rows in blocks(self.n_customers):
            sums = self._total[rows] + v
            inverse = 1 / sums
            total += self._each[:, rows] @ np.stack([np.log(sums), inverse, inverse**2]).T
        return total
