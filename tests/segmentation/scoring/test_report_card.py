import numpy as np
import pytest

from segmentation.scoring.churn import Trial
from segmentation.scoring.report_card import report_card, share_moved


def trial(said, away) -> Trial:
    return Trial(np.arange(len(said)), np.asarray(said, float), np.asarray(away, bool))


def test_bins_hold_everybody_and_say_what_was_said_and_came():
    chance = np.random.default_rng(1)
    said = chance.random(5000)
    card = report_card(trial(said, chance.random(5000) < said))

    assert sum(one.n for one in card.bins) == card.n == 5000
    assert [one.n for one in card.bins] == [500] * 10
    assert card.calibration_error < 0.03
    assert card.lifts()[0][1] == pytest.approx(0.95 / card.base_rate, abs=0.06)


def test_a_forecast_that_is_off_shows_it():
    chance = np.random.default_rng(1)
    said = chance.random(5000)
    card = report_card(trial(np.minimum(said + 0.2, 1), chance.random(5000) < said))

    assert card.calibration_error == pytest.approx(0.18, abs=0.03)


def test_equal_probabilities_stay_in_one_bin():
    card = report_card(trial([0.5] * 40, [True, False] * 20))

    assert [(one.n, one.said, one.away) for one in card.bins] == [(40, 0.5, 0.5)]
    assert card.calibration_error == 0


def test_groups_too_small_to_judge_are_left_out():
    keys = np.array([0] * 30 + [1] * 19 + [-1] * 51)
    said = np.linspace(0, 1, 100)
    card = report_card(trial(said, said > 0.1), {"branch": keys})

    (group,) = card.groups["branch"]
    assert (group.key, group.n) == (0, 30)
    assert group.auc == 1.0


def test_nobody_tested_has_no_card():
    assert report_card(trial([], [])) is None


def test_share_moved_counts_more_than_one_decile():
    before = np.linspace(0, 1, 1000)
    one_step = np.roll(before, 90)
    turned = before[::-1]

    assert share_moved(before, before) == 0
    assert share_moved(before, one_step) == pytest.approx(0.09, abs=0.01)
    assert share_moved(before, turned) == pytest.approx(1.0, abs=0.2)
    assert share_moved(before[:100], turned[:100]) is None
