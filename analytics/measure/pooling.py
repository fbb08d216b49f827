"""What repeated campaigns of one kind say together, by inverse variance.

Fixed effect: one common effect. Random effects: R. DerSimonian & N. Laird (1986), *Controlled
Clinical Trials* 7, 177–188, with the interval of Hartung & Knapp (2001), *Statistics in Medicine*
20, 3875–3889, never narrower than DerSimonian and Laird's own. Variance of a rate difference:
one hit and one miss added to each arm (A. Agresti & B. Caffo 2000, *The American Statistician* 54,
280–288), so that arms without a single return are not taken for certainty.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from analytics.measure.money import interval_of


@dataclass(frozen=True)
class Mean:
    """A pooled effect with its interval."""

    value: float
    low: float
    high: float

    @property
    def tells(self) -> bool:
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Pooled:
    """n campaigns. between_variance: τ²; disagreement: I², the share of the spread of the
    estimates that is more than chance, within 0–1; p_same: chance of such a spread if all were
    the same."""

    n: int
    fixed: Mean
    random: Mean
    between_variance: float
    disagreement: float
    p_same: float


def pool(
    values: Sequence[float], variances: Sequence[float], *, confidence: float = 0.95
) -> Pooled | None:
    """None where there is nothing to pool. Raises ValueError for a variance that is not above 0."""
    if len(values) != len(variances) or any(not variance > 0 for variance in variances):
        raise ValueError("Every value needs a variance above 0.")
    if not values:
        return None
    n = len(values)
    weights = [1 / variance for variance in variances]
    middle, total = _weighted(values, weights), sum(weights)
    spread = sum(w * (value - middle) ** 2 for w, value in zip(weights, values, strict=True))
    between = 0.0
    if n > 1:
        scale = total - sum(weight**2 for weight in weights) / total
        between = max(0.0, (spread - (n - 1)) / scale)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    return Pooled(
        n=n,
        fixed=Mean(middle, middle - z / sqrt(total), middle + z / sqrt(total)),
        random=_random(values, variances, between, z, confidence),
        between_variance=between,
        disagreement=max(0.0, (spread - (n - 1)) / spread) if spread else 0.0,
        p_same=_chi_square_tail(n - 1, spread),
    )


def rate_difference_variance(n_hits: int, n: int, other_hits: int, other_n: int) -> float:
    """Of a difference of two rates, also where nobody or everybody returned."""
    rate, other = (n_hits + 1) / (n + 2), (other_hits + 1) / (other_n + 2)
    return rate * (1 - rate) / (n + 2) + other * (1 - other) / (other_n + 2)


def _random(
    values: Sequence[float], variances: Sequence[float], between: float, z: float, confidence: float
) -> Mean:
    weights = [1 / (variance + between) for variance in variances]
    middle, total, n = _weighted(values, weights), sum(weights), len(values)
    error = 1 / sqrt(total)
    low, high = middle - z * error, middle + z * error
    if n > 1:
        spread = sum(w * (value - middle) ** 2 for w, value in zip(weights, values, strict=True))
        by_spread = sqrt(spread / (n - 1) / total)
        other_low, other_high, _p = interval_of(middle, by_spread, n - 1, confidence)
        low, high = min(low, other_low), max(high, other_high)
    return Mean(middle, low, high)


def _weighted(values: Sequence[float], weights: Sequence[float]) -> float:
    return sum(w * value for w, value in zip(weights, values, strict=True)) / sum(weights)


def _chi_square_tail(freedom: int, statistic: float) -> float:
    from scipy.special import chdtrc  # slow to import, wanted here only

    return float(chdtrc(freedom, statistic)) if freedom else 1.0
