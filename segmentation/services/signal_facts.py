"""What customers said and missed, as columns for the churn model.

Every query gives customer, day (since 1970-01-01) and value.
"""

from collections.abc import Sequence
from datetime import date

import numpy as np

from segmentation.scoring.signals import COMPLAINT, MISSED, SURVEY
from segmentation.services.copy_columns import read_packed
from segmentation.services.sale_facts import Rows, asked_for, places

_OF_THEM = "(%(customers)s::bigint[] IS NULL OR customer_id = ANY(%(customers)s::bigint[]))"
_LOCAL_DAY = """
(({column} AT TIME ZONE (SELECT timezone FROM tenancy_clinic WHERE id = %(clinic)s))::date)
"""


def _local_day(column: str) -> str:
    return _LOCAL_DAY.format(column=column).strip()


_ANSWERS = f"""
SELECT customer_id, {_local_day("occurred_at")} - DATE '1970-01-01', (payload->>'csat')::integer
FROM customers_customerevent
WHERE clinic_id = %(clinic)s AND kind = 'feedback.given' AND payload->>'csat' ~ '^[1-5]$'
  AND {_local_day("occurred_at")} <= %(as_of)s AND {_OF_THEM}
"""  # noqa: S608 - our own names
_COMPLAINTS = f"""
SELECT customer_id, {_local_day("occurred_at")} - DATE '1970-01-01', 1
FROM customers_interaction
WHERE clinic_id = %(clinic)s AND kind = 'complaint' AND {_local_day("occurred_at")} <= %(as_of)s
  AND {_OF_THEM}
"""  # noqa: S608 - our own names
_MISSED = f"""
SELECT customer_id, {_local_day("starts_at")} - DATE '1970-01-01', 1
FROM customers_appointment
WHERE clinic_id = %(clinic)s AND status = 'no_show' AND {_local_day("starts_at")} <= %(as_of)s
  AND {_OF_THEM}
"""  # noqa: S608 - our own names
_QUERIES = {SURVEY: _ANSWERS, COMPLAINT: _COMPLAINTS, MISSED: _MISSED}


def read_signal_rows(
    customer_id: np.ndarray, as_of: date, customer_ids: Sequence[int] | None = None
) -> dict[str, Rows]:
    """{kind: (customer row, day, value)}. customer_id: ascending, who is scored; facts of anybody
    else are left out. customer_ids: read only theirs."""
    found = {}
    asked = asked_for(as_of, customer_ids)
    for kind, query in _QUERIES.items():
        customer, day, value = read_packed(query, asked, ("bigint",) * 3)
        place = places(customer_id, customer)
        known = place >= 0
        found[kind] = place[known], day[known], value[known]
    return found
