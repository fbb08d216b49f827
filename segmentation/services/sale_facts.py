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
from segmentation.scoring.purchases import PurchaseDays, begins, day_number, order_by
from segmentation.scoring.score import GoodsCost
from segmentation.services.copy_columns import read_whole_numbers
from tenancy.scope import current_clinic_id

Rows = tuple[np.ndarray, np.ndarray, np.ndarray]  # customer row, day, value
NOBODY = -1
NO_COST = -1
MOST_SPREAD = 8  # numbers a table may hold for each one asked for
_SALES = """
SELECT id, customer_id, counts_on, net_minor, gross_minor, discount_minor,
    coalesce(consultant_id, -1), occurred_at, kind = 'sale'
FROM customers_sale WHERE clinic_id = %(clinic)s AND occurred_on <= %(as_of)s
  AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY(%(customers)s::bigint[]))
"""
_SALE_TYPES = {2: "date", 7: "timestamptz", 8: "boolean"}
# Their sales are found here: joined there, every line would go through a hash table first.
_LINES = """
SELECT sale_id, coalesce(treatment_id, -1), net_minor, coalesce(cost_minor, -1)
FROM customers_saleline WHERE clinic_id = %(clinic)s
  AND (treatment_id IS NOT NULL OR cost_minor IS NOT NULL)
  AND (%(sales)s::bigint[] IS NULL OR sale_id = ANY(%(sales)s::bigint[]))
"""
_CATALOGUE = """
SELECT id, interval_days, greatest(course_length, 1) FROM customers_treatment
WHERE clinic_id = %s AND interval_days > 0 ORDER BY id
"""


@dataclass(frozen=True)
class SaleRows:
    """Every sale and refund recorded by a day; columns of one length.

    instant: when it happened, in any unit of time.
    """

    customer_id: np.ndarray
    day: np.ndarray
    net_minor: np.ndarray
    gross_minor: np.ndarray
    discount_minor: np.ndarray
    consultant_id: np.ndarray
    instant: np.ndarray
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
        order = told[np.lexsort((self.instant[told], row[told]))]
        customer, consultant = row[order], self.consultant_id[order]
        changed = np.flatnonzero(
            (customer[1:] == customer[:-1]) & (consultant[1:] != consultant[:-1])
        )
        at = order[changed + 1]
        return row[at], self.day[at], np.ones(len(at))


def read_sales(
    as_of: date, customer_ids: Sequence[int] | None = None
) -> tuple[np.ndarray, SaleRows]:
    """(id of each sale, the sales) of these customers, or of all."""
    asked = asked_for(as_of, customer_ids)
    sale_id, *columns = read_whole_numbers(_SALES, asked, n_columns=9, types=_SALE_TYPES)
    return sale_id, SaleRows(*columns)


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
        order = order_by(row[kept], self.day[kept], self.interval_days[kept])
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


def read_lines(sale_id: np.ndarray, sales: SaleRows, *, of_all: bool) -> LineRows:
    """The lines of these sales. of_all: whether they are all the clinic has by some day."""
    asked = {"clinic": current_clinic_id(), "sales": None if of_all else sale_id.tolist()}
    sold_in, *columns = read_whole_numbers(_LINES, asked, n_columns=4)
    sale = places(sale_id, sold_in)
    known = sale >= 0
    if not known.all():  # of a sale that was recorded later
        sale, columns = sale[known], [column[known] for column in columns]
    treatment_id, net_minor, cost_minor = columns
    return LineRows(
        sales.customer_id[sale], sales.day[sale], treatment_id, net_minor, cost_minor,
        sales.is_sale[sale], *_catalogue_of(treatment_id),
    )  # fmt: skip


def _catalogue_of(treatment_id: np.ndarray) -> np.ndarray:
    """(interval_days, course_length) of each, 0 where nothing wears off."""
    listed, *catalogue = read_whole_numbers(_CATALOGUE, [current_clinic_id()], n_columns=3)
    nothing_last = np.append(np.array(catalogue, np.int64), np.zeros((2, 1), np.int64), axis=1)
    return nothing_last[:, places(listed, treatment_id)]


def places(ids: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Where each wanted id stands among the ids, of which each occurs once; −1 where it does not.

    By a table over the numbers between, where they lie close enough, else by search.
    """
    if not len(ids):
        return np.full(len(wanted), NOBODY, np.int64)
    low, high = int(ids.min()), int(ids.max())
    if high - low < MOST_SPREAD * (len(ids) + len(wanted)):
        table = np.full(high - low + 3, NOBODY, np.int64)  # one more on each side
        table[ids - low + 1] = np.arange(len(ids))
        return table[np.clip(wanted - low + 1, 0, high - low + 2)]
    order = np.argsort(ids)
    found = order[np.minimum(np.searchsorted(ids, wanted, sorter=order), len(ids) - 1)]
    return np.where(ids[found] == wanted, found, NOBODY)


def _groups(row: np.ndarray, day: np.ndarray) -> Rows:
    """(customer row, day) of each group, and the group of each row given."""
    order = order_by(row, day)
    first = begins(row[order]) | begins(day[order])
    place = np.empty(len(row), np.int64)
    place[order] = np.cumsum(first) - 1
    return row[order][first], day[order][first], place
