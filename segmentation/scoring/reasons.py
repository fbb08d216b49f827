"""Why a churn probability is what it is: parts that add up to it exactly.

Every voice is a weighted sum on the log-odds, so a customer's sum less the clinic's mean sum falls
apart by column without a remainder. Columns are told together where they speak of one thing. What
the lifetime model says is told in two: what was to be expected on the evening of the last purchase
(habit), and what waiting since then has changed (wait). Log-odds become points of probability by
one factor a customer, the mean slope of the curve between the clinic's mean and this customer, so
that points add up as well.
"""

from dataclasses import dataclass

import numpy as np

from segmentation.scoring.churn_features import FEATURES
from segmentation.scoring.churn_looks import COLUMNS, LIFETIME, Look
from segmentation.scoring.logistic import sigmoid

WAIT, HABIT = "wait", "habit"
REASON_OF = {
    "recency": WAIT,
    "recency_in_intervals": WAIT,
    "treatment_waited": WAIT,
    "frequency": HABIT,
    "purchase_days_last_year": HABIT,
    "tenure": HABIT,
    "one_time": HABIT,
    "interval": HABIT,
    "treatment_interval": HABIT,
    "nothing_wears_off": "nothing_wears_off",
    "gap_trend": "pace",
    "spend_trend": "spend",
    "discount": "discount",
    "missed": "missed",
    "survey": "survey",
    "complaint": "complaint",
    "new_consultant": "new_consultant",
}
REASONS = tuple(dict.fromkeys(REASON_OF.values()))
DECIMALS = 4
_FLAT = 1e-9


@dataclass(frozen=True)
class Typical:
    """The clinic's typical customer on the log-odds: all in all, and by REASONS."""

    log_odds: float
    parts: np.ndarray


@dataclass(frozen=True)
class Reasons:
    """base: what is said of the typical customer here; points: customers × REASONS.

    base + the sum of a customer's points is the probability, to the last decimal; base differs
    between customers only by what was rounded away. typical: whom they were compared with.
    """

    base: np.ndarray
    points: np.ndarray
    typical: Typical


def reasons_of(
    now: Look, weights: np.ndarray, said: np.ndarray, typical: Typical | None = None
) -> Reasons:
    """weights: of the voice that spoke, one a column. said: the probabilities it gave.

    typical: of the whole clinic, where these customers are only some of it.
    """
    parts = _log_odds_parts(now, weights)
    typical = typical or _typical(now, weights, parts)
    if not len(said):
        return Reasons(np.zeros(0), np.zeros((0, len(REASONS))), typical)
    parts = parts - typical.parts
    total = parts.sum(axis=1)
    start = float(sigmoid(np.array([typical.log_odds]))[0])
    slope = np.divide(
        said - start, total, out=np.full(len(said), start * (1 - start)), where=abs(total) > _FLAT
    )
    points = np.round(parts * slope[:, None], DECIMALS)
    return Reasons(said - points.sum(axis=1), points, typical)


def _typical(now: Look, weights: np.ndarray, parts: np.ndarray) -> Typical:
    if not len(parts):
        return Typical(0.0, np.zeros(len(REASONS)))
    return Typical(float((now.columns @ weights).mean()), parts.mean(axis=0))


def _log_odds_parts(now: Look, weights: np.ndarray) -> np.ndarray:
    """Customers × REASONS on the log-odds."""
    n = len(now.columns)
    parts = np.zeros((n, len(REASONS)))
    for place, name in enumerate(FEATURES):
        if name in REASON_OF and weights[place]:
            parts[:, REASONS.index(REASON_OF[name])] += weights[place] * now.columns[:, place]
    at = COLUMNS.index(LIFETIME)
    if weights[at]:
        habit = now.lifetime_at_last()
        parts[:, REASONS.index(HABIT)] += weights[at] * habit
        parts[:, REASONS.index(WAIT)] += weights[at] * (now.columns[:, at] - habit)
    return parts
