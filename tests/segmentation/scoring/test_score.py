from dataclasses import fields, is_dataclass
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation.scoring.churn import ChurnRules
from segmentation.scoring.churn_voices import (
    BLEND_OF,
    CLINIC_MODEL,
    LIFETIME_MODEL,
    PRIOR_MODEL,
)
from segmentation.scoring.due import TreatmentDays
from segmentation.scoring.layers import LAYERS
from segmentation.scoring.purchases import PurchaseDays
from segmentation.scoring.score import ScoreRules, score
from segmentation.scoring.stages import STAGES

from .clinics import AS_OF, purchases, reordered, simulated, small_clinics


def all_bytes(scores: object) -> dict[str, object]:
    """Everything a run says, arrays as bytes, what it is made of likewise."""
    return {field.name: _bytes(getattr(scores, field.name)) for field in fields(scores)}


def _bytes(value: object) -> object:
    if isinstance(value, np.ndarray):
        return value.tobytes()
    return all_bytes(value) if is_dataclass(value) else value


def test_one_clinic_worked_by_hand():
    as_of = date(2026, 6, 30)
    rows = [  # customer, day, net
        (0, "2026-06-20", 12_000),
        (1, "2026-03-01", 5_000),
        (1, "2026-05-30", 7_000),
        (2, "2023-01-01", 9_900),
    ]
    customer, day, net = (np.array(column) for column in zip(*rows, strict=True))

    scores = score(
        PurchaseDays(customer, day.astype("datetime64[D]"), net), n_customers=4, as_of=as_of
    )

    assert scores.recency_days.tolist() == [10, 31, -1, -1]
    assert scores.frequency.tolist() == [1, 2, 0, 0]
    assert scores.monetary_minor.tolist() == [12_000, 12_000, 0, 0]
    assert scores.r.tolist() == [3, 1, 0, 0]
    assert scores.f.tolist() == [1, 3, 0, 0]
    assert scores.m.tolist() == [1, 1, 0, 0]
    assert [STAGES[code] for code in scores.stage] == ["new", "active", "churned", "potential"]
    assert scores.expected_interval_days[:3] == pytest.approx([90, 90, 90])
    assert scores.first_purchase_day.tolist() == [
        date(2026, 6, 20),
        date(2026, 3, 1),
        date(2023, 1, 1),
        None,
    ]
    assert scores.last_purchase_day.tolist()[1] == date(2026, 5, 30)
    assert scores.next_due_day.tolist() == [
        date(2026, 9, 18),
        date(2026, 8, 28),
        date(2023, 4, 1),
        None,
    ]
    assert scores.churn_model == "prior"
    assert np.isnan(scores.churn_probability).tolist() == [False, False, False, True]
    assert scores.churn_probability[2] > scores.churn_probability[1]


def test_catalogue_interval_moves_the_due_day():
    given_purchases = purchases([(0, 10, 1), (1, 10, 1)])

    scores = score(
        given_purchases,
        n_customers=2,
        as_of=AS_OF,
        treatments=TreatmentDays.of(
            customer_row=np.array([0, 1]),
            treatment=np.array([7, 8]),
            day=given_purchases.day,
            interval_days=np.array([42, 270]),
            course_length=np.array([1, 1]),
        ),
    )

    due = scores.next_due_day - scores.last_purchase_day
    assert due[0] == timedelta(days=42)
    assert due[1] == timedelta(days=270)
    assert scores.next_due_treatment.tolist() == [7, 8]
    assert scores.expected_interval_days[0] < 70 < scores.expected_interval_days[1]


@given(small_clinics(), st.randoms(use_true_random=False))
def test_shuffled_rows_give_the_same_bytes(clinic, chance):
    n_customers, given_purchases = clinic
    order = list(range(len(given_purchases.day)))
    chance.shuffle(order)

    one = score(given_purchases, n_customers=n_customers, as_of=AS_OF)
    other = score(
        reordered(given_purchases, np.array(order, int)), n_customers=n_customers, as_of=AS_OF
    )

    assert all_bytes(one) == all_bytes(other)


@given(small_clinics())
def test_everybody_is_scored_or_says_why_not(clinic):
    n_customers, given_purchases = clinic
    scores = score(given_purchases, n_customers=n_customers, as_of=AS_OF)
    bought = ~np.isnat(scores.last_purchase_day)
    inside = scores.frequency > 0

    for graded in (scores.r, scores.f, scores.m):
        assert ((graded[inside] >= 1) & (graded[inside] <= 5)).all()
        assert (graded[~inside] == 0).all()
    assert ((scores.recency_days >= 0) == inside).all()
    assert not (inside & ~bought).any()
    assert ((scores.stage == STAGES.index("potential")) == ~bought).all()
    assert (np.isnan(scores.churn_probability) == ~bought).all()
    assert ((scores.churn_probability[bought] >= 0) & (scores.churn_probability[bought] <= 1)).all()
    assert (scores.first_purchase_day[bought] <= scores.last_purchase_day[bought]).all()
    assert (scores.next_due_day[bought] >= scores.last_purchase_day[bought]).all()
    assert ((scores.layer >= 0) & (scores.layer < len(LAYERS))).all()
    for foretold in (scores.p_alive, scores.expected_purchases, scores.clv_minor):
        assert np.isnan(foretold[~bought]).all()
        assert (scores.outlook.fit is None) == np.isnan(foretold).all()
        assert not (foretold < 0).any()


@pytest.mark.parametrize(("as_of", "speaker"), [(700, CLINIC_MODEL), (100, PRIOR_MODEL)])
def test_facts_after_as_of_change_nothing(as_of, speaker):
    n = 600
    known = simulated(n)
    known = reordered(known, known.day <= as_of)
    chance = np.random.default_rng(2)
    m = 3000
    later = PurchaseDays(
        np.concatenate((chance.integers(0, n, m), known.customer_row)),
        np.concatenate((chance.integers(as_of + 1, as_of + 500, m), known.day)),
        np.concatenate((chance.integers(-500, 10_000, m), known.net_minor)),
    )
    rules = ScoreRules(churn=ChurnRules(horizon_days=120))

    without = score(known, n_customers=n, as_of=as_of, rules=rules)
    with_future = score(later, n_customers=n, as_of=as_of, rules=rules)

    assert without.churn_model in {speaker, LIFETIME_MODEL, BLEND_OF[speaker]}
    assert (without.churn.n_training > 100) == (speaker == CLINIC_MODEL)
    assert all_bytes(without) == all_bytes(with_future)
    assert all_bytes(score(later, n_customers=n, as_of=as_of + 200)) != all_bytes(with_future)


def test_customers_in_another_order_get_the_same_scores():
    n, as_of = 500, 1100
    known = simulated(n, seed=9)
    place = np.random.default_rng(4).permutation(n)
    moved = PurchaseDays(place[known.customer_row], known.day, known.net_minor)

    one = score(known, n_customers=n, as_of=as_of)
    other = score(moved, n_customers=n, as_of=as_of)

    for name in ("recency_days", "frequency", "monetary_minor", "r", "f", "m", "stage"):
        assert getattr(one, name).tolist() == getattr(other, name)[place].tolist()
    for name in ("expected_interval_days", "interval_uncertainty", "churn_probability"):
        assert getattr(one, name) == pytest.approx(
            getattr(other, name)[place], nan_ok=True, abs=1e-5
        )


def test_empty_clinic_is_scored():
    scores = score(purchases([]), n_customers=0, as_of=AS_OF)

    assert len(scores.stage) == len(scores.churn_probability) == 0
    assert scores.churn_model == "prior"
