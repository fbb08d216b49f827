"""Who is in a campaign: foreseen on the review page, frozen once at launch."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from django.db import connection, transaction
from django.db.models import QuerySet

from campaigns.arms import assign
from campaigns.exceptions import EmptyField, TemplateRefused
from campaigns.gates import Reason, skip_reason
from campaigns.models import Campaign, Enrolment
from campaigns.queries.addresses import CHOSEN_ADDRESSES, channel_params, chosen_addresses
from campaigns.queries.facts import CHANNEL, facts_of
from campaigns.queries.merge_values import merge_values
from campaigns.services import templates
from customers.models import Customer
from segmentation.queries import segment_customers
from tenancy.clock import local_day
from tenancy.models import Clinic


@dataclass(frozen=True)
class Forecast:
    """What would happen if it were sent now: treated = n_to_send + all of `left_out`."""

    n_audience: int
    n_treated: int
    n_holdout: int
    n_to_send: int
    left_out: tuple[tuple[Reason, int], ...]  # most frequent first

    @property
    def n_left_out(self) -> int:
        return self.n_treated - self.n_to_send


def campaign_key(campaign: Campaign) -> str:
    """What the stable hash of `campaigns.arms` is keyed by."""
    return f"campaign:{campaign.pk}"


def audience_of(campaign: Campaign) -> QuerySet[Customer]:
    """The segment's customers now, those of the campaign's branch where it has one."""
    customers = segment_customers(campaign.segment).order_by()
    return customers.filter(home_branch=campaign.branch_id) if campaign.branch_id else customers


def foresee(*, campaign: Campaign, clinic: Clinic, at: datetime) -> Forecast:
    """Count, for a saved draft, who is in, held out, and left out for which reason."""
    audience = audience_of(campaign).values("pk")
    ids = np.fromiter(audience.values_list("pk", flat=True), np.int64)
    is_held_out = assign(campaign_key(campaign), ids, campaign.holdout_rate)
    treated = ids[~is_held_out].tolist()
    chosen = chosen_addresses(treated)
    addresses = {pk: chosen[pk].address if pk in chosen else "" for pk in treated}
    running = Campaign(
        pk=campaign.pk, state=Campaign.State.RUNNING, subject=campaign.subject, body=campaign.body
    )
    facts = facts_of(audience, addresses, campaign=running, clinic=clinic, at=at)
    empty = without_a_needed_value(audience, running, clinic=clinic, at=at)
    n_by_reason: Counter[Reason] = Counter()
    for pk in treated:
        if pk in chosen and not chosen[pk].is_first:
            n_by_reason[Reason.SHARED_ADDRESS] += 1
        elif reason := skip_reason(replace(facts[pk], has_empty_field=pk in empty)):
            n_by_reason[reason] += 1
    return Forecast(
        n_audience=len(ids),
        n_treated=len(treated),
        n_holdout=int(is_held_out.sum()),
        n_to_send=len(treated) - n_by_reason.total(),
        left_out=tuple(n_by_reason.most_common()),
    )


def without_a_needed_value(
    customers: Collection[int] | QuerySet, campaign: Campaign, *, clinic: Clinic, at: datetime
) -> set[int]:
    """Customers for whom a merge field would be printed that has neither value nor fallback."""
    fields = templates.used_fields(subject=campaign.subject, body=campaign.body)
    day = local_day(clinic.zone, at)
    values = merge_values(customers, fields=fields, clinic=clinic, on=day)
    lacking = (pk for pk, of_one in values.items() if not fields <= of_one.keys())
    return {pk for pk in lacking if not _can_render(campaign, values[pk])}


def _can_render(campaign: Campaign, values: dict[str, str | int]) -> bool:
    try:
        templates.render(subject=campaign.subject, body=campaign.body, values=values)
    except EmptyField:
        return False
    except TemplateRefused:
        return True  # refused for everybody alike: dispatch says so
    return True


_ENROL = """
INSERT INTO campaigns_enrolment
    (clinic_id, campaign_id, customer_id, arm, enrolled_on, enrolled_at)
SELECT %s, %s, audience.id,
    CASE WHEN ('x' || substr(md5(%s || ':' || audience.id), 1, 8))::bit(32)::bigint
        < %s::float8 * 4294967296 THEN 'holdout' ELSE 'treated' END,
    %s, %s
FROM ({audience}) AS audience (id)
ON CONFLICT DO NOTHING
"""

_FILL_OUTBOX = f"""
WITH people (customer_id) AS (
    SELECT customer_id FROM campaigns_enrolment
    WHERE clinic_id = %(clinic_id)s AND campaign_id = %(campaign_id)s AND arm = 'treated'
), {CHOSEN_ADDRESSES}
INSERT INTO campaigns_message
    (clinic_id, campaign_id, enrolment_id, arm, customer_id, step, channel, address, state,
     skip_reason, error, reference, due_at, n_tries, created_at)
SELECT enrolment.clinic_id, enrolment.campaign_id, enrolment.id, enrolment.arm,
    enrolment.customer_id, 1, %(channel)s, coalesce(addressed.address, ''),
    CASE WHEN addressed.is_first THEN 'queued' ELSE 'skipped' END,
    CASE WHEN addressed.is_first THEN '' WHEN addressed.address IS NULL THEN %(no_address)s
        ELSE %(shared_address)s END,
    '', gen_random_uuid(), %(at)s, 0, %(at)s
FROM campaigns_enrolment enrolment
LEFT JOIN addressed ON addressed.customer_id = enrolment.customer_id
WHERE enrolment.clinic_id = %(clinic_id)s AND enrolment.campaign_id = %(campaign_id)s
    AND enrolment.arm = 'treated'
ON CONFLICT DO NOTHING
"""  # noqa: S608 -- every part is a literal of this package


@transaction.atomic
def freeze(*, campaign: Campaign, clinic: Clinic, at: datetime) -> int:
    """Enrol the audience of this moment, fill the outbox; the number enrolled. Safe to repeat.

    Set-based: no row passes through Python. Everybody is enrolled, also who cannot be written to:
    the outcome is judged by intention to treat.
    """
    audience, params = audience_of(campaign).values_list("pk").query.sql_with_params()
    key, rate, day = campaign_key(campaign), campaign.holdout_rate, local_day(clinic.zone, at)
    with connection.cursor() as cursor:
        cursor.execute(
            _ENROL.format(audience=audience),
            [clinic.pk, campaign.pk, key, rate, day, at, *params],
        )
        cursor.execute(
            _FILL_OUTBOX,
            {
                "clinic_id": clinic.pk,
                "campaign_id": campaign.pk,
                **channel_params(CHANNEL),
                "no_address": Reason.NO_ADDRESS.value,
                "shared_address": Reason.SHARED_ADDRESS.value,
                "at": at,
            },
        )
    return Enrolment.objects.filter(campaign=campaign).count()
