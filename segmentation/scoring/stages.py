"""Lifecycle stage: exactly one a customer, asked in this order, first yes wins.

1. potential  no purchase day
2. new        one purchase day, at most `new_days` ago (whatever the interval says: a first visit
              deserves the welcome, not the alarm)
3. loyal      within `active_intervals`, and `loyal_purchase_days` or more in `loyal_window_days`
4. active     within `active_intervals`, also for the single purchase day older than `new_days`
5. churned    beyond `churned_intervals`, and at least `churned_days` ago
6. dormant    everyone else: between the two, and beyond `churned_intervals` but not yet
              `churned_days` ago

"Within" is recency ÷ expected interval, bounds included. Recency here is since the last purchase
day ever, not within the RFM window.
"""

from dataclasses import dataclass

import numpy as np

from segmentation.scoring.purchases import History

STAGES = ("potential", "new", "active", "loyal", "dormant", "churned")
POTENTIAL, NEW, ACTIVE, LOYAL, DORMANT, CHURNED = range(6)


@dataclass(frozen=True)
class StageRules:
    """Bounds of the stages; a clinic edits them."""

    new_days: int = 90
    active_intervals: float = 1.5
    churned_intervals: float = 3.0
    churned_days: int = 180
    loyal_purchase_days: int = 4
    loyal_window_days: int = 365

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value >= 0:
                raise ValueError(f"{name}: must not be below 0, got {value}.")
        if self.churned_intervals < self.active_intervals:
            raise ValueError(
                f"churned_intervals: {self.churned_intervals} must not be below "
                f"active_intervals ({self.active_intervals})."
            )


def judge_stages(
    *,
    n_days: np.ndarray,
    recency_days: np.ndarray,
    n_days_recent: np.ndarray,
    expected_interval_days: np.ndarray,
    rules: StageRules,
) -> np.ndarray:
    """One code a customer, a position in STAGES (int8).

    n_days: purchase days ever. n_days_recent: those in the loyal window.
    recency_days and expected_interval_days are not read where n_days is 0.
    """
    bought = n_days > 0
    intervals_waited = np.divide(
        recency_days, expected_interval_days, out=np.zeros(len(n_days)), where=bought
    )
    within = intervals_waited <= rules.active_intervals
    beyond = intervals_waited > rules.churned_intervals
    return np.select(
        [
            ~bought,
            (n_days == 1) & (recency_days <= rules.new_days),
            within & (n_days_recent >= rules.loyal_purchase_days),
            within,
            beyond & (recency_days >= rules.churned_days),
        ],
        [POTENTIAL, NEW, LOYAL, ACTIVE, CHURNED],
        default=DORMANT,
    ).astype(np.int8)


def stages_of(
    history: History, expected_interval_days: np.ndarray, rules: StageRules
) -> np.ndarray:
    """The stage codes of a history at its `as_of`."""
    standing = history.standing(history.as_of)
    before = history.n_days_until(history.as_of - rules.loyal_window_days)
    return judge_stages(
        n_days=standing.n_days,
        recency_days=standing.recency_days,
        n_days_recent=standing.n_days - before,
        expected_interval_days=expected_interval_days,
        rules=rules,
    )
