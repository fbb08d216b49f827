"""What a campaign cost, row by row: messages, offers taken, staff minutes."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from campaigns.models import Campaign
from tenancy.scope import current_clinic_id

# A message without a price of its own costs what the plan says. Unknown ones may have gone out.
_MESSAGES = """
SELECT step, channel, coalesce(variant_id, 0), count(*),
    sum(CASE WHEN cost_minor > 0 THEN cost_minor ELSE %(plan)s END),
    count(*) FILTER (WHERE opened_at IS NOT NULL), count(*) FILTER (WHERE clicked_at IS NOT NULL),
    state, skip_reason
FROM campaigns_message
WHERE clinic_id = %(clinic_id)s AND campaign_id = %(campaign_id)s
GROUP BY step, channel, coalesce(variant_id, 0), state, skip_reason
ORDER BY step, channel, 3
"""
_CALLS = """
SELECT count(*), coalesce(sum(coalesce(n_minutes, %(minutes)s)), 0), coalesce(
    (SELECT staff_hour_minor FROM campaigns_sendingrules WHERE clinic_id = %(clinic_id)s), 0)
FROM care_task
WHERE clinic_id = %(clinic_id)s AND intent LIKE %(intent)s AND done_at IS NOT NULL
"""
WENT_OUT = ("sent", "unknown")


@dataclass(frozen=True)
class MessageRow:
    """Messages of one step, channel and variant in one state. variant_id 0: the only text."""

    step: int
    channel: str
    variant_id: int
    n: int
    cost_minor: int
    n_opened: int
    n_clicked: int
    state: str
    skip_reason: str


@dataclass(frozen=True)
class Costs:
    """Minor units; n_minutes: of finished calls (the plan's figure where none was noted).
    hour_minor: what an hour of staff costs the clinic, 0 where it did not say."""

    messages: tuple[MessageRow, ...]
    n_taken: int
    offer_minor: int
    n_calls: int
    n_minutes: int
    hour_minor: int = 0

    @property
    def n_sent(self) -> int:
        return sum(row.n for row in self.messages if row.state == "sent")

    @property
    def n_went_out(self) -> int:
        return sum(row.n for row in self.messages if row.state in WENT_OUT)

    @property
    def messages_minor(self) -> int:
        return sum(row.cost_minor for row in self.messages if row.state in WENT_OUT)

    @property
    def staff_minor(self) -> int:
        return round(self.n_minutes * self.hour_minor / 60)

    @property
    def total_minor(self) -> int:
        return self.messages_minor + self.offer_minor + self.staff_minor


def costs_of(campaign: Campaign, *, n_taken: int) -> Costs:
    """Two queries. n_taken: treated customers who returned, each of whom takes the offer."""
    asked: dict[str, Any] = {
        "clinic_id": current_clinic_id(),
        "campaign_id": campaign.pk,
        "plan": campaign.message_cost_minor,
        "minutes": campaign.minutes_a_call,
        "intent": f"campaign:{campaign.pk}:%",
    }
    with connection.cursor() as cursor:
        cursor.execute(_MESSAGES, asked)
        messages = tuple(
            MessageRow(step, channel, variant, n, int(cost), opened, clicked, state, reason)
            for step, channel, variant, n, cost, opened, clicked, state, reason in cursor.fetchall()
        )
        cursor.execute(_CALLS, asked)
        n_calls, n_minutes, hour_minor = cursor.fetchone()
    offer_minor = n_taken * campaign.offer_cost_minor
    return Costs(messages, n_taken, offer_minor, n_calls, int(n_minutes), hour_minor)
