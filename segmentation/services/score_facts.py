"""What was known of every customer at the end of a day, read as columns.

A sale or refund counts when it was recorded by `as_of`; a refund counts towards its sale's day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from segmentation.scoring.due import TreatmentDays
from segmentation.scoring.purchases import PurchaseDays
from segmentation.scoring.score import GoodsCost
from segmentation.scoring.signals import DISCOUNT, NEW_CONSULTANT, TREATMENT, Signals
from segmentation.services.copy_columns import read_packed
from segmentation.services.kept_sales import Sold, Unkept, read_sold
from segmentation.services.line_facts import LineRows, newest_wearing_off, read_lines, told_by
from segmentation.services.sale_facts import Rows, SaleRows, asked_for, places, read_sales
from segmentation.services.signal_facts import read_signal_rows

_KNOWN_CUSTOMERS = """
SELECT id, known_since_on FROM customers_customer
WHERE clinic_id = %(clinic)s AND known_since_on <= %(as_of)s AND merged_into_id IS NULL
  AND (%(customers)s::bigint[] IS NULL OR id = ANY(%(customers)s::bigint[]))
ORDER BY id
"""
UNTOLD = 2**62  # a day after all others


@dataclass(frozen=True)
class Facts:
    """customer_id: ascending; every array of n_customers is in this order.

    known_since: days since 1970-01-01, UNTOLD for who bought without being known by then.
    treatments: `treatment` is the id in the catalogue, whose intervals are those of today.
    sold_to, line_of: the customer of each sale and line. told: what was said and missed. unkept:
    the sales, where they are worth keeping for the next time.
    """

    customer_id: np.ndarray
    known_since: np.ndarray
    sales: SaleRows
    sold_to: np.ndarray
    lines: LineRows
    line_of: np.ndarray
    goods: GoodsCost
    told: Mapping[str, Rows]
    unkept: Unkept | None = None

    @property
    def n_customers(self) -> int:
        return len(self.customer_id)

    @cached_property
    def purchases(self) -> PurchaseDays:
        return self.sales.purchases(self.sold_to)

    @cached_property
    def treatments(self) -> TreatmentDays:
        return self.lines.treatment_days(self.line_of)

    @property
    def signals(self) -> Signals:
        """As they stood on any day: what is learned from."""
        rows = {
            **self.told,
            DISCOUNT: self.sales.discounts(self.sold_to),
            NEW_CONSULTANT: self.sales.new_consultants(self.sold_to),
            TREATMENT: self.lines.wearing_off(self.line_of),
        }
        return Signals.of(rows, n_customers=self.n_customers)

    @property
    def newest_signals(self) -> Signals:
        """As they stand at the end of the day, in less time: of what is a sale's, the newest."""
        rows = {
            **self.told,
            DISCOUNT: self.sales.newest_discounts(self.sold_to, self.n_customers),
            NEW_CONSULTANT: self.sales.new_consultants(self.sold_to),
            TREATMENT: newest_wearing_off(self.treatments),
        }
        return Signals.of(rows, n_customers=self.n_customers)


def read_facts(as_of: date, customer_ids: Sequence[int] | None = None) -> Facts:
    """Customers known by `as_of`, or who had bought by then, and what they bought.

    customer_ids: only those of them.
    """
    asked = asked_for(as_of, customer_ids)
    known, since = read_packed(_KNOWN_CUSTOMERS, asked, ("bigint", "date"))
    sold, unkept = (
        read_sold(as_of, known)
        if customer_ids is None
        else (_sold_to(as_of, known, customer_ids), None)
    )
    sales = sold.sales
    lines, costs = told_by(sold.lines, sold.sale_id, sales, as_of)
    customer_id, known_since = _with_buyers(known, since, sales.customer_id)
    return Facts(
        customer_id,
        known_since,
        sales,
        places(customer_id, sales.customer_id),
        lines,
        places(customer_id, lines.customer_id),
        costs.goods(places(customer_id, costs.customer_id), n_customers=len(customer_id)),
        read_signal_rows(customer_id, as_of, customer_ids),
        unkept,
    )


def _sold_to(as_of: date, known: np.ndarray, customer_ids: Sequence[int]) -> Sold:
    sale_id, sales = read_sales(as_of, known, customer_ids)
    return Sold(sale_id, sales, read_lines(sale_id, sales, as_of, of_all=False))


def _with_buyers(
    known: np.ndarray, since: np.ndarray, buyer: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(ids, ascending, each once; known since when)."""
    late = buyer[places(known, buyer) < 0]
    if not len(late):
        return known, since
    everybody = np.union1d(known, late)
    known_since = np.full(len(everybody), UNTOLD)
    known_since[np.searchsorted(everybody, known)] = since
    return everybody, known_since
