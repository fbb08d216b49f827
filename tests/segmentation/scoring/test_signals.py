import numpy as np
import pytest

from segmentation.scoring.churn_features import FEATURES, churn_features, features_of, see
from segmentation.scoring.purchases import order_history
from segmentation.scoring.signals import (
    COMPLAINT,
    DISCOUNT,
    KINDS,
    MISSED,
    NEW_CONSULTANT,
    SURVEY,
    TREATMENT,
    Signals,
    Trail,
)

from .clinics import AS_OF, purchases, simulated


def column(*values) -> np.ndarray:
    return np.array(values, np.int64)


def signals_of(n_customers: int, **rows) -> Signals:
    """{kind: [(customer row, days before AS_OF, value)]}."""
    read = {kind: np.array(given, float).reshape(-1, 3) for kind, given in rows.items()}
    return Signals.of(
        {
            kind: (given[:, 0].astype(int), AS_OF - given[:, 1].astype(int), given[:, 2])
            for kind, given in read.items()
        },
        n_customers=n_customers,
    )


def test_newest_is_what_was_known_on_the_day():
    trail = Trail.of(column(2, 0, 0), column(5, 9, 3), column(1, 4, 2), n_customers=3)

    known, day, value = trail.newest(8)

    assert known.tolist() == [True, False, True]
    assert (day[0], value[0], day[2], value[2]) == (3, 2, 5, 1)
    assert trail.n_until(9).tolist() == [2, 0, 1]
    assert trail.newest(2)[0].tolist() == [False, False, False]


def test_only_renumbers_the_customers_kept():
    trail = Trail.of(column(0, 2, 2), column(1, 2, 3), column(7, 8, 9), n_customers=3)

    kept = trail.only(np.array([False, True, True]))

    assert kept.n_until(10).tolist() == [0, 2]
    assert kept.newest(10)[2][1] == 9


def test_a_kind_nobody_knows_is_refused():
    with pytest.raises(ValueError, match="horoscope"):
        Signals.of({"horoscope": (column(0), column(1), column(1))}, n_customers=1)


def test_each_behaviour_moves_its_own_feature():
    history = order_history(
        purchases([(0, 400, 100), (0, 200, 100), (0, 100, 300), (1, 100, 100)]),
        n_customers=2,
        as_of=AS_OF,
    )
    said = signals_of(
        2,
        **{
            SURVEY: [(0, 90, 2)],
            COMPLAINT: [(0, 95, 1)],
            MISSED: [(0, 50, 1), (0, 40, 1), (0, 600, 1)],
            DISCOUNT: [(0, 100, 0.25)],
            NEW_CONSULTANT: [(0, 100, 1)],
            TREATMENT: [(0, 100, 90)],
        },
    )

    rows, features = churn_features(history, AS_OF, 180, said)

    of = {name: features[:, place].tolist() for place, name in enumerate(FEATURES)}
    assert rows.tolist() == [0, 1]
    assert of["survey"] == [2, 0]
    assert of["complaint"] == [1, 0]
    assert of["missed"] == pytest.approx([np.log(3), 0])
    assert of["discount"] == [0.25, 0]
    assert of["new_consultant"] == [1, 0]
    assert of["nothing_wears_off"] == [0, 1]
    assert of["treatment_interval"] == pytest.approx([np.log(0.5), 0])
    assert of["treatment_waited"] == pytest.approx([np.log(1 + 100 / 90), 0])
    assert of["spend_trend"] == pytest.approx([np.log(3), 0])
    assert of["gap_trend"] == pytest.approx([np.log(0.5), 0])


def test_what_was_said_before_the_last_purchase_is_history():
    history = order_history(purchases([(0, 100, 1)]), n_customers=1, as_of=AS_OF)
    said = signals_of(1, **{SURVEY: [(0, 101, 1)], COMPLAINT: [(0, 150, 1)]})

    seen = see(history, said, AS_OF)

    assert np.isnan(seen.answer[0])
    assert not seen.has_complained[0]


def test_without_a_catalogue_nobody_is_told_that_nothing_wears_off():
    history = order_history(purchases([(0, 100, 1)]), n_customers=1, as_of=AS_OF)

    features = features_of(see(history, Signals.none(1), AS_OF), 180)

    assert features[0, FEATURES.index("nothing_wears_off")] == 0


def test_signals_after_the_day_change_nothing():
    n, day = 200, 900
    history = order_history(simulated(n), n_customers=n, as_of=1400)
    chance = np.random.default_rng(4)
    columns = chance.integers(0, n, 800), chance.integers(0, 1400, 800), chance.integers(1, 6, 800)
    whole = Signals.of(dict.fromkeys(KINDS, columns), n_customers=n)
    early = tuple(column[columns[1] <= day] for column in columns)
    cut = Signals.of(dict.fromkeys(KINDS, early), n_customers=n)

    _rows, features = churn_features(history, day, 180, whole)

    assert features.tobytes() == churn_features(history, day, 180, cut)[1].tobytes()
    assert not np.array_equal(features, churn_features(history, day, 180)[1])
