"""Known answers: the Hillstrom e-mail experiment (K. Hillstrom 2008), visits by arm."""

import numpy as np
import pytest

from analytics.measure.comparison import ArmResult, effects_against, effects_between, winner
from analytics.measure.money import summarise
from analytics.measure.rates import p_value_of_rates, rate_with_interval

NO_MAIL = ArmResult("No E-Mail", 21_306, {"visit": 2_262})
MENS = ArmResult("Mens E-Mail", 21_307, {"visit": 3_894})
WOMENS = ArmResult("Womens E-Mail", 21_387, {"visit": 3_238})


def test_two_arms_against_one_control():
    mens, womens = effects_against(NO_MAIL, [MENS, WOMENS])

    assert (mens.arm, mens.against, mens.kind) == ("Mens E-Mail", "No E-Mail", "rate")
    assert mens.value == pytest.approx(0.0766, abs=5e-5)
    assert womens.value == pytest.approx(0.0452, abs=5e-5)
    assert mens.joint_low < mens.low < mens.value < mens.high < mens.joint_high
    assert womens.p_corrected == pytest.approx(womens.p_value)  # the weakest keeps its p
    assert mens.p_corrected == pytest.approx(2 * mens.p_value)


def test_more_looks_need_more_evidence():
    chance = np.random.default_rng(3)
    control = ArmResult("0", 200, {"came": 20}, {"spend": summarise(chance.exponential(10, 200))})
    arms = [
        ArmResult(str(k), 200, {"came": 34 if k == 1 else 20}, {"spend": control.money["spend"]})
        for k in range(1, 6)
    ]

    alone = effects_against(control, arms[:1])[0]
    among = effects_against(control, arms)[0]

    assert alone.p_value == among.p_value < 0.05
    assert among.low > 0 > among.joint_low
    assert not among.tells


def test_an_empty_arm_says_nothing():
    (effect,) = effects_against(NO_MAIL, [ArmResult("nobody", 0, {"visit": 0})])

    assert (effect.value, effect.p_value, effect.tells) == (None, None, False)


def test_a_winner_beats_every_other():
    assert winner([NO_MAIL, MENS, WOMENS], "visit") == "Mens E-Mail"
    close = ArmResult("close", 21_307, {"visit": 3_850})
    assert winner([MENS, close, NO_MAIL], "visit") is None


def test_three_pairs_of_three_arms():
    assert [(e.arm, e.against) for e in effects_between([NO_MAIL, MENS, WOMENS])] == [
        ("Mens E-Mail", "No E-Mail"),
        ("Womens E-Mail", "No E-Mail"),
        ("Womens E-Mail", "Mens E-Mail"),
    ]


@pytest.mark.parametrize(
    ("first", "second", "p_value"),
    [
        ((56, 70), (48, 80), 0.008045),  # prop.test(c(56, 48), c(70, 80), correct = FALSE)
        ((3, 4), (1, 4), 0.257143),  # Fisher's tea (1935): 34/70 with 16 + 16 of 70 counted by half
        ((0, 10), (0, 20), 1.0),
    ],
)
def test_p_values_match_published_ones(first, second, p_value):
    found = p_value_of_rates(rate_with_interval(*first), rate_with_interval(*second))

    assert found == pytest.approx(p_value, abs=1e-6)


def test_no_difference_alarms_in_one_of_twenty():
    chance = np.random.default_rng(4)
    told = [
        p_value_of_rates(rate_with_interval(a, 900), rate_with_interval(b, 100)) < 0.05
        for a, b in zip(
            chance.binomial(900, 0.03, 2_000).tolist(),
            chance.binomial(100, 0.03, 2_000).tolist(),
            strict=True,
        )
    ]

    assert 0.02 < np.mean(told) < 0.06
