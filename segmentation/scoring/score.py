"""All scores of one clinic at one day: purchase days in, one row a customer out."""

from dataclasses import dataclass, field

import numpy as np

from segmentation.scoring.churn import ChurnPrediction, ChurnRules, predict_churn, repeat_churn
from segmentation.scoring.due import DueHabits, NextDue, TreatmentDays, next_due
from segmentation.scoring.intervals import (
    ExpectedIntervals,
    IntervalRules,
    expect_intervals,
)
from segmentation.scoring.layers import LayerRules, layer_cuts, layers_of
from segmentation.scoring.outlook import (
    YEAR_DAYS,
    Lifetime,
    Outlook,
    ValueRules,
    foretell,
    lifetime_of,
    repeats_of,
)
from segmentation.scoring.population import Population
from segmentation.scoring.purchases import (
    Day,
    History,
    PurchaseDays,
    Standing,
    order_history,
)
from segmentation.scoring.rfm import DEFAULT_WINDOW_DAYS, RfmThresholds, score_rfm
from segmentation.scoring.signals import Signals
from segmentation.scoring.stages import StageRules, stages_of


@dataclass(frozen=True)
class ScoreRules:
    """The clinic's settings. rfm_window_days: None looks at everything."""

    rfm_window_days: int | None = DEFAULT_WINDOW_DAYS
    rfm_thresholds: RfmThresholds = field(default_factory=RfmThresholds)
    intervals: IntervalRules = field(default_factory=IntervalRules)
    stages: StageRules = field(default_factory=StageRules)
    churn: ChurnRules = field(default_factory=ChurnRules)
    value: ValueRules = field(default_factory=ValueRules)
    layers: LayerRules = field(default_factory=LayerRules)


@dataclass(frozen=True)
class GoodsCost:
    """What the goods cost that were sold.

    last_year_minor: n_customers, cost of goods of the last 365 days. margin_rate: what is left of
    net spend after them, 0–1, of those days' lines whose cost is known; 1 where no cost is known.
    """

    last_year_minor: np.ndarray
    margin_rate: float


