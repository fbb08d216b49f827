"""Churn probability: P(no purchase day in (as_of, as_of + horizon]), learned from the past.

Five voices, each a weight for every feature of `churn_looks` on the log-odds:

- prior         a logistic regression with coefficients that ship with the product (`churn_prior`)
- clinic        the same, moved as far as the clinic's own rows pull it
- lifetime      1 − P(active in the horizon) of the (M)BG/CNBD-k family alone
- blend_prior   the prior and the lifetime model, half and half
- blend_clinic  the same, moved as far as the clinic's own rows pull it

Rows to learn from are earlier days: the features of a customer at the end of day T, the label from
(T, T + horizon], which must end by `as_of`. Several days are stacked; rows of neighbouring days
overlap, so each weighs step ÷ horizon. A clinic too young for one whole horizon of labels learns
from a horizon up to half as long.

All are judged on the newest day whose outcome is known, as they would have spoken on that day.
The clinic's blend speaks unless a simpler voice was clearly better there. On the transaction files
tried (CDNOW 1997, Online Retail 2011; horizons of 60 to 180 days) it was within 0.001 of the best
AUC of all voices and lists. Simple lists (recency, frequency, purchase days of the last year) are
tested beside it, so that one sees what the model adds.

Known weakness: a refund empties the purchase day it belongs to, also for days T between sale and
refund, because the history holds net amounts as known at `as_of`.
"""

from dataclasses import dataclass, replace

import numpy as np

from segmentation.scoring.churn_features import Common, Seen, stayed_away
from segmentation.scoring.churn_looks import COLUMNS, Look, look
from segmentation.scoring.churn_prior import PRIOR_MEAN, PRIOR_SD
from segmentation.scoring.churn_voices import (
    BLEND_CLINIC,
    BLEND_OF,
    BLEND_PRIOR,
    CLINIC_MODEL,
    LIFETIME_MODEL,
    PRIOR_MODEL,
    Tested,
    blend_prior,
    is_clearly_better,
    is_clearly_truer,
    judge_list,
    judge_voice,
    simple_lists,
)
from segmentation.scoring.lifetime.fitting import Fit as LifetimeFit
from segmentation.scoring.logistic import fit_logistic, sigmoid
from segmentation.scoring.outlook import Lifetime, lifetime_of
from segmentation.scoring.purchases import History
from segmentation.scoring.reasons import Reasons, Typical, reasons_of
from segmentation.scoring.signals import Signals

DECIMALS = 6  # beyond this only the order of additions speaks
FEWEST_ROWS = 100
MOST_CUSTOMERS = 8_000  # to learn from; four times as many moved the AUC by at most 0.001


@dataclass(frozen=True)
class ChurnRules:
    """horizon_days: how long no purchase counts as gone. Training days stand step_days apart."""

    horizon_days: int = 180
    step_days: int = 30
    n_steps: int = 6

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value < 1:
                raise ValueError(f"{name}: needs at least 1, got {value}.")


@dataclass(frozen=True)
class Trial:
    """What the chosen voice would have said on the tested day, and what came of it.

    rows: customers; said: probability; stayed_away: bool; arrays of one length.
    """

    rows: np.ndarray
    said: np.ndarray
    stayed_away: np.ndarray


@dataclass(frozen=True)
class Voice:
    """Who speaks of churn in a clinic. weights: one a column of COLUMNS."""

    model: str
    weights: np.ndarray
    common: Common
    typical: Typical


@dataclass(frozen=True)
class ChurnPrediction:
    """probability: array of n_customers, 0–1, nan without a purchase day.

    model: who spoke, see above. n_training: customer-days behind the clinic's fit.
    tested: of every voice and list, as of tested_day (days since 1970-01-01); trial: of the one who
    speaks; empty and None where no day could be tested honestly.
    seen, reasons: of the customers with a purchase day, as of `as_of`.
    """

    probability: np.ndarray
    voice: Voice
    n_training: int
    tested: dict[str, Tested]
    tested_day: int | None
    trial: Trial | None
    seen: Seen
    reasons: Reasons

    @property
    def model(self) -> str:
        return self.voice.model

    @property
    def n_tested(self) -> int:
        return len(self.trial.rows) if self.trial else 0

    @property
    def auc(self) -> float | None:
        return self.tested[self.model].auc if self.tested else None

    @property
    def brier(self) -> float | None:
        return self.tested[self.model].brier if self.tested else None


