"""Recency, frequency, monetary, and their scores 1–5 within the clinic.

Quintile scores: `1 + floor(5 × share of customers strictly worse)`, counted in whole numbers, so
equal values get equal scores and no rounding decides at a boundary.
"""

from dataclasses import dataclass, replace

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


Cuts = tuple[int, ...]


@dataclass(frozen=True)
class RfmCuts:
    """Where the quintiles of one clinic begin: a value above the k-th cut has k + 1 or more.

    recency_days: of the negative recency, as of as_of (days since 1970-01-01). Empty: nobody.
    """

    as_of: int
    recency_days: Cuts
    frequency: Cuts
    monetary_minor: Cuts

    def on(self, day: int) -> "RfmCuts":
        """The same customers some days later: everybody's recency has grown by as much."""
        waited = tuple(cut - (day - self.as_of) for cut in self.recency_days)
        return replace(self, as_of=day, recency_days=waited)


@dataclass(frozen=True)
class Rfm:
    """Arrays of n_customers, within the window. cuts: of the quintiles.

    Without a purchase day in the window: recency_days −1, all others 0.
    """

    recency_days: np.ndarray
    frequency: np.ndarray
    monetary_minor: np.ndarray
    r: np.ndarray
    f: np.ndarray
    m: np.ndarray
    cuts: RfmCuts


def score_rfm(
    history: History,
    *,
    window_days: int | None = DEFAULT_WINDOW_DAYS,
    thresholds: RfmThresholds | None = None,
    cuts: RfmCuts | None = None,
) -> Rfm:
    """window_days: the last so many days, `as_of` included; None looks at everything.

    cuts: of the whole clinic, where these customers are only some of it; else they make their own.
    """
    if window_days is not None and window_days < 1:
        raise ValueError(f"window_days: needs at least 1 day, got {window_days}.")
    thresholds = thresholds or RfmThresholds()
    before = None if window_days is None else history.as_of - window_days
    frequency = history.n_days - (0 if before is None else history.n_days_until(before))
    scored = frequency > 0
    recency = np.where(scored, history.standing(history.as_of).recency_days, NO_RECENCY)
    monetary = np.where(scored, history.net_minor_since(before), 0)

    def grade(values: np.ndarray, fixed: Cuts | None, quintile: Cuts) -> np.ndarray:
        scores = np.full(len(values), NOT_SCORED, np.int8)
        some = values[scored]
        scores[scored] = quintiles(some, quintile) if fixed is None else grades(some, fixed)
        return scores

    late = thresholds.recency_days
    columns = (-recency, frequency, monetary)
    if cuts is None:
        cuts = RfmCuts(history.as_of, *(quintile_cuts(column[scored]) for column in columns))
    cuts = cuts.on(history.as_of)
    return Rfm(
        recency_days=recency.astype(np.int32),
        frequency=frequency.astype(np.int32),
        monetary_minor=monetary,
        # fewer days are better: turn the sign, and the cuts with it
        r=grade(
            -recency,
            None if late is None else tuple(-cut for cut in reversed(late)),
            cuts.recency_days,
        ),
        f=grade(frequency, thresholds.frequency, cuts.frequency),
        m=grade(monetary, thresholds.monetary_minor, cuts.monetary_minor),
        cuts=cuts,
    )


def quintile_cuts(values: np.ndarray) -> Cuts:
    """The ⌈k n / 5⌉-th smallest of n values for k from 1 to 4; nothing of no values."""
    if not len(values):
        return ()
    ordered = np.sort(values)
    return tuple(int(ordered[-(-k * len(values) // 5) - 1]) for k in range(1, 5))


def quintiles(values: np.ndarray, cuts: Cuts | None = None) -> np.ndarray:
    """1 + floor(5 × share strictly lower), whole numbers in, 1–5 out.

    cuts: of `quintile_cuts`; default the values' own.

    A value has at least k fifths of the n values strictly below it exactly when it is above the
    ⌈k n / 5⌉-th smallest; so four comparisons give the score, without ranking every row.
    """
    scores = np.ones(len(values), np.int8)
    for cut in quintile_cuts(values) if cuts is None else cuts:
        scores += values > cut
    return scores


def grades(values: np.ndarray, cuts: Cuts) -> np.ndarray:
    """1 + the number of cuts that a value reaches."""
    scores = np.ones(len(values), np.int8)
    for cut in cuts:
        scores += values >= cut
    return scores
