"""Which address of a customer a campaign writes to, and who comes first where several share one."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from tenancy.scope import current_clinic_id

# Where an address of each channel stands among a customer's contact points.
CONTACT_KINDS = {"email": "email", "sms": "phone", "phone": "phone"}

# Needs a table expression `people (customer_id)` before it and the parameters clinic_id and those
# of `channel_params`. The primary valid address wins; of a family with one address, somebody who
# said yes, then the lowest id.
CHOSEN_ADDRESSES = """
chosen AS (
    SELECT DISTINCT ON (people.customer_id) people.customer_id, lower(point.value) AS address
    FROM people JOIN customers_contactpoint point
        ON point.clinic_id = %(clinic_id)s AND point.customer_id = people.customer_id
        AND point.kind = %(contact_kind)s AND point.is_valid
    ORDER BY people.customer_id, point.is_primary DESC, point.id
), addressed AS (
    SELECT chosen.customer_id, chosen.address, 1 = row_number() OVER (
        PARTITION BY chosen.address ORDER BY consent.id IS NULL, chosen.customer_id
    ) AS is_first
    FROM chosen LEFT JOIN customers_consent consent
        ON consent.clinic_id = %(clinic_id)s AND consent.customer_id = chosen.customer_id
        AND consent.purpose = 'marketing' AND consent.channel = %(channel)s
        AND consent.withdrawn_at IS NULL
)
"""


@dataclass(frozen=True, slots=True)
class ChosenAddress:
    """address: lower case. is_first: nobody before this customer is written to there."""

    address: str
    is_first: bool


def channel_params(channel: str) -> dict[str, str]:
    """What CHOSEN_ADDRESSES needs to know of a channel; one without contact points finds nobody."""
    return {"channel": channel, "contact_kind": CONTACT_KINDS.get(channel, channel)}


def chosen_addresses(
    customer_ids: Sequence[int], channel: str = "email"
) -> dict[int, ChosenAddress]:
    """{customer id: address}; who has no valid address is missing."""
    sql = f"""
        WITH people (customer_id) AS (SELECT unnest(%(ids)s::bigint[])), {CHOSEN_ADDRESSES}
        SELECT customer_id, address, is_first FROM addressed
    """  # noqa: S608 -- both parts are literals of this module
    with connection.cursor() as cursor:
        asked = {"ids": list(customer_ids), "clinic_id": current_clinic_id()}
        cursor.execute(sql, asked | channel_params(channel))
        return {pk: ChosenAddress(address, first) for pk, address, first in cursor.fetchall()}
