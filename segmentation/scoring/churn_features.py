"""What a churn model may see of a customer at the end of one day, and what came of it."""

from dataclasses import dataclass

import numpy as np

from segmentation.scoring.intervals import IntervalPool, IntervalRules, expect_intervals
from segmentation.scoring.purchases import History
from segmentation.scoring.signals import (
    COMPLAINT,
    DISCOUNT,
    MISSED,
    NEW_CONSULTANT,
    SURVEY,
    TREATMENT,
    Signals,
)

RHYTHM = (
    "intercept",
    "recency",
    "recency_in_intervals",
    "frequency",
    "purchase_days_last_year",
    "tenure",
    "one_time",
    "interval",
)
BEHAVIOUR = (
    "gap_trend",
    "spend_trend",
    "discount",
    "missed",
    "survey",
    "complaint",
    "new_consultant",
    "nothing_wears_off",
    "treatment_interval",
    "treatment_waited",
)
FEATURES = RHYTHM + BEHAVIOUR
YEAR_DAYS = 365
MOST_INTERVALS = 20.0
FEWEST_DAYS_FOR_TREND = 3
STEEPEST_TREND = 1.5  # of logs; beyond it a longer gap or a smaller bill says no more
USUAL_ANSWER = 4.0  # of 5: what a satisfied customer says


@dataclass(frozen=True)
class Common:
    """What the customers of a clinic have in common. has_catalogue: whether anybody ever had a
    treatment that wears off."""

    intervals: IntervalPool
    has_catalogue: bool


@dataclass(frozen=True)
class Seen:
    """Customers with a purchase day, as they stood at the end of one day; arrays of one length.

    rows: their places. interval_days: expected of them, from own gaps and the clinic's median only:
    what the catalogue says is known as of today, not as of that day. mean_gap_days: of all gaps but
    the last; nan with fewer than two. mean_net_minor: of all purchase days but the last; nan with
    one. discount_rate: of the last purchase. n_missed: in the last year. answer: 1–5, given since
    the last purchase day; nan for none. has_complained, has_new_consultant: since or on that day.
    treatment_days: the catalogue's interval of the newest treatment that wears off; nan for none,
    days_since_treatment means nothing then. common: what they were seen among.
    """

    rows: np.ndarray
    recency_days: np.ndarray
    n_days: np.ndarray
    n_days_last_year: np.ndarray
    tenure_days: np.ndarray
    interval_days: np.ndarray
    last_gap_days: np.ndarray
    mean_gap_days: np.ndarray
    last_net_minor: np.ndarray
    mean_net_minor: np.ndarray
    discount_rate: np.ndarray
    n_missed: np.ndarray
    answer: np.ndarray
    has_complained: np.ndarray
    has_new_consultant: np.ndarray
    treatment_days: np.ndarray
    days_since_treatment: np.ndarray
    common: Common


def see(history: History, signals: Signals, day: int, common: Common | None = None) -> Seen:
    """Everyone with a purchase day up to `day`; uses nothing later.

    common: of the whole clinic, where these customers are only some of it.
    """
    standing = history.standing(day)
    rows = np.flatnonzero(standing.n_days > 0)
    n_days, last = standing.n_days[rows], standing.last_day[rows]
    tenure = day - standing.first_day[rows]
    last_gap = history.last_gap_days(standing)[rows]
    last_net = history.last_net_minor(standing)[rows]
    earlier_net = history.net_minor_until(standing)[rows] - last_net
    answered, answer_day, answer = _newest(signals, SURVEY, rows, day)
    complained, complaint_day, _one = _newest(signals, COMPLAINT, rows, day)
    discounted, discount_day, discount = _newest(signals, DISCOUNT, rows, day)
    changed, changed_day, _one = _newest(signals, NEW_CONSULTANT, rows, day)
    treated, treated_day, treatment_days = _newest(signals, TREATMENT, rows, day)
    missed = signals[MISSED]
    pool = common.intervals if common else None
    expected = expect_intervals(standing, rules=IntervalRules(), pool=pool)
    return Seen(
        rows=rows,
        recency_days=standing.recency_days[rows],
        n_days=n_days,
        n_days_last_year=n_days - history.n_days_until(day - YEAR_DAYS)[rows],
        tenure_days=tenure,
        interval_days=expected.days[rows],
        last_gap_days=last_gap,
        mean_gap_days=_mean(last - standing.first_day[rows] - last_gap, n_days - 2),
        last_net_minor=last_net,
        mean_net_minor=_mean(earlier_net, n_days - 1),
        discount_rate=np.where(discounted & (discount_day == last), discount, 0.0),
        n_missed=(missed.n_until(day) - missed.n_until(day - YEAR_DAYS))[rows],
        answer=np.where(answered & (answer_day >= last), answer, np.nan),
        has_complained=complained & (complaint_day >= last),
        has_new_consultant=changed & (changed_day == last),
        treatment_days=np.where(treated, treatment_days, np.nan),
        days_since_treatment=day - treated_day,
        common=common or Common(expected.pool, bool(treated.any())),
    )


