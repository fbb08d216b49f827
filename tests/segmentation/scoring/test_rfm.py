from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation.scoring.purchases import order_history
from segmentation.scoring.rfm import RfmThresholds, quintiles, score_rfm

from .clinics import AS_OF, purchases


def rfm(rows, n_customers, **options):
    return score_rfm(
        order_history(purchases(rows), n_customers=n_customers, as_of=AS_OF), **options
    )


@given(st.lists(st.integers(-(10**12), 10**12) | st.integers(0, 4), max_size=80))
def test_quintiles_are_the_definition(values):
    # docs/glossary.md: 1 + floor(5 × share of customers strictly worse), in exact fractions
    worse = [sum(other < value for other in values) for value in values]
    expected = [1 + floor(5 * Fraction(n, len(values))) for n in worse]

    assert quintiles(np.array(values, np.int64)).tolist() == expected


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (1, [1]),
        (2, [1, 3]),
        (5, [1, 2, 3, 4, 5]),
        (10, [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]),
    ],
)
def test_quintiles_of_different_values(n, expected):
    assert quintiles(np.arange(n)).tolist() == expected


def test_recent_frequent_and_big_are_five():
    rows = [(c, 100 - 10 * c - d, 100 * (c + 1)) for c in range(5) for d in range(c + 1)]

    scores = rfm(rows, 5)

    assert scores.r.tolist() == scores.f.tolist() == scores.m.tolist() == [1, 2, 3, 4, 5]
    assert scores.recency_days.tolist() == [100, 89, 78, 67, 56]
    assert scores.frequency.tolist() == [1, 2, 3, 4, 5]
    assert scores.monetary_minor.tolist() == [100, 400, 900, 1600, 2500]


def test_window_holds_exactly_its_days():
    rows = [(0, 729, 5), (1, 730, 5), (1, 2000, 7), (2, 0, 9), (2, 730, 100)]

    scores = rfm(rows, 4)

    assert scores.recency_days.tolist() == [729, -1, 0, -1]
    assert scores.frequency.tolist() == [1, 0, 1, 0]
    assert scores.monetary_minor.tolist() == [5, 0, 9, 0]
    assert scores.r.tolist() == [1, 0, 3, 0]


def test_unlimited_window_looks_at_everything():
    scores = rfm([(0, 729, 5), (1, 730, 5), (1, 2000, 7)], 2, window_days=None)

    assert scores.recency_days.tolist() == [729, 730]
    assert scores.frequency.tolist() == [1, 2]
    assert scores.monetary_minor.tolist() == [5, 12]


def test_money_back_without_a_purchase_counts_in_monetary_only():
    scores = rfm([(0, 10, 500), (0, 8, -200), (1, 8, -200)], 2)

    assert scores.frequency.tolist() == [1, 0]
    assert scores.recency_days.tolist() == [10, -1]
    assert scores.monetary_minor.tolist() == [300, 0]


def test_fixed_thresholds_replace_the_quintiles():
    days = [0, 30, 31, 90, 180, 365, 366]
    thresholds = RfmThresholds(recency_days=(30, 90, 180, 365), monetary_minor=(100, 200, 300, 400))

    scores = rfm([(c, day, 50 + 60 * c) for c, day in enumerate(days)], 7, thresholds=thresholds)

    assert scores.r.tolist() == [5, 5, 4, 4, 3, 2, 1]
    assert scores.m.tolist() == [1, 2, 2, 3, 3, 4, 5]
    assert scores.f.tolist() == [1] * 7  # quintiles: all equal


@pytest.mark.parametrize("cuts", [(1, 2, 3), (4, 3, 2, 1), (1, 1, 2, 3)])
def test_thresholds_that_do_not_rise_are_refused(cuts):
    with pytest.raises(ValueError, match="frequency: needs four cuts"):
        RfmThresholds(frequency=cuts)


def test_empty_window_is_refused():
    with pytest.raises(ValueError, match="window_days"):
        rfm([], 1, window_days=0)
