"""Rates with intervals, the difference of two rates, and how many customers it takes to tell.

Wilson's score interval and Newcombe's hybrid score interval for a difference (method 10):
R. G. Newcombe (1998), *Statistics in Medicine* 17, 857–872 and 873–890.
"""

from dataclasses import dataclass
from math import ceil, erfc, exp, lgamma, sqrt
from statistics import NormalDist

CONFIDENCE = 0.95
POWER = 0.8
FEWEST_EXPECTED = 5


@dataclass(frozen=True)
class Rate:
    """n_hits of n; rate and interval within 0–1, None where n is 0."""

    n_hits: int
    n: int
    rate: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Difference:
    """first − second, within −1–1, with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Verdict:
    """What a campaign did: treated − holdout, by intention to treat.

    uplift, low, high: None while an arm is empty. tells: the interval leaves out 0.
    extra_returns…: uplift × treated customers. n_needed: customers of both arms together, in the
    present split, that would tell an uplift of the size now seen with the asked power; None when
    it already tells, when no difference is seen, or while an arm is empty.
    """

    treated: Rate
    holdout: Rate
    uplift: float | None
    low: float | None
    high: float | None
    tells: bool
    extra_returns: float | None
    extra_returns_low: float | None
    extra_returns_high: float | None
    n_needed: int | None


def rate_with_interval(n_hits: int, n: int, *, confidence: float = CONFIDENCE) -> Rate:
    """Wilson's interval: Newcombe (1998), 857–872, method 3."""
    _check_counts(n_hits, n)
    if n == 0:
        return Rate(0, 0, None, None, None)
    z, rate = _z(confidence), n_hits / n
    middle = 2 * n_hits + z**2
    reach = z * sqrt(z**2 + 4 * n_hits * (1 - rate))
    low = 0.0 if n_hits == 0 else (middle - reach) / (2 * (n + z**2))
    high = 1.0 if n_hits == n else (middle + reach) / (2 * (n + z**2))
    return Rate(n_hits, n, rate, low, high)


def difference_with_interval(first: Rate, second: Rate) -> Difference:
    """Newcombe (1998), 873–890, method 10. Raises ValueError when a rate has no customers."""
    (rate, low, high), (other, other_low, other_high) = _bounds(first), _bounds(second)
    return Difference(
        rate - other,
        rate - other - sqrt((rate - low) ** 2 + (other_high - other) ** 2),
        rate - other + sqrt((high - rate) ** 2 + (other - other_low) ** 2),
    )


def p_value_of_rates(first: Rate, second: Rate) -> float:
    """Two-sided p value of no difference.

    Pooled z test; where fewer than five hits or misses are expected in an arm, Fisher's exact
    test with the mid-p rule (Lancaster 1961), which keeps its level better than the plain one.
    """
    n, n_hits = first.n + second.n, first.n_hits + second.n_hits
    if not first.n or not second.n or n_hits in (0, n):
        return 1.0
    fewest = min(first.n, second.n) * min(n_hits, n - n_hits) / n
    if fewest < FEWEST_EXPECTED:
        return _mid_p(first, second)
    pooled = n_hits / n
    error = sqrt(pooled * (1 - pooled) * (1 / first.n + 1 / second.n))
    apart = abs(first.n_hits / first.n - second.n_hits / second.n) / error
    return erfc(apart / sqrt(2))


def _mid_p(first: Rate, second: Rate) -> float:
    n, n_hits = first.n + second.n, first.n_hits + second.n_hits
    possible = range(max(0, n_hits - second.n), min(n_hits, first.n) + 1)
    logs = {k: _log_ways(first.n, k) + _log_ways(second.n, n_hits - k) for k in possible}
    all_ways = _log_ways(n, n_hits)
    chance = {k: exp(log - all_ways) for k, log in logs.items()}
    seen = chance[first.n_hits]
    rarer = sum(p for p in chance.values() if p < seen * (1 - 1e-9))
    alike = sum(p for p in chance.values() if seen * (1 - 1e-9) <= p <= seen * (1 + 1e-9))
    return min(1.0, rarer + alike / 2)


