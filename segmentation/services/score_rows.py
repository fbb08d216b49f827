"""Writing one score a customer.

COPY refuses tables with row security, so the rows go into a temporary table of this transaction and
from there, past the wall, into theirs.
"""

from datetime import date
from typing import Any

import numpy as np
from django.db import connection

from segmentation.models import CustomerScore, ScoreRun
from segmentation.scoring.layers import LAYERS
from segmentation.scoring.score import Scores
from segmentation.scoring.stages import NEW, POTENTIAL, STAGES
from segmentation.services.copy_columns import UNKNOWN, write_columns
from segmentation.services.score_facts import Facts
from segmentation.services.score_reasons import TOLD_FROM, reason_columns

_TEMPORARY = "new_score"
_CREATE = f"""
CREATE TEMPORARY TABLE {_TEMPORARY} (
    customer_id bigint, recency_days integer, frequency integer, monetary_minor bigint,
    r smallint, f smallint, m smallint, stage smallint, churn_probability double precision,
    expected_interval_days double precision, next_due_on date,
    next_due_from_on date, next_due_until_on date,
    first_purchase_on date, last_purchase_on date, layer smallint, next_due_treatment_id bigint,
    p_alive double precision, expected_purchases double precision, expected_spend_minor bigint,
    clv_minor bigint, historical_value_minor bigint, reason_points smallint[], reason_facts bigint[]
) ON COMMIT DROP
"""
# A stage lasts since the run that first saw it. Two can be told without an earlier run: *potential*
# begins when the customer becomes known, *new* with the only purchase day.
_INSERT = f"""
INSERT INTO segmentation_customerscore (
    clinic_id, run_id, customer_id, recency_days, frequency, monetary_minor, r, f, m, stage,
    stage_since_on, churn_probability, expected_interval_days, next_due_on, next_due_from_on,
    next_due_until_on, first_purchase_on, last_purchase_on, layer, next_due_treatment_id,
    p_alive, expected_purchases,
    expected_spend_minor, clv_minor, historical_value_minor, reason_points, reason_facts,
    rescored_on)
SELECT %(clinic)s, %(run)s, fresh.customer_id, nullif(fresh.recency_days, -1), fresh.frequency,
    fresh.monetary_minor, nullif(fresh.r, 0), nullif(fresh.f, 0), nullif(fresh.m, 0),
    (%(stages)s::text[])[fresh.stage + 1],
    CASE
        WHEN fresh.stage = %(new)s THEN fresh.first_purchase_on
        WHEN before.stage = (%(stages)s::text[])[fresh.stage + 1] THEN before.stage_since_on
        WHEN before.stage IS NULL AND fresh.stage = %(potential)s
            THEN LEAST(customer.known_since_on, %(as_of)s)
        ELSE %(as_of)s
    END,
    nullif(fresh.churn_probability, 'NaN'), nullif(fresh.expected_interval_days, 'NaN'),
    nullif(fresh.next_due_on, '-infinity'), nullif(fresh.next_due_from_on, '-infinity'),
    nullif(fresh.next_due_until_on, '-infinity'), nullif(fresh.first_purchase_on, '-infinity'),
    nullif(fresh.last_purchase_on, '-infinity'), (%(layers)s::text[])[fresh.layer + 1],
    nullif(fresh.next_due_treatment_id, -1), nullif(fresh.p_alive, 'NaN'),
    nullif(fresh.expected_purchases, 'NaN'), nullif(fresh.expected_spend_minor, %(unknown)s),
    nullif(fresh.clv_minor, %(unknown)s), fresh.historical_value_minor,
    CASE WHEN fresh.churn_probability BETWEEN {TOLD_FROM} AND 1 THEN fresh.reason_points END,
    CASE WHEN fresh.churn_probability BETWEEN {TOLD_FROM} AND 1 THEN fresh.reason_facts END,
    %(rescored_on)s
FROM {_TEMPORARY} AS fresh
JOIN customers_customer AS customer
  ON customer.clinic_id = %(clinic)s AND customer.id = fresh.customer_id
LEFT JOIN segmentation_customerscore AS before
  ON before.clinic_id = %(clinic)s AND before.run_id = %(before)s
 AND before.customer_id = fresh.customer_id
ORDER BY fresh.customer_id
"""  # noqa: S608 - our own names
_KEY = ("clinic_id", "run_id", "customer_id")
SCORED = tuple(
    field.column
    for field in CustomerScore._meta.concrete_fields
    if field.column not in (*_KEY, "id")
)
_REPLACE = "ON CONFLICT ({key}) DO UPDATE SET {columns}".format(
    key=", ".join(_KEY), columns=", ".join(f"{name} = excluded.{name}" for name in SCORED)
)


