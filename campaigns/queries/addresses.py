"""Which address of a customer a campaign writes to, and who comes first where several share one."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from tenancy.scope import current_clinic_id

# Needs a table expression `people (customer_id)` before it and the parameter clinic_id. The primary
# valid address wins; of a family with one address, somebody who said yes, then the lowest id.
CHOSEN_ADDRESSES = """
chosen AS (
    SELECT DISTINCT ON (people.customer_id) people.customer_id, lower(point.value) AS address
    FROM people JOIN customers_contactpoint point
        ON point.clinic_id = %(clinic_id)s AND point.customer_id = people.customer_id
        AND point.kind = 'email' AND point.is_valid
    ORDER BY people.customer_id, point.is_primary DESC, point.id
), addressed AS (
    SELECT chosen.customer_id, chosen.address, 1 = row_number() OVER (
        PARTITION BY chosen.address ORDER BY consent.id IS NULL, chosen.customer_id
    ) AS is_first
    FROM chosen LEFT JOIN customers_consent consent
        ON consent.clinic_id = %(clinic_id)s AND consent.customer_id = chosen.customer_id
        AND consent.purpose = 'marketing' AND consent.channel = 'email'
        AND consent.withdrawn_at IS NULL
)
"""


@dataclass(frozen=True, slots=True)
class ChosenAddress:
    """address: lower case. is_first: nobody before this customer is written to there."""

    address: str
    is_first: bool


def chosen_addresses(customer_ids: Sequence[int]) -> dict[int, ChosenAddress]:
    """{customer id: address}; who has no valid address is missing."""
    sql = f"""
        WITH people (customer_id) AS (SELECT unnest(%(ids)s::bigint[])), {CHOSEN_ADDRESSES}
        SELECT customer_id, address, is_first FROM addressed
    """  # noqa: S608 -- both parts are literals of this module
    with connection.cursor() as cursor:
        cursor.execute(sql, {"ids": list(customer_ids), "clinic_id": current_clinic_id()})
        return {pk: ChosenAddress(address, first) for pk, address, first in cursor.fetchall()}
