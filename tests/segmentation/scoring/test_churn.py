import csv
import gzip
import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from segmentation.scoring.churn import ChurnRules, predict_churn
from segmentation.scoring.churn_features import FEATURES, churn_features, stayed_away
from segmentation.scoring.churn_prior import PRIOR_MEAN, PRIOR_SD, RHYTHM_MEAN, learn_prior
from segmentation.scoring.logistic import area_under_curve, brier_score, sigmoid
from segmentation.scoring.outlook import lifetime_of
from segmentation.scoring.purchases import PurchaseDays, order_history

from .clinics import AS_OF, purchases, reordered, simulated

REPOSITORY = Path(__file__).parents[3]
SHARED = Path(os.environ.get("CLINIC_CRM_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
RETAIL = SHARED / "sales" / "online_retail_2011.csv.gz"


def outcome(given: PurchaseDays, n_customers: int, day: int, horizon: int):
    """(rows, stayed away, features as of day): what a later reader knows."""
    later = order_history(given, n_customers=n_customers, as_of=day + horizon)
    then = order_history(given, n_customers=n_customers, as_of=day)
    rows = np.flatnonzero(then.n_days)
    return rows, stayed_away(later, rows, day, horizon), then


def best_simple_list(then, rows, away) -> float:
    """The best of recency, frequency, and frequency with ties by recency."""
    recency = then.standing(then.as_of).recency_days[rows]
    frequency = then.n_days[rows]
    lists = recency, -frequency, -frequency * 100_000 + recency
    return max(area_under_curve(values, away) for values in lists)


def test_shipped_coefficients_are_what_the_simulated_clinics_teach():
    assert len(FEATURES) == len(PRIOR_MEAN) == len(PRIOR_SD)
    assert learn_prior() == pytest.approx(RHYTHM_MEAN, abs=0.0051)


def test_features_know_nothing_of_later_days():
    given, day = simulated(300), 900
    earlier = reordered(given, given.day <= day)
    whole = order_history(given, n_customers=300, as_of=1400)
    cut = order_history(earlier, n_customers=300, as_of=1400)

    rows, features = churn_features(whole, day, 180)

    assert features.tobytes() == churn_features(cut, day, 180)[1].tobytes()
    assert rows.tolist() == np.flatnonzero(cut.n_days).tolist()
    assert not np.array_equal(features, churn_features(whole, 1300, 180)[1][: len(rows)])


def test_label_is_a_purchase_day_after_the_day_and_within_the_horizon():
    history = order_history(
        purchases([(0, 100, 1), (1, 99, 1), (2, 10, 1), (3, 9, 1)]), n_customers=4, as_of=AS_OF
    )

    away = stayed_away(history, np.arange(4), AS_OF - 100, 90)

    assert away.tolist() == [True, False, False, True]


def test_label_beyond_as_of_is_refused():
    history = order_history(purchases([(0, 100, 1)]), n_customers=1, as_of=AS_OF)

    with pytest.raises(ValueError, match="after as_of"):
        stayed_away(history, np.array([0]), AS_OF - 89, 90)


def test_model_learned_from_a_clinic_ranks_and_is_calibrated():
    n, day, horizon = 4000, 1100, 180
    given = simulated(n, seed=11)
    rows, away, then = outcome(given, n, day, horizon)

    found = predict_churn(then, ChurnRules(horizon_days=horizon))

    probability = found.probability[rows]
    assert found.model == "clinic"
    assert found.n_training > 1000
    assert area_under_curve(probability, away) > best_simple_list(then, rows, away) - 0.01
    assert probability.mean() == pytest.approx(away.mean(), abs=0.05)
    assert found.auc == pytest.approx(area_under_curve(probability, away), abs=0.05)
    assert found.brier == pytest.approx(brier_score(probability, away), abs=0.05)


def test_test_day_is_judged_by_a_model_of_that_day():
    """Turning round everything after the tested day changes its outcome, not the model judged."""
    n, as_of, horizon = 1500, 1200, 180
    given = simulated(n, seed=5)
    rules = ChurnRules(horizon_days=horizon)
    found = predict_churn(order_history(given, n_customers=n, as_of=as_of), rules)
    before = reordered(given, given.day <= found.tested_day)
    earlier = predict_churn(order_history(before, n_customers=n, as_of=found.tested_day), rules)
    rows, away, _ = outcome(given, n, found.tested_day, horizon)

    assert found.tested_day == as_of - horizon
    assert found.n_tested == len(rows)
    assert found.model == earlier.model == "clinic"
    assert found.auc == pytest.approx(area_under_curve(earlier.probability[rows], away), abs=1e-4)
    assert found.brier == pytest.approx(brier_score(earlier.probability[rows], away), abs=1e-6)


def test_young_clinic_is_spoken_for_by_the_prior():
    rows = [(c, day, 100) for c in range(50) for day in (c, c + 20)]
    history = order_history(purchases(rows), n_customers=51, as_of=AS_OF)

    found = predict_churn(history, ChurnRules())

    _, features = churn_features(history, AS_OF, 180)
    assert (found.model, found.n_training, found.auc) == ("prior", 0, None)
    assert found.probability[:50] == pytest.approx(sigmoid(features @ PRIOR_MEAN), abs=1e-6)
    assert np.isnan(found.probability[50])


def test_prior_speaks_where_the_past_misled():
    """Nobody came back for two years, then everybody: the clinic's own fit is wrong on the day."""
    rows = [(c, 700 + c, 1) for c in range(300)] + [(c, 20 + c % 100, 1) for c in range(300)]
    history = order_history(purchases(rows), n_customers=300, as_of=AS_OF)

    found = predict_churn(history, ChurnRules())

    assert found.n_training >= 100
    assert found.model == "prior"


def test_longer_absence_is_a_higher_risk_by_the_prior():
    rows = [(c, 40 * c, 1) for c in range(12)] + [(c, 40 * c + 60, 1) for c in range(12)]
    history = order_history(purchases(rows), n_customers=12, as_of=AS_OF)

    found = predict_churn(history, ChurnRules())

    assert (np.diff(found.probability[1:]) > 0).all()


@pytest.mark.parametrize(
    ("rows", "n_customers"),
    [
        ([], 0),
        ([], 3),
        ([(0, 0, 1)], 1),
        ([(0, 3000, 1)], 1),
        ([(c, 3000 - c, 1) for c in range(400)], 400),  # everybody gone
        ([(c, day, 1) for c in range(150) for day in range(0, 900, 10)], 150),  # nobody ever
        ([(0, day, 1) for day in range(2000)], 1),
    ],
)
def test_degenerate_clinics_get_probabilities(rows, n_customers):
    history = order_history(purchases(rows), n_customers=n_customers, as_of=AS_OF)

    found = predict_churn(history, ChurnRules())

    bought = history.n_days > 0
    assert ((found.probability[bought] >= 0) & (found.probability[bought] <= 1)).all()
    assert np.isnan(found.probability[~bought]).all()


def test_clinics_where_everybody_or_nobody_left_are_learned():
    gone = [(c, 3000 - c, 1) for c in range(400)]
    faithful = [(c, day + c % 7, 1) for c in range(150) for day in range(0, 900, 30)]

    def mean(rows, n):
        history = order_history(purchases(rows), n_customers=n, as_of=AS_OF)
        return predict_churn(history, ChurnRules()).probability.mean()

    assert mean(gone, 400) > 0.95
    assert mean(faithful, 150) < 0.05


@pytest.mark.parametrize("field", ["horizon_days", "step_days", "n_steps"])
def test_impossible_rules_are_refused(field):
    with pytest.raises(ValueError, match=field):
        ChurnRules(**{field: 0})


def test_large_clinic_learns_from_a_fixed_share(monkeypatch):
    given = simulated(4000, seed=3)
    history = order_history(given, n_customers=4000, as_of=1200)
    whole = predict_churn(history, ChurnRules())
    monkeypatch.setattr("segmentation.scoring.churn.MOST_CUSTOMERS", 1000)

    share = predict_churn(history, ChurnRules())

    assert 0.15 < share.n_training / whole.n_training < 0.5
    bought = history.n_days > 0
    assert share.probability[bought] == pytest.approx(whole.probability[bought], abs=0.15)
    again = predict_churn(history, ChurnRules())
    assert again.probability.tobytes() == share.probability.tobytes()


@pytest.fixture(scope="module")
def retail():
    """Purchase days of a real shop: customer, day, net; a cancellation reduces its day."""
    if not RETAIL.exists():
        pytest.skip(f"{RETAIL.name} is not here")
    net = Counter()
    with gzip.open(RETAIL, "rt", encoding="utf-8", errors="replace") as lines:
        for line in csv.DictReader(lines):
            if line["CustomerID"]:
                amount = round(float(line["UnitPrice"]) * 100) * int(line["Quantity"])
                net[line["CustomerID"], line["InvoiceDate"][:10]] += amount
    customers, days = zip(*net, strict=True)
    names, row = np.unique(customers, return_inverse=True)
    amounts = np.array(list(net.values()))
    return PurchaseDays(row, np.array(days, "datetime64[D]"), amounts), len(names)


@pytest.mark.parametrize(
    ("days_back", "horizon"), [(30, 30), (60, 60), (90, 90), (120, 120), (150, 150), (180, 180)]
)
def test_model_keeps_up_with_simple_lists_on_a_real_shop(retail, days_back, horizon):
    given, n = retail
    day = int(given.day.max()) - days_back
    rows, away, then = outcome(given, n, day, horizon)

    found = predict_churn(then, ChurnRules(horizon_days=horizon))

    simple = best_simple_list(then, rows, away)
    assert found.model == "clinic"
    assert -0.01 <= area_under_curve(found.probability[rows], away) - simple < 0.05
    assert found.probability[rows].mean() == pytest.approx(away.mean(), abs=0.08)


def spoken(given: PurchaseDays, n_customers: int, day: int, horizon: int):
    """(prediction with all voices, rows, stayed away, history as of the day)."""
    rows, away, then = outcome(given, n_customers, day, horizon)
    rules = ChurnRules(horizon_days=horizon)
    return predict_churn(then, rules, lifetime_of(then)), rows, away, then


def test_the_voices_together_are_as_good_as_the_best_of_them():
    found, rows, away, then = spoken(simulated(4000, seed=11), 4000, 1100, 180)

    probability = found.probability[rows]
    alone = predict_churn(then, ChurnRules(horizon_days=180)).probability[rows]
    lifetime = 1 - lifetime_of(then).p_active(180)
    assert found.model in {"blend_clinic", "lifetime"}
    assert brier_score(probability, away) < brier_score(alone, away) + 0.001
    assert brier_score(probability, away) < brier_score(lifetime, away) + 0.001
    assert probability.mean() == pytest.approx(away.mean(), abs=0.05)


def test_visits_paid_for_on_two_days_are_told_rightly():
    given, chance = simulated(4000, seed=11), np.random.default_rng(2)
    twice = np.flatnonzero(chance.random(len(given.day)) < 0.1)
    given = PurchaseDays(
        np.append(given.customer_row, given.customer_row[twice]),
        np.append(given.day, given.day[twice] + chance.integers(1, 4, len(twice))),
        np.append(given.net_minor, given.net_minor[twice]),
    )

    found, rows, away, then = spoken(given, 4000, 1100, 180)

    standing = then.standing(1100)
    close = (standing.n_days == 2) & (standing.last_day - standing.first_day < 4)
    assert close.sum() > 100
    told = found.probability[rows][close[rows]].mean()
    assert told == pytest.approx(away[close[rows]].mean(), abs=0.06)


def test_lists_and_voices_are_tested_on_the_same_day():
    found, _rows, _away, _then = spoken(simulated(1500, seed=5), 1500, 1200, 180)

    lists = {"recency", "frequency", "days_last_year"}
    assert found.tested.keys() == lists | {
        "prior", "clinic", "lifetime", "blend_prior", "blend_clinic",
    }  # fmt: skip
    assert all((found.tested[name].brier is None) == (name in lists) for name in found.tested)
    assert found.auc == found.tested[found.model].auc
    best = max(tested.auc for tested in found.tested.values())
    assert found.auc > best - 0.01


def test_lifetime_model_of_the_tested_day_knows_nothing_later():
    given, as_of = simulated(1500, seed=5), 1200
    found, *_ = spoken(given, 1500, as_of, 180)
    then = order_history(given, n_customers=1500, as_of=as_of - 180)
    before = lifetime_of(then)
    _rows, away, _ = outcome(given, 1500, as_of - 180, 180)

    auc = area_under_curve(1 - before.p_active(180), away)

    assert found.tested["lifetime"].auc == pytest.approx(auc, abs=1e-6)


def test_without_a_tested_day_a_lifetime_model_that_leans_on_the_prior_is_silent():
    rows = [(c, day, 100) for c in range(50) for day in (c, c + 20)]
    history = order_history(purchases(rows), n_customers=51, as_of=AS_OF)

    found = predict_churn(history, ChurnRules(), lifetime_of(history))

    assert found.model == "prior"
    assert found.tested == {}
