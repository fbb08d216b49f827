"""Sales as columns, the table read once; what scores need of them is reckoned here.

Rows come as they lie in the table; sorting whole numbers here costs less than grouping there. A
score of one day looks at the newest of what a learning looks at on several days: each fact is told
in both ways. Their lines are in `line_facts`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

import numpy as np

from segmentation.scoring.purchases import PurchaseDays, begins, order_by
from segmentation.services.copy_columns import Kind, read_packed
from tenancy.scope import current_clinic_id

Rows = tuple[np.ndarray, np.ndarray, np.ndarray]  # customer row, day, value
NOBODY = -1
NEVER = -(2**62)  # a day before all others
MOST_SPREAD = 8  # numbers a table may hold for each one asked for
CUSTOMERS_AT_ONCE = 200_000  # of a larger clinic, piece by piece
_OF_THEM = "AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY(%(customers)s::bigint[]))"
# What most sales do not have comes with the numbers of those that do.
_SALES = f"""
SELECT id, customer_id, counts_on, net_minor,
    CASE WHEN kind <> 'sale' THEN id END,
    CASE WHEN discount_minor <> 0 THEN int8send(id) || int8send(discount_minor) END,
    CASE WHEN consultant_id IS NOT NULL
        THEN int8send(id) || int8send(consultant_id) || timestamptz_send(occurred_at) END
FROM customers_sale WHERE clinic_id = %(clinic)s AND occurred_on <= %(as_of)s {_OF_THEM}
"""  # noqa: S608 - our own words
_NEWER = " AND (occurred_on > %(known_on)s OR id = ANY(%(changed)s::bigint[]))"
_SALE_KINDS: tuple[Kind, ...] = (
    "bigint", "bigint", "date", "bigint", "bigint?", ("bigint", "bigint"),
    ("bigint", "bigint", "timestamptz"),
)  # fmt: skip


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

    def at(self, wanted: np.ndarray) -> Self:
        """The rows of these places, or where True stands."""
        return type(self)(*(column[wanted] for column in vars(self).values()))

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
        order = told[order_by(row[told], self.instant[told], told)]
        customer, consultant = row[order], self.consultant_id[order]
        changed = np.flatnonzero(
            (customer[1:] == customer[:-1]) & (consultant[1:] != consultant[:-1])
        )
        at = order[changed + 1]
        return row[at], self.day[at], np.ones(len(at))


def read_sales(
    as_of: date, known: np.ndarray, customer_ids: Sequence[int] | None = None
) -> tuple[np.ndarray, SaleRows]:
    """(id of each sale, the sales) of these customers, or of all; in the order of their ids.

    known: ids of most of the customers.
    """
    asked = asked_for(as_of, customer_ids)
    return _sale_rows(asked, pieces("customer_id", known, CUSTOMERS_AT_ONCE))


def read_newer_sales(
    as_of: date, known_on: date, changed: np.ndarray
) -> tuple[np.ndarray, SaleRows]:
    """Those recorded after a day, and the changed ones that are still there. changed: their ids."""
    asked = asked_for(as_of, None) | {"known_on": known_on, "changed": changed.tolist()}
    return _sale_rows(asked, [_NEWER])


def _sale_rows(asked: Mapping[str, Any], of_them: Sequence[str]) -> tuple[np.ndarray, SaleRows]:
    sale_id, customer_id, day, net_minor, refund, *particulars = read_in_pieces(
        _SALES, asked, _SALE_KINDS, of_them
    )
    reduced, discount_minor, advised, consultant_id, instant = particulars

    def spread(some: np.ndarray, values: np.ndarray | int, usual: int) -> np.ndarray:
        column = np.full(len(sale_id), usual, np.int64)
        if len(some):
            column[places(sale_id, some)] = values
        return column

    return in_order(
        sale_id,
        SaleRows(
            customer_id,
            day,
            net_minor,
            discount_minor=spread(reduced, discount_minor, 0),
            consultant_id=spread(advised, consultant_id, NOBODY),
            instant=spread(advised, instant, 0),
            is_sale=spread(refund, 0, 1) == 1,
        ),
    )


def in_order(sale_id: np.ndarray, sales: SaleRows) -> tuple[np.ndarray, SaleRows]:
    """By id: what happened at the same instant stands in one order, however it was read."""
    if (sale_id[1:] > sale_id[:-1]).all():
        return sale_id, sales
    order = np.argsort(sale_id)
    return sale_id[order], sales.at(order)


def pieces(column: str, ids: np.ndarray, at_once: int) -> list[str]:
    """What each of several queries asks for more, so that together they ask for everything."""
    bounds = np.sort(ids)[at_once::at_once].tolist() if len(ids) > at_once else []
    ends = zip([None, *bounds], [*bounds, None], strict=True)
    return [
        (f" AND {column} >= {low}" if low else "") + (f" AND {column} < {high}" if high else "")
        for low, high in ends
    ]


def read_in_pieces(
    query: str, asked: Mapping[str, Any], kinds: Sequence[Kind], pieces: Sequence[str]
) -> list[np.ndarray]:
    found = [read_packed(query + piece, asked, kinds) for piece in pieces]
    if len(found) == 1:
        return found[0]
    return [np.concatenate(column) for column in zip(*found, strict=True)]


def asked_for(as_of: date, customer_ids: Sequence[int] | None) -> dict[str, Any]:
    """The parameters of every query here: what was known by a day, of some or (None) of all."""
    customers = None if customer_ids is None else list(customer_ids)
    return {"clinic": current_clinic_id(), "as_of": as_of, "customers": customers}


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
