"""What customers said, missed and were given, and what wears off: columns for the churn model.

Every query gives customer, day (since 1970-01-01) and value, which is a whole number of thousandths
where it is a share. Facts of customers without a purchase are left out by the reader.
"""

from datetime import date

import numpy as np

from segmentation.scoring.signals import (
    COMPLAINT,
    DISCOUNT,
    MISSED,
    NEW_CONSULTANT,
    SURVEY,
    TREATMENT,
    Signals,
)
from segmentation.services.copy_columns import read_whole_numbers
from tenancy.scope import current_clinic_id

_LOCAL_DAY = """
(({column} AT TIME ZONE (SELECT timezone FROM tenancy_clinic WHERE id = %(clinic)s))::date)
"""


def _local_day(column: str) -> str:
    return _LOCAL_DAY.format(column=column).strip()


_ANSWERS = f"""
SELECT customer_id, {_local_day("occurred_at")} - DATE '1970-01-01', (payload->>'csat')::integer
FROM customers_customerevent
WHERE clinic_id = %(clinic)s AND kind = 'feedback.given' AND payload->>'csat' ~ '^[1-5]$'
  AND {_local_day("occurred_at")} <= %(as_of)s
"""  # noqa: S608 - our own names
_COMPLAINTS = f"""
SELECT customer_id, {_local_day("occurred_at")} - DATE '1970-01-01', 1
FROM customers_interaction
WHERE clinic_id = %(clinic)s AND kind = 'complaint' AND {_local_day("occurred_at")} <= %(as_of)s
"""  # noqa: S608 - our own names
_MISSED = f"""
SELECT customer_id, {_local_day("starts_at")} - DATE '1970-01-01', 1
FROM customers_appointment
WHERE clinic_id = %(clinic)s AND status = 'no_show' AND {_local_day("starts_at")} <= %(as_of)s
"""  # noqa: S608 - our own names
_DISCOUNTS = """
SELECT customer_id, counts_on - DATE '1970-01-01',
    least(1000, 1000 * sum(discount_minor) / sum(gross_minor))::integer
FROM customers_sale
WHERE clinic_id = %(clinic)s AND occurred_on <= %(as_of)s AND kind = 'sale' AND gross_minor > 0
GROUP BY customer_id, counts_on
HAVING sum(discount_minor) > 0
"""
_NEW_CONSULTANTS = """
SELECT customer_id, counts_on - DATE '1970-01-01', 1
FROM (
    SELECT customer_id, counts_on, consultant_id,
        lag(consultant_id) OVER (PARTITION BY customer_id ORDER BY occurred_at, id) AS before
    FROM customers_sale
    WHERE clinic_id = %(clinic)s AND occurred_on <= %(as_of)s AND kind = 'sale'
      AND consultant_id IS NOT NULL
) AS sale
WHERE before <> consultant_id
GROUP BY customer_id, counts_on
"""
_TREATMENTS = """
SELECT sale.customer_id, sale.counts_on - DATE '1970-01-01', min(treatment.interval_days)
FROM customers_sale AS sale
JOIN customers_saleline AS line ON line.clinic_id = sale.clinic_id AND line.sale_id = sale.id
JOIN customers_treatment AS treatment
  ON treatment.clinic_id = line.clinic_id AND treatment.id = line.treatment_id
WHERE sale.clinic_id = %(clinic)s AND sale.occurred_on <= %(as_of)s AND sale.kind = 'sale'
  AND treatment.interval_days > 0
GROUP BY sale.customer_id, sale.counts_on
"""
_QUERIES = {
    SURVEY: (_ANSWERS, 1),
    COMPLAINT: (_COMPLAINTS, 1),
    MISSED: (_MISSED, 1),
    DISCOUNT: (_DISCOUNTS, 1000),
    NEW_CONSULTANT: (_NEW_CONSULTANTS, 1),
    TREATMENT: (_TREATMENTS, 1),
}  # kind: query, what its value is divided by


def read_signals(customer_id: np.ndarray, as_of: date) -> Signals:
    """customer_id: ascending, who is scored; facts of anybody else are left out."""
    rows = {}
    asked = {"clinic": current_clinic_id(), "as_of": as_of}
    for kind, (query, unit) in _QUERIES.items():
        customer, day, value = read_whole_numbers(query, asked, n_columns=3)
        place = np.searchsorted(customer_id, customer)
        known = place < len(customer_id)
        known[known] = customer_id[place[known]] == customer[known]
        rows[kind] = place[known], day[known], value[known] / unit
    return Signals.of(rows, n_customers=len(customer_id))
