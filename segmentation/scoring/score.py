"""All scores of one clinic at one day: purchase days in, one row a customer out."""

from dataclasses import dataclass, field

import numpy as np

from segmentation.scoring.churn import ChurnPrediction, ChurnRules, predict_churn
from segmentation.scoring.intervals import IntervalRules, expect_intervals
from segmentation.scoring.purchases import Day, History, PurchaseDays, order_history
from segmentation.scoring.rfm import DEFAULT_WINDOW_DAYS, RfmThresholds, score_rfm
from segmentation.scoring.stages import StageRules, stages_of


@dataclass(frozen=True)
class ScoreRules:
    """The clinic's settings. rfm_window_days: None looks at everything."""

    rfm_window_days: int | None = DEFAULT_WINDOW_DAYS
    rfm_thresholds: RfmThresholds = field(default_factory=RfmThresholds)
    intervals: IntervalRules = field(default_factory=IntervalRules)
    stages: StageRules = field(default_factory=StageRules)
    churn: ChurnRules = field(default_factory=ChurnRules)


@dataclass(frozen=True)
class Scores:
    """Arrays of n_customers, in the order of customer_row.

    recency_days (−1), frequency (0), monetary_minor (0), r, f, m (0): within the RFM window, in
    brackets what stands for nobody there. expected_interval_days, interval_uncertainty (standard
    deviation of its log): nan without a purchase day. first_purchase_day, last_purchase_day,
    next_due_day: datetime64[D], NaT without a purchase day (`.tolist()` gives dates and None).
    stage: position in STAGES, int8. churn_probability: nan without a purchase day.
    churn_model: "clinic" or "prior", for the whole run; churn holds how it was judged.
    """

    recency_days: np.ndarray
    frequency: np.ndarray
    monetary_minor: np.ndarray
    r: np.ndarray
    f: np.ndarray
    m: np.ndarray
    expected_interval_days: np.ndarray
    interval_uncertainty: np.ndarray
    first_purchase_day: np.ndarray
    last_purchase_day: np.ndarray
    next_due_day: np.ndarray
    stage: np.ndarray
    churn_probability: np.ndarray
    churn_model: str
    churn: ChurnPrediction


def score(
    purchases: PurchaseDays,
    *,
    n_customers: int,
    as_of: Day,
    rules: ScoreRules | None = None,
    prior_interval_days: np.ndarray | None = None,
) -> Scores:
    """Score everyone at the end of `as_of`; purchase days after it are dropped first.

    prior_interval_days: n_customers, the mean catalogue interval of the treatments that a customer
    had bought by `as_of`, in days, nan where unknown.
    Raises ValueError naming the row and field when a column cannot be read.
    """
    rules = rules or ScoreRules()
    history = order_history(purchases, n_customers=n_customers, as_of=as_of)
    rfm = score_rfm(history, window_days=rules.rfm_window_days, thresholds=rules.rfm_thresholds)
    standing = history.standing(history.as_of)
    interval = expect_intervals(standing, catalogue_days=prior_interval_days, rules=rules.intervals)
    churn = predict_churn(history, rules.churn)
    return Scores(
        **vars(rfm),
        expected_interval_days=interval.days,
        interval_uncertainty=interval.log_sd,
        first_purchase_day=_days(history, standing.first_day),
        last_purchase_day=_days(history, standing.last_day),
        next_due_day=_days(history, standing.last_day + np.nan_to_num(np.rint(interval.days))),
        stage=stages_of(history, interval.days, rules.stages),
        churn_probability=churn.probability,
        churn_model=churn.model,
        churn=churn,
    )


def _days(history: History, day_numbers: np.ndarray) -> np.ndarray:
    """Calendar days, NaT for customers without a purchase day."""
    days = day_numbers.astype(np.int64).astype("datetime64[D]")
    days[history.n_days == 0] = np.datetime64("NaT", "D")
    return days
