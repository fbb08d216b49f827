"""Churn probability: P(no purchase day in (as_of, as_of + horizon]), learned from the past.

A logistic regression starts from coefficients that ship with the product (`churn_prior`) and moves
as far as the clinic's own rows pull it. Its rows are earlier days: the features of a customer at
the end of day T, the label from (T, T + horizon], which must end by `as_of`. Several days are
stacked; rows of neighbouring days overlap, so each weighs step ÷ horizon. A clinic too young for
one whole horizon of labels learns from a horizon up to half as long.

The same model is also fitted as it would have been on the newest day whose outcome is known, from
labels known on *that* day, and tested on that outcome. AUC and Brier score are those; when the
shipped coefficients did better there, they speak.

Known weakness: a refund empties the purchase day it belongs to, also for days T between sale and
refund, because the history holds net amounts as known at `as_of`.
"""

from dataclasses import dataclass

import numpy as np

from segmentation.scoring.churn_features import churn_features, stayed_away
from segmentation.scoring.churn_prior import PRIOR_MEAN, PRIOR_SD
from segmentation.scoring.logistic import area_under_curve, brier_score, fit_logistic, sigmoid
from segmentation.scoring.purchases import History

CLINIC_MODEL = "clinic"
PRIOR_MODEL = "prior"
DECIMALS = 6  # beyond this only the order of additions speaks
FEWEST_ROWS = 100
MOST_CUSTOMERS = 30_000  # to learn from; more moved the AUC by less than 0.001


@dataclass(frozen=True)
class ChurnRules:
    """horizon_days: how long no purchase counts as gone. Training days stand step_days apart."""

    horizon_days: int = 180
    step_days: int = 30
    n_steps: int = 6

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value < 1:
                raise ValueError(f"{name}: needs at least 1, got {value}.")


@dataclass(frozen=True)
class ChurnPrediction:
    """probability: array of n_customers, 0–1, nan without a purchase day.

    model: who spoke, "clinic" or "prior". n_training: customer-days behind the clinic's fit.
    auc, brier: of the model that spoke, on n_tested customers as of tested_day (days since
    1970-01-01); None where no day could be tested honestly.
    """

    probability: np.ndarray
    model: str
    n_training: int
    auc: float | None
    brier: float | None
    n_tested: int
    tested_day: int | None


@dataclass(frozen=True)
class _Fit:
    coefficients: np.ndarray
    n_rows: int


def predict_churn(history: History, rules: ChurnRules) -> ChurnPrediction:
    """Learn from the past of this history and score everyone at its `as_of`."""
    teachers = history.only(_learned_from(history))
    newest = _fit(teachers, history.as_of, rules)
    tested_day = history.as_of - rules.horizon_days
    rows, features = churn_features(teachers, tested_day, rules.horizon_days)
    away = stayed_away(teachers, rows, tested_day, rules.horizon_days)
    earlier = _fit(teachers, tested_day, rules)

    by_prior = sigmoid(features @ PRIOR_MEAN)
    by_clinic = sigmoid(features @ earlier.coefficients)
    trained, tested = newest.n_rows >= FEWEST_ROWS, earlier.n_rows >= FEWEST_ROWS
    worse = tested and brier_score(by_clinic, away) > brier_score(by_prior, away)
    clinic_speaks = trained and not worse
    shown = by_prior if not clinic_speaks else by_clinic if tested else None
    if not len(rows):
        shown = None
    return ChurnPrediction(
        probability=_predict(
            history, newest.coefficients if clinic_speaks else PRIOR_MEAN, rules.horizon_days
        ),
        model=CLINIC_MODEL if clinic_speaks else PRIOR_MODEL,
        n_training=newest.n_rows,
        auc=None if shown is None else area_under_curve(shown, away),
        brier=None if shown is None else brier_score(shown, away),
        n_tested=0 if shown is None else len(rows),
        tested_day=None if shown is None else tested_day,
    )


def _predict(history: History, coefficients: np.ndarray, horizon_days: int) -> np.ndarray:
    probability = np.full(history.n_customers, np.nan)
    rows, features = churn_features(history, history.as_of, horizon_days)
    probability[rows] = np.round(sigmoid(features @ coefficients), DECIMALS)
    return probability


def _fit(history: History, known_until: int, rules: ChurnRules) -> _Fit:
    """The coefficients one would have had at the end of `known_until`."""
    features, away = [np.empty((0, len(PRIOR_MEAN)))], [np.empty(0, bool)]
    horizon_days = _seen_horizon(history, known_until, rules)
    for day in _training_days(history, known_until, horizon_days, rules):
        rows, seen = churn_features(history, day, horizon_days)
        features.append(seen)
        away.append(stayed_away(history, rows, day, horizon_days))
    labels = np.concatenate(away)
    coefficients = fit_logistic(
        np.vstack(features),
        labels,
        prior_mean=PRIOR_MEAN,
        prior_sd=PRIOR_SD,
        row_weight=min(1.0, rules.step_days / rules.horizon_days),
    )
    return _Fit(np.round(coefficients, DECIMALS), len(labels))


def _seen_horizon(history: History, known_until: int, rules: ChurnRules) -> int:
    """The horizon, or in a young clinic one shorter by up to half, so that some outcome is known.

    Features count days in horizons, so what a shorter one teaches carries over.
    """
    if not len(history.day):
        return rules.horizon_days
    age = known_until - int(history.day.min())
    longest = age * 2 // 3  # leaves half a horizon of history before it
    return max(min(rules.horizon_days, longest), -(-rules.horizon_days // 2))


def _training_days(
    history: History, known_until: int, horizon_days: int, rules: ChurnRules
) -> list[int]:
    """Days whose outcome is known, newest first, with half a horizon of history behind them."""
    if not len(history.day):
        return []
    earliest = int(history.day.min()) + horizon_days // 2
    newest = known_until - horizon_days
    days = [newest - step * rules.step_days for step in range(rules.n_steps)]
    return [day for day in days if day >= earliest]


def _learned_from(history: History) -> np.ndarray:
    """Customers to learn from: all, or a fixed share picked by a hash of their row."""
    bought = history.n_days > 0
    n_bought = int(bought.sum())
    if n_bought <= MOST_CUSTOMERS:
        return bought
    place = np.arange(history.n_customers, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return bought & ((place >> np.uint64(32)) < np.uint64(2**32 * MOST_CUSTOMERS // n_bought))
