"""The messages of one step for many enrolments, in one statement: no row passes through Python."""

from datetime import datetime
from typing import Any

from django.db import connection

from campaigns.gates import Reason
from campaigns.journeys import Stop
from campaigns.models import Campaign
from campaigns.queries.addresses import CHOSEN_ADDRESSES, channel_params
from campaigns.queries.journeys import send_window_of
from campaigns.services.variants import PLACE, variant_key, variant_sql
from tenancy.models import Clinic

_FILL = """
WITH people (customer_id) AS (
    SELECT DISTINCT enrolment.customer_id FROM campaigns_enrolment enrolment
    WHERE enrolment.clinic_id = %(clinic_id)s AND enrolment.id = ANY(%(ids)s)
), {chosen}
INSERT INTO campaigns_message
    (clinic_id, campaign_id, enrolment_id, arm, customer_id, step, occasion, variant_id, channel,
     address, state, skip_reason, error, reference, due_at, not_after, n_tries, created_at)
SELECT enrolment.clinic_id, enrolment.campaign_id, enrolment.id, enrolment.arm,
    enrolment.customer_id, %(step)s, enrolment.occasion, {variant}, %(channel)s,
    coalesce(addressed.address, ''),
    CASE WHEN addressed.is_first THEN 'queued' ELSE 'skipped' END,
    CASE WHEN addressed.is_first THEN '' WHEN addressed.address IS NULL THEN %(no_address)s
        ELSE %(shared_address)s END,
    '', gen_random_uuid(), %(due_at)s,
    (enrolment.enrolled_on + %(window_days)s + 1)::timestamp AT TIME ZONE %(zone)s, 0, %(at)s
FROM campaigns_enrolment enrolment
LEFT JOIN addressed ON addressed.customer_id = enrolment.customer_id
WHERE enrolment.clinic_id = %(clinic_id)s AND enrolment.id = ANY(%(ids)s)
ON CONFLICT DO NOTHING
"""

# Their address is another enrolment's of the same occasion, which came before.
_LEFT_WITHOUT = """
INSERT INTO campaigns_message
    (clinic_id, campaign_id, enrolment_id, arm, customer_id, step, occasion, channel, address,
     state, skip_reason, error, reference, due_at, n_tries, created_at)
SELECT enrolment.clinic_id, enrolment.campaign_id, enrolment.id, enrolment.arm,
    enrolment.customer_id, %(step)s, enrolment.occasion, %(channel)s, '', 'skipped',
    %(shared_address)s, '', gen_random_uuid(), %(due_at)s, 0, %(at)s
FROM campaigns_enrolment enrolment
WHERE enrolment.clinic_id = %(clinic_id)s AND enrolment.id = ANY(%(ids)s) AND NOT EXISTS (
    SELECT 1 FROM campaigns_message message
    WHERE message.clinic_id = enrolment.clinic_id AND message.enrolment_id = enrolment.id
        AND message.step = %(step)s AND message.channel = %(channel)s
)
ON CONFLICT DO NOTHING
"""


def fill_outbox(
    *,
    campaign: Campaign,
    stop: Stop,
    clinic: Clinic,
    ids: list[int],
    at: datetime,
) -> int:
    """One message for each of these enrolments, at once or when the send window opens; how many.

    ids: of treated enrolments, a batch of them. Whoever has no address, or whose address somebody
    of the same occasion has, gets a message that is skipped and says so. Safe to repeat.
    """
    place = PLACE.format(key="%(variant_key)s", customer="enrolment.customer_id")
    variant, _needs_place = variant_sql(stop, place)
    params: dict[str, Any] = {
        "clinic_id": clinic.pk,
        "campaign_id": campaign.pk,
        "ids": ids,
        "step": stop.number,
        "no_address": Reason.NO_ADDRESS.value,
        "shared_address": Reason.SHARED_ADDRESS.value,
        "due_at": send_window_of(campaign).opens(at.astimezone(clinic.zone)),
        "window_days": campaign.outcome_window_days,
        "zone": clinic.timezone,
        "at": at,
        **channel_params(stop.channel),
        "variant_key": variant_key(campaign, stop.number),
    }
    sql = _FILL.format(chosen=CHOSEN_ADDRESSES, variant=variant)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        n = cursor.rowcount
        if n < len(ids):
            cursor.execute(_LEFT_WITHOUT, params)
    return n
