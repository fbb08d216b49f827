"""Between nights: whoever something happened to is scored again, as they stand today.

The run stays what it was: its own rows of them are kept aside (`kept_scores`) and put back when
another run takes its place. They are compared with the clinic as the run saw it
(`scoring.population`), so what happened to one moves nobody else before the night.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction

from customers.models import FeedMark
from segmentation.models import ScoreRun
from segmentation.score_queries import current_run
from segmentation.scoring.churn import ChurnRules
from segmentation.scoring.intervals import IntervalRules
from segmentation.scoring.layers import LayerRules
from segmentation.scoring.outlook import ValueRules
from segmentation.scoring.population import from_json
from segmentation.scoring.rfm import RfmThresholds
from segmentation.scoring.score import ScoreRules, score
from segmentation.scoring.stages import StageRules
from segmentation.services.kept_scores import keep
from segmentation.services.score_facts import read_facts
from segmentation.services.score_rows import rewrite_scores
from segmentation.services.score_run import TURN
from segmentation.services.touched_customers import FOLLOWED, MOST_TOUCHED, customers_of
from tenancy.clock import local_day
from tenancy.models import Clinic
from tenancy.scope import current_clinic_id
from tenancy.turns import wait_for_turn

AT_ONCE = 1_000  # customers; nobody waits for the turn longer than for so many


def rescore(customer_ids: Sequence[int], *, at: datetime) -> int:
    """Score these again as of today; how many rows were written. Safe to repeat.

    Call it with `clinic_scope(…, atomic=False)`: each thousand commits by itself. Nothing is done
    where no run is current, or it does not say what the clinic taught it.
    """
    n_written = 0
    for start in range(0, len(customer_ids), AT_ONCE):
        n_written += _rescore_some(customer_ids[start : start + AT_ONCE], at)
    return n_written


@transaction.atomic
def _rescore_some(customer_ids: Sequence[int], at: datetime) -> int:
    wait_for_turn(TURN)  # read and written in one turn: what comes later is seen later
    run = current_run()
    population = from_json(run.population) if run else None
    if run is None or population is None:
        return 0
    clinic = Clinic.objects.get(pk=current_clinic_id())
    day = max(local_day(clinic.zone, at), run.as_of)
    facts = read_facts(day, customer_ids)
    scores = score(
        facts.purchases,
        n_customers=facts.n_customers,
        as_of=day,
        rules=rules_of(run),
        treatments=facts.treatments,
        goods=facts.goods,
        signals=facts.newest_signals,
        population=population,
    )
    keep(run, facts.customer_id.tolist())
    return rewrite_scores(run, facts, scores, on=day)


def rescore_newer(*, at: datetime) -> int:
    """After a run took its place: whoever something happened to that it could not know."""
    with transaction.atomic():
        run = current_run()
        if run is None:
            return 0
        clinic = Clinic.objects.get(pk=current_clinic_id())
        next_day = datetime.combine(run.as_of + timedelta(days=1), time(), tzinfo=clinic.zone)
        newer = FeedMark.objects.filter(
            kind__in=FOLLOWED, changed_at__gte=min(next_day, run.started_at)
        )
        marks = list(newer.order_by("change_no")[: MOST_TOUCHED + 1])
        customer_ids = customers_of(marks) if len(marks) <= MOST_TOUCHED else []
    return rescore(customer_ids, at=at)


def rules_of(run: ScoreRun) -> ScoreRules:
    """The settings a run was made with."""
    stored: dict[str, Any] = dict(run.rules)
    thresholds = {
        name: tuple(cuts) if cuts else None
        for name, cuts in stored.pop("rfm_thresholds", {}).items()
    }
    kinds = {
        "intervals": IntervalRules,
        "stages": StageRules,
        "churn": ChurnRules,
        "value": ValueRules,
        "layers": LayerRules,
    }
    parts = {name: kind(**stored.pop(name, {})) for name, kind in kinds.items()}
    return ScoreRules(rfm_thresholds=RfmThresholds(**thresholds), **parts, **stored)
