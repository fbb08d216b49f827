"""The messages of one step for many enrolments, in one statement: no row passes through Python."""

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from campaigns.gates import Reason
from campaigns.journeys import Stop
from campaigns.models import Campaign
from campaigns.queries.addresses import CHOSEN_ADDRESSES, channel_params
from campaigns.queries.journeys import send_window_of
from campaigns.services.variants import PLACE, variant_key, variant_sql
from tenancy.models import Clinic

FEW = 1_000  # enrolments that any plan gets through in a moment
# Which enrolments: everybody treated at this launch or wave, or those of a batch of the journey.
OF_A_WAVE = (
    "enrolment.clinic_id = %(clinic_id)s AND enrolment.campaign_id = %(campaign_id)s"
    " AND enrolment.occasion = %(occasion)s AND enrolment.arm = 'treated'"
)
OF_A_BATCH = "enrolment.clinic_id = %(clinic_id)s AND enrolment.id = ANY(%(ids)s)"

_FILL = """
WITH people (customer_id) AS (
    SELECT DISTINCT enrolment.customer_id FROM campaigns_enrolment enrolment WHERE {which}
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
WHERE {which}
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
WHERE {which} AND NOT EXISTS (
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
    which: str,
    at: datetime,
    ids: list[int] | None = None,
    occasion: str = "",
) -> int:
    """One message for each of these enrolments, at once or when the send window opens; how many.

    which: OF_A_WAVE or OF_A_BATCH. Whoever has no address, or whose address somebody of the same
    occasion has, gets a message that is skipped and says so. Safe to repeat.
    """
    place = PLACE.format(key="%(variant_key)s", customer="enrolment.customer_id")
    variant, _needs_place = variant_sql(stop, place)
    params: dict[str, Any] = {
        "clinic_id": clinic.pk,
        "campaign_id": campaign.pk,
        "ids": ids,
        "occasion": occasion,
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
    sql = _FILL.format(which=which, chosen=CHOSEN_ADDRESSES, variant=variant)
    with connection.cursor() as cursor:
        if which == OF_A_WAVE:
            _plan_for_many(cursor, params)
        cursor.execute(sql, params)
        n = cursor.rowcount
        cursor.execute("SET LOCAL enable_nestloop TO DEFAULT")
        if which == OF_A_BATCH:
            cursor.execute(_LEFT_WITHOUT.format(which=which), params)
    return n


def _plan_for_many(cursor: CursorWrapper, params: dict[str, Any]) -> None:
    """The enrolments were written a moment ago, so the planner takes them for a handful and would
    look all addresses through for each of them: 20,000 took a minute, 100,000 never ended."""
    cursor.execute(
        f"SELECT count(*) FROM campaigns_enrolment enrolment WHERE {OF_A_WAVE}",  # noqa: S608
        params,
    )
    (n,) = cursor.fetchone()
    if n > FEW:
        cursor.execute("SET LOCAL enable_nestloop TO off")
