"""The log-likelihood of many customers (formula in `family`), with its slope and its bend.

By the logs of r, α, a, b. What depends on times is ln(eᶠ + eʰ) of two stories, still there
(f = ln S − R ln(α+T)) and lost (h = ln a − ln(b+n) − R ln(α+t_x)). With p the share of h,

    ∇ = (1−p) ∇f + p ∇h        ∇² = (1−p) ∇²f + p ∇²h + p (1−p) (∇h−∇f)(∇h−∇f)ᵀ
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, psi, zeta

from segmentation.scoring.lifetime.climbing import Look
from segmentation.scoring.lifetime.family import (
    Parameters,
    Shape,
    log_lost_odds,
    opportunities,
)
from segmentation.scoring.lifetime.repeats import Repeats, blocks, counted

MOST_LOG_ODDS = 700.0  # of having been lost; beyond it the odds themselves have no number


class Likelihood:
    """Log-likelihood of many customers as a function of the logs of the four parameters.

    Customers who never came again differ in their age only and are counted by it.
    """

    def __init__(self, repeats: Repeats, shape: Shape) -> None:
        again = repeats.n_repeats > 0
        ages, counts = np.unique(repeats.age[~again], return_counts=True)
        n_repeats, last, age, log_gaps, weight = (
            np.concatenate([several[again], once])
            for several, once in (
                (repeats.n_repeats, 0 * ages),
                (repeats.last, 0 * ages),
                (repeats.age, ages),
                (repeats.log_gap_sum, 0 * ages),
                (np.ones(len(again)), counts),
            )
        )
        self.shape, self.n_customers = shape, len(repeats)
        self._x, _often, place = counted(n_repeats)
        self._n_with_x = np.bincount(place, weight, len(self._x))
        k = shape.regularity
        self._constant = (k - 1) * float(weight @ log_gaps) - float(
            gammaln(k) * (weight @ n_repeats)
        )
        self._blocks = [
            _Block(*(each[some] for each in (n_repeats, last, age, weight, place)))
            for some in blocks(len(weight))
        ]

    def __call__(self, logs: np.ndarray) -> Look:
        """At the logs of r, alpha, a, b."""
        p = Parameters(*np.exp(logs))
        value, slope, bend = self._counted(p)
        for block in self._blocks:
            more = _of_times(block, self._x, p, self.shape)
            value, slope, bend = value + more.value, slope + more.slope, bend + more.bend
        return Look(value, slope, bend)

    def _counted(self, p: Parameters) -> Look:
        """What depends on the number of repeats alone: a few values, counted."""
        k, total, n_with = self.shape.regularity, self.n_customers, self._n_with_x
        after = p.b + opportunities(self._x, self.shape) + 1
        of = np.empty((3, len(after) + 1))  # what stands in ln Γ(R)/Γ(r) B(a, b+n+1)/B(a, b)
        of[:, 0] = p.r, p.b, p.a + p.b
        of[0, 1:], of[1, 1:], of[2, 1:] = p.r + k * self._x, after, p.a + after
        value, first, second = (  # of each ln Γ, and of its first two derivatives
            (table[:, 1:] - table[:, :1]) @ n_with * (1, 1, -1)
            for table in (gammaln(of), psi(of), zeta(2.0, of))
        )
        log_alpha = np.log(p.alpha)
        slope = np.array(
            [p.r * (first[0] + total * log_alpha), total * p.r, p.a * first[2],
             p.b * (first[1] + first[2])]
        )  # fmt: skip
        bend = np.diag(slope)
        bend[1, 1] = 0.0
        bend[0, 1] = bend[1, 0] = total * p.r
        bend[0, 0] += p.r**2 * second[0]
        bend[2, 2] += p.a**2 * second[2]
        bend[2, 3] = bend[3, 2] = p.a * p.b * second[2]
        bend[3, 3] += p.b**2 * (second[1] + second[2])
        return Look(self._constant + value.sum() + total * p.r * log_alpha, slope, bend)


@dataclass(frozen=True)
class _Block:
    """Customers reckoned together. place: of n_repeats among its distinct values."""

    n_repeats: np.ndarray
    last: np.ndarray
    age: np.ndarray
    weight: np.ndarray
    place: np.ndarray


def _of_times(block: _Block, distinct_x: np.ndarray, p: Parameters, shape: Shape) -> Look:
    """What depends on times, too."""
    exponent = p.r + shape.regularity * block.n_repeats
    now, then = p.alpha + block.age, p.alpha + block.last
    log_now, log_then = np.log(now), np.log(then)
    share, share_then = p.alpha / now, p.alpha / then
    growth = log_now - log_then
    held = (p.b / (p.b + np.maximum(opportunities(distinct_x, shape), 0)))[block.place]
    log_odds = log_lost_odds(distinct_x, p, shape)[block.place] + exponent * growth
    apart = np.empty((4, len(exponent)))  # ∇h − ∇f
    apart[0], apart[1] = p.r * growth, exponent * (share - share_then)
    apart[2], apart[3] = 1.0, -held
    value = -(block.weight @ (exponent * log_now))
    waiting = None
    if shape.regularity > 1:
        waiting = _waiting(block, exponent, share, p, shape.regularity)
        value += block.weight @ waiting.log
        log_odds -= waiting.log
        apart[:2] -= waiting.slopes
    more, alive, lost, both = _weighed(log_odds, block.weight)
    slope, bend = np.zeros(4), (apart * both) @ apart.T
    for weight, log_time, part in ((alive, log_now, share), (lost, log_then, share_then)):
        _add_times(slope, bend, weight, log_time, part, exponent, p.r)
    lost_held = lost * held
    slope[2], slope[3] = lost.sum(), -lost_held.sum()
    bend[3, 3] += slope[3] + lost_held @ held
    if waiting is not None:
        slope[:2] += waiting.slopes @ alive
        bend[:2, :2] += waiting.bends @ alive
    return Look(float(value + more), slope, bend)


def _weighed(
    log_odds: np.ndarray, weight: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
    """Σ ln(1 + odds); weights of both stories; and what two stories bend more than one, p (1−p)."""
    odds = np.exp(np.minimum(log_odds, MOST_LOG_ODDS))
    both = 1 + odds
    total = float(weight @ np.log(both))
    alive = weight / both
    lost = alive * odds
    return total, alive, lost, lost / both


def _add_times(
    slope: np.ndarray, bend: np.ndarray, weight: np.ndarray, log_time: np.ndarray,
    share: np.ndarray, exponent: np.ndarray, r: float,
) -> None:  # fmt: skip
    """Of −R ln(α + time); share: α / (α + time)."""
    each = exponent * share
    by_r, by_alpha = -r * (weight @ log_time), -(weight @ each)
    slope[0] += by_r
    slope[1] += by_alpha
    bend[0, 0] += by_r
    bend[1, 1] += by_alpha + weight @ (each * share)
    across = r * (weight @ share)
    bend[0, 1] -= across
    bend[1, 0] -= across


@dataclass(frozen=True)
class _Waiting:
    """ln S of n customers, its slopes (2, n) and bends (2, 2, n) by the logs of r and α."""

    log: np.ndarray
    slopes: np.ndarray
    bends: np.ndarray


def _waiting(
    block: _Block, exponent: np.ndarray, share: np.ndarray, p: Parameters, regularity: int
) -> _Waiting:
    """Term by term of S: ∂t/∂r = t h, ∂²t/∂r² = t (h² − Σ 1/(R+i)²) with h = Σ 1/(R+i), and each
    derivative by ln α brings down −j α/(α+T)."""
    u = (block.age - block.last) / (p.alpha + block.age)
    total = term = np.ones(len(u))
    h, squares = np.zeros(len(u)), np.zeros(len(u))
    by_r, by_rr, by_a, by_ra, by_aa = np.zeros((5, len(u)))
    for j in range(1, regularity):
        inverse = 1 / (exponent + j - 1)
        h, squares = h + inverse, squares + inverse**2
        term = term * u * (exponent + j - 1) / j
        down = j * term
        total = total + term
        by_r += term * h
        by_rr += term * (h**2 - squares)
        by_a -= down
        by_ra -= down * h
        by_aa += down * (j + 1)
    r, a = p.r * by_r / total, share * by_a / total
    across = p.r * share * by_ra / total - r * a
    bends = np.array(
        [[p.r**2 * by_rr / total - r * r + r, across],
         [across, share**2 * by_aa / total - a * a + a]]
    )  # fmt: skip
    return _Waiting(np.log(total), np.array([r, a]), bends)