def _newest(
    signals: Signals, kind: str, rows: np.ndarray, day: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    known, last_day, value = signals[kind].newest(day)
    return known[rows], last_day[rows], value[rows]


def _mean(total: np.ndarray, n: np.ndarray) -> np.ndarray:
    return np.divide(total, n, out=np.full(len(total), np.nan), where=n > 0)


def features_of(seen: Seen, horizon_days: int) -> np.ndarray:
    """Matrix of the customers seen × FEATURES.

    Days are counted in horizons and nearly everything on a log scale, so that coefficients carry
    over from one horizon to another. Behaviour of which nothing is known counts as usual, 0.
    """
    n = len(seen.rows)
    treated = ~np.isnan(seen.treatment_days)
    treatment_days = np.where(treated, seen.treatment_days, horizon_days)
    waited = _intervals(seen.recency_days, seen.interval_days)
    columns = (
        np.ones(n),
        np.log1p(seen.recency_days / horizon_days),
        np.log1p(waited),
        np.log(seen.n_days),
        np.log1p(seen.n_days_last_year),
        np.log1p(seen.tenure_days / horizon_days),
        (seen.n_days == 1).astype(float),
        np.log(seen.interval_days / horizon_days),
        _trend(seen.last_gap_days, seen.mean_gap_days, seen.n_days),
        _trend(seen.last_net_minor, seen.mean_net_minor, seen.n_days),
        seen.discount_rate,
        np.log1p(seen.n_missed),
        np.where(np.isnan(seen.answer), 0.0, USUAL_ANSWER - seen.answer),
        seen.has_complained.astype(float),
        seen.has_new_consultant.astype(float),
        (~treated & seen.common.has_catalogue).astype(float),
        np.log(treatment_days / horizon_days),
        np.where(treated, np.log1p(_intervals(seen.days_since_treatment, treatment_days)), 0.0),
    )
    return np.column_stack(columns)


def _intervals(days: np.ndarray, interval_days: np.ndarray) -> np.ndarray:
    return np.clip(days / interval_days, 0, MOST_INTERVALS)


def _trend(last: np.ndarray, usual: np.ndarray, n_days: np.ndarray) -> np.ndarray:
    """Log of last ÷ usual, within bounds; 0 where the usual rests on too little."""
    known = (n_days >= FEWEST_DAYS_FOR_TREND) & (usual > 0) & (last > 0)
    ratio = np.divide(last, usual, out=np.ones(len(last)), where=known)
    return np.clip(np.log(ratio), -STEEPEST_TREND, STEEPEST_TREND)


def churn_features(
    history: History, day: int, horizon_days: int, signals: Signals | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """(customer rows, matrix of those customers × FEATURES) as of `day`."""
    seen = see(history, signals or Signals.none(history.n_customers), day)
    return seen.rows, features_of(seen, horizon_days)


def stayed_away(history: History, rows: np.ndarray, day: int, horizon_days: int) -> np.ndarray:
    """True where a customer had no purchase day in (day, day + horizon_days]."""
    if day + horizon_days > history.as_of:
        raise ValueError("The horizon ends after as_of: nobody knows yet who stayed away.")
    later = history.n_days_until(day + horizon_days) - history.n_days_until(day)
    return later[rows] == 0
