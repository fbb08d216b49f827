"""Sales and their lines as columns, each table read once; what scores need is reckoned here.

Rows come as they lie in the table; sorting whole numbers here costs less than grouping there. A
score of one day looks at the newest of what a learning looks at on several days: each fact is told
in both ways.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np

from segmentation.scoring.due import TreatmentDays
from segmentation.scoring.outlook import YEAR_DAYS
from segmentation.scoring.purchases import PurchaseDays, begins, day_number, order_by
from segmentation.scoring.score import GoodsCost
from segmentation.services.copy_columns import read_packed
from tenancy.scope import current_clinic_id

Rows = tuple[np.ndarray, np.ndarray, np.ndarray]  # customer row, day, value
NOBODY = -1
NO_COST = -1
NEVER = -(2**62)  # a day before all others
MOST_SPREAD = 8  # numbers a table may hold for each one asked for
CUSTOMERS_AT_ONCE, SALES_AT_ONCE = 200_000, 2_000_000  # of a larger clinic, piece by piece
_OF_THEM = "AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY(%(customers)s::bigint[]))"
# What most sales do not have comes with the numbers of those that do.
_SALES = f"""
SELECT id, customer_id, counts_on, net_minor,
    CASE WHEN kind <> 'sale' THEN id END,
    CASE WHEN discount_minor <> 0 THEN id END, nullif(discount_minor, 0),
    CASE WHEN consultant_id IS NOT NULL THEN id END, consultant_id,
    CASE WHEN consultant_id IS NOT NULL THEN occurred_at END
FROM customers_sale WHERE clinic_id = %(clinic)s AND occurred_on <= %(as_of)s {_OF_THEM}
"""  # noqa: S608 - our own words
_SALE_KINDS = (
    "bigint", "bigint", "date", "bigint", "bigint?", "bigint?", "bigint?", "bigint?", "bigint?",
    "timestamptz?",
)  # fmt: skip
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

    consultant_id: NOBODY where none is named. instant: when it happened, in any unit of time, of
    those with a consultant.
    """

    customer_id: np.ndarray
    day: np.ndarray
    net_minor: np.ndarray
    discount_minor: np.ndarray
    consultant_id: np.ndarray
    instant: np.ndarray
    is_sale: np.ndarray

    def purchases(self, row: np.ndarray) -> PurchaseDays:
        """row: of each sale's customer."""
        return PurchaseDays(row, self.day, self.net_minor)

    @property
    def _is_sold(self) -> np.ndarray:
        return self.is_sale & (self.net_minor + self.discount_minor > 0)

    def discounts(self, row: np.ndarray) -> Rows:
        """Share of the list price let off, of days with a discount."""
        sold = self._is_sold
        customer, day, place = _groups(row[sold], self.day[sold])
        rate = self._rates(sold, place, len(customer))
        given = rate > 0
        return customer[given], day[given], rate[given]

    def newest_discounts(self, row: np.ndarray, n_customers: int) -> Rows:
        """The same of each customer's newest such day."""
        sold = self._is_sold
        let_off = np.flatnonzero(sold & (self.discount_minor > 0))
        newest = np.full(n_customers, NEVER)
        np.maximum.at(newest, row[let_off], self.day[let_off])
        then = sold & (self.day == newest[row])
        rate = self._rates(then, row[then], n_customers)
        given = np.flatnonzero(rate > 0)
        return given, newest[given], rate[given]

    def _rates(self, sold: np.ndarray, place: np.ndarray, n: int) -> np.ndarray:
        """Discount ÷ list price of each place, at most 1. place: of each sale in `sold`."""
        off = np.bincount(place, self.discount_minor[sold], n)
        gross = off + np.bincount(place, self.net_minor[sold], n)
        return np.minimum(np.divide(off, gross, out=np.zeros(n), where=gross > 0), 1.0)

    def new_consultants(self, row: np.ndarray) -> Rows:
        """Days on which a customer bought with another consultant than the time before."""
        told = np.flatnonzero(self.is_sale & (self.consultant_id != NOBODY))
        order = told[order_by(row[told], self.instant[told])]
        customer, consultant = row[order], self.consultant_id[order]
        changed = np.flatnonzero(
            (customer[1:] == customer[:-1]) & (consultant[1:] != consultant[:-1])
        )
        at = order[changed + 1]
        return row[at], self.day[at], np.ones(len(at))


def read_sales(
    as_of: date, known: np.ndarray, customer_ids: Sequence[int] | None = None
) -> tuple[np.ndarray, SaleRows]:
    """(id of each sale, the sales) of these customers, or of all. known: ids of most of them."""
    asked = asked_for(as_of, customer_ids)
    sale_id, customer_id, day, net_minor, refund, *particulars = _read(
        _SALES, asked, _SALE_KINDS, _pieces("customer_id", known, CUSTOMERS_AT_ONCE)
    )
    reduced, discount_minor, advised, consultant_id, instant = particulars

    def spread(some: np.ndarray, values: np.ndarray | int, usual: int) -> np.ndarray:
        column = np.full(len(sale_id), usual, np.int64)
        if len(some):
            column[places(sale_id, some)] = values
        return column

    return sale_id, SaleRows(
        customer_id,
        day,
        net_minor,
        discount_minor=spread(reduced, discount_minor, 0),
        consultant_id=spread(advised, consultant_id, NOBODY),
        instant=spread(advised, instant, 0),
        is_sale=spread(refund, 0, 1) == 1,
    )


def _pieces(column: str, ids: np.ndarray, at_once: int) -> list[str]:
    """What each of several queries asks for more, so that together they ask for everything."""
    bounds = np.sort(ids)[at_once::at_once].tolist() if len(ids) > at_once else []
    ends = zip([None, *bounds], [*bounds, None], strict=True)
    return [
        (f" AND {column} >= {low}" if low else "") + (f" AND {column} < {high}" if high else "")
        for low, high in ends
    ]


def _read(
    query: str, asked: Mapping[str, Any], kinds: Sequence[str], pieces: Sequence[str]
) -> list[np.ndarray]:
    found = [read_packed(query + piece, asked, kinds) for piece in pieces]
    if len(found) == 1:
        return found[0]
    return [np.concatenate(column) for column in zip(*found, strict=True)]


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

    def goods(self, row: np.ndarray, as_of: date, *, n_customers: int) -> GoodsCost:
        known = self.cost_minor != NO_COST
        recent = known & (self.day > day_number(as_of - timedelta(days=YEAR_DAYS)))
        last_year = np.bincount(row[recent], self.cost_minor[recent], n_customers)
        sold, cost = int(self.net_minor[known].sum()), int(self.cost_minor[known].sum())
        margin_rate = 1 - cost / sold if sold > 0 else 1.0
        return GoodsCost(last_year.astype(np.int64), min(max(margin_rate, 0.0), 1.0))


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


def read_lines(sale_id: np.ndarray, sales: SaleRows, *, of_all: bool) -> LineRows:
    """The lines of these sales. of_all: whether they are all the clinic has by some day."""
    asked = {"clinic": current_clinic_id(), "sales": None if of_all else sale_id.tolist()}
    pieces = _pieces("sale_id", sale_id, SALES_AT_ONCE)
    sold_in, *columns = _read(_LINES, asked, ("bigint",) * 4, pieces)
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
    listed, *catalogue = read_packed(_CATALOGUE, [current_clinic_id()], ("bigint",) * 3)
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
