import numpy as np
import pytest

from segmentation.scoring.churn import ChurnRules, predict_churn
from segmentation.scoring.churn_features import FEATURES
from segmentation.scoring.outlook import lifetime_of
from segmentation.scoring.purchases import order_history
from segmentation.scoring.reasons import REASON_OF, REASONS
from segmentation.scoring.signals import COMPLAINT, Signals

from .clinics import AS_OF, purchases, simulated


def predicted(n: int, *, as_of: int = 1200, signals: Signals | None = None, lifetime: bool = True):
    history = order_history(simulated(n), n_customers=n, as_of=as_of)
    found = lifetime_of(history) if lifetime else None
    return predict_churn(history, ChurnRules(), found, signals)


@pytest.mark.parametrize("lifetime", [True, False])
@pytest.mark.parametrize("n", [40, 1500])
def test_points_add_up_to_the_probability(n, lifetime):
    found = predicted(n, lifetime=lifetime)

    told = found.reasons.base + found.reasons.points.sum(axis=1)

    assert told == pytest.approx(found.probability[found.seen.rows], abs=1e-12)
    assert np.ptp(found.reasons.base) < 1e-3 * len(REASONS)
    assert np.abs(found.reasons.points).max() > 0.05


def test_every_feature_but_the_constant_belongs_to_a_reason():
    assert set(FEATURES) - set(REASON_OF) == {"intercept"}


def test_waiting_longer_gives_more_points_to_waiting_and_none_to_habit():
    """Two customers with one habit, who differ only by how long ago they came."""
    rows = [(c, d, 100) for c in range(300) for d in range(30 + c, 900, 90)]
    history = order_history(purchases(rows), n_customers=300, as_of=AS_OF)

    found = predict_churn(history, ChurnRules(), lifetime_of(history))

    wait = found.reasons.points[:, REASONS.index("wait")]
    assert wait[250] > wait[60] > wait[5]


def test_a_complaint_speaks_against_coming_back_and_nowhere_else():
    n = 400
    someone = np.arange(0, n, 10)
    complained = someone, np.full(len(someone), 1199), np.ones(len(someone))
    calm = predicted(n)
    found = predicted(n, signals=Signals.of({COMPLAINT: complained}, n_customers=n))

    points = found.reasons.points[:, REASONS.index("complaint")]
    upset = np.isin(found.seen.rows, someone)

    assert (points[upset & (found.probability[found.seen.rows] < 0.95)] > 0).all()
    assert (points[~upset] <= 0).all()
    assert (found.probability[someone] >= calm.probability[someone])[
        calm.probability[someone] > 0
    ].all()


def test_nobody_has_no_reasons():
    history = order_history(purchases([]), n_customers=2, as_of=AS_OF)

    found = predict_churn(history, ChurnRules(), lifetime_of(history))

    assert found.reasons.points.shape == (0, len(REASONS))
