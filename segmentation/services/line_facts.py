"""Lines of sales as columns, the table read once; what scores need of them is reckoned here."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np

from segmentation.scoring.due import TreatmentDays
from segmentation.scoring.outlook import YEAR_DAYS
from segmentation.scoring.purchases import begins, day_number, order_by
from segmentation.scoring.score import GoodsCost
from segmentation.services.copy_columns import Kind, read_packed
from segmentation.services.sale_facts import Rows, SaleRows, pieces, places, read_in_pieces
from tenancy.scope import current_clinic_id

NO_ID = 2**62  # beyond every sale's
SALES_AT_ONCE = 2_000_000  # of a larger clinic, piece by piece
# Their sales are found here: joined there, every line would go through a hash table first. Costs
# are asked of the last year's sales only; these have the largest numbers, or nearly.
_LINES = """
SELECT sale_id, coalesce(treatment_id, -1),
    CASE WHEN cost_minor IS NOT NULL AND sale_id >= %(first_costed)s
        THEN int8send(sale_id) || int8send(net_minor) || int8send(cost_minor) END
FROM customers_saleline WHERE clinic_id = %(clinic)s
  AND (treatment_id IS NOT NULL OR cost_minor IS NOT NULL)
  AND (%(sales)s::bigint[] IS NULL OR sale_id = ANY(%(sales)s::bigint[]))
"""
_LINE_KINDS: tuple[Kind, ...] = ("bigint", "bigint", ("bigint", "bigint", "bigint"))
_CATALOGUE = """
SELECT id, interval_days, greatest(course_length, 1) FROM customers_treatment
WHERE clinic_id = %s AND interval_days > 0 ORDER BY id
"""


class LineColumns(NamedTuple):
    """As they lie in the table. costed_in, net_minor, cost_minor: sale and amounts of each line of
    at least the last year whose cost is known."""

    sale_id: np.ndarray
    treatment_id: np.ndarray
    costed_in: np.ndarray
    net_minor: np.ndarray
    cost_minor: np.ndarray

    def of_sales(self, sale_id: np.ndarray) -> Self:
        """Only the lines of these sales."""
        kept, costed = places(sale_id, self.sale_id) >= 0, places(sale_id, self.costed_in) >= 0
        if kept.all() and costed.all():
            return self
        lines = (column[kept] for column in self[:2])
        return type(self)(*lines, *(column[costed] for column in self[2:]))


@dataclass(frozen=True)
class CostRows:
    """Lines of the last 365 days whose cost is known; columns of one length."""

    customer_id: np.ndarray
    net_minor: np.ndarray
    cost_minor: np.ndarray

    def goods(self, row: np.ndarray, *, n_customers: int) -> GoodsCost:
        """row: of each line's customer."""
        last_year = np.bincount(row, self.cost_minor, n_customers)
        sold, cost = int(self.net_minor.sum()), int(self.cost_minor.sum())
        margin_rate = 1 - cost / sold if sold > 0 else 1.0
        return GoodsCost(last_year.astype(np.int64), min(max(margin_rate, 0.0), 1.0))


@dataclass(frozen=True)
class LineRows:
    """Lines that name a treatment or a cost; columns of one length. interval_days, course_length:
    the catalogue's, 0 where nothing wears off."""

    customer_id: np.ndarray
    day: np.ndarray
    treatment_id: np.ndarray
    is_sale: np.ndarray
    interval_days: np.ndarray
    course_length: np.ndarray

    @cached_property
    def _wears_off(self) -> np.ndarray:
        return (self.interval_days > 0) & self.is_sale

    def treatment_days(self, row: np.ndarray) -> TreatmentDays:
        """row: of each line's customer."""
        kept = np.flatnonzero(self._wears_off)
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


def newest_wearing_off(treated: TreatmentDays) -> Rows:
    """`wearing_off` of each customer's newest such day. treated: the same lines."""
    first = np.flatnonzero(begins(treated.customer_row))
    if not len(first):
        nobody = np.zeros(0, np.int64)
        return nobody, nobody, nobody
    n_treatments = np.diff(np.append(first, len(treated.customer_row)))
    newest = np.maximum.reduceat(treated.last_day, first)
    then = treated.last_day == np.repeat(newest, n_treatments)
    interval = np.where(then, treated.interval_days, treated.interval_days.max())
    return treated.customer_row[first], newest, np.minimum.reduceat(interval, first)


def read_lines(sale_id: np.ndarray, sales: SaleRows, as_of: date, *, of_all: bool) -> LineColumns:
    """The lines of these sales. of_all: whether the sales are all the clinic has by `as_of`."""
    asked = {
        "clinic": current_clinic_id(),
        "sales": None if of_all else sale_id.tolist(),
        "first_costed": min(sale_id[_is_recent(sales, as_of)].tolist(), default=NO_ID),
    }
    found = read_in_pieces(_LINES, asked, _LINE_KINDS, pieces("sale_id", sale_id, SALES_AT_ONCE))
    return LineColumns(*found).of_sales(sale_id) if of_all else LineColumns(*found)


def told_by(
    lines: LineColumns, sale_id: np.ndarray, sales: SaleRows, as_of: date
) -> tuple[LineRows, CostRows]:
    """(what was bought when by whom, what is known of its costs)."""
    sale, costed = places(sale_id, lines.sale_id), places(sale_id, lines.costed_in)
    recent = _is_recent(sales, as_of)[costed]
    return LineRows(
        sales.customer_id[sale], sales.day[sale], lines.treatment_id, sales.is_sale[sale],
        *_catalogue_of(lines.treatment_id),
    ), CostRows(
        sales.customer_id[costed[recent]], lines.net_minor[recent], lines.cost_minor[recent]
    )  # fmt: skip


def _is_recent(sales: SaleRows, as_of: date) -> np.ndarray:
    return sales.day > day_number(as_of - timedelta(days=YEAR_DAYS))


def _catalogue_of(treatment_id: np.ndarray) -> np.ndarray:
    """(interval_days, course_length) of each, 0 where nothing wears off."""
    listed, *catalogue = read_packed(_CATALOGUE, [current_clinic_id()], ("bigint",) * 3)
    nothing_last = np.append(np.array(catalogue, np.int64), np.zeros((2, 1), np.int64), axis=1)
    return nothing_last[:, places(listed, treatment_id)]
