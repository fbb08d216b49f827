"""Difference of two mean amounts with Welch's interval.

B. L. Welch (1947), *Biometrika* 34, 28–35.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np


@dataclass(frozen=True)
class MeanSummary:
    """n amounts; mean None where n is 0, sample variance (÷ n − 1) None where n < 2."""

    n: int
    mean: float | None
    variance: float | None


@dataclass(frozen=True)
class MeanDifference:
    """first − second, in the unit of the amounts.

    value: None while a group is empty. low, high: None while a group has fewer than two amounts.
    tells: the interval leaves out 0.
    """

    value: float | None
    low: float | None
    high: float | None
    tells: bool


def summarise(amounts: np.ndarray) -> MeanSummary:
    """Amounts of every customer of the group, zeros included."""
    amounts = np.asarray(amounts, float)
    n = len(amounts)
    return MeanSummary(
        n,
        float(amounts.mean()) if n else None,
        float(amounts.var(ddof=1)) if n > 1 else None,
    )


def difference_of_means(
    first: MeanSummary, second: MeanSummary, *, confidence: float = 0.95
) -> MeanDifference:
    """Welch's interval; degrees of freedom by Welch–Satterthwaite."""
    if first.mean is None or second.mean is None:
        return MeanDifference(None, None, None, False)
    value = first.mean - second.mean
    if first.variance is None or second.variance is None:
        return MeanDifference(value, None, None, False)
    reach = _reach(first.n, first.variance, second.n, second.variance, confidence)
    low, high = value - reach, value + reach
    return MeanDifference(value, low, high, low > 0 or high < 0)


def _reach(
    n: int, variance: float, other_n: int, other_variance: float, confidence: float
) -> float:
    """Half the width; 0 when neither group varies at all."""
    from scipy.special import stdtrit  # slow to import, wanted here only

    error, other_error = variance / n, other_variance / other_n
    total = error + other_error
    if total == 0:
        return 0.0
    share, other_share = error / total, other_error / total  # before squaring: no underflow
    freedom = 1 / (share**2 / (n - 1) + other_share**2 / (other_n - 1))
    return float(stdtrit(freedom, (1 + confidence) / 2)) * sqrt(total)