@dataclass(frozen=True)
class _Past:
    """What can be learned from: histories that end at `as_of`, and the rules of learning."""

    history: History
    signals: Signals
    rules: ChurnRules

    def look(self, day: int, horizon_days: int, fit: LifetimeFit | None) -> Look:
        return look(self.history, self.signals, day, horizon_days, fit)


@dataclass(frozen=True)
class _Learned:
    """Weights of every voice that can speak, and the customer-days behind the clinic's own."""

    voices: dict[str, np.ndarray]
    n_rows: int


def predict_churn(
    history: History,
    rules: ChurnRules,
    lifetime: Lifetime | None = None,
    signals: Signals | None = None,
) -> ChurnPrediction:
    """Learn from the past of this history and score everyone at its `as_of`.

    lifetime: of this history; without it the regression speaks alone. signals: of its customers.
    """
    signals = signals or Signals.none(history.n_customers)
    teaches = _learned_from(history)
    past = _Past(history.only(teaches), signals.only(teaches), rules)
    fit = lifetime.fit if lifetime else None
    newest = _learn(past, history.as_of, fit)
    tested_day = history.as_of - rules.horizon_days
    earlier, then = _learn_then(past, tested_day, with_lifetime=lifetime is not None)
    tested = _test(past, then, earlier, tested_day)
    regression = _regression(tested, newest.n_rows, earlier.n_rows)
    if regression == CLINIC_MODEL and earlier.n_rows < FEWEST_ROWS:
        tested = {}  # what stands there was said without the clinic's own coefficients
    model = _speaker(tested, regression, lifetime)
    now = look(history, signals, history.as_of, rules.horizon_days, fit)
    trial = _trial(past, then, earlier.voices[model], np.flatnonzero(teaches))
    return replace(
        _spoken(now, history.n_customers, model, newest.voices[model]),
        n_training=newest.n_rows,
        tested=tested,
        tested_day=tested_day if tested else None,
        trial=trial if tested else None,
    )


def repeat_churn(
    history: History,
    rules: ChurnRules,
    voice: Voice,
    fit: LifetimeFit | None,
    signals: Signals | None = None,
    *,
    is_whole: bool = False,
) -> ChurnPrediction:
    """What a clinic's voice says of some of its customers at the `as_of` of their history.

    fit: of the whole clinic. is_whole: all customers are here, so what they have in common is seen
    among them and not as it was when the voice was learned. Nothing is learned or tested.
    """
    signals = signals or Signals.none(history.n_customers)
    common, typical = (None, None) if is_whole else (voice.common, voice.typical)
    now = look(history, signals, history.as_of, rules.horizon_days, fit, common)
    return _spoken(now, history.n_customers, voice.model, voice.weights, typical)


def _spoken(
    now: Look, n_customers: int, model: str, weights: np.ndarray, typical: Typical | None = None
) -> ChurnPrediction:
    probability = np.full(n_customers, np.nan)
    said = np.round(sigmoid(now.columns @ weights), DECIMALS)
    probability[now.seen.rows] = said
    reasons = reasons_of(now, weights, said, typical)
    voice = Voice(model, weights, now.seen.common, reasons.typical)
    return ChurnPrediction(probability, voice, 0, {}, None, None, now.seen, reasons)


def _learn_then(past: _Past, day: int, *, with_lifetime: bool) -> tuple[_Learned, Look]:
    """What one would have known at the end of `day`, and the customers as one would have seen."""
    fit = lifetime_of(past.history, day).fit if with_lifetime else None
    return _learn(past, day, fit), past.look(day, past.rules.horizon_days, fit)


def _test(past: _Past, then: Look, earlier: _Learned, day: int) -> dict[str, Tested]:
    """How well voices and lists would have done one horizon ago."""
    rows = then.seen.rows
    if not len(rows):
        return {}
    away = stayed_away(past.history, rows, day, past.rules.horizon_days)
    voices = {
        name: judge_voice(sigmoid(then.columns @ weights), away)
        for name, weights in earlier.voices.items()
    }
    lists = simple_lists(past.history, rows, day)
    return voices | {name: judge_list(order, away) for name, order in lists.items()}


def _trial(past: _Past, then: Look, weights: np.ndarray, place: np.ndarray) -> Trial:
    """place: of each customer who teaches among all."""
    day = past.history.as_of - past.rules.horizon_days
    away = stayed_away(past.history, then.seen.rows, day, past.rules.horizon_days)
    return Trial(place[then.seen.rows], sigmoid(then.columns @ weights), away)


