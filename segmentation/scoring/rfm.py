"""Recency, frequency, monetary, and their scores 1–5 within the clinic.

Quintile scores: `1 + floor(5 × share of customers strictly worse)`, counted in whole numbers, so
equal values get equal scores and no rounding decides at a boundary.
"""

from dataclasses import dataclass

import numpy as np

from segmentation.scoring.purchases import History

NOT_SCORED = 0
NO_RECENCY = -1
DEFAULT_WINDOW_DAYS = 730


@dataclass(frozen=True)
class RfmThresholds:
    """Four fixed cuts a score, ascending, that replace the quintiles where given.

    recency_days: 5 up to and including the first cut, 1 beyond the last.
    frequency, monetary_minor: 1 below the first cut, 5 from the last cut on.
    """

    recency_days: tuple[int, int, int, int] | None = None
    frequency: tuple[int, int, int, int] | None = None
    monetary_minor: tuple[int, int, int, int] | None = None

    def __post_init__(self) -> None:
        for name in ("recency_days", "frequency", "monetary_minor"):
            cuts = getattr(self, name)
            if cuts is not None and (len(cuts) != 4 or list(cuts) != sorted(set(cuts))):
                raise ValueError(f"{name}: needs four cuts in ascending order, got {cuts}.")


@dataclass(frozen=True)
class Rfm:
    """Arrays of n_customers, within the window.

    Without a purchase day in the window: recency_days −1, all others 0.
    """

    recency_days: np.ndarray
    frequency: np.ndarray
    monetary_minor: np.ndarray
    r: np.ndarray
    f: np.ndarray
    m: np.ndarray


def score_rfm(
    history: History,
    *,
    window_days: int | None = DEFAULT_WINDOW_DAYS,
    thresholds: RfmThresholds | None = None,
) -> Rfm:
    """window_days: the last so many days, `as_of` included; None looks at everything."""
    if window_days is not None and window_days < 1:
        raise ValueError(f"window_days: needs at least 1 day, got {window_days}.")
    thresholds = thresholds or RfmThresholds()
    before = None if window_days is None else history.as_of - window_days
    frequency = history.n_days - (0 if before is None else history.n_days_until(before))
    scored = frequency > 0
    recency = np.where(scored, history.standing(history.as_of).recency_days, NO_RECENCY)
    monetary = np.where(scored, history.net_minor_since(before), 0)

    def grade(values: np.ndarray, cuts: tuple[int, ...] | None) -> np.ndarray:
        scores = np.full(len(values), NOT_SCORED, np.int8)
        scores[scored] = quintiles(values[scored]) if cuts is None else grades(values[scored], cuts)
        return scores

    late = thresholds.recency_days
    return Rfm(
        recency_days=recency.astype(np.int32),
        frequency=frequency.astype(np.int32),
        monetary_minor=monetary,
        # fewer days are better: turn the sign, and the cuts with it
        r=grade(-recency, None if late is None else tuple(-cut for cut in reversed(late))),
        f=grade(frequency, thresholds.frequency),
        m=grade(monetary, thresholds.monetary_minor),
    )


def quintiles(values: np.ndarray) -> np.ndarray:
    """1 + floor(5 × share strictly lower), whole numbers in, 1–5 out.

    A value has at least k fifths of the n values strictly below it exactly when it is above the
    ⌈k n / 5⌉-th smallest; so four comparisons give the score, without ranking every row.
    """
    scores = np.ones(len(values), np.int8)
    if not len(values):
        return scores
    ordered = np.sort(values)
    for k in range(1, 5):
        scores += values > ordered[-(-k * len(values) // 5) - 1]
    return scores


def grades(values: np.ndarray, cuts: tuple[int, ...]) -> np.ndarray:
    """1 + the number of cuts that a value reaches."""
    scores = np.ones(len(values), np.int8)
    for cut in cuts:
        scores += values >= cut
    return scores
