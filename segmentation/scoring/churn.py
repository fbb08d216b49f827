"""Churn probability: P(no purchase day in (as_of, as_of + horizon]), learned from the past.

Four voices, judged on the newest day whose outcome is known, as they would have spoken on that day:

- prior     a logistic regression with coefficients that ship with the product (`churn_prior`)
- clinic    the same, moved as far as the clinic's own rows pull it
- lifetime  1 − P(active in the horizon) of the (M)BG/CNBD-k family (`lifetime`)
- blend     the regression and the lifetime model together, on the log-odds

The regression's rows are earlier days: the features of a customer at the end of day T, the label
from (T, T + horizon], which must end by `as_of`. Several days are stacked; rows of neighbouring
days overlap, so each weighs step ÷ horizon. A clinic too young for one whole horizon of labels
learns from a horizon up to half as long.

The blend speaks unless a simpler voice was clearly better on the tested day, or where nothing could
be tested, if the data hold the lifetime model's parameters. On the transaction files tried (CDNOW
1997, Online Retail 2011; horizons of 60 to 180 days) it was within 0.002 of the best AUC of all
voices and lists, and its Brier score was the best or next to it. Simple lists (recency, frequency,
purchase days of the last year) are tested beside it, so that one sees what the model adds.

Known weakness: a refund empties the purchase day it belongs to, also for days T between sale and
refund, because the history holds net amounts as known at `as_of`.
"""

from dataclasses import dataclass

import numpy as np

from segmentation.scoring.churn_features import churn_features, stayed_away
from segmentation.scoring.churn_prior import PRIOR_MEAN, PRIOR_SD
from segmentation.scoring.churn_voices import (
    BLEND_OF,
    CLEARLY_AUC,
    CLEARLY_BRIER,
    CLINIC_MODEL,
    LIFETIME_MODEL,
    PRIOR_MODEL,
    Tested,
    blend,
    judge_list,
    judge_voice,
    simple_lists,
)
from segmentation.scoring.logistic import fit_logistic, sigmoid
from segmentation.scoring.outlook import Lifetime, lifetime_of
from segmentation.scoring.purchases import History

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

    model: who spoke, see above. n_training: customer-days behind the clinic's fit.
    tested: of every voice and list, on n_tested customers as of tested_day (days since
    1970-01-01); empty and None where no day could be tested honestly. auc, brier: of who spoke.
    """

    probability: np.ndarray
    model: str
    n_training: int
    tested: dict[str, Tested]
    n_tested: int
    tested_day: int | None

    @property
    def auc(self) -> float | None:
        return self.tested[self.model].auc if self.tested else None

    @property
    def brier(self) -> float | None:
        return self.tested[self.model].brier if self.tested else None


@dataclass(frozen=True)
class _Fit:
    coefficients: np.ndarray
    n_rows: int


def predict_churn(
    history: History, rules: ChurnRules, lifetime: Lifetime | None = None
) -> ChurnPrediction:
    """Learn from the past of this history and score everyone at its `as_of`.

    lifetime: of this history; without it the regression speaks alone.
    """
    teachers = history.only(_learned_from(history))
    newest = _fit(teachers, history.as_of, rules)
    tested, n_earlier = _test_the_past(teachers, rules, with_lifetime=lifetime is not None)
    regression = _regression(tested, newest.n_rows, n_earlier)
    if regression == CLINIC_MODEL and n_earlier < FEWEST_ROWS:
        tested = {}  # what stands there was said without the clinic's own coefficients
    model = _speaker(tested, regression, lifetime)
    coefficients = newest.coefficients if regression == CLINIC_MODEL else PRIOR_MEAN
    tested_day = history.as_of - rules.horizon_days
    return ChurnPrediction(
        probability=_predict(history, coefficients, rules.horizon_days, model, lifetime),
        model=model,
        n_training=newest.n_rows,
        tested=tested,
        n_tested=int((teachers.n_days_until(tested_day) > 0).sum()) if tested else 0,
        tested_day=tested_day if tested else None,
    )


def _test_the_past(
    teachers: History, rules: ChurnRules, *, with_lifetime: bool
) -> tuple[dict[str, Tested], int]:
    """How well voices and lists would have done one horizon ago; rows the clinic's learned from."""
    day, horizon_days = teachers.as_of - rules.horizon_days, rules.horizon_days
    rows, features = churn_features(teachers, day, horizon_days)
    away = stayed_away(teachers, rows, day, horizon_days)
    earlier = _fit(teachers, day, rules)
    if not len(rows):
        return {}, earlier.n_rows
    voices = {
        PRIOR_MODEL: sigmoid(features @ PRIOR_MEAN),
        CLINIC_MODEL: sigmoid(features @ earlier.coefficients),
    }
    if with_lifetime and (then := lifetime_of(teachers, day)).fit is not None:
        voices[LIFETIME_MODEL] = 1 - then.p_active(horizon_days)
        for name in (PRIOR_MODEL, CLINIC_MODEL):
            voices[BLEND_OF[name]] = blend(voices[name], voices[LIFETIME_MODEL])
    lists = simple_lists(teachers, rows, day)
    tested = {name: judge_voice(said, away) for name, said in voices.items()}
    return tested | {name: judge_list(order, away) for name, order in lists.items()}, earlier.n_rows


def _regression(tested: dict[str, Tested], n_newest: int, n_earlier: int) -> str:
    """The clinic's own coefficients, unless too little stands behind them or they misled."""
    if n_newest < FEWEST_ROWS:
        return PRIOR_MODEL
    if n_earlier < FEWEST_ROWS or not tested:
        return CLINIC_MODEL
    misled = (tested[CLINIC_MODEL].brier or 0) > (tested[PRIOR_MODEL].brier or 0)
    return PRIOR_MODEL if misled else CLINIC_MODEL


def _speaker(tested: dict[str, Tested], regression: str, lifetime: Lifetime | None) -> str:
    if lifetime is None or lifetime.fit is None:
        return regression
    together = BLEND_OF[regression]
    if together not in tested:
        return regression if lifetime.needed_prior else together
    simpler = (regression, LIFETIME_MODEL)
    best = min(simpler, key=lambda name: tested[name].brier or 0.0)
    return best if _is_clearly_better(tested[best], tested[together]) else together


def _is_clearly_better(one: Tested, other: Tested) -> bool:
    if one.auc is None or other.auc is None:
        return False
    gained = (other.brier or 0.0) - (one.brier or 0.0)
    return gained > CLEARLY_BRIER * (other.brier or 0.0) or (
        gained > 0 and one.auc > other.auc + CLEARLY_AUC
    )


def _predict(
    history: History,
    coefficients: np.ndarray,
    horizon_days: int,
    model: str,
    lifetime: Lifetime | None,
) -> np.ndarray:
    probability = np.full(history.n_customers, np.nan)
    rows, features = churn_features(history, history.as_of, horizon_days)
    spoken = sigmoid(features @ coefficients)
    if lifetime is not None and model not in {PRIOR_MODEL, CLINIC_MODEL}:
        away = 1 - lifetime.p_active(horizon_days)
        spoken = away if model == LIFETIME_MODEL else blend(spoken, away)
    probability[rows] = np.round(spoken, DECIMALS)
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
