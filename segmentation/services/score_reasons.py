"""The stored form of why a customer may stay away: small JSON, read by `segmentation.why`.

    {"base": 0.612, "parts": [["wait", 0.2103], ["complaint", 0.08]], "rest": -0.013,
     "facts": {"wait": [...], ...}}

base + parts + rest is the churn probability. parts: the largest first. facts: of each part, the
numbers its sentence needs, in the order of FACTS.
"""

import json
from typing import Any

import numpy as np

from segmentation.scoring.churn_features import Seen
from segmentation.scoring.reasons import DECIMALS, REASONS
from segmentation.scoring.score import Scores

TOLD_FROM = 0.3  # churn probability from which a reason is kept
SMALLEST_TOLD = 0.005  # points; what is smaller is summed up as the rest
MOST_TOLD = 5
FACTS = {
    "wait": ("recency_days", "interval_days"),
    "habit": ("n_days", "n_days_last_year"),
    "pace": ("last_gap_days", "mean_gap_days"),
    "spend": ("last_net_minor", "mean_net_minor"),
    "discount": ("discount_rate",),
    "missed": ("n_missed",),
    "survey": ("answer",),
}


def reasons_column(scores: Scores) -> list[str | None]:
    """One JSON text a customer, None below TOLD_FROM."""
    seen, reasons = scores.churn.seen, scores.churn.reasons
    column: list[str | None] = [None] * len(scores.churn_probability)
    told = np.flatnonzero(scores.churn_probability[seen.rows] >= TOLD_FROM)
    order = np.argsort(-np.abs(reasons.points[told]), axis=1, kind="stable")[:, :MOST_TOLD]
    facts = {name: _facts(seen, fields, told) for name, fields in FACTS.items()}
    nothing: list[list[Any]] = [[]] * len(told)
    points, base = reasons.points[told].tolist(), reasons.base[told].tolist()
    for at, (row, kinds) in enumerate(zip(seen.rows[told].tolist(), order.tolist(), strict=True)):
        parts = [
            [REASONS[kind], points[at][kind]]
            for kind in kinds
            if abs(points[at][kind]) >= SMALLEST_TOLD
            and None not in facts.get(REASONS[kind], nothing)[at]
        ]
        rest = round(sum(points[at]) - sum(part for _name, part in parts), DECIMALS)
        why = {"base": round(base[at], DECIMALS + 2), "parts": parts, "rest": rest}
        why["facts"] = {name: facts[name][at] for name, _points in parts if name in facts}
        column[row] = json.dumps(why, separators=(",", ":"))
    return column


def _facts(seen: Seen, fields: tuple[str, ...], told: np.ndarray) -> list[list[Any]]:
    """Rows of the told customers × fields; what is not known becomes None."""
    columns = np.column_stack([np.round(getattr(seen, name)[told], 3) for name in fields])
    if not np.isnan(columns).any():
        return columns.tolist()
    return [[None if value != value else value for value in row] for row in columns.tolist()]