def _log_ways(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def _bounds(rate: Rate) -> tuple[float, float, float]:
    if rate.rate is None or rate.low is None or rate.high is None:
        raise ValueError("A difference needs at least one customer in each group.")
    return rate.rate, rate.low, rate.high


def verdict(
    *,
    n_treated_returns: int,
    n_treated: int,
    n_holdout_returns: int,
    n_holdout: int,
    confidence: float = CONFIDENCE,
    power: float = POWER,
) -> Verdict:
    """Compare the return rate of the treated with that of the holdout."""
    treated = rate_with_interval(n_treated_returns, n_treated, confidence=confidence)
    holdout = rate_with_interval(n_holdout_returns, n_holdout, confidence=confidence)
    if not n_treated or not n_holdout:
        return Verdict(treated, holdout, None, None, None, False, None, None, None, None)
    uplift = difference_with_interval(treated, holdout)
    tells = uplift.low > 0 or uplift.high < 0
    n_needed = None
    if not tells and uplift.value:
        n_needed = needed_sample(
            n_holdout_returns / n_holdout,
            uplift.value,
            holdout_rate=n_holdout / (n_treated + n_holdout),
            power=power,
            confidence=confidence,
        )
    return Verdict(
        treated,
        holdout,
        uplift=uplift.value,
        low=uplift.low,
        high=uplift.high,
        tells=tells,
        extra_returns=uplift.value * n_treated,
        extra_returns_low=uplift.low * n_treated,
        extra_returns_high=uplift.high * n_treated,
        n_needed=n_needed,
    )


def needed_sample(
    base_rate: float,
    difference: float,
    *,
    holdout_rate: float = 0.5,
    power: float = POWER,
    confidence: float = CONFIDENCE,
) -> int:
    """Customers of both arms together to tell base_rate from base_rate + difference.

    Normal approximation with the pooled rate, unequal arms: Fleiss, Levin & Paik (2003),
    *Statistical Methods for Rates and Proportions*, §4.2 without continuity correction.
    Raises ValueError when a rate leaves 0–1, the difference is 0, or an arm would be empty.
    """
    if not difference or not 0 <= base_rate + difference <= 1 or not 0 <= base_rate <= 1:
        raise ValueError(
            f"base_rate {base_rate} and difference {difference}: both rates must differ "
            "and lie within 0 and 1."
        )
    if not 0 < holdout_rate < 1:
        raise ValueError(f"holdout_rate: must be above 0 and below 1, got {holdout_rate}.")
    need = _standard_errors(base_rate, difference, holdout_rate, power, confidence)
    return max(2, ceil((need / difference) ** 2 - 1e-9))


def minimum_detectable_difference(
    n_treated: int,
    n_holdout: int,
    base_rate: float,
    *,
    power: float = POWER,
    confidence: float = CONFIDENCE,
) -> float | None:
    """Smallest rise above base_rate that arms of this size would tell; None when no rise would."""
    _check_counts(0, n_treated)
    _check_counts(0, n_holdout)
    if not 0 <= base_rate <= 1:
        raise ValueError(f"base_rate: must be within 0 and 1, got {base_rate}.")
    n = n_treated + n_holdout
    if not n_treated or not n_holdout:
        return None

    def tells(rise: float) -> bool:
        need = _standard_errors(base_rate, rise, n_holdout / n, power, confidence)
        return rise * sqrt(n) >= need

    low, high = 0.0, 1 - base_rate
    if not high or not tells(high):
        return None
    for _ in range(60):  # halves the bracket down to the last bit of a float
        middle = (low + high) / 2
        low, high = (low, middle) if tells(middle) else (middle, high)
    return high


def _standard_errors(
    base_rate: float, difference: float, holdout_rate: float, power: float, confidence: float
) -> float:
    """Difference × √n that is just told: z of the test under no difference + z of the power."""
    treated, share = base_rate + difference, 1 - holdout_rate
    pooled = base_rate * holdout_rate + treated * share
    under_none = sqrt(pooled * (1 - pooled) / (holdout_rate * share))
    under_true = sqrt(
        base_rate * (1 - base_rate) / holdout_rate + max(treated * (1 - treated), 0) / share
    )
    return _z(confidence) * under_none + NormalDist().inv_cdf(power) * under_true


def _z(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + confidence) / 2)


def _check_counts(n_hits: int, n: int) -> None:
    if not 0 <= n_hits <= n:
        raise ValueError(f"Needs 0 ≤ hits ≤ customers, got {n_hits} of {n}.")
