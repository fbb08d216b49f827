"""Which address of a customer a campaign writes to, and who comes first where several share one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Lower

from customers.models import ContactPoint, Identity
from tenancy.scope import current_clinic_id

# Where an address of each channel stands among a customer's contact points.
CONTACT_KINDS = {"email": "email", "sms": "phone", "phone": "phone"}
# Or under which sources its own ids of a person are kept, as they were given: capitals count.
IDENTITY_SOURCES = {"wechat": ["wechat", "wechat_openid"], "wecom": ["wecom"]}
CONSENT_CHANNELS = {"wecom": "wechat"}  # where a yes to another channel counts

# Needs a table expression `people (customer_id, …)` before it, the parameter clinic_id and those of
# `channel_params`. Adds to its columns the address, NULL where there is none, and whether nobody
# before has it: the primary valid address wins; of a family with one address, somebody who said
# yes, then the lowest id. Customer by customer, whatever the planner believes: of a clinic that it
# has not counted yet it expects one row, and compared all with all.
CHOSEN_ADDRESSES = """
addressed AS (
    SELECT people.*, chosen.address, chosen.address IS NOT NULL AND 1 = row_number() OVER (
        PARTITION BY chosen.address ORDER BY consent.id IS NULL, people.customer_id
    ) AS is_first
    FROM people LEFT JOIN LATERAL (
        SELECT known.address FROM (
            SELECT lower(point.value) AS address, point.is_primary, point.id
            FROM customers_contactpoint point
            WHERE point.clinic_id = %(clinic_id)s AND point.customer_id = people.customer_id
                AND point.kind = %(contact_kind)s AND point.is_valid
            UNION ALL
            SELECT identity.external_id, false, identity.id
            FROM customers_identity identity
            WHERE identity.clinic_id = %(clinic_id)s AND identity.customer_id = people.customer_id
                AND identity.source = ANY (%(identity_sources)s::text[])
        ) AS known ORDER BY known.is_primary DESC, known.id LIMIT 1
    ) AS chosen ON true
    LEFT JOIN LATERAL (
        SELECT consent.id FROM customers_consent consent
        WHERE consent.clinic_id = %(clinic_id)s AND consent.customer_id = people.customer_id
            AND consent.purpose = 'marketing' AND consent.channel = %(consent_channel)s
            AND consent.withdrawn_at IS NULL
        LIMIT 1
    ) AS consent ON true
)
"""


@dataclass(frozen=True, slots=True)
class ChosenAddress:
    """address: lower case, or an id as given. is_first: nobody before this customer has it."""

    address: str
    is_first: bool


def channel_params(channel: str) -> dict[str, Any]:
    """What CHOSEN_ADDRESSES needs to know of a channel."""
    return {
        "channel": channel,
        "consent_channel": CONSENT_CHANNELS.get(channel, channel),
        "contact_kind": CONTACT_KINDS.get(channel, channel),
        "identity_sources": IDENTITY_SOURCES.get(channel, []),
    }


def known_addresses(customer_ids: Collection[int] | QuerySet, channel: str) -> set[tuple[int, str]]:
    """(customer id, address) of all that are theirs now, chosen or not."""
    points = ContactPoint.objects.filter(
        customer__in=customer_ids, kind=CONTACT_KINDS.get(channel, channel), is_valid=True
    )
    found = set(points.values_list("customer_id", Lower("value")))
    if sources := IDENTITY_SOURCES.get(channel):
        ids = Identity.objects.filter(customer__in=customer_ids, source__in=sources)
        found |= set(ids.values_list("customer_id", "external_id"))
    return found


def chosen_addresses(
    customer_ids: Sequence[int], channel: str = "email"
) -> dict[int, ChosenAddress]:
    """{customer id: address}; who has no valid address is missing."""
    sql = f"""
        WITH people (customer_id) AS (SELECT unnest(%(ids)s::bigint[])), {CHOSEN_ADDRESSES}
        SELECT customer_id, address, is_first FROM addressed WHERE address IS NOT NULL
    """  # noqa: S608 -- both parts are literals of this module
    with connection.cursor() as cursor:
        asked = {"ids": list(customer_ids), "clinic_id": current_clinic_id()}
        cursor.execute(sql, asked | channel_params(channel))
        return {pk: ChosenAddress(address, first) for pk, address, first in cursor.fetchall()}
