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
from segmentation.scoring.purchases import day_number
from segmentation.scoring.score import Scores
from segmentation.scoring.stages import STAGES
from segmentation.services.copy_columns import UNKNOWN, read_packed, write_columns
from segmentation.services.earlier_scores import EarlierScores
from segmentation.services.sale_facts import places
from segmentation.services.score_facts import Facts
from segmentation.services.score_reasons import TOLD_FROM, reason_columns

Columns = dict[str, np.ndarray]
REASON_COLUMNS = ("reason_points", "reason_facts")
_TEMPORARY = "new_score"
# Memory for what the triggers keep of the new rows until they have looked at their references.
_MAKE_ROOM = f"""
SET LOCAL work_mem = '64MB';
CREATE TEMPORARY TABLE IF NOT EXISTS {_TEMPORARY} (
    customer_id bigint, recency_days integer, frequency integer, monetary_minor bigint,
    r smallint, f smallint, m smallint, stage smallint, stage_since_on date,
    churn_probability double precision,
    expected_interval_days double precision, next_due_on date,
    next_due_from_on date, next_due_until_on date,
    first_purchase_on date, last_purchase_on date, layer smallint, next_due_treatment_id bigint,
    p_alive double precision, expected_purchases double precision, expected_spend_minor bigint,
    clv_minor bigint, historical_value_minor bigint, reason_points smallint[], reason_facts bigint[]
) ON COMMIT DELETE ROWS;
DELETE FROM {_TEMPORARY}
"""  # noqa: S608 - two runs may stand in one transaction
# Nothing is joined or sorted here: rows of this width are dear to carry.
_INSERT = f"""
INSERT INTO segmentation_customerscore (
    clinic_id, run_id, customer_id, recency_days, frequency, monetary_minor, r, f, m, stage,
    stage_since_on, churn_probability, expected_interval_days, next_due_on, next_due_from_on,
    next_due_until_on, first_purchase_on, last_purchase_on, layer, next_due_treatment_id,
    p_alive, expected_purchases,
    expected_spend_minor, clv_minor, historical_value_minor, reason_points, reason_facts,
    rescored_on)
SELECT %(clinic)s, %(run)s, customer_id, nullif(recency_days, -1), frequency,
    monetary_minor, nullif(r, 0), nullif(f, 0), nullif(m, 0),
    (%(stages)s::text[])[stage + 1], stage_since_on,
    nullif(churn_probability, 'NaN'), nullif(expected_interval_days, 'NaN'),
    nullif(next_due_on, '-infinity'), nullif(next_due_from_on, '-infinity'),
    nullif(next_due_until_on, '-infinity'), nullif(first_purchase_on, '-infinity'),
    nullif(last_purchase_on, '-infinity'), (%(layers)s::text[])[layer + 1],
    nullif(next_due_treatment_id, -1), nullif(p_alive, 'NaN'),
    nullif(expected_purchases, 'NaN'), nullif(expected_spend_minor, %(unknown)s),
    nullif(clv_minor, %(unknown)s), historical_value_minor,
    reason_points, reason_facts, %(rescored_on)s
FROM {_TEMPORARY}
"""  # noqa: S608 - our own names
_STANDING = """
SELECT id FROM customers_customer WHERE clinic_id = %(clinic)s
  AND (%(customers)s::bigint[] IS NULL OR id = ANY(%(customers)s::bigint[]))
"""
_KEY = ("clinic_id", "run_id", "customer_id")
SCORED = tuple(
    field.column
    for field in CustomerScore._meta.concrete_fields
    if field.column not in (*_KEY, "id")
)
_REPLACE = "ON CONFLICT ({key}) DO UPDATE SET {columns}".format(
    key=", ".join(_KEY), columns=", ".join(f"{name} = excluded.{name}" for name in SCORED)
)


def write_scores(run: ScoreRun, facts: Facts, scores: Scores, before: EarlierScores) -> int:
    """Write all rows of a run; the number written. Customers who are gone by now get none.

    before: what the run before said, whose stages may last.
    """
    return _write(_INSERT, run, facts, _columns(facts, scores, before, run.as_of), None)


def rewrite_scores(run: ScoreRun, facts: Facts, scores: Scores, *, on: date) -> int:
    """Write the rows of some customers anew, as they stand on a later day."""
    before = EarlierScores.read(run.pk, facts.customer_id.tolist())
    return _write(_INSERT + _REPLACE, run, facts, _columns(facts, scores, before, on), on)


def _write(
    statement: str,
    run: ScoreRun,
    facts: Facts,
    columns: Columns,
    rescored_on: date | None,
) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_MAKE_ROOM)
        _fill(columns, _is_standing(run.clinic_id, facts, some=rescored_on is not None))
        parameters: dict[str, Any] = {
            "clinic": run.clinic_id,
            "run": run.pk,
            "rescored_on": rescored_on,
            "stages": list(STAGES),
            "layers": list(LAYERS),
            "unknown": UNKNOWN["int64"],
        }
        cursor.execute(statement, parameters)
        return cursor.rowcount


def _is_standing(clinic_id: int, facts: Facts, *, some: bool) -> np.ndarray:
    """Whose record is still there. some: that these are few of the clinic's customers."""
    customers = facts.customer_id.tolist() if some else None
    (ids,) = read_packed(_STANDING, {"clinic": clinic_id, "customers": customers}, ("bigint",))
    return places(ids, facts.customer_id) >= 0


def _fill(columns: Columns, kept: np.ndarray) -> None:
    """Rows into the temporary table; reasons only of whom they are told, for arrays are dear."""
    churn = columns["churn_probability"]
    told = kept & (churn >= TOLD_FROM)  # nan is not
    plain = {name: column for name, column in columns.items() if name not in REASON_COLUMNS}
    write_columns(_TEMPORARY, {name: column[told] for name, column in columns.items()})
    write_columns(_TEMPORARY, {name: column[kept & ~told] for name, column in plain.items()})


def _columns(facts: Facts, scores: Scores, before: EarlierScores, on: date) -> Columns:
    """Every column of the temporary table; what stands for nobody is told apart by _INSERT."""
    in_window = scores.frequency > 0
    points, told = reason_columns(scores)
    since = before.stage_since_of(facts, scores, day_number(on))
    return {
        "customer_id": facts.customer_id.astype(np.int64),
        "recency_days": scores.recency_days.astype(np.int32),
        "frequency": scores.frequency.astype(np.int32),
        "monetary_minor": scores.monetary_minor.astype(np.int64),
        **{name: (getattr(scores, name) * in_window).astype(np.int16) for name in ("r", "f", "m")},
        "stage": scores.stage.astype(np.int16),
        "stage_since_on": since.astype("datetime64[D]"),
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
