"""Sales and their lines as columns, each table read once; what scores need is reckoned here.

Rows come as they lie in the table; sorting whole numbers here costs less than grouping there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from segmentation.scoring.due import TreatmentDays
from segmentation.scoring.outlook import YEAR_DAYS
from segmentation.scoring.purchases import PurchaseDays, begins, day_number
from segmentation.scoring.score import GoodsCost
from segmentation.services.copy_columns import read_whole_numbers
from tenancy.scope import current_clinic_id

Rows = tuple[np.ndarray, np.ndarray, np.ndarray]  # customer row, day, value
NOBODY = -1
NO_COST = -1
_SALES = """
SELECT customer_id, counts_on - DATE '1970-01-01', net_minor, gross_minor, discount_minor,
    coalesce(consultant_id, -1), extract(epoch FROM occurred_at)::bigint, (kind = 'sale')::integer
FROM customers_sale WHERE clinic_id = %(clinic)s AND occurred_on <= %(as_of)s
  AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY(%(customers)s::bigint[]))
"""
_LINES = """
SELECT sale.customer_id, sale.counts_on - DATE '1970-01-01', coalesce(line.treatment_id, -1),
    line.net_minor, coalesce(line.cost_minor, -1), (sale.kind = 'sale')::integer
FROM customers_sale AS sale
JOIN customers_saleline AS line ON line.clinic_id = sale.clinic_id AND line.sale_id = sale.id
WHERE sale.clinic_id = %(clinic)s AND sale.occurred_on <= %(as_of)s
  AND (%(customers)s::bigint[] IS NULL OR sale.customer_id = ANY(%(customers)s::bigint[]))
  AND (line.treatment_id IS NOT NULL OR line.cost_minor IS NOT NULL)
"""
_CATALOGUE = """
SELECT id, interval_days, greatest(course_length, 1) FROM customers_treatment
WHERE clinic_id = %s AND interval_days > 0 ORDER BY id
"""


@dataclass(frozen=True)
class SaleRows:
    """Every sale and refund recorded by a day; columns of one length. seconds: since 1970."""

    customer_id: np.ndarray
    day: np.ndarray
    net_minor: np.ndarray
    gross_minor: np.ndarray
    discount_minor: np.ndarray
    consultant_id: np.ndarray
    seconds: np.ndarray
    is_sale: np.ndarray

    def purchases(self, row: np.ndarray) -> PurchaseDays:
        """row: of each sale's customer."""
        return PurchaseDays(row, self.day, self.net_minor)

    def discounts(self, row: np.ndarray) -> Rows:
        """Share of the list price let off, of days with a discount."""
        sold = (self.is_sale == 1) & (self.gross_minor > 0)
        customer, day, place = _groups(row[sold], self.day[sold])
        gross = np.bincount(place, self.gross_minor[sold])
        off = np.bincount(place, self.discount_minor[sold])
        given = off > 0
        return customer[given], day[given], np.minimum(off[given] / gross[given], 1.0)

    def new_consultants(self, row: np.ndarray) -> Rows:
        """Days on which a customer bought with another consultant than the time before."""
        told = np.flatnonzero((self.is_sale == 1) & (self.consultant_id != NOBODY))
        order = told[np.lexsort((self.seconds[told], row[told]))]
        customer, consultant = row[order], self.consultant_id[order]
        changed = np.flatnonzero(
            (customer[1:] == customer[:-1]) & (consultant[1:] != consultant[:-1])
        )
        at = order[changed + 1]
        return row[at], self.day[at], np.ones(len(at))


def read_sales(as_of: date, customer_ids: Sequence[int] | None = None) -> SaleRows:
    """Of these customers, or of all."""
    return SaleRows(*read_whole_numbers(_SALES, asked_for(as_of, customer_ids), n_columns=8))


def asked_for(as_of: date, customer_ids: Sequence[int] | None) -> dict[str, Any]:
    """The parameters of every query here: what was known by a day, of some or (None) of all."""
    customers = None if customer_ids is None else list(customer_ids)
    return {"clinic": current_clinic_id(), "as_of": as_of, "customers": customers}


@dataclass(frozen=True)
class LineRows:
    """Lines that name a treatment or a cost; columns of one length. interval_days, course_length:
    the catalogue's, 0 where nothing wears off."""

    customer_id: np.ndarray
    day: np.ndarray
    treatment_id: np.ndarray
    net_minor: np.ndarray
    cost_minor: np.ndarray
    is_sale: np.ndarray
    interval_days: np.ndarray
    course_length: np.ndarray

    @property
    def _wears_off(self) -> np.ndarray:
        return (self.interval_days > 0) & (self.is_sale == 1)

    def treatment_days(self, row: np.ndarray) -> TreatmentDays:
        """row: of each line's customer."""
        kept = self._wears_off
        return TreatmentDays.of(
            row[kept],
            self.treatment_id[kept],
            self.day[kept],
            self.interval_days[kept],
            self.course_length[kept],
        )

    def wearing_off(self, row: np.ndarray) -> Rows:
        """Days on which something that wears off was bought, with the shortest interval of it."""
        kept = self._wears_off
        order = np.lexsort((self.interval_days[kept], self.day[kept], row[kept]))
        customer, day = row[kept][order], self.day[kept][order]
        first = begins(customer) | begins(day)
        return customer[first], day[first], self.interval_days[kept][order][first]

    def goods(self, row: np.ndarray, as_of: date, *, n_customers: int) -> GoodsCost:
        known = self.cost_minor != NO_COST
        recent = known & (self.day > day_number(as_of - timedelta(days=YEAR_DAYS)))
        last_year = np.bincount(row[recent], self.cost_minor[recent], n_customers)
        sold, cost = int(self.net_minor[known].sum()), int(self.cost_minor[known].sum())
        margin_rate = 1 - cost / sold if sold > 0 else 1.0
        return GoodsCost(last_year.astype(np.int64), min(max(margin_rate, 0.0), 1.0))


def read_lines(as_of: date, customer_ids: Sequence[int] | None = None) -> LineRows:
    """Of these customers, or of all."""
    columns = read_whole_numbers(_LINES, asked_for(as_of, customer_ids), n_columns=6)
    listed, *catalogue = read_whole_numbers(_CATALOGUE, [current_clinic_id()], n_columns=3)
    known = np.zeros((2, columns.shape[1]), np.int64)
    if len(listed):
        place = np.minimum(np.searchsorted(listed, columns[2]), len(listed) - 1)
        known = np.where(listed[place] == columns[2], np.array(catalogue)[:, place], 0)
    return LineRows(*columns, *known)


def _groups(row: np.ndarray, day: np.ndarray) -> Rows:
    """(customer row, day) of each group, and the group of each row given."""
    order = np.lexsort((day, row))
    first = begins(row[order]) | begins(day[order])
    place = np.empty(len(row), np.int64)
    place[order] = np.cumsum(first) - 1
    return row[order][first], day[order][first], place
