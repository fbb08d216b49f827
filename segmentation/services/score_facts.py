"""What was known of every customer at the end of a day, read as columns.

A sale or refund counts when it was recorded by `as_of`; a refund counts towards its sale's day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from segmentation.scoring.due import TreatmentDays
from segmentation.scoring.purchases import PurchaseDays
from segmentation.scoring.score import GoodsCost
from segmentation.scoring.signals import DISCOUNT, NEW_CONSULTANT, TREATMENT, Signals
from segmentation.services.copy_columns import read_whole_numbers
from segmentation.services.sale_facts import asked_for, places, read_lines, read_sales
from segmentation.services.signal_facts import read_signal_rows

_KNOWN_CUSTOMERS = """
SELECT id FROM customers_customer
WHERE clinic_id = %(clinic)s AND known_since_on <= %(as_of)s AND merged_into_id IS NULL
  AND (%(customers)s::bigint[] IS NULL OR id = ANY(%(customers)s::bigint[]))
ORDER BY id
"""


@dataclass(frozen=True)
class Facts:
    """customer_id: ascending; every array of n_customers is in this order.

    treatments: `treatment` is the id in the catalogue, whose intervals are those of today.
    """

    customer_id: np.ndarray
    purchases: PurchaseDays
    treatments: TreatmentDays
    goods: GoodsCost
    signals: Signals

    @property
    def n_customers(self) -> int:
        return len(self.customer_id)


def read_facts(as_of: date, customer_ids: Sequence[int] | None = None) -> Facts:
    """Customers known by `as_of`, or who had bought by then, and what they bought.

    customer_ids: only those of them.
    """
    asked = asked_for(as_of, customer_ids)
    (known,) = read_whole_numbers(_KNOWN_CUSTOMERS, asked, n_columns=1)
    sale_id, sales = read_sales(as_of, customer_ids)
    lines = read_lines(sale_id, sales, of_all=customer_ids is None)
    customer_id = _with_buyers(known, sales.customer_id)
    sold_to = places(customer_id, sales.customer_id)
    line_of = places(customer_id, lines.customer_id)
    rows = read_signal_rows(customer_id, as_of, customer_ids)
    rows[DISCOUNT] = sales.discounts(sold_to)
    rows[NEW_CONSULTANT] = sales.new_consultants(sold_to)
    rows[TREATMENT] = lines.wearing_off(line_of)
    return Facts(
        customer_id,
        sales.purchases(sold_to),
        lines.treatment_days(line_of),
        lines.goods(line_of, as_of, n_customers=len(customer_id)),
        Signals.of(rows, n_customers=len(customer_id)),
    )


def _with_buyers(known: np.ndarray, buyer: np.ndarray) -> np.ndarray:
    """Ascending, each once."""
    late = buyer[places(known, buyer) < 0]
    return np.union1d(known, late) if len(late) else known
