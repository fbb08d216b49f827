"""How small a difference in money a campaign of this size can tell; for rates see `rates`."""

from math import ceil, sqrt
from statistics import NormalDist

from analytics.measure.rates import CONFIDENCE, POWER


def detectable_amount(
    n_treated: int,
    n_holdout: int,
    variance: float,
    *,
    power: float = POWER,
    confidence: float = CONFIDENCE,
) -> float | None:
    """Smallest difference a head, in the unit of the amounts; None while an arm is empty.

    variance: of one customer's amount, zeros included. Normal approximation (Cohen 1988, §2.5).
    """
    if not n_treated or not n_holdout:
        return None
    return _reach(power, confidence) * sqrt(variance * (1 / n_treated + 1 / n_holdout))


def customers_for_amount(
    difference: float,
    variance: float,
    *,
    holdout_rate: float = 0.5,
    power: float = POWER,
    confidence: float = CONFIDENCE,
) -> int:
    """Customers of both arms together that would tell such a difference a head.

    Raises ValueError when the difference is 0 or an arm would be empty.
    """
    if not difference or not 0 < holdout_rate < 1:
        raise ValueError("Needs a difference other than 0 and a holdout rate within 0 and 1.")
    need = (_reach(power, confidence) / difference) ** 2 * variance
    return max(2, ceil(need / (holdout_rate * (1 - holdout_rate)) - 1e-9))


def _reach(power: float, confidence: float) -> float:
    normal = NormalDist()
    return normal.inv_cdf((1 + confidence) / 2) + normal.inv_cdf(power)
