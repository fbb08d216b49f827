"""Writing one score a customer.

COPY refuses tables with row security, so the rows go into a temporary table of this transaction and
from there, past the wall, into theirs.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from django.db import connection

from segmentation.models import ScoreRun
from segmentation.scoring.layers import LAYERS
from segmentation.scoring.score import Scores
from segmentation.scoring.stages import STAGES
from segmentation.services.copy_columns import write_columns
from segmentation.services.score_facts import Facts
from segmentation.services.score_reasons import reasons_column

_TEMPORARY = "new_score"
_CREATE = f"""
CREATE TEMPORARY TABLE {_TEMPORARY} (
    customer_id bigint, recency_days integer, frequency integer, monetary_minor bigint,
    r smallint, f smallint, m smallint, stage varchar(10), churn_probability double precision,
    expected_interval_days double precision, next_due_on date,
    first_purchase_on date, last_purchase_on date, layer varchar(14), next_due_treatment_id bigint,
    p_alive double precision, expected_purchases double precision, expected_spend_minor bigint,
    clv_minor bigint, historical_value_minor bigint, reasons jsonb
) ON COMMIT DROP
"""
# A stage lasts since the run that first saw it. Two can be told without an earlier run: *potential*
# begins when the customer becomes known, *new* with the only purchase day.
_INSERT = f"""
INSERT INTO segmentation_customerscore (
    clinic_id, run_id, customer_id, recency_days, frequency, monetary_minor, r, f, m, stage,
    stage_since_on, churn_probability, expected_interval_days, next_due_on, first_purchase_on,
    last_purchase_on, layer, next_due_treatment_id, p_alive, expected_purchases,
    expected_spend_minor, clv_minor, historical_value_minor, reasons)
SELECT %(clinic)s, %(run)s, fresh.customer_id, fresh.recency_days, fresh.frequency,
    fresh.monetary_minor, fresh.r, fresh.f, fresh.m, fresh.stage,
    CASE
        WHEN fresh.stage = 'new' THEN fresh.first_purchase_on
        WHEN before.stage = fresh.stage THEN before.stage_since_on
        WHEN before.stage IS NULL AND fresh.stage = 'potential'
            THEN LEAST(customer.known_since_on, %(as_of)s)
        ELSE %(as_of)s
    END,
    fresh.churn_probability, fresh.expected_interval_days, fresh.next_due_on,
    fresh.first_purchase_on, fresh.last_purchase_on, fresh.layer, fresh.next_due_treatment_id,
    fresh.p_alive, fresh.expected_purchases, fresh.expected_spend_minor, fresh.clv_minor,
    fresh.historical_value_minor, fresh.reasons
FROM {_TEMPORARY} AS fresh
JOIN customers_customer AS customer
  ON customer.clinic_id = %(clinic)s AND customer.id = fresh.customer_id
LEFT JOIN segmentation_customerscore AS before
  ON before.clinic_id = %(clinic)s AND before.run_id = %(before)s
 AND before.customer_id = fresh.customer_id
ORDER BY fresh.customer_id
"""  # noqa: S608 - our own names


def write_scores(run: ScoreRun, facts: Facts, scores: Scores) -> int:
    """Write all rows of a run; the number written. Customers who are gone by now get none."""
    before = _run_before(run)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {_TEMPORARY}")  # two runs in one transaction
        cursor.execute(_CREATE)
        write_columns(_TEMPORARY, dict(_columns(facts, scores)))
        cursor.execute(f"ANALYZE {_TEMPORARY}")
        parameters: dict[str, Any] = {
            "clinic": run.clinic_id,
            "run": run.pk,
            "as_of": run.as_of,
            "before": before.pk if before else None,
        }
        cursor.execute(_INSERT, parameters)
        n_written = cursor.rowcount
        cursor.execute(f"DROP TABLE {_TEMPORARY}")
    return n_written


def _run_before(run: ScoreRun) -> ScoreRun | None:
    """The newest finished run of an earlier day: never of the same day, so that scoring a day
    again gives the same answer."""
    earlier = ScoreRun.objects.filter(as_of__lt=run.as_of, finished_at__isnull=False)
    return earlier.order_by("-as_of", "-version").first()


def _columns(facts: Facts, scores: Scores) -> Iterator[tuple[str, list[Any]]]:
    """Column by column, in Python values; what stands for nobody becomes None."""
    in_window = scores.frequency > 0
    bought = ~np.isnan(scores.churn_probability)
    yield "customer_id", facts.customer_id.tolist()
    yield "recency_days", _or_none(scores.recency_days, in_window)
    yield "frequency", scores.frequency.tolist()
    yield "monetary_minor", scores.monetary_minor.tolist()
    for name in ("r", "f", "m"):
        yield name, _or_none(getattr(scores, name), in_window)
    yield "stage", [STAGES[code] for code in scores.stage.tolist()]
    yield "churn_probability", _or_none(scores.churn_probability, bought)
    yield "expected_interval_days", _or_none(np.round(scores.expected_interval_days, 3), bought)
    yield "next_due_on", scores.next_due_day.tolist()
    yield "first_purchase_on", scores.first_purchase_day.tolist()
    yield "last_purchase_on", scores.last_purchase_day.tolist()
    yield "layer", [LAYERS[code] for code in scores.layer.tolist()]
    is_due = scores.next_due_treatment >= 0
    yield "next_due_treatment_id", _or_none(scores.next_due_treatment, is_due)
    for name in ("p_alive", "expected_purchases"):
        values = getattr(scores, name)
        yield name, _or_none(values, ~np.isnan(values))
    for name in ("expected_spend_minor", "clv_minor"):
        values = getattr(scores, name)
        yield name, _or_none(np.nan_to_num(values).astype(np.int64), ~np.isnan(values))
    yield "historical_value_minor", scores.historical_value_minor.tolist()
    yield "reasons", reasons_column(scores)


def _or_none(values: np.ndarray, known: np.ndarray) -> list[Any]:
    column = values.astype(object)
    column[~known] = None
    return column.tolist()