def write_scores(run: ScoreRun, facts: Facts, scores: Scores) -> int:
    """Write all rows of a run; the number written. Customers who are gone by now get none."""
    before = _run_before(run)
    return _write(_INSERT, run, facts, scores, before=before.pk if before else None)


def rewrite_scores(run: ScoreRun, facts: Facts, scores: Scores, *, on: date) -> int:
    """Write the rows of some customers anew, as they stand on a later day."""
    return _write(_INSERT + _REPLACE, run, facts, scores, before=run.pk, rescored_on=on)


def _write(
    statement: str,
    run: ScoreRun,
    facts: Facts,
    scores: Scores,
    *,
    before: int | None,
    rescored_on: date | None = None,
) -> int:
    """before: the run whose stages a customer may still be in."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {_TEMPORARY}")  # two runs in one transaction
        cursor.execute(_CREATE)
        write_columns(_TEMPORARY, _columns(facts, scores))
        parameters: dict[str, Any] = {
            "clinic": run.clinic_id,
            "run": run.pk,
            "as_of": rescored_on or run.as_of,
            "before": before,
            "rescored_on": rescored_on,
            "stages": list(STAGES),
            "layers": list(LAYERS),
            "new": NEW,
            "potential": POTENTIAL,
            "unknown": UNKNOWN["int64"],
        }
        cursor.execute(statement, parameters)
        n_written = cursor.rowcount
        cursor.execute(f"DROP TABLE {_TEMPORARY}")
    return n_written


def _run_before(run: ScoreRun) -> ScoreRun | None:
    """The newest finished run of an earlier day: never of the same day, so that scoring a day
    again gives the same answer."""
    earlier = ScoreRun.objects.filter(as_of__lt=run.as_of, finished_at__isnull=False)
    return earlier.order_by("-as_of", "-version").first()


def _columns(facts: Facts, scores: Scores) -> dict[str, np.ndarray]:
    """Every column of the temporary table; what stands for nobody is told apart by _INSERT."""
    in_window = scores.frequency > 0
    points, told = reason_columns(scores)
    return {
        "customer_id": facts.customer_id.astype(np.int64),
        "recency_days": scores.recency_days.astype(np.int32),
        "frequency": scores.frequency.astype(np.int32),
        "monetary_minor": scores.monetary_minor.astype(np.int64),
        **{name: (getattr(scores, name) * in_window).astype(np.int16) for name in ("r", "f", "m")},
        "stage": scores.stage.astype(np.int16),
        "churn_probability": scores.churn_probability,
        "expected_interval_days": np.round(scores.expected_interval_days, 3),
        "next_due_on": scores.next_due_day,
        "next_due_from_on": scores.next_due_first_day,
        "next_due_until_on": scores.next_due_last_day,
        "first_purchase_on": scores.first_purchase_day,
        "last_purchase_on": scores.last_purchase_day,
        "layer": scores.layer.astype(np.int16),
        "next_due_treatment_id": scores.next_due_treatment.astype(np.int64),
        "p_alive": scores.p_alive,
        "expected_purchases": scores.expected_purchases,
        "expected_spend_minor": _whole(scores.expected_spend_minor),
        "clv_minor": _whole(scores.clv_minor),
        "historical_value_minor": scores.historical_value_minor.astype(np.int64),
        "reason_points": points,
        "reason_facts": told,
    }


def _whole(minor: np.ndarray) -> np.ndarray:
    known = ~np.isnan(minor)
    return np.where(known, np.nan_to_num(minor), UNKNOWN["int64"]).astype(np.int64)
