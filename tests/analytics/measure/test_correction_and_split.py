"""Holm: R's `p.adjust`. Sample ratio: Kohavi, Tang & Xu (2020), *Trustworthy Online Controlled
Experiments*, chapter 3: 821,588 against 815,482, p = 1.8E-6.
Balance: equal to Hansen and Bowers' d² with two arms, worked out here by its own formula."""

import numpy as np
import pytest

from analytics.measure.correction import holm, joint_confidence
from analytics.measure.split import balance, sample_ratio


def test_holm_matches_p_adjust():
    # p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm") => 0.03 0.06 0.06 0.02
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.6]) == [1.0, 1.0]
    assert holm([]) == []


def test_joint_confidence_is_bonferroni():
    assert joint_confidence(0.95, 4) == pytest.approx(0.9875)
    assert joint_confidence(0.95, 0) == 0.95


def test_a_split_that_looks_even_is_told_from_an_even_one():
    broken = sample_ratio([821_588, 815_482], [1, 1])

    assert broken.statistic == pytest.approx((821_588 - 815_482) ** 2 / 1_637_070)
    assert broken.p_value == pytest.approx(
        1.82e-6, rel=0.01
    )  # as printed by Fabijan et al.: 1.8e-6
    assert broken.is_broken
    assert not sample_ratio([500, 520], [1, 1]).is_broken


def test_planned_shares_are_what_counts():
    assert not sample_ratio([900, 100], [0.9, 0.1]).is_broken
    assert sample_ratio([900, 100], [0.5, 0.5]).is_broken
    assert sample_ratio([30, 10, 10], [3, 1, 1]).expected == (30.0, 10.0, 10.0)


@pytest.mark.parametrize(("counts", "shares"), [([1], [1]), ([1, 2], [1]), ([1, 2], [1, 0])])
def test_shares_that_do_not_fit_are_refused(counts, shares):
    with pytest.raises(ValueError, match="share above 0"):
        sample_ratio(counts, shares)


def test_joint_test_is_hansen_and_bowers_with_two_arms():
    chance = np.random.default_rng(5)
    traits = chance.normal(size=(400, 3)) @ chance.normal(size=(3, 3))
    arm = (chance.random(400) < 0.3).astype(int)

    seen = balance(traits, arm, 2)

    apart = traits[arm == 1].mean(axis=0) - traits[arm == 0].mean(axis=0)
    n1, n0 = (arm == 1).sum(), (arm == 0).sum()
    d2 = n1 * n0 / 400 * apart @ np.linalg.inv(np.cov(traits.T)) @ apart
    assert seen.statistic == pytest.approx(d2)
    assert seen.freedom == 3


def test_smd_is_the_difference_by_the_root_mean_variance():
    traits = np.array([[0.0], [2.0], [4.0], [1.0], [3.0], [8.0]])
    arm = np.array([0, 0, 0, 1, 1, 1])

    (smd,) = balance(traits, arm, 2).smd

    variances = [np.var([0, 2, 4]), np.var([1, 3, 8])]
    assert smd == pytest.approx([(4 - 2) / np.sqrt(np.mean(variances))])


def test_a_constant_and_a_repeated_trait_add_nothing():
    chance = np.random.default_rng(6)
    one = chance.normal(size=(300, 1))
    arm = chance.integers(0, 3, 300)

    alone = balance(one, arm, 3)
    crowded = balance(np.hstack([one, one * 5 - 2, np.full((300, 1), 7.0)]), arm, 3)

    assert (crowded.freedom, alone.freedom) == (2, 2)
    assert crowded.statistic == pytest.approx(alone.statistic)
    assert (crowded.smd[:, 2] == 0).all()


def test_honest_draws_alarm_as_often_as_they_should():
    chance = np.random.default_rng(7)
    p_values = [
        balance(chance.exponential(size=(300, 4)), chance.integers(0, 3, 300), 3).p_value
        for _ in range(400)
    ]

    assert 0.02 < np.mean(np.array(p_values) < 0.05) < 0.09


def test_a_trait_that_decided_the_arm_is_found():
    age = np.random.default_rng(8).normal(40, 12, 2_000)
    arm = (age + np.random.default_rng(9).normal(0, 20, 2_000) > 40).astype(int)

    seen = balance(age[:, None], arm, 2)

    assert seen.is_broken
    assert seen.smd[0, 0] > 0.5


def test_nothing_to_compare_is_no_alarm():
    assert balance(np.empty((5, 0)), np.array([0, 0, 1, 1, 1]), 2).p_value == 1.0
    assert balance(np.ones((3, 1)), np.array([0, 0, 0]), 2).p_value == 1.0
