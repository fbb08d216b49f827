"""Was the draw a draw: sizes of the arms against the plan, and traits known before it.

Sample-ratio mismatch: Fabijan et al. (2019), *KDD '19*, 2156–2164: chi-square, alarm at p < 0.001.
Balance: standardised mean differences (P. C. Austin 2009, *Statistics in Medicine* 28, 3083–3107)
and one joint test, Pillai's trace × (n − 1) against chi-square; with two arms it is Hansen and
Bowers' d² (2008, *Statistical Science* 23, 219–236).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

ALARM_P = 0.001
NOTABLE_SMD = 0.1


@dataclass(frozen=True)
class SplitCheck:
    """expected: customers an arm by plan. is_broken: chance does this less than once in 1,000."""

    expected: tuple[float, ...]
    statistic: float
    p_value: float

    @property
    def is_broken(self) -> bool:
        return self.p_value < ALARM_P


@dataclass(frozen=True)
class BalanceCheck:
    """smd: one row an arm but the first, one column a trait: difference of means ÷ pooled sd.

    statistic, freedom, p_value: joint test that all arms come from one pot; p_value 1 where no
    trait varies.
    """

    smd: np.ndarray
    statistic: float
    freedom: int
    p_value: float

    @property
    def is_broken(self) -> bool:
        return self.p_value < ALARM_P


def sample_ratio(counts: Sequence[int], shares: Sequence[float]) -> SplitCheck:
    """Sizes of the arms against the planned shares (any positive numbers; made to add up to 1).

    Raises ValueError when they do not fit together.
    """
    if len(counts) != len(shares) or len(counts) < 2 or not all(share > 0 for share in shares):
        raise ValueError("Needs two or more arms and a share above 0 for each of them.")
    total = sum(counts)
    expected = tuple(total * share / sum(shares) for share in shares)
    if total == 0:
        return SplitCheck(expected, 0.0, 1.0)
    statistic = sum((n - want) ** 2 / want for n, want in zip(counts, expected, strict=True))
    return SplitCheck(expected, statistic, _chi_square_tail(len(counts) - 1, statistic))


def balance(traits: np.ndarray, arm: np.ndarray, n_arms: int) -> BalanceCheck:
    """traits: one row a customer, one column a trait (numbers; categories as 0/1 columns).

    arm: 0 … n_arms − 1, one a customer; arm 0 is what the others are compared with.
    """
    traits = np.asarray(traits, float)
    n_traits = traits.shape[1]
    counts = np.bincount(arm, minlength=n_arms)
    if n_traits == 0 or (counts == 0).any():
        return BalanceCheck(np.zeros((n_arms - 1, n_traits)), 0.0, 0, 1.0)
    spread = traits.std(axis=0)
    is_varying = spread > 1e-12 * np.maximum(np.abs(traits).max(axis=0), 1)
    scaled = np.where(is_varying, (traits - traits.mean(axis=0)) / np.where(spread, spread, 1), 0)
    means = np.stack([scaled[arm == place].mean(axis=0) for place in range(n_arms)])
    statistic, rank = _pillai(scaled, means, counts)
    freedom = rank * (n_arms - 1)
    p_value = _chi_square_tail(freedom, statistic) if freedom else 1.0
    return BalanceCheck(_smd(scaled, arm, means), statistic, freedom, p_value)


def _smd(scaled: np.ndarray, arm: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Difference to arm 0 ÷ root of the mean of both variances; 0 where neither varies."""
    variances = np.stack([scaled[arm == place].var(axis=0) for place in range(len(means))])
    pooled = np.sqrt((variances[1:] + variances[0]) / 2)
    return np.divide(means[1:] - means[0], pooled, out=np.zeros_like(pooled), where=pooled > 0)


def _pillai(scaled: np.ndarray, means: np.ndarray, counts: np.ndarray) -> tuple[float, int]:
    """(n − 1) × Pillai's trace, and how many independent traits there are."""
    n = len(scaled)
    total = scaled.T @ scaled
    between = (means * counts[:, None]).T @ means
    values, vectors = np.linalg.eigh(total)
    kept = values > 1e-9 * max(values.max(initial=0.0), 1.0)
    if not kept.any():
        return 0.0, 0
    within = vectors[:, kept] / np.sqrt(values[kept])
    return float((n - 1) * np.trace(within.T @ between @ within)), int(kept.sum())


def _chi_square_tail(freedom: int, statistic: float) -> float:
    from scipy.special import chdtrc  # slow to import, wanted here only

    return float(chdtrc(freedom, statistic))
