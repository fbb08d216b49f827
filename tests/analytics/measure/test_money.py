"""Published figures: Student's sleep data (1908, Biometrika 6, 1–25) in the documentation of R's
`t.test`: t = -1.8608, df = 17.776, 95 percent confidence interval -3.3654832 0.2054832."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.measure.money import difference_of_means, summarise

DRUG_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
DRUG_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
amounts = st.lists(st.integers(-(10**9), 10**9), min_size=2, max_size=30)


def test_welch_matches_the_sleep_data():
    difference = difference_of_means(summarise(DRUG_1), summarise(DRUG_2))

    assert difference.value == pytest.approx(-1.58)
    assert (difference.low, difference.high) == pytest.approx((-3.3654832, 0.2054832), abs=5e-8)
    assert not difference.tells


def test_groups_that_do_not_vary_leave_a_point():
    difference = difference_of_means(summarise([500, 500]), summarise([200, 200, 200]))

    assert (difference.low, difference.value, difference.high) == (300, 300, 300)
    assert difference.tells


def test_no_difference_and_no_variance_cannot_tell():
    assert not difference_of_means(summarise([0, 0]), summarise([0, 0])).tells


def test_one_varying_group_is_enough_for_an_interval():
    difference = difference_of_means(summarise([0, 0, 0, 0]), summarise([1, 2, 3]))

    # all variance in the second group: its own t interval, 2 degrees of freedom, t = 4.302653
    assert difference.high - difference.value == pytest.approx(4.302653 * (1 / 3) ** 0.5, abs=1e-6)


@pytest.mark.parametrize(
    ("first", "second", "value"), [([], [1, 2], None), ([1, 2], [], None), ([5], [1, 2], 3.5)]
)
def test_too_few_amounts_give_no_interval(first, second, value):
    difference = difference_of_means(summarise(first), summarise(second))

    assert difference.value == value
    assert (difference.low, difference.high, difference.tells) == (None, None, False)


@given(amounts, amounts)
def test_interval_holds_the_difference_and_turns_with_the_sides(first, second):
    forth = difference_of_means(summarise(first), summarise(second))
    back = difference_of_means(summarise(second), summarise(first))

    assert forth.low <= forth.value <= forth.high
    assert (forth.low, forth.high) == pytest.approx((-back.high, -back.low))


def test_wider_confidence_is_wider():
    near = difference_of_means(summarise(DRUG_1), summarise(DRUG_2), confidence=0.8)
    far = difference_of_means(summarise(DRUG_1), summarise(DRUG_2), confidence=0.99)

    assert far.low < near.low < near.high < far.high
    assert np.isclose(near.value, far.value)
