import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation.scoring.logistic import area_under_curve, brier_score, fit_logistic, sigmoid

# Hours studied and examinations passed by 20 students: the worked example of the article
# «Logistic regression» in Wikipedia, published fit: intercept −4.0777, hours 1.5046.
HOURS = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 1.75, 2, 2.25, 2.5]
HOURS += [2.75, 3, 3.25, 3.5, 4, 4.25, 4.5, 4.75, 5, 5.5]
PASSED = [0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1]
FLAT = {"prior_mean": np.zeros(2), "prior_sd": np.full(2, 1e6)}


def students():
    return np.column_stack([np.ones(20), HOURS]), np.array(PASSED, bool)


def test_fit_matches_the_published_example():
    features, passed = students()

    assert fit_logistic(features, passed, **FLAT) == pytest.approx([-4.0777, 1.5046], abs=5e-5)


def test_no_rows_leave_the_prior():
    mean = np.array([0.3, -2.0])

    found = fit_logistic(np.empty((0, 2)), np.empty(0, bool), prior_mean=mean, prior_sd=np.ones(2))

    assert found.tolist() == mean.tolist()


def test_fewer_rows_stay_nearer_to_the_prior():
    features, passed = students()
    prior = {"prior_mean": np.zeros(2), "prior_sd": np.ones(2)}

    light = fit_logistic(features, passed, **prior, row_weight=0.1)
    full = fit_logistic(features, passed, **prior)

    assert np.linalg.norm(light) < np.linalg.norm(full) < np.linalg.norm([-4.08, 1.5])


@given(st.lists(st.tuples(st.integers(-50, 50), st.booleans()), max_size=40))
def test_fit_is_the_maximum_even_when_all_or_none_did(rows):
    features = np.array([[1.0, x] for x, _ in rows]).reshape(-1, 2)
    did = np.array([y for _, y in rows], bool)
    mean, sd = np.array([0.5, -0.1]), np.array([2.0, 1.0])

    found = fit_logistic(features, did, prior_mean=mean, prior_sd=sd)

    slope = features.T @ (did - sigmoid(features @ found)) - (found - mean) / sd**2
    assert slope == pytest.approx(0, abs=1e-3)


def test_sigmoid_does_not_overflow():
    assert sigmoid(np.array([-1e4, 0, 1e4])).tolist() == [0, 0.5, 1]


def test_area_matches_hanley_and_mcneil():
    # Hanley & McNeil (1982), Radiology 143, 29–36, Table I: ratings of 109 CT images, area 0.893
    normal, abnormal = [33, 6, 6, 11, 2], [3, 2, 2, 11, 33]
    rating = np.repeat([1, 2, 3, 4, 5] * 2, normal + abnormal)
    diseased = np.repeat([False, True], [sum(normal), sum(abnormal)])

    assert area_under_curve(rating, diseased) == pytest.approx(0.893, abs=5e-4)


@pytest.mark.parametrize("did", [[], [True, True], [False]])
def test_area_of_one_kind_only_is_unknown(did):
    assert area_under_curve(np.ones(len(did)), np.array(did, bool)) is None


def test_brier_score_is_the_mean_squared_error():
    assert brier_score(np.array([0.0, 1.0, 0.5]), np.array([False, False, True])) == 1.25 / 3
