"""Scores of one day as a CSV file."""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from customers.models import Treatment
from segmentation.models import ScoreRun
from segmentation.score_queries import run_of_day, scored_days, scores_to_export
from segmentation.services.kept_scores import as_made
from tenancy.exceptions import DomainError

COLUMNS = (
    "external_id", "recency_days", "frequency", "monetary_minor", "r", "f", "m", "stage", "layer",
    "churn_probability", "p_alive", "expected_purchases", "expected_spend_minor", "clv_minor",
    "next_due_on", "next_due_treatment",
)  # fmt: skip
DUE_CODE = "next_due_treatment__code"
STORED = (*COLUMNS[1:-1], DUE_CODE)
# A spreadsheet takes a cell that begins so for a formula and would run it.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


class NotScored(DomainError):
    code = "not_scored"


def export_scores(*, as_of: date, path: Path) -> tuple[int, int]:
    """Write the newest run of that day; (rows, rows without an external id).

    One row a customer, in the order in which customers became known to the system. What cannot be
    said stays empty. The file appears whole or not at all.
    Raises NotScored when the day has no run; OSError when the file cannot be written.
    """
    run = run_of_day(as_of)
    if run is None:
        raise NotScored(_not_scored(as_of))
    n_rows = n_nameless = 0
    unfinished = path.with_name(f".{path.name}.part")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
            writer.writeheader()
            for row in _rows(run):
                n_rows += 1
                n_nameless += row["external_id"] is None
                row["next_due_treatment"] = row.pop(DUE_CODE)
                writer.writerow({name: _cell(value) for name, value in row.items()})
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return n_rows, n_nameless


def _rows(run: ScoreRun) -> Iterator[dict[str, Any]]:
    """The run as it was made, also of customers who were scored again since."""
    made = as_made(run)
    due = {score.next_due_treatment_id for score in made.values() if score}
    codes = dict(Treatment.objects.filter(pk__in=due).values_list("pk", "code"))
    for row in scores_to_export(run, (*STORED, "customer_id")):
        customer_id = row.pop("customer_id")
        if customer_id not in made:
            yield row
        elif own := made[customer_id]:
            own_columns = {name: getattr(own, name) for name in COLUMNS[1:-1]}
            yield row | own_columns | {DUE_CODE: codes.get(own.next_due_treatment_id)}


def _not_scored(as_of: date) -> str:
    days = ", ".join(day.isoformat() for day in scored_days()) or _("none yet")
    return _(
        "%(day)s was not scored. Score it first (manage.py score --as-of %(day)s), or take one of"
        " the days that were: %(days)s."
    ) % {"day": as_of.isoformat(), "days": days}


def _cell(value: Any) -> str:
    """Text as a spreadsheet may read it safely; numbers and days as they are, None empty."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return str(value)
