"""The voices that could speak of churn, the lists anybody could sort by, and how each is tested."""

from dataclasses import dataclass

import numpy as np

from segmentation.scoring.churn_features import YEAR_DAYS
from segmentation.scoring.churn_prior import PRIOR_MEAN, PRIOR_SD
from segmentation.scoring.logistic import area_under_curve, brier_score
from segmentation.scoring.purchases import History

CLINIC_MODEL = "clinic"
PRIOR_MODEL = "prior"
LIFETIME_MODEL = "lifetime"
BLEND_PRIOR = "blend_prior"
BLEND_CLINIC = "blend_clinic"
BLEND_OF = {PRIOR_MODEL: BLEND_PRIOR, CLINIC_MODEL: BLEND_CLINIC}
LIFETIME_WEIGHT = 0.5  # of the log-odds in the blend, before the clinic has taught it anything
LIFETIME_SD = 0.25
CLEARLY_AUC = 0.01
CLEARLY_BRIER = 0.03  # of the score itself


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


def blend_prior() -> tuple[np.ndarray, np.ndarray]:
    """(means, standard deviations) of the weights of features and lifetime model together."""
    mean = np.append((1 - LIFETIME_WEIGHT) * PRIOR_MEAN, LIFETIME_WEIGHT)
    return mean, np.append(PRIOR_SD, LIFETIME_SD)


def is_clearly_better(one: Tested, other: Tested) -> bool:
    if one.auc is None or other.auc is None:
        return False
    gained = (other.brier or 0.0) - (one.brier or 0.0)
    return is_clearly_truer(one, other) or (gained > 0 and one.auc > other.auc + CLEARLY_AUC)


def is_clearly_truer(one: Tested, other: Tested) -> bool:
    return (one.brier or 0.0) < (1 - CLEARLY_BRIER) * (other.brier or 0.0)
