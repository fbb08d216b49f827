"""What a campaign has cost so far: money for messages and offers, minutes for calls."""

from dataclasses import dataclass

from django.db import connection

from campaigns.journeys import PHONE
from campaigns.models import Campaign
from tenancy.scope import current_clinic_id

# What is on the wire or may have gone out counts as spent; so does a call that waits to be made.
_SPENT = """
SELECT coalesce(sum(cost) FILTER (WHERE channel <> 'phone'), 0),
    count(*) FILTER (WHERE channel = 'phone')
FROM (
    SELECT channel, greatest(cost_minor, %(message_cost)s) AS cost
    FROM campaigns_message
    WHERE clinic_id = %(clinic_id)s AND campaign_id = %(campaign_id)s
        AND state IN ('sending', 'sent', 'unknown')
) AS message
"""


@dataclass(frozen=True)
class Spent:
    """minor: of messages, in the clinic's minor units. minutes: of calls, foreseen."""

    minor: int = 0
    minutes: int = 0


def spent_of(campaign: Campaign) -> Spent:
    """One query over the campaign's messages."""
    if campaign.budget_minor is None and campaign.budget_minutes is None:
        return Spent()  # nobody asks
    return spent_in_full(campaign)


def spent_in_full(campaign: Campaign) -> Spent:
    with connection.cursor() as cursor:
        cursor.execute(
            _SPENT,
            {
                "clinic_id": current_clinic_id(),
                "campaign_id": campaign.pk,
                "message_cost": campaign.message_cost_minor,
            },
        )
        minor, n_calls = cursor.fetchone()
    return Spent(int(minor), n_calls * campaign.minutes_a_call)


def is_used_up(campaign: Campaign, spent: Spent, kind: str) -> bool:
    """Whether one more step of this kind would cost more than the budget has left."""
    if kind == PHONE:
        limit, cost, so_far = campaign.budget_minutes, campaign.minutes_a_call, spent.minutes
    else:
        limit, cost, so_far = campaign.budget_minor, campaign.message_cost_minor, spent.minor
    return limit is not None and so_far + cost > limit
