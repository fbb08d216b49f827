"""What was known of every customer at the end of a day, read as columns.

A sale or refund counts when it was recorded by `as_of`; a refund counts towards its sale's day.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from segmentation.scoring.purchases import PurchaseDays
from segmentation.services.copy_columns import read_whole_numbers
from tenancy.scope import current_clinic_id

_KNOWN_CUSTOMERS = """
SELECT id FROM customers_customer WHERE clinic_id = %s AND known_since_on <= %s ORDER BY id
"""
_PURCHASE_DAYS = """
SELECT customer_id, counts_on - DATE '1970-01-01', sum(net_minor)::bigint
FROM customers_sale
WHERE clinic_id = %s AND occurred_on <= %s
GROUP BY customer_id, counts_on
ORDER BY customer_id, counts_on
"""
_CATALOGUE_DAYS = """
SELECT sale.customer_id, sum(treatment.interval_days)::bigint, count(*)
FROM customers_sale AS sale
JOIN customers_saleline AS line ON line.clinic_id = sale.clinic_id AND line.sale_id = sale.id
JOIN customers_treatment AS treatment
  ON treatment.clinic_id = line.clinic_id AND treatment.id = line.treatment_id
WHERE sale.clinic_id = %s AND sale.occurred_on <= %s
  AND sale.kind = 'sale' AND treatment.interval_days IS NOT NULL
GROUP BY sale.customer_id
"""


@dataclass(frozen=True)
class Facts:
    """customer_id: ascending; every array of n_customers is in this order.

    catalogue_days: mean usual interval of the treatments bought, days; nan where unknown.
    """

    customer_id: np.ndarray
    purchases: PurchaseDays
    catalogue_days: np.ndarray

    @property
    def n_customers(self) -> int:
        return len(self.customer_id)


def read_facts(as_of: date) -> Facts:
    """Customers known by `as_of`, or who had bought by then, and what they bought."""
    asked = [current_clinic_id(), as_of]
    (known,) = read_whole_numbers(_KNOWN_CUSTOMERS, asked, n_columns=1)
    buyer, day, net_minor = read_whole_numbers(_PURCHASE_DAYS, asked, n_columns=3)
    customer_id = np.union1d(known, buyer)
    purchases = PurchaseDays(np.searchsorted(customer_id, buyer), day, net_minor)
    return Facts(customer_id, purchases, _catalogue_days(customer_id, asked))


def _catalogue_days(customer_id: np.ndarray, asked: list) -> np.ndarray:
    days = np.full(len(customer_id), np.nan)
    customer, total, n_lines = read_whole_numbers(_CATALOGUE_DAYS, asked, n_columns=3)
    place = np.searchsorted(customer_id, customer)
    listed = place < len(customer_id)
    listed[listed] = customer_id[place[listed]] == customer[listed]
    days[place[listed]] = total[listed] / n_lines[listed]
    return days
