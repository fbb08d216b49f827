"""The audience of a launch or wave: frozen once as ids, then taken in batch by batch.

One statement writes down who is meant, in batches of ids: a second of work for a million. Each
batch is then enrolled, and its first message or call written, in a transaction of its own that also
removes the batch. A worker may leave between two batches, or die in one: whoever comes next goes on
there, and nobody is taken in twice or passed over.
"""

from datetime import datetime

from django.db import connection, transaction

from campaigns import faults
from campaigns.models import Campaign, Enrolment, FrozenBatch, Message
from campaigns.queries.addresses import channel_params
from campaigns.queries.journeys import journey_of
from campaigns.services.audience import audience_of, first_said
from campaigns.services.enrolling import enrol
from campaigns.services.filling import fill_outbox
from tenancy.models import Clinic
from tenancy.statistics import planned_for_many, refresh_grown

BATCH = 5_000  # about half a second, and what a person who cancels or pauses has to wait for

# Whoever said yes comes first, then the lowest id, as in CHOSEN_ADDRESSES: a family's address goes
# to the same person, whether they are in one batch or in several.
_SNAPSHOT = """
INSERT INTO campaigns_frozenbatch
    (clinic_id, campaign_id, occasion, number, customer_ids, frozen_at)
SELECT %s, %s, %s, batch.number, batch.ids, %s
FROM (
    SELECT (place - 1) / %s AS number, array_agg(id ORDER BY place) AS ids
    FROM (
        SELECT meant.id, row_number() OVER (ORDER BY consent.id IS NULL, meant.id) AS place
        FROM ({audience}) AS meant (id)
        LEFT JOIN customers_consent consent
            ON consent.clinic_id = %s AND consent.customer_id = meant.id
            AND consent.purpose = 'marketing' AND consent.channel = %s
            AND consent.withdrawn_at IS NULL
    ) AS placed GROUP BY 1
) AS batch ORDER BY batch.number
RETURNING cardinality(customer_ids)
"""
# Merged meanwhile: the one who stands. Taken back with their import: nobody.
_STILL_THERE = """
SELECT DISTINCT coalesce(customer.merged_into_id, customer.id), %s
FROM customers_customer customer WHERE customer.clinic_id = %s AND customer.id = ANY(%s)
"""


def take_snapshot(*, campaign: Campaign, at: datetime, occasion: str = "") -> int:
    """Write down the audience of this moment; how many they are. Once an occasion.

    occasion: of a wave, its local day.
    """
    people, values = audience_of(campaign).values_list("pk").query.sql_with_params()
    stop, _words = first_said(campaign)
    consent_channel = channel_params(stop.channel)["consent_channel"]
    of_batch = [campaign.clinic_id, campaign.pk, occasion, at, BATCH]
    params = [*of_batch, *values, campaign.clinic_id, consent_channel]
    # Of a clinic that was imported a moment ago the planner knows too little of consents.
    with planned_for_many(), connection.cursor() as cursor:
        cursor.execute(_SNAPSHOT.format(audience=people), params)
        return sum(n for (n,) in cursor.fetchall())


def take_in_next(*, campaign: Campaign, clinic: Clinic) -> int:
    """Enrol the customers of the next batch and write their first step; how many the batch had.

    0 when none is left. Everybody is enrolled, also who cannot be written to: the outcome is judged
    by intention to treat. The caller keeps a second worker away from the campaign.
    """
    batch = FrozenBatch.objects.filter(campaign=campaign).first()
    if batch is None:
        return 0
    with transaction.atomic():
        _take_in(batch, campaign, clinic)
        faults.point("in_expansion")
        batch.delete()
    refresh_grown(Enrolment, Message)  # or the next batches are planned for a handful
    return len(batch.customer_ids)


def _take_in(batch: FrozenBatch, campaign: Campaign, clinic: Clinic) -> None:
    journey, at = journey_of(campaign), batch.frozen_at
    taken_in = enrol(
        campaign=campaign,
        journey=journey,
        clinic=clinic,
        audience=(_STILL_THERE, [batch.occasion, clinic.pk, batch.customer_ids]),
        at=at,
        acts_at_once=True,
    )
    first = journey.stops[0]
    if first.is_action and taken_in.treated:
        fill_outbox(campaign=campaign, stop=first, clinic=clinic, people=taken_in.treated, at=at)


def freeze(*, campaign: Campaign, clinic: Clinic, at: datetime, occasion: str = "") -> int:
    """Both at one go, for a small audience; how many it has. Safe to repeat."""
    n = take_snapshot(campaign=campaign, at=at, occasion=occasion)
    while take_in_next(campaign=campaign, clinic=clinic):
        pass
    return n
