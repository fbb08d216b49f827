"""The stored form of why a customer may stay away: two short arrays, read by `segmentation.why`.

points: in the order of REASONS, ten-thousandths of probability; the probability less their sum is
what is said of the typical customer. facts: in the order of FACTS, what the sentences need, −1
where nothing is known; the discount in thousandths.
"""

import numpy as np

from segmentation.scoring.reasons import DECIMALS
from segmentation.scoring.score import Scores

TOLD_FROM = 0.3  # churn probability from which reasons are kept
FACTS = (
    "n_days", "n_days_last_year", "last_gap_days", "mean_gap_days", "last_net_minor",
    "mean_net_minor", "discount_rate", "n_missed", "answer",
)  # fmt: skip
UNKNOWN_FACT = -1
DISCOUNT_UNIT = 1_000
POINT_UNIT = 10**DECIMALS


def reason_columns(scores: Scores) -> tuple[np.ndarray, np.ndarray]:
    """(points: n_customers × REASONS int16, facts: n_customers × FACTS int64); 0 for who has no
    purchase day."""
    seen, reasons = scores.churn.seen, scores.churn.reasons
    n = len(scores.churn_probability)
    points = np.zeros((n, reasons.points.shape[1]), np.int16)
    points[seen.rows] = np.rint(reasons.points * POINT_UNIT)
    facts = np.zeros((n, len(FACTS)), np.int64)
    for place, name in enumerate(FACTS):
        values = getattr(seen, name) * (DISCOUNT_UNIT if name == "discount_rate" else 1)
        known = np.nan_to_num(np.asarray(values, float), nan=UNKNOWN_FACT)
        facts[seen.rows, place] = np.rint(known)
    return points, facts
