"""What is to be expected of each customer: still there, purchases, spend, value to come.

The member of the family that the clinic's own history makes most likely speaks for everyone
(`lifetime.fitting`). Where a clinic is young, or so regular that its data do not hold the
parameters, a weak prior holds them, and the answer says so. Where nobody ever came again nothing
can be said.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from segmentation.scoring.lifetime.family import BG_NBD, Shape
from segmentation.scoring.lifetime.fitting import Fit, Prior, best_fit, fit
from segmentation.scoring.lifetime.gamma_gamma import SpendFit, expected_spend, fit_spend
from segmentation.scoring.lifetime.outlook import expected_purchases, p_active, p_alive
from segmentation.scoring.lifetime.repeats import Repeats
from segmentation.scoring.purchases import History

SHAPES = (BG_NBD, *map(Shape, range(1, 9)))
FEW_CUSTOMERS = 1_000  # below this the prior helps to hold the parameters
FEW_REPEATS = 100  # below this they say nothing of regularity
FEWEST_SPENDERS = 20
FLATTEST_Q = 1.05  # nearer to 1 the mean of everybody is without bounds
DECIMALS = 6  # beyond this only the order of additions speaks
YEAR_DAYS = 365


@dataclass(frozen=True)
class ValueRules:
    """clv_days: how far value to come is looked for. discount_rate: a year, 0–1."""

    clv_days: int = YEAR_DAYS
    discount_rate: float = 0.10

    def __post_init__(self) -> None:
        if self.clv_days < 1 or not self.discount_rate > -1:
            raise ValueError(f"These value rules mean nothing: {self}.")


@dataclass(frozen=True)
class SpendPool:
    """What a purchase day brings in this clinic.

    fit: None where too little holds it. everybody_minor: net of a purchase day, of all of them.
    """

    fit: SpendFit | None
    everybody_minor: float


@dataclass(frozen=True)
class Outlook:
    """Arrays of n_customers, nan without a purchase day or where nothing can be said.

    p_alive: 0–1. expected_purchases: purchase days within the horizon. expected_spend_minor: net of
    one purchase day. clv_minor: discounted margin to come.
    fit: what spoke; None where nothing could. needed_prior: whether the data alone did not hold the
    parameters.
    """

    p_alive: np.ndarray
    expected_purchases: np.ndarray
    expected_spend_minor: np.ndarray
    clv_minor: np.ndarray
    fit: Fit | None
    spend: SpendPool
    needed_prior: bool


@dataclass(frozen=True)
class Lifetime:
    """What the purchase days until one day say of coming again.

    rows: customers with a purchase day until then. repeats: of those. fit: None where nobody came
    again. needed_prior: whether the data alone did not hold the parameters.
    """

    rows: np.ndarray
    repeats: Repeats
    fit: Fit | None
    needed_prior: bool

    def p_active(self, horizon_days: int) -> np.ndarray:
        """P(a purchase day within the horizon) of the customers in `rows`; nan without a fit."""
        if self.fit is None:
            return np.full(len(self.rows), np.nan)
        return p_active(self.repeats, self.fit, horizon_days)


def lifetime_of(history: History, day: int | None = None) -> Lifetime:
    """Fitted on purchase days up to `day` (default: the history's `as_of`), nothing later."""
    rows, repeats = repeats_of(history, day)
    return Lifetime(rows, repeats, *fit_history(repeats))


def foretell(
    history: History,
    lifetime: Lifetime,
    *,
    horizon_days: int,
    margin_rate: float,
    rules: ValueRules | None = None,
    pool: SpendPool | None = None,
) -> Outlook:
    """lifetime: of this history at its `as_of`.

    margin_rate: what is left of net spend after the cost of goods, 0–1, of the whole clinic.
    pool: of the whole clinic, where these customers are only some of it; else they make their own.
    """
    rules = rules or ValueRules()
    rows, repeats, found = lifetime.rows, lifetime.repeats, lifetime.fit
    spent = _spent(history, rows, repeats)
    pool = pool or _spend_pool(spent)
    spend = _expected_spend(spent, pool)
    answers = np.full((4, history.n_customers), np.nan)
    alive, purchases, spend_minor, clv_minor = answers
    spend_minor[rows] = np.rint(spend)
    if found is not None:
        alive[rows] = p_alive(repeats, found)
        purchases[rows] = expected_purchases(repeats, found, horizon_days)
        to_come = expected_purchases(repeats, found, rules.clv_days)
        # Purchases spread over the horizon are discounted as if they came in its middle.
        discount = (1 + rules.discount_rate) ** (-rules.clv_days / YEAR_DAYS / 2)
        clv_minor[rows] = np.rint(to_come * spend * margin_rate * discount)
    answers[:2] = np.round(answers[:2], DECIMALS)
    return Outlook(alive, purchases, spend_minor, clv_minor, found, pool, lifetime.needed_prior)


def repeats_of(history: History, day: int | None = None) -> tuple[np.ndarray, Repeats]:
    """(rows of customers with a purchase day until `day`, what the models need of them), in days.

    day: default the history's `as_of`.
    """
    day = history.as_of if day is None else day
    standing = history.standing(day)
    rows = np.flatnonzero(standing.n_days > 0)
    first = standing.first_day[rows]
    return rows, Repeats(
        standing.n_days[rows] - 1,
        standing.last_day[rows] - first,
        day - first,
        history.log_gap_sum(standing)[rows],
    )


def fit_history(repeats: Repeats) -> tuple[Fit | None, bool]:
    """(the fit that speaks or None, whether it leans on the prior)."""
    if not repeats.n_repeats.any():
        return None, False
    if len(repeats) >= FEW_CUSTOMERS:
        found, _tried = best_fit(repeats, SHAPES)
        if found.is_held:
            return found, False
        return fit(repeats, found.shape, prior=Prior()), True
    shapes = SHAPES if repeats.n_repeats.sum() >= FEW_REPEATS else (Shape(),)
    found, _tried = best_fit(repeats, shapes, prior=Prior())
    return found, True


class _Spent(NamedTuple):
    """Per customer in `rows`: net of all purchase days and of the repeats, minor units.

    As in the model's source, repeats alone speak of what is spent: a first visit is often no guide
    to the next.
    """

    n_repeats: np.ndarray
    total_minor: np.ndarray
    mean_repeat_minor: np.ndarray


def _spent(history: History, rows: np.ndarray, repeats: Repeats) -> _Spent:
    total = history.net_minor_of_purchase_days()[rows].astype(float)
    first = history.net_minor[history.start[rows]].astype(float)
    n_repeats = repeats.n_repeats
    nothing = np.zeros(len(rows))
    return _Spent(
        n_repeats, total, np.divide(total - first, n_repeats, out=nothing, where=n_repeats > 0)
    )


def _spend_pool(spent: _Spent) -> SpendPool:
    again = spent.n_repeats > 0
    everybody = spent.total_minor.sum() / max(float((spent.n_repeats + 1).sum()), 1.0)
    if again.sum() >= FEWEST_SPENDERS:
        found = fit_spend(spent.n_repeats[again], spent.mean_repeat_minor[again])
        if found.q > FLATTEST_Q:
            return SpendPool(found, everybody)
    return SpendPool(None, everybody)


def _expected_spend(spent: _Spent, pool: SpendPool) -> np.ndarray:
    """Expected net of a purchase day, minor units."""
    if pool.fit is not None:
        return expected_spend(spent.n_repeats, spent.mean_repeat_minor, pool.fit)
    return (spent.total_minor + 2 * pool.everybody_minor) / (spent.n_repeats + 3)