@dataclass(frozen=True)
class Scores:
    """Arrays of n_customers, in the order of customer_row.

    recency_days (−1), frequency (0), monetary_minor (0), r, f, m (0): within the RFM window, in
    brackets what stands for nobody there. expected_interval_days, interval_uncertainty (standard
    deviation of its log): nan without a purchase day. first_purchase_day, last_purchase_day,
    next_due_day: datetime64[D], NaT without a purchase day (`.tolist()` gives dates and None).
    next_due_first_day, next_due_last_day: four times in five the customer comes in between, if at
    all.
    next_due_treatment: as in TreatmentDays, −1 where none wears off.
    stage: position in STAGES, int8. layer: position in LAYERS, int8.
    churn_probability: nan without a purchase day.
    churn_model: who spoke in the whole run, see `churn`, which holds how it was judged.
    p_alive, expected_purchases (within the churn horizon), expected_spend_minor, clv_minor: nan
    where nothing can be said; outlook holds who spoke.
    historical_value_minor: net of the last 365 days less the cost of its goods.
    population: what all customers together taught, so that one can be scored again alone.
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
    next_due_first_day: np.ndarray
    next_due_last_day: np.ndarray
    next_due_treatment: np.ndarray
    stage: np.ndarray
    layer: np.ndarray
    churn_probability: np.ndarray
    churn_model: str
    churn: ChurnPrediction
    p_alive: np.ndarray
    expected_purchases: np.ndarray
    expected_spend_minor: np.ndarray
    clv_minor: np.ndarray
    historical_value_minor: np.ndarray
    outlook: Outlook
    population: Population


def score(
    purchases: PurchaseDays,
    *,
    n_customers: int,
    as_of: Day,
    rules: ScoreRules | None = None,
    treatments: TreatmentDays | None = None,
    goods: GoodsCost | None = None,
    signals: Signals | None = None,
    population: Population | None = None,
    taught: Population | None = None,
) -> Scores:
    """Score everyone at the end of `as_of`; purchase days after it are dropped first.

    treatments, goods, signals: what was known by `as_of`; without them every interval leans on the
    clinic's own, every sale is all margin, and only purchases tell who may stay away.
    population: of the whole clinic, where these customers are only some of it: they are compared
    with it and teach nothing.
    taught: by the same clinic on an earlier day: its models of coming, spending and churn speak,
    and these customers are compared with each other. At most one of the two.
    Raises ValueError naming the row and field when a column cannot be read.
    """
    rules = rules or ScoreRules()
    goods = goods or GoodsCost(np.zeros(n_customers, np.int64), 1.0)
    history = order_history(purchases, n_customers=n_customers, as_of=as_of)
    rfm = score_rfm(
        history,
        window_days=rules.rfm_window_days,
        thresholds=rules.rfm_thresholds,
        cuts=population.rfm if population else None,
    )
    standing = history.standing(history.as_of)
    listed = treatments.catalogue_days(n_customers) if treatments else None
    interval = expect_intervals(
        standing,
        catalogue_days=listed,
        rules=rules.intervals,
        pool=population.intervals if population else None,
    )
    lifetime, churn = _away(history, rules.churn, signals, population, taught)
    stage = stages_of(history, interval.days, rules.stages)
    speaker = population or taught
    margin_rate = goods.margin_rate if population is None else population.margin_rate
    outlook = foretell(
        history,
        lifetime,
        horizon_days=rules.churn.horizon_days,
        margin_rate=margin_rate,
        rules=rules.value,
        pool=speaker.spend if speaker else None,
    )
    earned = history.net_minor_since(history.as_of - YEAR_DAYS) - goods.last_year_minor
    worth = np.where(history.n_days > 0, np.nan_to_num(outlook.clv_minor) + earned, np.nan)
    due = _due(treatments, history, standing, interval, population.due if population else None)
    cuts = population.layers if population else layer_cuts(worth, rules.layers)
    return Scores(
        recency_days=rfm.recency_days,
        frequency=rfm.frequency,
        monetary_minor=rfm.monetary_minor,
        r=rfm.r,
        f=rfm.f,
        m=rfm.m,
        expected_interval_days=interval.days,
        interval_uncertainty=interval.log_sd,
        first_purchase_day=_days(history, standing.first_day),
        last_purchase_day=_days(history, standing.last_day),
        next_due_day=_days(history, due.day),
        next_due_first_day=_days(history, due.first_day),
        next_due_last_day=_days(history, due.last_day),
        next_due_treatment=due.treatment,
        stage=stage,
        layer=layers_of(worth, stage, churn.probability, rules.layers, cuts),
        churn_probability=churn.probability,
        churn_model=churn.model,
        churn=churn,
        p_alive=outlook.p_alive,
        expected_purchases=outlook.expected_purchases,
        expected_spend_minor=outlook.expected_spend_minor,
        clv_minor=outlook.clv_minor,
        historical_value_minor=earned,
        outlook=outlook,
        population=Population(
            rfm=rfm.cuts,
            intervals=interval.pool,
            due=due.habits,
            fit=lifetime.fit,
            needed_prior=lifetime.needed_prior,
            spend=outlook.spend,
            margin_rate=margin_rate,
            churn=churn.voice,
            layers=cuts,
        ),
    )


def _away(
    history: History,
    rules: ChurnRules,
    signals: Signals | None,
    population: Population | None,
    taught: Population | None,
) -> tuple[Lifetime, ChurnPrediction]:
    speaker = population or taught
    if speaker is None:
        lifetime = lifetime_of(history)
        return lifetime, predict_churn(history, rules, lifetime, signals)
    told = Lifetime(*repeats_of(history), speaker.fit, speaker.needed_prior)
    is_whole = population is None
    return told, repeat_churn(
        history, rules, speaker.churn, speaker.fit, signals, is_whole=is_whole
    )


def _due(
    treatments: TreatmentDays | None,
    history: History,
    standing: Standing,
    interval: ExpectedIntervals,
    habits: DueHabits | None,
) -> NextDue:
    """By treatment where one wears off, else by the customer's interval between purchase days.

    Nobody is due for a treatment of whom every purchase was taken back.
    """
    n_customers = history.n_customers
    days = treatments.only(history.n_days > 0) if treatments else TreatmentDays.none()
    found = next_due(days, n_customers=n_customers, as_of=history.as_of, habits=habits)
    waits = (interval.days, interval.gap_days(0.1), interval.gap_days(0.9))
    day, first_day, last_day = (standing.last_day + np.nan_to_num(np.rint(w)) for w in waits)
    treated = found.treatment >= 0
    return NextDue(
        found.treatment,
        np.where(treated, found.day, day),
        np.where(treated, found.first_day, first_day),
        np.where(treated, found.last_day, last_day),
        np.where(treated, found.log_sd, interval.gap_log_sd),
        found.habits,
    )


def _days(history: History, day_numbers: np.ndarray) -> np.ndarray:
    """Calendar days, NaT for customers without a purchase day."""
    days = day_numbers.astype(np.int64).astype("datetime64[D]")
    days[history.n_days == 0] = np.datetime64("NaT", "D")
    return days
