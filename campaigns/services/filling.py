"""The messages of one step for many enrolments, in one statement: no row passes through Python."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from campaigns.gates import Reason
from campaigns.journeys import Stop
from campaigns.models import Campaign
from campaigns.queries.addresses import CHOSEN_ADDRESSES, channel_params
from campaigns.queries.journeys import send_window_of
from campaigns.services.enrolling import Enrolled
from campaigns.services.variants import PLACE, variant_key, variant_sql
from tenancy.models import Clinic

# The enrolments come as values: of rows that were written a moment ago the planner knows nothing.
_PEOPLE = """people (enrolment_id, customer_id, occasion, enrolled_on) AS (
    SELECT * FROM unnest(%(ids)s::bigint[], %(customers)s::bigint[], %(occasions)s::text[],
        %(days)s::date[])
)"""
_FILL = f"""
WITH {_PEOPLE}, {CHOSEN_ADDRESSES}
INSERT INTO campaigns_message
    (clinic_id, campaign_id, enrolment_id, arm, customer_id, step, occasion, variant_id, channel,
     address, state, skip_reason, error, reference, due_at, not_after, n_tries, created_at)
SELECT %(clinic_id)s, %(campaign_id)s, enrolment_id, 'treated', customer_id, %(step)s, occasion,
    {{variant}}, %(channel)s, coalesce(address, ''),
    CASE WHEN is_first THEN 'queued' ELSE 'skipped' END,
    CASE WHEN is_first THEN '' WHEN address IS NULL THEN %(no_address)s
        ELSE %(shared_address)s END,
    '', gen_random_uuid(), %(due_at)s,
    (enrolled_on + %(window_days)s + 1)::timestamp AT TIME ZONE %(zone)s, 0, %(at)s
FROM addressed
ON CONFLICT DO NOTHING
"""  # noqa: S608 -- literals of our own

# Their address is another enrolment's of the same occasion, which came before.
_LEFT_WITHOUT = f"""
WITH {_PEOPLE}
INSERT INTO campaigns_message
    (clinic_id, campaign_id, enrolment_id, arm, customer_id, step, occasion, channel, address,
     state, skip_reason, error, reference, due_at, n_tries, created_at)
SELECT %(clinic_id)s, %(campaign_id)s, enrolment_id, 'treated', customer_id, %(step)s, occasion,
    %(channel)s, '', 'skipped', %(shared_address)s, '', gen_random_uuid(), %(due_at)s, 0, %(at)s
FROM people
ON CONFLICT DO NOTHING
"""  # noqa: S608 -- as above


def fill_outbox(
    *,
    campaign: Campaign,
    stop: Stop,
    clinic: Clinic,
    people: Sequence[Enrolled],
    at: datetime,
) -> int:
    """One message for each of these enrolments, at once or when the send window opens; how many.

    people: a batch of the treated. Whoever has no address, or whose address somebody of the same
    occasion has, gets a message that is skipped and says so. Safe to repeat.
    """
    place = PLACE.format(key="%(variant_key)s", customer="customer_id")
    variant, _needs_place = variant_sql(stop, place)
    params: dict[str, Any] = {
        "clinic_id": clinic.pk,
        "campaign_id": campaign.pk,
        "ids": [one.id for one in people],
        "customers": [one.customer_id for one in people],
        "occasions": [one.occasion for one in people],
        "days": [one.enrolled_on for one in people],
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
    sql = _FILL.format(variant=variant)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        n = cursor.rowcount
        if n < len(people):
            cursor.execute(_LEFT_WITHOUT, params)
    return n
