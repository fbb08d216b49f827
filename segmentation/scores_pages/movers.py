"""Who rose and who fell most between two runs: by layer or stage first, then by worth."""

from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.utils.functional import Promise

from segmentation.models import CustomerScore, ScoreRun
from segmentation.next_step import risk_of
from segmentation.scores_pages.axis_words import value_label
from segmentation.scores_pages.history import AXES
from segmentation.scores_pages.people import for_rows
from tenancy.models import Branch
from tenancy.scope import current_clinic_id

N_SHOWN = 12
_SQL = """
SELECT later.id, earlier.{axis}, moved.worth - moved.was_worth, later.frequency - earlier.frequency
FROM segmentation_customerscore AS later
JOIN segmentation_customerscore AS earlier
  ON earlier.clinic_id = %(clinic)s AND earlier.run_id = %(earlier)s
 AND earlier.customer_id = later.customer_id
JOIN customers_customer AS customer
  ON customer.clinic_id = %(clinic)s AND customer.id = later.customer_id
 AND customer.merged_into_id IS NULL AND customer.erased_at IS NULL
CROSS JOIN LATERAL (SELECT
    COALESCE(later.clv_minor, 0) + later.historical_value_minor AS worth,
    COALESCE(earlier.clv_minor, 0) + earlier.historical_value_minor AS was_worth,
    array_position(%(ranks)s::text[], later.{axis}::text)
        - array_position(%(ranks)s::text[], earlier.{axis}::text) AS steps) AS moved
WHERE later.clinic_id = %(clinic)s AND later.run_id = %(later)s
  AND (%(branch)s::bigint IS NULL OR customer.home_branch_id = %(branch)s)
  AND {sign} * moved.steps > 0
ORDER BY {sign} * moved.steps DESC, {sign} * (moved.worth - moved.was_worth) DESC, later.customer_id
LIMIT %(n)s
"""


@dataclass(frozen=True)
class Mover:
    """was_label, now_label: layer or stage. worth_change_minor: now − then.

    n_bought: purchase days more (or fewer, fallen out of the window). reason: of the churn score.
    """

    score: CustomerScore
    was_label: str | Promise
    now_label: str | Promise
    worth_change_minor: int
    n_bought: int
    reason: str | Promise


def movers(
    earlier: ScoreRun, later: ScoreRun, axis: str, branch: Branch | None, *, is_up: bool,
    today: date, currency: str,
) -> list[Mover]:  # fmt: skip
    """The first so many, farthest first; two queries."""
    if axis not in ("stage", "layer"):
        raise ValueError(f"Movers go by stage or layer, not by {axis!r}.")
    parameters = {
        "clinic": current_clinic_id(), "earlier": earlier.pk, "later": later.pk,
        "branch": branch.pk if branch else None, "ranks": [str(value) for value in AXES[axis]],
        "n": N_SHOWN,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_SQL.format(axis=axis, sign="1" if is_up else "-1"), parameters)
        found = cursor.fetchall()
    scores = for_rows(CustomerScore.objects.filter(pk__in=[row[0] for row in found])).in_bulk()
    return [
        Mover(
            score := scores[pk], value_label(axis, was), value_label(axis, getattr(score, axis)),
            worth, n_bought, risk_of(score, today, currency).reason,
        )
        for pk, was, worth, n_bought in found
    ]  # fmt: skip
