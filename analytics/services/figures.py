"""Rates and revenue of the clinic and of each branch, counted from columns and kept for pages.

Over a hundred thousand customers this takes a second or two: done with every scoring, so that a
page only reads. What was recorded after `as_of` is left out.
"""

from dataclasses import fields
from datetime import date, timedelta
from typing import Any

import numpy as np
from django.db import transaction

from analytics.measure.period_counts import PeriodCounts, period_counts
from analytics.models import Figures
from analytics.queries.figures import PERIODS, ClinicFigures, read_figures, stored_figures
from segmentation.scoring.purchases import History, PurchaseDays, order_history
from segmentation.services.copy_columns import read_whole_numbers
from tenancy.models import Branch
from tenancy.scope import current_clinic_id
from tenancy.turns import wait_for_turn

N_MONTHS = 12
TURN = "analytics.figures"

_CUSTOMERS = """
SELECT id, coalesce(home_branch_id, 0), known_since_on - DATE '1970-01-01'
FROM customers_customer WHERE clinic_id = %s AND merged_into_id IS NULL ORDER BY id
"""
_PURCHASE_DAYS = """
SELECT customer_id, counts_on - DATE '1970-01-01', sum(net_minor)::bigint
FROM customers_sale WHERE clinic_id = %s AND occurred_on <= %s
GROUP BY customer_id, counts_on ORDER BY customer_id, counts_on
"""
_VISIT_DAYS = """
SELECT customer_id, visited_on - DATE '1970-01-01', 1
FROM customers_visit WHERE clinic_id = %s AND visited_on <= %s
ORDER BY customer_id, visited_on
"""


def figures_of(branch: Branch | None, *, as_of: date) -> ClinicFigures:
    """What was last counted; counted now where nothing is, as on a clinic's first day."""
    stored = stored_figures(branch)
    if stored is not None:
        return stored
    rows = refresh_figures(as_of)
    wanted = branch.pk if branch else None
    return read_figures(next(row for row in rows if row.branch_id == wanted))


@transaction.atomic
def refresh_figures(as_of: date) -> list[Figures]:
    """Count up to a finished day, for the whole clinic (first) and each branch, and keep it."""
    wait_for_turn(TURN)
    branches = list(Branch.objects.order_by("pk").values_list("pk", flat=True))
    columns = _Columns(as_of, branches)
    rows = [
        Figures(branch_id=branch, as_of=as_of, data=columns.data_of(place))
        for place, branch in enumerate([None, *branches])
    ]
    return Figures.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["clinic", "branch"],
        update_fields=["as_of", "data", "updated_at"],
    )


class _Columns:
    """The facts of one clinic. Group 0: customers without a home branch; then one a branch."""

    def __init__(self, as_of: date, branches: list[int]) -> None:
        clinic_id = current_clinic_id()
        ids, homes, self.known_since = read_whole_numbers(_CUSTOMERS, [clinic_id], n_columns=3)
        self.as_of, self.n_groups = as_of, 1 + len(branches)
        self.group = np.searchsorted(np.array([0, *branches]), homes)
        asked = [clinic_id, as_of]
        buyer, day, net = read_whole_numbers(_PURCHASE_DAYS, asked, n_columns=3)
        visitor, visited, one = read_whole_numbers(_VISIT_DAYS, asked, n_columns=3)
        self.purchases = self._history(np.searchsorted(ids, buyer), day, net, len(ids))
        self.visits = self._history(np.searchsorted(ids, visitor), visited, one, len(ids))
        self.revenue = self._revenue(self.group[np.searchsorted(ids, buyer)], day, net)
        self.counts = {
            days: [self._count(days, ends_on) for ends_on in period_ends(as_of)] for days in PERIODS
        }

    def _history(
        self, row: np.ndarray, day: np.ndarray, net: np.ndarray, n_customers: int
    ) -> History:
        return order_history(PurchaseDays(row, day, net), n_customers=n_customers, as_of=self.as_of)

    def _count(self, days: int, ends_on: date) -> PeriodCounts:
        return period_counts(
            self.purchases,
            self.visits,
            known_since=self.known_since,
            group=self.group,
            n_groups=self.n_groups,
            first_on=ends_on - timedelta(days=days - 1),
            last_on=ends_on,
        )

    def _revenue(self, group: np.ndarray, day: np.ndarray, net: np.ndarray) -> np.ndarray:
        """Net by group and month, minor units, shape (n_groups, N_MONTHS + 1)."""
        starts = np.array(month_starts(self.as_of), "datetime64[D]").astype(np.int64)
        month = np.searchsorted(starts, day, side="right") - 1
        total = np.zeros((self.n_groups, len(starts)), np.int64)
        recent = month >= 0
        np.add.at(total, (group[recent], month[recent]), net[recent])
        return total

    def data_of(self, place: int) -> dict[str, Any]:
        """What is kept of one branch, or of everybody where place is 0."""
        chosen = slice(None) if place == 0 else slice(place, place + 1)
        ends = period_ends(self.as_of)
        revenue = self.revenue[chosen].sum(axis=0).tolist()
        starts = month_starts(self.as_of)
        return {
            "periods": {
                str(days): [
                    {"ends_on": end.isoformat(), **_summed(counts, chosen)}
                    for end, counts in zip(ends, points, strict=True)
                ]
                for days, points in self.counts.items()
            },
            "months": [
                [start.isoformat(), net, start != starts[-1] or _is_month_end(self.as_of)]
                for start, net in zip(starts, revenue, strict=True)
            ],
        }


def _summed(counts: PeriodCounts, chosen: slice) -> dict[str, int]:
    return {field.name: int(getattr(counts, field.name)[chosen].sum()) for field in fields(counts)}


def month_starts(as_of: date) -> list[date]:
    """First days of the last months, the one of as_of being the last."""
    number = as_of.year * 12 + as_of.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(number - N_MONTHS, number + 1)]


def period_ends(as_of: date) -> list[date]:
    """The last days of the months before as_of's own, then as_of: what a rate's line shows."""
    return [start - timedelta(days=1) for start in month_starts(as_of)[1:]] + [as_of]


def _is_month_end(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1
