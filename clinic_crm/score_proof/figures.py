"""What is measured of one generated clinic, each figure with its limit where there is one."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from clinic_crm.score_proof.clinics import HORIZON_DAYS, KnownClinic, known_clinic, last_day
from clinic_crm.simulator.history import BAD, CAUSES, DRIFTED, ONE_OFF
from segmentation.scoring.churn import Trial
from segmentation.scoring.due import TreatmentDays, next_due
from segmentation.scoring.logistic import area_under_curve
from segmentation.scoring.purchases import History, order_history
from segmentation.scoring.reasons import REASONS
from segmentation.scoring.report_card import report_card
from segmentation.scoring.score import Scores

DUE_LOOKED_BACK = 400  # days whose returns tell whether a due date was right
TOLD_FROM = 0.3
N_TOLD = 3  # reasons that a person reads first
FEWEST_FOR_LIMITS = 1_500  # people; below it a figure is told and decides nothing
VISIBLE_CAUSES = {
    BAD: ("complaint", "survey"),
    ONE_OFF: ("nothing_wears_off", "habit"),
    DRIFTED: ("wait", "habit"),
}


@dataclass(frozen=True)
class Figure:
    """limit: what it must not exceed, or with is_floor not fall below; None: only told."""

    name: str
    value: float
    limit: float | None = None
    is_floor: bool = False

    @property
    def is_missed(self) -> bool:
        if self.limit is None:
            return False
        return self.value < self.limit if self.is_floor else self.value > self.limit


def figures_of(n_customers: int, seed: int) -> Iterator[Figure]:
    clinic = known_clinic(n_customers, seed)
    decides = clinic.n_people >= FEWEST_FOR_LIMITS
    for figure in _all(clinic, seed):
        yield figure if decides or figure.name.startswith("leak") else replace(figure, limit=None)


def _all(clinic: KnownClinic, seed: int) -> Iterator[Figure]:
    on = last_day() - HORIZON_DAYS  # the newest quarter, which no model has seen
    scores = clinic.scores(on)
    yield from _churn(clinic, scores, on)
    yield from _due(clinic)
    yield from _reasons(clinic, scores, on)
    yield _leak(clinic, scores, on, seed)


def _churn(clinic: KnownClinic, scores: Scores, on: int) -> Iterator[Figure]:
    history = _history(clinic, last_day())
    rows = scores.churn.seen.rows
    away = history.n_days_until(on + HORIZON_DAYS)[rows] == history.n_days_until(on)[rows]
    said = scores.churn_probability[rows]
    card = report_card(Trial(rows, said, away))
    auc = area_under_curve(said, away) or 0.0
    best = area_under_curve(-clinic.true_return(rows, on), away) or 0.0
    recency = area_under_curve(scores.churn.seen.recency_days.astype(float), away) or 0.0
    yield Figure("churn: calibration error", card.calibration_error if card else 0.0, 0.05)
    yield Figure("churn: AUC", auc)
    yield Figure("churn: AUC of who knows who has left", best)
    yield Figure("churn: AUC lost against the truth", best - auc)
    yield Figure("churn: AUC gained over recency", auc - recency, -0.01, is_floor=True)


def _due(clinic: KnownClinic) -> Iterator[Figure]:
    """Due days against the day the customer did come, of those not overdue on the day asked."""
    on = last_day() - DUE_LOOKED_BACK
    whole = clinic.treatment_days()
    days, came_on = _pairs_before(whole, on)
    alone = replace(days, customer_row=np.arange(len(days.customer_row)))  # each gets its day
    found = next_due(alone, n_customers=len(days.customer_row), as_of=on)
    fixed = alone.last_day + alone.interval_days
    fair = (came_on > 0) & (fixed > on)
    truth = came_on[fair]
    ours = np.abs(found.day[fair] - truth).mean() if fair.any() else 0.0
    rule = np.abs(fixed[fair] - truth).mean() if fair.any() else 0.0
    inside = (truth >= found.first_day[fair]) & (truth <= found.last_day[fair])
    yield Figure("due: mean error, days", float(ours))
    yield Figure(
        "due: error ÷ that of the fixed interval", float(ours / rule) if rule else 1.0, 0.8
    )
    covered = float(inside.mean()) if fair.any() else 0.8
    yield Figure("due: share inside the 80 % range, lowest", covered, 0.77, is_floor=True)
    yield Figure("due: share inside the 80 % range, highest", covered, 0.83)


def _pairs_before(whole: TreatmentDays, on: int) -> tuple[TreatmentDays, np.ndarray]:
    """(what was known by the end of `on`, the first day after it of each pair; 0 for none)."""
    early = whole.day <= on
    pair = np.repeat(np.arange(len(whole.customer_row)), whole.n_days)
    n_early = np.bincount(pair[early], minlength=len(whole.customer_row))
    at = np.minimum(whole.start[:-1] + n_early, len(whole.day) - 1)
    came_on = np.where(n_early < whole.n_days, whole.day[at], 0)
    kept = n_early > 0
    columns = {
        name: getattr(whole, name)[kept]
        for name in ("customer_row", "treatment", "interval_days", "course_length", "n_lines")
    }
    start = np.concatenate(([0], np.cumsum(n_early[kept])))
    return TreatmentDays(**columns, start=start, day=whole.day[early & kept[pair]]), came_on[kept]


def _reasons(clinic: KnownClinic, scores: Scores, on: int) -> Iterator[Figure]:
    """Of those who had left for a cause that shows, who is told a reason that fits it."""
    hidden = clinic.world.truth.hidden
    seen, reasons = scores.churn.seen, scores.churn.reasons
    day = int(hidden.clock.day_of(np.datetime64(on, "D")))
    left = (hidden.left_day[seen.rows] >= 0) & (hidden.left_day[seen.rows] <= day)
    told = left & (scores.churn_probability[seen.rows] >= TOLD_FROM)
    order = np.argsort(-reasons.points, axis=1)[:, :N_TOLD]
    adds = np.take_along_axis(reasons.points, order, axis=1) > 0
    showed = {BAD: seen.has_complained | (seen.answer <= 2)}
    for cause, kinds in VISIBLE_CAUSES.items():
        whose = told & (hidden.leave_cause[seen.rows] == cause) & showed.get(cause, True)
        if not whose.any():
            continue
        fits = np.isin(order, [REASONS.index(kind) for kind in kinds]) & adds
        share = float(fits[whose].any(axis=1).mean())
        yield Figure(f"reasons: cause {CAUSES[cause]} told", share, 0.8, is_floor=True)


def _leak(clinic: KnownClinic, scores: Scores, on: int, seed: int) -> Figure:
    """Scores that change when the days after the day asked are thrown about: there must be none."""
    chance = np.random.default_rng(seed)
    thrown = clinic.sales.day.copy()
    later = np.flatnonzero(thrown > on)
    thrown[later] = chance.integers(on + 1, last_day() + 400, len(later))
    other = replace(clinic, sales=replace(clinic.sales, day=thrown)).scores(on)
    columns = ("churn_probability", "p_alive", "clv_minor", "next_due_day", "stage", "layer", "r")
    changed = sum(
        getattr(scores, name).tobytes() != getattr(other, name).tobytes() for name in columns
    )
    return Figure("leak: columns that a shuffled future changes", changed, 0)


def _history(clinic: KnownClinic, as_of: int) -> History:
    return order_history(clinic.purchases(), n_customers=clinic.n_people, as_of=as_of)
