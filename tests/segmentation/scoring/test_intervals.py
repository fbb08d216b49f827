from math import exp, log, sqrt

import numpy as np
import pytest
from hypothesis import given
from scipy.optimize import brentq
from scipy.special import polygamma

from segmentation.scoring.intervals import IntervalRules, expect_intervals
from segmentation.scoring.purchases import order_history

from .clinics import AS_OF, purchases, small_clinics

FIRM = IntervalRules(prior_strength=1e12)  # the assumed spreads are beyond doubt
NAN = float("nan")


def expected(rows, n_customers, **options):
    history = order_history(purchases(rows), n_customers=n_customers, as_of=AS_OF)
    return expect_intervals(history.standing(AS_OF), **options)


def every(days: int, times: int, customer: int = 0, last: int = 0):
    return [(customer, last + days * step, 100) for step in range(times)]


def worked_by_hand(gaps: list[int], start_log: float, start_variance: float) -> tuple[float, float]:
    """(days, log_sd) by the conjugate rule, gaps of cv 0.6 (Gelman et al. 2013, appendix A)."""
    regularity = 1 / 0.6**2
    shape = brentq(lambda a: polygamma(1, a) - start_variance, 1e-3, 1e4)
    scale = shape * exp(start_log)
    shape, scale = shape + regularity * len(gaps), scale + regularity * sum(gaps)
    return scale / shape, sqrt(polygamma(1, shape))


def test_interval_is_the_conjugate_mean_of_own_gaps_catalogue_and_clinic():
    # Two gaps of 60 days, catalogue 105, clinic's median 60 (nobody else has come back).
    found = expected(every(60, 3), 1, catalogue_days=np.array([105.0]), rules=FIRM)

    listed, clinic = 1 / 0.35**2, 1 / 0.7**2
    start_log = (listed * log(105) + clinic * log(60)) / (listed + clinic)
    days, log_sd = worked_by_hand([60, 60], start_log, 1 / (listed + clinic))
    assert found.days[0] == pytest.approx(days)
    assert found.log_sd[0] == pytest.approx(log_sd)


def test_two_purchases_a_day_apart_are_not_taken_for_a_rhythm():
    usual = [row for c in range(50) for row in every(90, 4, customer=c)]

    found = expected([*usual, *every(1, 2, customer=50), *every(1, 6, customer=51)], 52, rules=FIRM)

    days, _log_sd = worked_by_hand([1], log(90), 0.7**2)
    assert found.days[50] == pytest.approx(days)
    assert found.days[50] > 30
    assert found.days[51] < found.days[50] / 2  # six days running are one


def test_share_of_next_gaps_ends_within_the_days_told():
    chance = np.random.default_rng(3)
    n, shape, regularity = 20_000, 6.0, 2.5
    mean = 5.0 * 80 / chance.gamma(shape, 1, n)
    gaps = np.maximum(np.rint(chance.gamma(regularity, 1 / regularity, (n, 4)) * mean[:, None]), 1)
    rows = [
        (c, AS_OF - 3000 + int(day), 1)
        for c in range(n) for day in np.cumsum(np.append(0, gaps[c, : c % 4]))
    ]  # fmt: skip

    found = expected(rows, n)

    for share in (0.1, 0.5, 0.9):
        within = gaps[:, 3] <= found.gap_days(share)
        assert within.mean() == pytest.approx(share, abs=0.02)
        assert within[np.arange(n) % 4 == 0].mean() == pytest.approx(share, abs=0.05)


def test_many_own_gaps_outweigh_the_catalogue():
    few = expected(every(60, 2), 1, catalogue_days=np.array([270.0]), rules=FIRM)
    many = expected(every(60, 40), 1, catalogue_days=np.array([270.0]), rules=FIRM)

    assert 60 < many.days[0] < 75 < few.days[0] < 270
    assert many.log_sd[0] < few.log_sd[0]


def test_one_purchase_day_follows_the_catalogue_then_the_clinic():
    rows = [*every(100, 5, customer=0), *every(100, 5, customer=1), (2, 10, 1), (3, 10, 1)]
    catalogue = np.array([NAN, NAN, 42.0, NAN])

    found = expected(rows, 4, catalogue_days=catalogue, rules=FIRM)

    assert 42 < found.days[2] < 60
    assert found.days[3] == pytest.approx(100)
    assert found.log_sd[3] == pytest.approx(0.7)


def test_all_purchases_on_one_day_are_one_purchase_day():
    assert expected([(0, 5, 1)] * 4, 1).days == expected([(0, 5, 1)], 1).days


@pytest.mark.parametrize(
    ("catalogue", "days"), [(None, 120), ([NAN, NAN], 120), ([90.0, 90.0], 90)]
)
def test_clinic_with_nobody_repeating_falls_back(catalogue, days):
    catalogue = None if catalogue is None else np.array(catalogue)

    found = expected([(0, 5, 1), (1, 9, 1)], 2, catalogue_days=catalogue)

    assert found.days == pytest.approx([days, days])


def test_nobody_without_a_purchase_day_gets_an_interval():
    found = expected(every(60, 3), 2, catalogue_days=np.array([NAN, 105.0]))

    assert np.isnan(found.days[1])
    assert np.isnan(found.log_sd[1])


def test_clinic_teaches_its_own_regularity():
    by_calendar = [row for c in range(200) for row in every(90, 6, customer=c, last=c % 80)]
    chance = np.random.default_rng(1)
    at_random = [(c, int(d), 1) for c in range(200) for d in chance.integers(0, 540, 7)]

    assert expected(by_calendar, 200).pool.gap_variance < 0.15**2
    assert expected(at_random, 200).pool.gap_variance > 0.75**2


def test_catalogue_that_fits_the_clinic_is_trusted_more():
    rows = [row for c in range(100) for row in every(105, 4, customer=c)] + [(100, 1, 1)]
    right = expected(rows, 101, catalogue_days=np.full(101, 105.0))
    wrong = expected(rows, 101, catalogue_days=np.full(101, 30.0))

    assert right.days[100] == pytest.approx(105, rel=0.01)
    assert wrong.days[100] > 75  # 30 from the catalogue, but everybody comes after 105


@pytest.mark.parametrize("days", [0.0, -5.0, float("inf")])
def test_impossible_catalogue_interval_is_refused_by_row(days):
    with pytest.raises(ValueError, match="catalogue_days: row 1"):
        expected([(0, 1, 1)], 2, catalogue_days=np.array([NAN, days]))


def test_catalogue_of_another_length_is_refused():
    with pytest.raises(ValueError, match="needs 1 numbers"):
        expected([(0, 1, 1)], 1, catalogue_days=np.array([1.0, 2.0]))


@given(small_clinics())
def test_interval_is_positive_and_sure_to_some_degree(clinic):
    n_customers, given_purchases = clinic
    history = order_history(given_purchases, n_customers=n_customers, as_of=AS_OF)
    found = expect_intervals(history.standing(AS_OF))
    bought = history.n_days > 0

    assert np.isfinite(found.days[bought]).all()
    assert (found.days[bought] > 0).all()
    assert (found.log_sd[bought] > 0).all()
    assert np.isnan(found.days[~bought]).all()
