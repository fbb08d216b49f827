"""All that speaks of churn, one row a customer: features and what the lifetime model says."""

from dataclasses import dataclass

import numpy as np

from segmentation.scoring.churn_features import FEATURES, Common, Seen, features_of, see
from segmentation.scoring.lifetime.fitting import Fit
from segmentation.scoring.lifetime.outlook import p_active
from segmentation.scoring.lifetime.repeats import Repeats
from segmentation.scoring.logistic import log_odds
from segmentation.scoring.outlook import repeats_of
from segmentation.scoring.purchases import History
from segmentation.scoring.signals import Signals

LIFETIME = "lifetime"
COLUMNS = (*FEATURES, LIFETIME)


@dataclass(frozen=True)
class Look:
    """columns: customers seen × COLUMNS; the last is the log-odds of staying away by the lifetime
    model, 0 without one. repeats, fit: what it was made of."""

    seen: Seen
    columns: np.ndarray
    repeats: Repeats
    fit: Fit | None
    horizon_days: int

    def lifetime_at_last(self) -> np.ndarray:
        """The lifetime model's log-odds as they stood on the evening of the last purchase day."""
        if self.fit is None:
            return np.zeros(len(self.seen.rows))
        then = Repeats(
            self.repeats.n_repeats,
            self.repeats.last,
            self.repeats.last,
            self.repeats.log_gap_sum,
        )
        return _away(then, self.fit, self.horizon_days)


def look(
    history: History,
    signals: Signals,
    day: int,
    horizon_days: int,
    fit: Fit | None,
    common: Common | None = None,
) -> Look:
    """Everyone with a purchase day up to `day`; fit: made of nothing later than one may know.

    common: of the whole clinic, where these customers are only some of it.
    """
    seen = see(history, signals, day, common)
    _rows, repeats = repeats_of(history, day)
    away = np.zeros(len(seen.rows)) if fit is None else _away(repeats, fit, horizon_days)
    columns = np.column_stack([features_of(seen, horizon_days), away])
    return Look(seen, columns, repeats, fit, horizon_days)


def _away(repeats: Repeats, fit: Fit, horizon_days: int) -> np.ndarray:
    return -log_odds(p_active(repeats, fit, horizon_days))
