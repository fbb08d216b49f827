"""Pooling: thirteen trials of BCG vaccine (Colditz et al. 1994), as worked through in the
documentation of R's `metafor` (method "DL" and "FE"): log risk ratio -0.7141, τ² 0.3088,
I² 92.12 %, fixed -0.4303."""

from math import log

import numpy as np
import pytest

from analytics.measure.adjusting import Moments, adjusted_difference
from analytics.measure.money import difference_of_means, summarise, summary_of_sums
from analytics.measure.pooling import pool, rate_difference_variance
from analytics.measure.power import customers_for_amount, detectable_amount

# ill and well with the vaccine, ill and well without
BCG = [
    (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619),
    (33, 5036, 47, 5761), (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892),
    (29, 7470, 45, 7232), (17, 1699, 65, 1600), (186, 50448, 141, 27197), (5, 2493, 3, 2338),
    (27, 16886, 29, 17825),
]  # fmt: skip


def test_pooling_matches_metafor_on_the_bcg_trials():
    values = [log(a / (a + b)) - log(c / (c + d)) for a, b, c, d in BCG]
    variances = [1 / a - 1 / (a + b) + 1 / c - 1 / (c + d) for a, b, c, d in BCG]

    pooled = pool(values, variances)

    assert pooled.fixed.value == pytest.approx(-0.4303, abs=5e-5)
    assert (pooled.fixed.low, pooled.fixed.high) == pytest.approx((-0.5097, -0.3509), abs=5e-5)
    assert pooled.random.value == pytest.approx(-0.7141, abs=5e-5)
    assert pooled.between_variance == pytest.approx(0.3088, abs=5e-5)
    assert pooled.disagreement == pytest.approx(0.9212, abs=5e-4)
    # never narrower than DerSimonian and Laird's own interval
    assert pooled.random.low <= -1.0644 + 5e-5
    assert pooled.random.high >= -0.3638 - 5e-5


def test_one_campaign_is_itself_and_none_is_nothing():
    (alone,) = [pool([0.1], [0.0025])]

    assert alone.random.high == pytest.approx(alone.fixed.high)
    assert alone.fixed.low == pytest.approx(0.1 - 1.959964 * 0.05)
    assert pool([], []) is None


def test_a_variance_of_nothing_is_refused():
    with pytest.raises(ValueError, match="above 0"):
        pool([0.1], [0.0])


def test_campaigns_without_a_return_can_be_pooled():
    variances = [rate_difference_variance(0, 40, 0, 10), rate_difference_variance(4, 40, 0, 10)]

    pooled = pool([0.0, 0.1], variances)

    assert variances[0] > 0
    assert pooled.fixed.low < 0 < pooled.fixed.high


def test_pooling_repeated_small_campaigns_holds_the_truth():
    chance, n_held, n_tries = np.random.default_rng(2), 0, 300
    for _ in range(n_tries):
        came = chance.binomial(90, 0.12, 8).tolist()
        stayed = chance.binomial(30, 0.08, 8).tolist()
        values = [a / 90 - b / 30 for a, b in zip(came, stayed, strict=True)]
        variances = [
            rate_difference_variance(a, 90, b, 30) for a, b in zip(came, stayed, strict=True)
        ]
        seen = pool(values, variances).random
        n_held += seen.low <= 0.04 <= seen.high

    assert n_held / n_tries > 0.92


def moments(y: np.ndarray, x: np.ndarray) -> Moments:
    return Moments(summarise(y), x.mean(), x.var(ddof=1), np.cov(y, x)[0, 1])


def spending(chance, n: int, lift: float) -> Moments:
    before = chance.exponential(100, n)
    return moments(0.8 * before + chance.normal(lift, 30, n), before)


def test_earlier_spend_narrows_the_interval_and_keeps_the_truth():
    chance, n_held = np.random.default_rng(11), 0
    for _ in range(200):
        treated, holdout = spending(chance, 300, 10), spending(chance, 100, 0)
        plain = difference_of_means(treated.y, holdout.y)
        seen = adjusted_difference(treated, holdout, plain)
        n_held += seen.difference.low <= 10 <= seen.difference.high
        assert seen.narrower_by > 0.4
        assert seen.slope == pytest.approx(0.8, abs=0.1)

    assert 183 <= n_held <= 199


def test_nothing_is_adjusted_where_nobody_spent_before():
    flat = moments(np.array([1.0, 2.0, 4.0]), np.zeros(3))

    assert adjusted_difference(flat, flat, difference_of_means(flat.y, flat.y)) is None


def test_sums_say_the_same_as_the_amounts():
    amounts = np.array([0, 0, 0, 120_00, 980_000, 5_00])
    sums = [int((amounts.astype(object) ** power).sum()) for power in (1, 2, 3)]

    told, seen = summary_of_sums(len(amounts), *sums), summarise(amounts)

    assert told.mean == pytest.approx(seen.mean)
    assert told.variance == pytest.approx(seen.variance)
    assert told.third == pytest.approx(seen.third)


def test_skewed_spend_with_a_small_holdout_is_not_taken_for_sure():
    """Welch alone holds the truth here in about 85 of 100."""
    chance = np.random.default_rng(12)
    n_held = n_welch = 0
    for _ in range(600):
        treated, holdout = (
            summarise((chance.random(n) < 0.06) * np.exp(1.2 * chance.normal(size=n)))
            for n in (1_800, 200)
        )
        seen = difference_of_means(treated, holdout)
        assert seen.method == "pooled"
        n_held += seen.low <= 0 <= seen.high
        error = np.sqrt(treated.variance / 1_800 + holdout.variance / 200)
        n_welch += abs(treated.mean - holdout.mean) <= 1.97 * error

    assert n_welch / 600 < 0.91
    assert 0.93 <= n_held / 600 <= 0.985


def test_power_for_money_matches_power_t_test():
    # power.t.test(n = 20, delta = 1, sd = 1) => power 0.869; by the normal a little less will do
    assert customers_for_amount(1, 1, power=0.869) in range(37, 41)
    assert detectable_amount(100, 100, 400) == pytest.approx(
        2.8016 * 20 * np.sqrt(2 / 100), abs=1e-3
    )
    assert detectable_amount(100, 0, 400) is None
    with pytest.raises(ValueError, match="other than 0"):
        customers_for_amount(0, 1)
