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

# Needs a table expression `people (customer_id)` before it and the parameters clinic_id and those
# of `channel_params`. The primary valid address wins; of a family with one address, somebody who
# said yes, then the lowest id.
CHOSEN_ADDRESSES = """
known AS (
    SELECT people.customer_id, lower(point.value) AS address, point.is_primary, point.id
    FROM people JOIN customers_contactpoint point
        ON point.clinic_id = %(clinic_id)s AND point.customer_id = people.customer_id
        AND point.kind = %(contact_kind)s AND point.is_valid
    UNION ALL
    SELECT people.customer_id, identity.external_id, false, identity.id
    FROM people JOIN customers_identity identity
        ON identity.clinic_id = %(clinic_id)s AND identity.customer_id = people.customer_id
        AND identity.source = ANY (%(identity_sources)s::text[])
), chosen AS (
    SELECT DISTINCT ON (customer_id) customer_id, address
    FROM known ORDER BY customer_id, is_primary DESC, id
), addressed AS (
    SELECT chosen.customer_id, chosen.address, 1 = row_number() OVER (
        PARTITION BY chosen.address ORDER BY consent.id IS NULL, chosen.customer_id
    ) AS is_first
    FROM chosen LEFT JOIN customers_consent consent
        ON consent.clinic_id = %(clinic_id)s AND consent.customer_id = chosen.customer_id
        AND consent.purpose = 'marketing' AND consent.channel = %(consent_channel)s
        AND consent.withdrawn_at IS NULL
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
        SELECT customer_id, address, is_first FROM addressed
    """  # noqa: S608 -- both parts are literals of this module
    with connection.cursor() as cursor:
        asked = {"ids": list(customer_ids), "clinic_id": current_clinic_id()}
        cursor.execute(sql, asked | channel_params(channel))
        return {pk: ChosenAddress(address, first) for pk, address, first in cursor.fetchall()}
