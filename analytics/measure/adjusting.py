"""A difference of amounts, freed from what customers already spent before the campaign.

CUPED: A. Deng, Y. Xu, R. Kohavi & T. Walker (2013), *WSDM '13*, 123–132. Only facts from before the
draw may be used: what came later can be an effect of the campaign.
"""

from dataclasses import dataclass
from math import sqrt

from analytics.measure.money import (
    POOLED,
    MeanDifference,
    MeanSummary,
    interval_of,
    is_too_skewed,
)


@dataclass(frozen=True)
class Moments:
    """Of one arm: outcome y (with its third moment) and x, the spend before; covariance ÷ n − 1."""

    y: MeanSummary
    x_mean: float
    x_variance: float
    covariance: float


@dataclass(frozen=True)
class Adjusted:
    """difference: with the part that earlier spend explains taken off.

    slope: amount of the outcome a unit of earlier spend. narrower_by: share of the interval's
    width that is saved, within 0–1 (below 0: it would be wider).
    """

    difference: MeanDifference
    slope: float
    narrower_by: float


def adjusted_difference(
    first: Moments, second: Moments, plain: MeanDifference, *, confidence: float = 0.95
) -> Adjusted | None:
    """None where an arm has fewer than two customers or nobody spent before."""
    if plain.value is None or plain.low is None or plain.high is None:
        return None
    n, other_n = first.y.n, second.y.n
    freedom = float(n + other_n - 2)
    x_variance = ((n - 1) * first.x_variance + (other_n - 1) * second.x_variance) / freedom
    if not x_variance > 0:
        return None
    covariance = ((n - 1) * first.covariance + (other_n - 1) * second.covariance) / freedom
    slope = covariance / x_variance
    value = plain.value - slope * (first.x_mean - second.x_mean)
    is_pooled = is_too_skewed(first.y, second.y)
    error, freedom = _error(first, second, slope, is_pooled=is_pooled)
    low, high, p_value = interval_of(value, error, freedom, confidence)
    width = plain.high - plain.low
    return Adjusted(
        MeanDifference(
            value, low, high, low > 0 or high < 0, p_value, POOLED if is_pooled else plain.method
        ),
        slope,
        1 - (high - low) / width if width else 0.0,
    )


def _error(
    first: Moments, second: Moments, slope: float, *, is_pooled: bool
) -> tuple[float, float]:
    """Standard error and degrees of freedom; one is lost to the slope."""
    n, other_n = first.y.n, second.y.n
    left, other_left = _left_over(first, slope), _left_over(second, slope)
    if is_pooled:
        pooled = ((n - 1) * left + (other_n - 1) * other_left) / (n + other_n - 2)
        return sqrt(pooled * (1 / n + 1 / other_n)), max(1, n + other_n - 3)
    error, other_error = left / n, other_left / other_n
    total = error + other_error
    if total == 0:
        return 0.0, 1
    share = error / total
    freedom = 1 / (share**2 / (n - 1) + (1 - share) ** 2 / (other_n - 1))
    return sqrt(total), max(1.0, freedom - 1)


def _left_over(arm: Moments, slope: float) -> float:
    """Variance of the outcome that earlier spend does not explain."""
    explained = 2 * slope * arm.covariance - slope**2 * arm.x_variance
    return max(0.0, (arm.y.variance or 0.0) - explained)
