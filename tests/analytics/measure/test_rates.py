"""Published figures: Newcombe (1998), Statistics in Medicine 17, 857–872 (Table I) and 873–890
(Table II, method 10); sample size: the examples of R's `power.prop.test` (R Core Team, stats)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.measure.rates import (
    difference_with_interval,
    minimum_detectable_difference,
    needed_sample,
    rate_with_interval,
    verdict,
)


@st.composite
def counts(draw, least=0):
    n = draw(st.integers(least, 5_000))
    return draw(st.integers(0, n)), n


@pytest.mark.parametrize(
    ("n_hits", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_matches_newcombe_table_1(n_hits, n, low, high):
    rate = rate_with_interval(n_hits, n)

    assert (round(rate.low, 4), round(rate.high, 4)) == (low, high)


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0000),
        ((10, 10), (0, 10), 0.6075, 1.0000),
    ],
)
def test_difference_matches_newcombe_table_2_method_10(first, second, low, high):
    difference = difference_with_interval(rate_with_interval(*first), rate_with_interval(*second))

    assert (round(difference.low, 4), round(difference.high, 4)) == (low, high)


def test_rate_of_nobody_is_unknown():
    rate = rate_with_interval(0, 0)

    assert (rate.rate, rate.low, rate.high) == (None, None, None)


@pytest.mark.parametrize(("n_hits", "n"), [(3, 2), (-1, 2), (0, -1)])
def test_impossible_counts_are_refused(n_hits, n):
    with pytest.raises(ValueError, match="hits ≤ customers"):
        rate_with_interval(n_hits, n)


@given(counts(least=1), counts(least=1))
def test_intervals_hold_their_value_and_turn_with_the_sides(first, second):
    one, other = rate_with_interval(*first), rate_with_interval(*second)
    forth, back = difference_with_interval(one, other), difference_with_interval(other, one)

    assert 0 <= one.low <= one.rate <= one.high <= 1
    assert -1 - 1e-12 <= forth.low <= forth.value <= forth.high <= 1 + 1e-12
    assert (forth.low, forth.high) == pytest.approx((-back.high, -back.low), abs=1e-12)


@given(st.integers(0, 400), st.integers(1, 400), st.integers(2, 50))
def test_more_customers_narrow_the_interval(n_hits, n, times):
    n_hits = min(n_hits, n)
    few, many = rate_with_interval(n_hits, n), rate_with_interval(n_hits * times, n * times)

    assert many.high - many.low < few.high - few.low


def test_needed_sample_matches_power_prop_test():
    # power.prop.test(p1 = .50, p2 = .75, power = .90)  =>  n = 76.7 a group
    assert needed_sample(0.5, 0.25, power=0.9) == 154
    # power.prop.test(n = 50, p1 = .50, p2 = .75)  =>  power = 0.740
    assert minimum_detectable_difference(50, 50, 0.5, power=0.7401) == pytest.approx(0.25, abs=1e-4)


def test_needed_sample_reaches_its_power_in_unequal_arms():
    """Draw the experiment 100,000 times and count how often a pooled z test tells."""
    base, rise, holdout_rate = 0.02, 0.03, 0.2
    n = needed_sample(base, rise, holdout_rate=holdout_rate, power=0.8)
    n_holdout = round(n * holdout_rate)
    n_treated = n - n_holdout
    chance = np.random.default_rng(8)

    treated = chance.binomial(n_treated, base + rise, 100_000)
    holdout = chance.binomial(n_holdout, base, 100_000)

    pooled = (treated + holdout) / n
    error = np.sqrt(pooled * (1 - pooled) * (1 / n_treated + 1 / n_holdout))
    told = np.abs(treated / n_treated - holdout / n_holdout) > 1.959964 * error
    assert told.mean() == pytest.approx(0.8, abs=0.02)


@given(st.floats(0.01, 0.6), st.floats(0.01, 0.3), st.floats(0.05, 0.95), st.floats(0.5, 0.95))
def test_needed_sample_and_detectable_difference_undo_each_other(base, rise, share, power):
    n = needed_sample(base, rise, holdout_rate=share, power=power)
    n_holdout = round(n * share)
    if not 20 < n_holdout < n - 20:
        return

    found = minimum_detectable_difference(n - n_holdout, n_holdout, base, power=power)

    assert found == pytest.approx(rise, rel=0.06)


def test_nothing_is_detectable_with_an_empty_arm_or_nothing_to_gain():
    assert minimum_detectable_difference(100, 0, 0.2) is None
    assert minimum_detectable_difference(2, 2, 0.2) is None
    assert minimum_detectable_difference(100, 100, 1.0) is None


@pytest.mark.parametrize(("base", "difference"), [(0.2, 0.0), (0.9, 0.2), (0.1, -0.2), (1.2, -0.3)])
def test_needed_sample_refuses_impossible_rates(base, difference):
    with pytest.raises(ValueError, match="within 0 and 1"):
        needed_sample(base, difference)


def test_verdict_tells_when_the_interval_leaves_out_zero():
    seen = verdict(n_treated_returns=56, n_treated=70, n_holdout_returns=48, n_holdout=80)

    assert seen.tells
    assert seen.uplift == pytest.approx(0.2)
    assert seen.extra_returns == pytest.approx(14)
    assert seen.extra_returns_low == pytest.approx(70 * 0.0524, abs=0.01)
    assert seen.n_needed is None


def test_verdict_tells_a_harm_too():
    seen = verdict(n_treated_returns=48, n_treated=80, n_holdout_returns=56, n_holdout=70)

    assert seen.tells
    assert seen.extra_returns < 0


def test_verdict_that_cannot_tell_says_how_many_it_would_take():
    seen = verdict(n_treated_returns=30, n_treated=200, n_holdout_returns=5, n_holdout=50)

    assert not seen.tells
    assert seen.n_needed == needed_sample(0.1, 0.05, holdout_rate=0.2)
    assert seen.n_needed > 250


@pytest.mark.parametrize(("n_treated", "n_holdout"), [(0, 10), (10, 0), (0, 0)])
def test_verdict_without_an_arm_says_nothing(n_treated, n_holdout):
    seen = verdict(
        n_treated_returns=0, n_treated=n_treated, n_holdout_returns=0, n_holdout=n_holdout
    )

    assert (seen.uplift, seen.tells, seen.extra_returns, seen.n_needed) == (None, False, None, None)


@given(counts(), counts())
def test_verdict_always_answers(treated, holdout):
    seen = verdict(
        n_treated_returns=treated[0],
        n_treated=treated[1],
        n_holdout_returns=holdout[0],
        n_holdout=holdout[1],
    )

    if seen.tells:
        assert seen.n_needed is None
        assert seen.low > 0 or seen.high < 0
    elif seen.uplift:
        assert seen.n_needed >= 2
