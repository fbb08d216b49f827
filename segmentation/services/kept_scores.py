"""A run's own rows of customers who were scored again since: kept aside, and put back."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from segmentation.models import CustomerScore, KeptScore, ScoreRun
from segmentation.services.score_rows import SCORED

_KEEP = """
INSERT INTO segmentation_keptscore (clinic_id, run_id, customer_id, row)
SELECT %(clinic)s, %(run)s, wanted.id, to_jsonb(score)
FROM unnest(%(customers)s::bigint[]) AS wanted (id)
LEFT JOIN segmentation_customerscore AS score
  ON score.clinic_id = %(clinic)s AND score.run_id = %(run)s AND score.customer_id = wanted.id
ON CONFLICT DO NOTHING
"""
_PUT_BACK = """
UPDATE segmentation_customerscore AS score SET {columns}
FROM segmentation_keptscore AS kept,
    jsonb_populate_record(NULL::segmentation_customerscore, kept.row) AS was
WHERE kept.clinic_id = %(clinic)s AND kept.run_id = %(run)s AND kept.row IS NOT NULL
  AND score.clinic_id = %(clinic)s AND score.run_id = %(run)s
  AND score.customer_id = kept.customer_id
""".format(columns=", ".join(f"{name} = was.{name}" for name in SCORED))
_TAKE_AWAY = """
DELETE FROM segmentation_customerscore AS score USING segmentation_keptscore AS kept
WHERE kept.clinic_id = %(clinic)s AND kept.run_id = %(run)s AND kept.row IS NULL
  AND score.clinic_id = %(clinic)s AND score.run_id = %(run)s
  AND score.customer_id = kept.customer_id
"""


def keep(run: ScoreRun, customer_ids: Sequence[int]) -> None:
    """Before they are scored again. What is kept already stays."""
    _execute(_KEEP, run, customers=list(customer_ids))


def put_back(run: ScoreRun) -> None:
    """The run as it was made, to the byte; nothing of it is kept any more."""
    if not KeptScore.objects.filter(run=run).exists():
        return
    _execute(_PUT_BACK, run)
    _execute(_TAKE_AWAY, run)
    KeptScore.objects.filter(run=run).delete()


def as_made(run: ScoreRun) -> dict[int, CustomerScore | None]:
    """{customer: the run's own row, or None where it had none} of who was scored again since."""
    kept = dict(KeptScore.objects.filter(run=run).values_list("customer_id", "row"))
    return {customer_id: _score(row) for customer_id, row in kept.items()}


def _score(row: dict[str, Any] | None) -> CustomerScore | None:
    if row is None:
        return None
    columns = {field.column: field for field in CustomerScore._meta.concrete_fields}
    values = {columns[name].attname: columns[name].to_python(value) for name, value in row.items()}
    return CustomerScore(**values)


def _execute(statement: str, run: ScoreRun, **more: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"clinic": run.clinic_id, "run": run.pk, **more})
