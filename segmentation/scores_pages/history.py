"""How customers moved between two kept runs: counts by month, who went from where to where."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet

from segmentation.models import CustomerScore, Layer, ScoreRun, Stage
from segmentation.scores_pages.people import for_rows, scores_shown, with_worth
from tenancy.models import Branch
from tenancy.scope import current_clinic_id

MONTHS_SHOWN = 13
MONTH_DAYS = 30  # apart, about, for «since last month»
UNKNOWN = ""  # not among the customers of the earlier run
GRADES = ("1", "2", "3", "4", "5")
NONE = "none"  # no grade: nothing bought in the window
# Values of each axis, from the worst to the best.
AXES: dict[str, tuple[str, ...]] = {
    "stage": (
        Stage.CHURNED, Stage.DORMANT, Stage.POTENTIAL, Stage.NEW, Stage.ACTIVE, Stage.LOYAL,
    ),
    "layer": (Layer.LOST, Layer.AT_RISK, Layer.REGULAR, Layer.POTENTIAL_HIGH, Layer.HIGH),
    "r": (NONE, *GRADES),
    "f": (NONE, *GRADES),
    "m": (NONE, *GRADES),
}  # fmt: skip


def kept_runs() -> list[ScoreRun]:
    """The newest believed run of every day there is one of, the latest day first."""
    runs = ScoreRun.objects.filter(finished_at__isnull=False, is_held=False)
    newest: dict[date, ScoreRun] = {}
    for run in runs.order_by("-as_of", "-version").defer("report", "rules"):
        newest.setdefault(run.as_of, run)
    return list(newest.values())


def month_ends(runs: list[ScoreRun]) -> list[ScoreRun]:
    """The last run of each month, the earliest month first."""
    last: dict[tuple[int, int], ScoreRun] = {}
    for run in runs:
        last.setdefault((run.as_of.year, run.as_of.month), run)
    return sorted(last.values(), key=lambda run: run.as_of)[-MONTHS_SHOWN:]


def month_before(run: ScoreRun, runs: list[ScoreRun]) -> ScoreRun | None:
    """The run to compare with: of the older ones that whose distance is nearest to a month."""
    older = [other for other in runs if other.as_of < run.as_of]
    return min(
        older, key=lambda other: abs((run.as_of - other.as_of).days - MONTH_DAYS), default=None
    )


def missing_month_ends(scored: set[date], *, today: date, n_months: int) -> list[date]:
    """Last days of the n months that are over which are not scored yet, the earliest first."""
    days, first = [], today.replace(day=1)
    for _number in range(n_months):
        last = first - timedelta(days=1)
        days.append(last)
        first = last.replace(day=1)
    return [day for day in reversed(days) if day not in scored]


def stages_by_run(runs: list[ScoreRun], branch: Branch | None) -> Mapping[int, Counter[str]]:
    """Run → customers in each stage; one query for all runs."""
    counts: dict[int, Counter[str]] = {run.pk: Counter() for run in runs}
    rows = CustomerScore.objects.filter(run__in=counts, customer__erased_at__isnull=True)
    rows = rows.filter(customer__merged_into__isnull=True)
    if branch is not None:
        rows = rows.filter(customer__home_branch=branch)
    groups = rows.values_list("run", "stage").annotate(n=Count("pk")).order_by()
    for run_id, stage, n in groups:
        counts[run_id][stage] = n
    return counts


_MATRIX = """
SELECT {before}, {after}, count(*)
FROM segmentation_customerscore AS later
JOIN customers_customer AS customer
  ON customer.clinic_id = %(clinic)s AND customer.id = later.customer_id
 AND customer.merged_into_id IS NULL AND customer.erased_at IS NULL
LEFT JOIN segmentation_customerscore AS earlier
  ON earlier.clinic_id = %(clinic)s AND earlier.run_id = %(earlier)s
 AND earlier.customer_id = later.customer_id
WHERE later.clinic_id = %(clinic)s AND later.run_id = %(later)s
  AND (%(branch)s::bigint IS NULL OR customer.home_branch_id = %(branch)s)
GROUP BY 1, 2
"""


def _expression(table: str, axis: str) -> str:
    """The axis's value as text; UNKNOWN where there is no row at all."""
    value = f"{table}.{axis}" if axis in ("stage", "layer") else f"{table}.{axis}::text"
    return f"CASE WHEN {table}.id IS NULL THEN '{UNKNOWN}' ELSE COALESCE({value}, '{NONE}') END"


def movement(
    earlier: ScoreRun, later: ScoreRun, axis: str, branch: Branch | None
) -> Counter[tuple[str, str]]:
    """(value in the earlier run, value in the later) → customers; one query."""
    if axis not in AXES:
        raise ValueError(f"{axis!r} is none of {', '.join(AXES)}.")
    sql = _MATRIX.format(before=_expression("earlier", axis), after=_expression("later", axis))
    parameters: dict[str, Any] = {
        "clinic": current_clinic_id(),
        "earlier": earlier.pk,
        "later": later.pk,
        "branch": branch.pk if branch else None,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return Counter({(before, after): n for before, after, n in cursor.fetchall()})


@dataclass(frozen=True)
class Moved:
    """Who moved from one value to another between two runs. None: from or to anywhere."""

    earlier: ScoreRun
    later: ScoreRun
    axis: str
    before: str | None = None
    after: str | None = None


def people_moved(moved: Moved, branch: Branch | None) -> QuerySet[CustomerScore]:
    """Their scores in the later run, with `worth_minor`."""
    scores = with_worth(scores_shown(moved.later, branch))
    if moved.after is not None:
        scores = scores.filter(**_is(moved.axis, moved.after))
    if moved.before is None:
        return for_rows(scores)
    was = CustomerScore.objects.filter(run=moved.earlier)
    if moved.before == UNKNOWN:
        return for_rows(scores.exclude(customer__in=was.values("customer")))
    was = was.filter(**_is(moved.axis, moved.before))
    return for_rows(scores.filter(customer__in=was.values("customer")))


def _is(axis: str, value: str) -> dict[str, Any]:
    if value == NONE:
        return {f"{axis}__isnull": True}
    return {axis: int(value) if value in GRADES else value}
