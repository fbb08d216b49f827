"""The voices that could speak of churn, the lists anybody could sort by, and how each is tested."""

from dataclasses import dataclass

import numpy as np

from segmentation.scoring.churn_features import YEAR_DAYS
from segmentation.scoring.logistic import area_under_curve, brier_score, sigmoid
from segmentation.scoring.purchases import History

CLINIC_MODEL = "clinic"
PRIOR_MODEL = "prior"
LIFETIME_MODEL = "lifetime"
BLEND_OF = {PRIOR_MODEL: "blend_prior", CLINIC_MODEL: "blend_clinic"}
REGRESSION_WEIGHT = 0.5  # of the log-odds in the blend
CLEARLY_AUC = 0.01
CLEARLY_BRIER = 0.03  # of the score itself
SMALLEST = 1e-6  # nobody is that sure


@dataclass(frozen=True)
class Tested:
    """How well one voice or list did. brier: None for a list, which gives no probability."""

    auc: float | None
    brier: float | None


def judge_voice(probability: np.ndarray, away: np.ndarray) -> Tested:
    return Tested(area_under_curve(probability, away), brier_score(probability, away))


def judge_list(order: np.ndarray, away: np.ndarray) -> Tested:
    return Tested(area_under_curve(order, away), None)


def simple_lists(history: History, rows: np.ndarray, day: int) -> dict[str, np.ndarray]:
    """What anybody could sort by, the likeliest to stay away highest; ties go by recency."""
    standing = history.standing(day)
    recency = standing.recency_days[rows].astype(float)
    n_days = standing.n_days[rows]
    last_year = n_days - history.n_days_until(day - YEAR_DAYS)[rows]
    furthest = recency.max(initial=0) + 1
    return {
        "recency": recency,
        "frequency": recency - n_days * furthest,
        "days_last_year": recency - last_year * furthest,
    }


def blend(by_regression: np.ndarray, by_lifetime: np.ndarray) -> np.ndarray:
    weight = REGRESSION_WEIGHT
    return sigmoid(weight * _log_odds(by_regression) + (1 - weight) * _log_odds(by_lifetime))


def _log_odds(probability: np.ndarray) -> np.ndarray:
    inside = np.clip(probability, SMALLEST, 1 - SMALLEST)
    return np.log(inside / (1 - inside))
