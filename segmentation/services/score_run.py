"""Scoring the whole clinic at one day: read the facts, pure arithmetic, write one complete run.

Readers see a run when it is whole: its rows, its end and the flip of `is_current` are one
transaction. A run that dies leaves nothing behind, and the last one in place.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any, Literal

import numpy as np
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from segmentation.models import CustomerScore, ScoreRun
from segmentation.scoring.churn import ChurnRules
from segmentation.scoring.layers import LAYERS
from segmentation.scoring.population import to_json
from segmentation.scoring.score import ScoreRules, Scores, score
from segmentation.scoring.stages import STAGES
from segmentation.services.earlier_scores import EarlierScores
from segmentation.services.kept_sales import keep_sold
from segmentation.services.kept_scores import put_back
from segmentation.services.sale_facts import SaleRows
from segmentation.services.score_card import MOST_MOVED, moved_since
from segmentation.services.score_facts import Facts, read_facts
from segmentation.services.score_lessons import Lesson, kept_lesson, learning_day, rounded
from segmentation.services.score_rows import write_scores
from tenancy.clock import local_day
from tenancy.exceptions import DomainError
from tenancy.models import Clinic, Job
from tenancy.queue import enqueue, route_event
from tenancy.scope import current_clinic_id
from tenancy.statistics import refresh_grown
from tenancy.turns import wait_for_turn

TURN = "segmentation.score"
OF_CLINIC: Literal["clinic"] = "clinic"
STEPS = ("reading", "scoring", "writing")
LONGEST_DAYS = 36_500
RfmWindow = int | None | Literal["clinic"]


class ScoreRefused(DomainError):
    """This day cannot be scored, or not with these windows."""

    code = "score_refused"


def _no_progress(n_done: int) -> None:
    """Nobody watches."""


def run(
    *,
    as_of: date,
    horizon_days: int | None = None,
    rfm_window_days: RfmWindow = OF_CLINIC,
    job: Job | None = None,
    on_progress: Callable[[int], None] = _no_progress,
) -> ScoreRun:
    """Score every customer known by the end of `as_of`; readers see it from the commit on.

    horizon_days, rfm_window_days: the clinic's own unless given; a window of None is everything.
    on_progress: called with the number of STEPS done, outside our transactions.
    A run of an older day is kept for that day and never replaces a newer current one.
    Raises ScoreRefused for a day to come or a window that is none.
    """
    started_at, clock = timezone.now(), time.perf_counter()
    with transaction.atomic():
        clinic = Clinic.objects.get(pk=current_clinic_id())
        _check_day(clinic, as_of, started_at)
        rules = _rules(clinic, horizon_days, rfm_window_days)
        facts = read_facts(as_of)
    lesson, day, n_sales = _lesson(facts.sales, as_of, rules)
    on_progress(1)
    scores = _scored(facts, as_of, rules, lesson)
    lesson = lesson or Lesson.of(day, n_sales, facts, scores)
    on_progress(2)
    with transaction.atomic():
        made = ScoreRun(as_of=as_of, rules=asdict(rules), job=job, started_at=started_at)
        _publish(made, facts, scores, lesson, clock)
    if facts.unkept is not None:
        keep_sold(facts.unkept, as_of)
    with transaction.atomic():
        refresh_grown(CustomerScore)
    on_progress(3)
    return made


def _lesson(sales: SaleRows, as_of: date, rules: ScoreRules) -> tuple[Lesson | None, date, int]:
    """(what speaks on that day, the day it was learned, sales recorded by then); None where the day
    itself is for learning and nothing was kept of it. sales: recorded by `as_of`."""
    with transaction.atomic():
        day, n_sales = learning_day(sales, as_of)
        lesson = kept_lesson(day, n_sales, rules) if day < as_of else None
        facts = read_facts(day) if lesson is None and day < as_of else None
    if facts is not None:
        lesson = Lesson.of(day, n_sales, facts, _scored(facts, day, rules, None))
    return lesson, day, n_sales


def _scored(facts: Facts, as_of: date, rules: ScoreRules, lesson: Lesson | None) -> Scores:
    return score(
        facts.purchases,
        n_customers=facts.n_customers,
        as_of=as_of,
        rules=rules,
        treatments=facts.treatments,
        goods=facts.goods,
        signals=facts.newest_signals if lesson else facts.signals,
        taught=lesson.taught if lesson else None,
    )


def _check_day(clinic: Clinic, as_of: date, at: datetime) -> None:
    today = local_day(clinic.zone, at)
    if as_of > today:
        raise ScoreRefused(
            _("%(day)s is still to come; score a day up to %(today)s.")
            % {"day": as_of.isoformat(), "today": today.isoformat()}
        )


def _rules(clinic: Clinic, horizon_days: int | None, rfm_window_days: RfmWindow) -> ScoreRules:
    horizon = clinic.churn_horizon_days if horizon_days is None else horizon_days
    window = clinic.rfm_window_days if rfm_window_days == OF_CLINIC else rfm_window_days
    for name, days in ((_("Churn horizon"), horizon), (_("RFM window"), window)):
        if days is not None and not 1 <= days <= LONGEST_DAYS:
            raise ScoreRefused(
                _("%(name)s: %(days)s is not between 1 and %(longest)s days.")
                % {"name": name, "days": days, "longest": LONGEST_DAYS}
            )
    return replace(
        ScoreRules(), rfm_window_days=window, churn=replace(ChurnRules(), horizon_days=horizon)
    )


def _publish(made: ScoreRun, facts: Facts, scores: Scores, lesson: Lesson, clock: float) -> None:
    """Rows, end and flip in the transaction of the caller, one run at a time."""
    wait_for_turn(TURN)
    others = list(ScoreRun.objects.filter(finished_at__isnull=False).defer("report", "population"))
    made.version = 1 + max((run.version for run in others if run.as_of == made.as_of), default=0)
    made.save()
    current = next((run for run in others if run.is_current), None)
    before_id = _run_before(made, others)
    before = EarlierScores.read(before_id)
    made.n_customers = write_scores(made, facts, scores, before)
    made.finished_at = timezone.now()
    made.report = _report(made, scores, time.perf_counter() - clock) | lesson.report()
    made.population = to_json(scores.population)
    is_newest = current is None or current.as_of <= made.as_of
    if current is not None and is_newest:
        earlier = before if current.pk == before_id else EarlierScores.read(current.pk)
        moved = moved_since(current, made, earlier, facts, scores.churn_probability)
        made.report["moved_share"] = rounded(moved)
        made.is_held = moved is not None and moved > MOST_MOVED
    if is_newest and not made.is_held:
        _make_current(made, current)
    made.save()
    enqueue("segmentation.prune_runs")


def _run_before(made: ScoreRun, others: Sequence[ScoreRun]) -> int | None:
    """The newest run of an earlier day: never of the same day, so that scoring a day again gives
    the same answer."""
    earlier = [run for run in others if run.as_of < made.as_of]
    return max(earlier, key=lambda run: (run.as_of, run.version)).pk if earlier else None


def _make_current(made: ScoreRun, former: ScoreRun | None) -> None:
    if former is not None:
        put_back(former)
        ScoreRun.objects.filter(pk=former.pk).update(is_current=False)
    made.is_current = True
    route_event("scores.refreshed")


def held_run() -> ScoreRun | None:
    """The run that waits for a person, if it is newer than the one that is believed."""
    held = ScoreRun.objects.filter(is_held=True).order_by("-as_of", "-version").first()
    current = ScoreRun.objects.filter(is_current=True).first()
    is_newer = held and (current is None or (held.as_of, held.pk) > (current.as_of, current.pk))
    return held if is_newer else None


@transaction.atomic
def release(*, run_id: int) -> ScoreRun:
    """Let the held run be believed. Raises ScoreRefused when it does not wait any more."""
    wait_for_turn(TURN)
    held = held_run()
    if held is None or held.pk != run_id:
        raise ScoreRefused(
            _("These scores do not wait any more; a newer run has taken their place.")
        )
    held.is_held = False
    _make_current(held, ScoreRun.objects.filter(is_current=True).first())
    held.save(update_fields=["is_held", "is_current"])
    return held


def _report(made: ScoreRun, scores: Scores, seconds: float) -> dict[str, Any]:
    """What the screen and the command tell of a run; plain JSON."""
    return {
        "n_rows": made.n_customers,
        "stages": _counts(STAGES, scores.stage),
        "layers": _counts(LAYERS, scores.layer),
        "n_purchasers": int((~np.isnan(scores.churn_probability)).sum()),
        "n_at_risk": int((scores.churn_probability >= 0.5).sum()),
        "seconds": round(seconds, 2),
    }


def _counts(names: Sequence[str], codes: np.ndarray) -> dict[str, int]:
    return dict(zip(names, np.bincount(codes, minlength=len(names)).tolist(), strict=True))