def _regression(tested: dict[str, Tested], n_newest: int, n_earlier: int) -> str:
    """The clinic's own coefficients, unless too little stands behind them or they misled."""
    if n_newest < FEWEST_ROWS:
        return PRIOR_MODEL
    if n_earlier < FEWEST_ROWS or not tested:
        return CLINIC_MODEL
    own, shipped = CLINIC_MODEL, PRIOR_MODEL
    if BLEND_CLINIC in tested:
        own, shipped = BLEND_CLINIC, BLEND_PRIOR
    misled = is_clearly_truer(tested[shipped], tested[own])
    return PRIOR_MODEL if misled else CLINIC_MODEL


def _speaker(tested: dict[str, Tested], regression: str, lifetime: Lifetime | None) -> str:
    if lifetime is None or lifetime.fit is None:
        return regression
    together = BLEND_OF[regression]
    if together not in tested:
        return regression if lifetime.needed_prior else together
    simpler = (regression, LIFETIME_MODEL)
    best = min(simpler, key=lambda name: tested[name].brier or 0.0)
    return best if is_clearly_better(tested[best], tested[together]) else together


def _learn(past: _Past, known_until: int, fit: LifetimeFit | None) -> _Learned:
    """The weights one would have had at the end of `known_until`; fit: made by then."""
    rules = past.rules
    columns, away = [np.empty((0, len(COLUMNS)))], [np.empty(0, bool)]
    horizon_days = _seen_horizon(past.history, known_until, rules)
    days = _training_days(past.history, known_until, horizon_days, rules)
    for day in days:
        seen = past.look(day, horizon_days, fit)
        columns.append(seen.columns)
        away.append(stayed_away(past.history, seen.seen.rows, day, horizon_days))
    stacked, labels = np.vstack(columns), np.concatenate(away)
    apart = days[0] - days[1] if len(days) > 1 else rules.step_days
    weight = min(1.0, apart / rules.horizon_days)
    shipped, none = np.append(PRIOR_MEAN, 0.0), np.zeros(len(COLUMNS))
    own = _fit(stacked[:, :-1], labels, PRIOR_MEAN, PRIOR_SD, weight)
    voices = {PRIOR_MODEL: shipped, CLINIC_MODEL: np.append(own, 0.0)}
    if fit is not None:
        mean, sd = blend_prior()
        none[-1] = 1.0
        together = _fit(stacked, labels, mean, sd, weight)
        voices |= {LIFETIME_MODEL: none, BLEND_PRIOR: mean, BLEND_CLINIC: together}
    return _Learned(voices, len(labels))


def _fit(
    columns: np.ndarray, labels: np.ndarray, mean: np.ndarray, sd: np.ndarray, weight: float
) -> np.ndarray:
    found = fit_logistic(columns, labels, prior_mean=mean, prior_sd=sd, row_weight=weight)
    return np.round(found, DECIMALS)


def _seen_horizon(history: History, known_until: int, rules: ChurnRules) -> int:
    """The horizon, or in a young clinic one shorter by up to half, so that some outcome is known.

    Features count days in horizons, so what a shorter one teaches carries over.
    """
    if not len(history.day):
        return rules.horizon_days
    age = known_until - int(history.day.min())
    longest = age * 2 // 3  # leaves half a horizon of history before it
    return max(min(rules.horizon_days, longest), -(-rules.horizon_days // 2))


def _training_days(
    history: History, known_until: int, horizon_days: int, rules: ChurnRules
) -> list[int]:
    """Days whose outcome is known, newest first, with half a horizon of history behind them.

    Where all are to be had, every second says as much: neighbours overlap.
    """
    if not len(history.day):
        return []
    earliest = int(history.day.min()) + horizon_days // 2
    newest = known_until - horizon_days
    days = [newest - step * rules.step_days for step in range(rules.n_steps)]
    known = [day for day in days if day >= earliest]
    return known[::2] if len(known) == rules.n_steps else known


def _learned_from(history: History) -> np.ndarray:
    """Customers to learn from: all, or a fixed share picked by a hash of their row."""
    bought = history.n_days > 0
    n_bought = int(bought.sum())
    if n_bought <= MOST_CUSTOMERS:
        return bought
    place = np.arange(history.n_customers, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return bought & ((place >> np.uint64(32)) < np.uint64(2**32 * MOST_CUSTOMERS // n_bought))
