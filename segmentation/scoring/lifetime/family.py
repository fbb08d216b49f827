"""The likelihood of the (M)BG/CNBD-k family and its gradient.

Purchases of one customer stand Erlang-k gaps apart at rate λ (k = 1: at random); after a purchase
the customer is lost with probability p. λ ~ Gamma(r, α), p ~ Beta(a, b) over customers.

- BG/NBD: k = 1, nobody is lost by the first purchase. Fader, Hardie & Lee 2005, "Counting Your
  Customers the Easy Way", Marketing Science 24(2).
- MBG/CNBD-k: customers can be lost by the first purchase, too. Platzer & Reutterer 2016, "Ticking
  Away the Moments", Marketing Science 35(5); k = 1 is the MBG/NBD of Batislam et al. 2007.

With x, t_x, T as in `Repeats`, R = r + kx and n = x (MBG) or x − 1 (BG):

    L = Γ(R)/Γ(r) αʳ B(a, b+n+1)/B(a, b) (α+T)⁻ᴿ [S + a/(b+n) ((α+T)/(α+t_x))ᴿ] Πgapᵏ⁻¹/Γ(k)ˣ
    S = Σ_{j<k} (R)_j/j! uʲ,  u = (T−t_x)/(α+T):  no purchase since t_x although still a customer

where the second term in brackets, lost after the last purchase, is 0 for n < 0.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, expit, gammaln, psi

from segmentation.scoring.lifetime.repeats import Repeats, blocks


@dataclass(frozen=True)
class Shape:
    """Which member of the family: regularity k ≥ 1, and whether the first purchase may be last."""

    regularity: int = 1
    lost_at_first: bool = True

    def __post_init__(self) -> None:
        if self.regularity < 1:
            raise ValueError(f"regularity: needs at least 1, got {self.regularity}.")

    def __str__(self) -> str:
        name = "MBG" if self.lost_at_first else "BG"
        return f"{name}/NBD" if self.regularity == 1 else f"{name}/CNBD-{self.regularity}"


BG_NBD = Shape(regularity=1, lost_at_first=False)


@dataclass(frozen=True)
class Parameters:
    """r, alpha (in the unit of time): who buys how often. a, b: who is lost how easily."""

    r: float
    alpha: float
    a: float
    b: float

    def as_array(self) -> np.ndarray:
        return np.array([self.r, self.alpha, self.a, self.b])


@dataclass(frozen=True)
class Terms:
    """Per customer: log_alive and log_lost are the two terms in brackets, logged."""

    log_alive: np.ndarray
    log_lost: np.ndarray

    @property
    def p_alive(self) -> np.ndarray:
        return expit(self.log_alive - self.log_lost)


def terms_of(repeats: Repeats, parameters: Parameters, shape: Shape) -> Terms:
    """The two stories that fit: still a customer, or lost after the last purchase."""
    alive, _by_r, _by_alpha = _waiting(repeats, parameters, shape, with_slopes=False)
    return Terms(np.log(alive), _log_lost(repeats, parameters, shape))


def opportunities(n_repeats: np.ndarray, shape: Shape) -> np.ndarray:
    """n: the purchases survived so far, the last one not counted; −1 where none could be fatal."""
    return n_repeats if shape.lost_at_first else n_repeats - 1


def _log_lost(repeats: Repeats, parameters: Parameters, shape: Shape) -> np.ndarray:
    exponent = parameters.r + shape.regularity * repeats.n_repeats
    growth = np.log((parameters.alpha + repeats.age) / (parameters.alpha + repeats.last))
    return _log_lost_odds(repeats.n_repeats, parameters, shape) + exponent * growth


def _log_lost_odds(n_repeats: np.ndarray, p: Parameters, shape: Shape) -> np.ndarray:
    """On the evening of the last purchase; −∞ where it could not be fatal."""
    n = opportunities(n_repeats, shape)
    log_odds = np.log(p.a) - np.log(p.b + np.maximum(n, 0))
    return log_odds if shape.lost_at_first else np.where(n < 0, -np.inf, log_odds)


def _waiting(
    repeats: Repeats, parameters: Parameters, shape: Shape, *, with_slopes: bool = True
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """S, ∂S/∂r and ∂S/∂α."""
    total = np.ones(len(repeats))
    by_r, by_alpha = np.zeros(len(repeats)), np.zeros(len(repeats))
    if shape.regularity == 1:
        return total, by_r, by_alpha
    exponent = parameters.r + shape.regularity * repeats.n_repeats
    now = parameters.alpha + repeats.age
    u = (repeats.age - repeats.last) / now
    term, slope = np.ones(len(repeats)), np.zeros(len(repeats))
    for j in range(1, shape.regularity):
        term = term * u * (exponent + j - 1) / j
        total = total + term
        if with_slopes:
            slope = slope + 1 / (exponent + j - 1)
            by_r = by_r + term * slope
            by_alpha = by_alpha - term * j / now
    return total, by_r, by_alpha


class Likelihood:
    """Log-likelihood of many customers as a function of the logs of the four parameters.

    Customers who never came again differ in their age only and are counted by it.
    """

    def __init__(self, repeats: Repeats, shape: Shape) -> None:
        again = repeats.n_repeats > 0
        ages, counts = np.unique(repeats.age[~again], return_counts=True)
        nothing = np.zeros(len(ages))
        once = Repeats(nothing, nothing, ages, nothing)
        several = repeats.taken(again)
        pairs = zip(vars(several).values(), vars(once).values(), strict=True)
        self.rows = Repeats(*(np.concatenate(pair) for pair in pairs))
        self.weight = np.concatenate([np.ones(len(several)), counts])
        self.shape, self.n_customers = shape, len(repeats)
        self._x, place = np.unique(self.rows.n_repeats, return_inverse=True)
        self._n_with_x = np.bincount(place, self.weight, len(self._x))
        k = shape.regularity
        self._constant = (k - 1) * float(self.weight @ self.rows.log_gap_sum) - float(
            gammaln(k) * (self.weight @ self.rows.n_repeats)
        )
        self._blocks = [
            (self.rows.taken(rows), self.weight[rows]) for rows in blocks(len(self.rows))
        ]

    def value_and_slope(self, logs: np.ndarray) -> tuple[float, np.ndarray]:
        """(log-likelihood, its gradient) at the logs of r, alpha, a, b."""
        p = Parameters(*np.exp(logs))
        value, slope = self._counted(p)
        for rows, weight in self._blocks:
            more, steeper = _of_block(rows, weight, p, self.shape)
            value, slope = value + more, slope + steeper
        return float(value), slope * p.as_array()

    def _counted(self, p: Parameters) -> tuple[float, np.ndarray]:
        """What depends on the number of repeats alone: a few values, counted."""
        k, total = self.shape.regularity, self.n_customers
        exponent = p.r + k * self._x
        after = p.b + opportunities(self._x, self.shape) + 1
        value = self._constant + self._n_with_x @ (
            gammaln(exponent) - gammaln(p.r) + betaln(p.a, after) - betaln(p.a, p.b)
        )
        value += total * p.r * np.log(p.alpha)
        both, both_after = psi(p.a + p.b), psi(p.a + after)
        return value, np.array(
            [
                self._n_with_x @ (psi(exponent) - psi(p.r)) + total * np.log(p.alpha),
                total * p.r / p.alpha,
                self._n_with_x @ (both - both_after),
                self._n_with_x @ (psi(after) - both_after - psi(p.b) + both),
            ]
        )


def _of_block(
    rows: Repeats, weight: np.ndarray, p: Parameters, shape: Shape
) -> tuple[float, np.ndarray]:
    """What depends on times, too: its value, and its slope by r, alpha, a, b."""
    n = np.maximum(opportunities(rows.n_repeats, shape), 0)
    exponent = p.r + shape.regularity * rows.n_repeats
    now, then = p.alpha + rows.age, p.alpha + rows.last
    log_now = np.log(now)
    growth = log_now - np.log(then)
    log_odds = _log_lost_odds(rows.n_repeats, p, shape) + exponent * growth
    by_r, by_alpha, value = 0.0, 0.0, -(weight @ (exponent * log_now))
    if shape.regularity > 1:
        alive, alive_by_r, alive_by_alpha = _waiting(rows, p, shape)
        log_alive = np.log(alive)
        log_odds -= log_alive
        value += weight @ log_alive
    small = np.exp(-np.abs(log_odds))
    value += weight @ (np.maximum(log_odds, 0) + np.log1p(small))
    lost = weight * np.where(log_odds >= 0, 1, small) / (1 + small)
    if shape.regularity > 1:
        left = (weight - lost) / alive
        by_r, by_alpha = left @ alive_by_r, left @ alive_by_alpha
    by_r += lost @ growth - weight @ log_now
    by_alpha -= weight @ (exponent / now) - lost @ (exponent * (1 / now - 1 / then))
    return float(value), np.array([by_r, by_alpha, lost.sum() / p.a, -(lost @ (1 / (p.b + n)))])
