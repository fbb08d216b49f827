"""What was known of every customer at the end of a day, read as columns.

A sale or refund counts when it was recorded by `as_of`; a refund counts towards its sale's day.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from segmentation.scoring.due import TreatmentDays
from segmentation.scoring.outlook import YEAR_DAYS
from segmentation.scoring.purchases import PurchaseDays
from segmentation.scoring.score import GoodsCost
from segmentation.scoring.signals import Signals
from segmentation.services.copy_columns import read_whole_numbers
from segmentation.services.signal_facts import read_signals
from tenancy.scope import current_clinic_id

_KNOWN_CUSTOMERS = """
SELECT id FROM customers_customer
WHERE clinic_id = %s AND known_since_on <= %s AND merged_into_id IS NULL ORDER BY id
"""
_PURCHASE_DAYS = """
SELECT customer_id, counts_on - DATE '1970-01-01', sum(net_minor)::bigint
FROM customers_sale
WHERE clinic_id = %s AND occurred_on <= %s
GROUP BY customer_id, counts_on
ORDER BY customer_id, counts_on
"""
_TREATMENT_DAYS = """
SELECT sale.customer_id, treatment.id, min(sale.counts_on) - DATE '1970-01-01',
    max(sale.counts_on) - DATE '1970-01-01', count(DISTINCT sale.counts_on),
    treatment.interval_days, count(*)
FROM customers_sale AS sale
JOIN customers_saleline AS line ON line.clinic_id = sale.clinic_id AND line.sale_id = sale.id
JOIN customers_treatment AS treatment
  ON treatment.clinic_id = line.clinic_id AND treatment.id = line.treatment_id
WHERE sale.clinic_id = %s AND sale.occurred_on <= %s
  AND sale.kind = 'sale' AND treatment.interval_days IS NOT NULL
GROUP BY sale.customer_id, treatment.id, treatment.interval_days
"""
_GOODS = """
SELECT sale.customer_id,
    coalesce(sum(line.cost_minor) FILTER (WHERE sale.counts_on > %s), 0)::bigint,
    coalesce(sum(line.cost_minor), 0)::bigint,
    coalesce(sum(line.net_minor) FILTER (WHERE line.cost_minor IS NOT NULL), 0)::bigint
FROM customers_sale AS sale
JOIN customers_saleline AS line ON line.clinic_id = sale.clinic_id AND line.sale_id = sale.id
WHERE sale.clinic_id = %s AND sale.occurred_on <= %s AND line.cost_minor IS NOT NULL
GROUP BY sale.customer_id
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


def read_facts(as_of: date) -> Facts:
    """Customers known by `as_of`, or who had bought by then, and what they bought."""
    asked = [current_clinic_id(), as_of]
    (known,) = read_whole_numbers(_KNOWN_CUSTOMERS, asked, n_columns=1)
    buyer, day, net_minor = read_whole_numbers(_PURCHASE_DAYS, asked, n_columns=3)
    customer_id = np.union1d(known, buyer)
    purchases = PurchaseDays(np.searchsorted(customer_id, buyer), day, net_minor)
    customer, *columns = read_whole_numbers(_TREATMENT_DAYS, asked, n_columns=7)
    place = np.searchsorted(customer_id, customer)
    return Facts(
        customer_id,
        purchases,
        TreatmentDays(place, *columns),
        _goods(customer_id, as_of),
        read_signals(customer_id, as_of),
    )


def _goods(customer_id: np.ndarray, as_of: date) -> GoodsCost:
    asked = [as_of - timedelta(days=YEAR_DAYS), current_clinic_id(), as_of]
    customer, last_year, cost, net = read_whole_numbers(_GOODS, asked, n_columns=4)
    last_year_minor = np.zeros(len(customer_id), np.int64)
    last_year_minor[np.searchsorted(customer_id, customer)] = last_year
    sold = int(net.sum())
    margin_rate = 1 - int(cost.sum()) / sold if sold > 0 else 1.0
    return GoodsCost(last_year_minor, min(max(margin_rate, 0.0), 1.0))
